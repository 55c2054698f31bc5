/** `tsdl ok`: everything CI checks — format, notebooks, lint, types, tests — to the end, whatever fails. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { PROJECT } from '../src/engine/backend/paths';
import { test } from './test';

const CHECKS: readonly (readonly [title: string, script: string, ...args: string[]])[] = [
  ['格式', 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  ['notebook 写法', 'bin/tool.js', 'format', '--check'],
  ['规则', 'node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'],
  ['类型', 'node_modules/typescript/bin/tsc', '--noEmit'],
  ['没有用处的代码', 'node_modules/knip/bin/knip.js', '--no-progress'],
];

function run(script: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    spawn(process.execPath, [join(PROJECT, script), ...args], { cwd: PROJECT, stdio: 'inherit' }).on(
      'close',
      (code) => resolve(code ?? 1),
    );
  });
}

/** Arguments go to mocha. The last line is that of `tsdl test`. */
export async function ok(argv: string[]): Promise<number> {
  const failed: string[] = [];
  for (const [title, script, ...args] of CHECKS) {
    const passed = (await run(script, args)) === 0;
    console.log(`${passed ? '✔' : '✗'} ${title}`);
    if (!passed) failed.push(title);
  }
  const code = await test(argv);
  if (failed.length > 0) console.error(`没有通过：${failed.join('、')}`);
  return failed.length > 0 ? 1 : code;
}
