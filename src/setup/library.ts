/** The step that brings TensorFlow's C library: pinned wheels, only the files that are needed, the wheels' layout. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../../bin/bootstrap/fault';
import { plain, say } from '../../bin/bootstrap/language';
import { size } from '../../bin/bootstrap/progress';
import { libraryDir, libraryKey } from '../engine/backend/installed';
import { home } from '../engine/backend/paths';
import type { StampedFile } from '../engine/backend/stamp';
import {
  hostPlatform,
  isWanted,
  type Library,
  libraryFor,
  supportedPlatforms,
  TENSORFLOW,
  type Variant,
} from '../engine/backend/wheels';
import { bytesBelow, fetchWheels } from './fetch';
import type { Made, Step } from './frame';
import { unpackWheel } from './unpack';

/**
 * The pinned library, or a fault that says which platforms there are.
 * @throws Fault if this platform has none
 */
export function requireLibrary(variant: Variant, platform = hostPlatform()): Library {
  const library = libraryFor(variant, platform);
  if (library) return library;
  if (platform.startsWith('win32')) {
    throw new Fault(
      { zh: '不支持直接在 Windows 上运行。', en: 'tsdl does not run directly on Windows.' },
      {
        zh: '安装 WSL2（管理员 PowerShell 里运行 wsl --install），然后在 Ubuntu 终端里使用本项目',
        en: 'install WSL2 (wsl --install in a PowerShell of the administrator) and use tsdl in its Ubuntu terminal',
      },
    );
  }
  const what = variant === 'gpu' ? say({ zh: 'GPU 版 TensorFlow', en: 'TensorFlow for GPUs' }) : 'TensorFlow';
  throw new Fault(
    {
      zh: `${what} 没有 ${platform} 平台的安装包（有：${supportedPlatforms().join('、')}）。`,
      en: `${what} has no wheel for ${platform} (there are: ${supportedPlatforms().join(', ')}).`,
    },
    variant === 'gpu'
      ? 'npm run setup -- --cpu'
      : say({
          zh: '仍可用纯 JavaScript 运行：TSDL_DEVICE=js',
          en: 'plain JavaScript works all the same: TSDL_DEVICE=js',
        }),
  );
}

const total = (library: Library): number => library.wheels.reduce((sum, wheel) => sum + wheel.bytes, 0);

function titleOf(variant: Variant, library: Library): string {
  const kind = variant === 'gpu' ? { zh: '（GPU 版，含 CUDA）', en: ' for GPUs, with CUDA' } : plain('');
  const bytes = size(total(library));
  return say({
    zh: `安装 TensorFlow 库${kind.zh} ${TENSORFLOW}（下载 ${bytes}）`,
    en: `Installing TensorFlow ${TENSORFLOW}${kind.en} (${bytes} to download)`,
  });
}

/**
 * `python` is asked for when the step runs: the environment may have been made a moment ago.
 * @param library the pinned one, or a part of it
 */
export function libraryStep(
  variant: Variant,
  python: () => string,
  library: Library = requireLibrary(variant),
): Step {
  const store = join(home(), 'downloads');
  const dir = libraryDir(variant);
  return {
    id: `library-${variant}`,
    title: titleOf(variant, library),
    dir,
    lockDir: home(),
    key: () => libraryKey(variant),
    // the wheels, pip's copy of them, and what is unpacked; less what an interrupted run has fetched
    needs: () => 2 * total(library) + library.unpacked - bytesBelow(store),
    make: async (staging, bar): Promise<Made> => {
      const files: StampedFile[] = [];
      let done = 0;
      await fetchWheels(python(), library.wheels, store, bar, async (path, wheel) => {
        files.push(
          ...(await unpackWheel(path, staging, isWanted, (bytes) => {
            done += bytes;
            const note = say({ zh: `解压 ${wheel.name} `, en: `unpacking ${wheel.name} ` });
            bar.update({ note, done, total: library.unpacked, show: size });
          })),
        );
      });
      requireFiles(files, library);
      rmSync(store, { recursive: true, force: true });
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      const summary = say({ zh: `完成：${size(bytes)}`, en: `done: ${size(bytes)}` });
      return { files, info: { tensorflow: TENSORFLOW, variant, bytes }, summary };
    },
  };
}

function requireFiles(files: readonly StampedFile[], library: Library): void {
  const missing = library.files.filter((name) => !files.some((file) => file.path === `tensorflow/${name}`));
  if (missing.length === 0) return;
  throw new Fault(
    {
      zh: `TensorFlow 的安装包里没有 ${missing.join('、')}。`,
      en: `TensorFlow’s wheels lack ${missing.join(', ')}.`,
    },
    {
      zh: '这是 tsdl 的问题，请附上 npm run doctor 的输出报告',
      en: 'this is a fault of tsdl; please report it with the output of npm run doctor',
    },
  );
}
