/** Starts the part of the kernel that this process or thread is for. Each part loads only what it needs. */
import { join, relative } from 'node:path';
import { isMainThread, workerData } from 'node:worker_threads';

import type { StartOptions } from './link/start';

type Part = { start(options: StartOptions): void };

/** Called by bin/kernel.js in the server process, the runtime process and the language thread. */
export function main(root: string, cacheDir: string): void {
  if (isMainThread) speakAsTheCourse(root);
  const options = { root, cacheDir, argv: process.argv.slice(2) };
  load().start(options);
}

/** The course is Chinese, and so are its committed outputs: in its folder TSDL_LANG is Chinese unless it is set. */
function speakAsTheCourse(root: string): void {
  const inside = !relative(join(root, 'notebooks'), process.cwd()).startsWith('..');
  if (inside) process.env.TSDL_LANG ||= 'zh';
}

function load(): Part {
  /* eslint-disable @typescript-eslint/no-require-imports -- each part is loaded only where it runs */
  if (!isMainThread) {
    const { part } = workerData as { part: 'debug' | 'language' | 'watcher' };
    if (part === 'debug') return require('./runtime/debug/debug-thread') as Part;
    return (part === 'language' ? require('./language/thread') : require('./runtime/watcher')) as Part;
  }
  if (process.argv[2] === '--runtime') return require('./runtime/main') as Part;
  return require('./server/main') as Part;
  /* eslint-enable @typescript-eslint/no-require-imports */
}
