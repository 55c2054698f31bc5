/** Fetches the pinned wheels through pip, which brings the user's own mirror, proxy and certificate settings. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { runChild } from '../../bin/bootstrap/child';
import { causeOf, Fault, tail } from '../../bin/bootstrap/fault';
import { say } from '../../bin/bootstrap/language';
import { type Progress, size } from '../../bin/bootstrap/progress';
import { hashFile } from '../engine/backend/stamp';
import type { Wheel } from '../engine/backend/wheels';

/** Bytes of all files below a folder; what disappears meanwhile counts nothing. */
export function bytesBelow(dir: string): number {
  try {
    return readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).size)
      .reduce((sum, bytes) => sum + bytes, 0);
  } catch {
    return 0;
  }
}

const label = (wheel: Wheel): string => `${wheel.name} ${wheel.version}`;

function pipFault(wheel: Wheel, code: number, output: string): Fault {
  const cause = causeOf(output);
  if (cause === 'disk')
    return new Fault(
      {
        zh: `磁盘已满，${label(wheel)} 没有下载完。`,
        en: `The disk is full; the download of ${label(wheel)} is incomplete.`,
      },
      { zh: '腾出空间后再运行同一条命令', en: 'free some space and run the same command again' },
    );
  if (cause === 'network') {
    return new Fault(
      {
        zh: `下载 ${label(wheel)}（${size(wheel.bytes)}）失败：连不上软件源。`,
        en: `${label(wheel)} (${size(wheel.bytes)}) cannot be downloaded: the package index does not answer.`,
      },
      {
        zh: '检查网络或代理后再运行；可换镜像：pip config set global.index-url <镜像地址>',
        en: 'check the network or the proxy; to use a mirror: pip config set global.index-url <its address>',
      },
      tail(output, 3),
    );
  }
  const none = /No matching distribution/.test(output)
    ? say({ zh: '，软件源里没有它', en: ', the index does not have it' })
    : '';
  return new Fault(
    {
      zh: `pip 没能下载 ${label(wheel)}${none}（退出码 ${code}）。`,
      en: `pip could not download ${label(wheel)}${none} (exit code ${code}).`,
    },
    {
      zh: '按下面的提示处理，或换一个镜像：pip config set global.index-url <镜像地址>',
      en: 'do what it says below, or use another mirror: pip config set global.index-url <its address>',
    },
    tail(output),
  );
}

/** How pip fetches wheels of CPython, which a Python other than the calling one may run, and nothing else. */
export const PIP_DOWNLOAD = [
  ...['-I', '-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--implementation=cp'],
  ...['--progress-bar=off', '--no-input', '--disable-pip-version-check'],
] as const;

async function pipDownload(python: string, wheel: Wheel, dir: string): Promise<void> {
  const temporary = join(dir, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const result = await runChild(
    python,
    [
      ...PIP_DOWNLOAD,
      ...[
        '--python-version=3.11',
        '--abi=cp311',
        '--abi=none',
        ...wheel.tags.map((tag) => `--platform=${tag}`),
      ],
      ...[`--dest=${join(dir, 'got')}`, `${wheel.name}==${wheel.version}`],
    ],
    { env: { ...process.env, TMPDIR: temporary } }, // so that the file is seen growing
  );
  if (result.code !== 0) throw pipFault(wheel, result.code, result.output);
}

async function verify(path: string, wheel: Wheel): Promise<void> {
  const sha256 = await hashFile(path);
  if (sha256 === wheel.sha256) return;
  throw new Fault(
    {
      zh: `${label(wheel)} 下载后校验不符：sha256 应为 ${wheel.sha256.slice(0, 16)}…，得到 ${sha256.slice(0, 16)}…。`,
      en: `${label(wheel)} arrived damaged: its sha256 should be ${wheel.sha256.slice(0, 16)}…, it is ${sha256.slice(0, 16)}….`,
    },
    {
      zh: '换一个镜像再运行：pip config set global.index-url <镜像地址>；或先清缓存：pip cache purge',
      en: 'use another mirror: pip config set global.index-url <its address>; or clear the cache: pip cache purge',
    },
  );
}

/** Fetches one wheel into `store` under its hash; a wheel that is there from an interrupted run is only checked. */
async function fetchWheel(python: string, wheel: Wheel, store: string, work: string): Promise<string> {
  const path = join(store, `${wheel.sha256.slice(0, 16)}.whl`);
  if (existsSync(path)) {
    if ((await hashFile(path)) === wheel.sha256) return path;
    rmSync(path);
  }
  if (process.env.TSDL_OFFLINE === '1') {
    throw new Fault(
      {
        zh: `需要下载 ${label(wheel)}，但设置了 TSDL_OFFLINE=1。`,
        en: `${label(wheel)} has to be downloaded, but TSDL_OFFLINE=1 is set.`,
      },
      { zh: '去掉 TSDL_OFFLINE 后再运行：npm run setup', en: 'unset TSDL_OFFLINE, then: npm run setup' },
    );
  }
  await pipDownload(python, wheel, work);
  const [got] = readdirSync(join(work, 'got'));
  const file = join(work, 'got', got ?? '');
  await verify(file, wheel);
  renameSync(file, path);
  rmSync(work, { recursive: true, force: true });
  return path;
}

/**
 * Fetches `wheels` one after the other and hands each to `use`. `store` keeps those that are complete until the
 * whole step is done, so that an interrupted run goes on where it was.
 */
export async function fetchWheels(
  python: string,
  wheels: readonly Wheel[],
  store: string,
  bar: Progress,
  use: (path: string, wheel: Wheel) => Promise<void>,
): Promise<void> {
  mkdirSync(store, { recursive: true });
  const work = join(store, 'part');
  const total = wheels.reduce((sum, wheel) => sum + wheel.bytes, 0);
  let before = 0;
  try {
    for (const wheel of wheels) {
      rmSync(work, { recursive: true, force: true });
      const timer = setInterval(
        () =>
          bar.update({
            note: say({ zh: `下载 ${wheel.name} `, en: `downloading ${wheel.name} ` }),
            done: before + Math.min(bytesBelow(work), wheel.bytes),
            total,
            show: size,
          }),
        500,
      );
      const path = await fetchWheel(python, wheel, store, work).finally(() => clearInterval(timer));
      await use(path, wheel);
      before += wheel.bytes;
    }
  } catch (error) {
    rmSync(work, { recursive: true, force: true }); // half a wheel is of no use to the next run
    if (readdirSync(store).length === 0) rmdirSync(store);
    throw error;
  }
}
