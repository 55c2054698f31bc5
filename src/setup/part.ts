/** The step that fetches a part of the published package: `npm ci`, without scripts, by the part's own lock file. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../../bin/bootstrap/fault';
import { say, type Text } from '../../bin/bootstrap/language';
import { npmCi } from '../../bin/bootstrap/modules';
import { folderOf, type Part, part } from '../../bin/bootstrap/parts';
import type { Progress } from '../../bin/bootstrap/progress';
import { home } from '../engine/backend/paths';
import { hashFile, stamped } from '../engine/backend/stamp';
import type { Made, Step } from './frame';

interface Kind {
  readonly what: Text;
  /** Bytes on disk. */
  readonly bytes: number;
}

/** The parts there are; what is in them, tools/pack/parts.ts says. */
export const PARTS: Readonly<Record<string, Kind>> = {
  native: { what: { zh: 'TensorFlow 绑定的源码', en: 'the sources of TensorFlow’s binding' }, bytes: 4e6 },
  fonts: { what: { zh: '图表用的字体', en: 'fonts for charts' }, bytes: 55e6 },
  digits: { what: { zh: '一万张手写数字', en: 'ten thousand handwritten digits' }, bytes: 45e6 },
  emoji: { what: { zh: '四套表情图', en: 'emoji of four projects' }, bytes: 55e6 },
  kernel: {
    what: { zh: 'Jupyter 内核用的语言引擎', en: 'the language engine of the Jupyter kernel' },
    bytes: 130e6,
  },
  handout: { what: { zh: '讲义排版', en: 'what typesets handouts' }, bytes: 10e6 },
};

/** Installs a part's packages in `staging`. */
async function make(name: string, kind: Kind, found: Part, staging: string, bar: Progress): Promise<Made> {
  if (process.env.TSDL_OFFLINE === '1') {
    throw new Fault(
      {
        zh: `需要下载${kind.what.zh}，但设置了 TSDL_OFFLINE=1。`,
        en: `This has to be downloaded, but TSDL_OFFLINE=1 is set: ${kind.what.en}.`,
      },
      { zh: '去掉 TSDL_OFFLINE 后再运行同一条命令', en: 'unset TSDL_OFFLINE, then run the same command' },
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
  return {
    files,
    info: { part: name },
    summary: say({
      zh: `完成：${found.packages.length} 个包`,
      en: `done: ${found.packages.length} packages`,
    }),
  };
}

/**
 * The step for a part; a checkout has them all in node_modules and needs none.
 * @throws Fault if there is no part of that name
 */
export function partStep(name: string): Step | undefined {
  const kind = PARTS[name];
  if (!kind) {
    const names = Object.keys(PARTS).join(', ');
    throw new Fault(
      { zh: `没有 ${name} 这个部分。`, en: `There is no part ${name}.` },
      { zh: `可选：${names}`, en: `one of: ${names}` },
    );
  }
  const found = part(name);
  if (!found) return undefined;
  return {
    id: `part-${name}`,
    title: say({ zh: `安装${kind.what.zh}（npm）`, en: `Installing ${kind.what.en} (npm)` }),
    dir: folderOf(found),
    lockDir: home(),
    key: () => found.key,
    needs: 2 * kind.bytes,
    make: (staging, bar) => make(name, kind, found, staging, bar),
  };
}
