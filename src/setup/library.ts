/** The step that brings TensorFlow's C library: pinned wheels, only the files that are needed, the wheels' layout. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../../bin/bootstrap/fault';
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
import { bytesBelow, fetchWheels } from './download';
import type { Made, Step } from './step';
import { unpackWheel } from './unpack';

/** The pinned library, or a fault that says which platforms there are. */
export function requireLibrary(variant: Variant, platform = hostPlatform()): Library {
  const library = libraryFor(variant, platform);
  if (library) return library;
  if (platform.startsWith('win32')) {
    throw new Fault(
      '不支持直接在 Windows 上运行。',
      '安装 WSL2（管理员 PowerShell 里运行 wsl --install），然后在 Ubuntu 终端里使用本项目',
    );
  }
  const what = variant === 'gpu' ? 'GPU 版 TensorFlow' : 'TensorFlow';
  throw new Fault(
    `${what} 没有 ${platform} 平台的安装包（有：${supportedPlatforms().join('、')}）。`,
    variant === 'gpu' ? 'npm run setup -- --cpu' : '仍可用纯 JavaScript 运行：TSDL_DEVICE=js',
  );
}

const total = (library: Library): number => library.wheels.reduce((sum, wheel) => sum + wheel.bytes, 0);

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
  const name = variant === 'gpu' ? 'TensorFlow 库（GPU 版，含 CUDA）' : 'TensorFlow 库';
  return {
    id: `library-${variant}`,
    title: `安装 ${name} ${TENSORFLOW}（下载 ${size(total(library))}）`,
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
            bar.update({ note: `解压 ${wheel.name} `, done, total: library.unpacked, show: size });
          })),
        );
      });
      requireFiles(files, library);
      rmSync(store, { recursive: true, force: true });
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      return { files, info: { tensorflow: TENSORFLOW, variant, bytes }, summary: `完成：${size(bytes)}` };
    },
  };
}

function requireFiles(files: readonly StampedFile[], library: Library): void {
  const missing = library.files.filter((name) => !files.some((file) => file.path === `tensorflow/${name}`));
  if (missing.length === 0) return;
  throw new Fault(
    `TensorFlow 的安装包里没有 ${missing.join('、')}。`,
    '这是 tsdl 的问题，请附上 npm run doctor 的输出报告',
  );
}
