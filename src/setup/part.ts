/** The step that fetches a part of the published package: `npm ci`, without scripts, by the part's own lock file. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../../bin/bootstrap/fault';
import { npmCi } from '../../bin/bootstrap/modules';
import { folderOf, part } from '../../bin/bootstrap/parts';
import { home } from '../engine/backend/paths';
import { hashFile, stamped } from '../engine/backend/stamp';
import type { Made, Step } from './step';

interface Kind {
  readonly what: string;
  /** Bytes on disk. */
  readonly bytes: number;
}

/** The parts there are; what is in them, tools/pack/parts.ts says. */
export const PARTS: Readonly<Record<string, Kind>> = {
  native: { what: 'TensorFlow 绑定的源码', bytes: 4e6 },
  fonts: { what: '图表用的字体', bytes: 55e6 },
  digits: { what: '一万张手写数字', bytes: 45e6 },
  kernel: { what: 'Jupyter 内核用的语言引擎', bytes: 130e6 },
  handout: { what: '讲义排版', bytes: 10e6 },
};

/** The step for a part; a checkout has them all in node_modules and needs none. */
export function partStep(name: string): Step | undefined {
  const kind = PARTS[name];
  if (!kind) throw new Fault(`没有 ${name} 这个部分。`, `可选：${Object.keys(PARTS).join('、')}`);
  const found = part(name);
  if (!found) return undefined;
  return {
    id: `part-${name}`,
    title: `安装${kind.what}（npm）`,
    dir: folderOf(found),
    lockDir: home(),
    key: () => found.key,
    needs: 2 * kind.bytes,
    make: async (staging, bar): Promise<Made> => {
      if (process.env.TSDL_OFFLINE === '1') {
        throw new Fault(
          `需要下载${kind.what}，但设置了 TSDL_OFFLINE=1。`,
          '去掉 TSDL_OFFLINE 后再运行同一条命令',
        );
      }
      for (const file of ['package.json', 'package-lock.json']) {
        copyFileSync(join(found.list, file), join(staging, file));
      }
      await npmCi(staging, bar);
      const files = await Promise.all(
        found.packages.map(async (name) => {
          const file = join('node_modules', name, 'package.json');
          return stamped(staging, file, await hashFile(join(staging, file)));
        }),
      );
      return { files, info: { part: name }, summary: `完成：${found.packages.length} 个包` };
    },
  };
}
