/** `tsdl ok`: everything CI checks — format, notebooks, lint, types, reference, tests — to the end, whatever fails. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { say, type Text } from '../bin/bootstrap/language';
import { PROJECT } from '../src/engine/backend/paths';
import { test } from './test';

const CHECKS: readonly (readonly [title: Text, script: string, ...args: string[]])[] = [
  [
    { zh: '格式', en: 'format' },
    'node_modules/prettier/bin/prettier.cjs',
    '--check',
    '--log-level=warn',
    '.',
  ],
  [{ zh: 'notebook 写法', en: 'notebooks’ form' }, 'bin/tool.js', 'format', '--check'],
  [{ zh: '规则', en: 'rules' }, 'node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'],
  [{ zh: '类型', en: 'types' }, 'node_modules/typescript/bin/tsc', '--noEmit'],
  [{ zh: 'API 参考', en: 'API reference' }, 'node_modules/typedoc/bin/typedoc', '--emit', 'none'],
  [{ zh: '没有用处的代码', en: 'unused code' }, 'node_modules/knip/bin/knip.js', '--no-progress'],
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
    console.log(`${passed ? '✔' : '✗'} ${say(title)}`);
    if (!passed) failed.push(say(title));
  }
  const code = await test(argv);
  if (failed.length > 0)
    console.error(say({ zh: `没有通过：${failed.join('、')}`, en: `Not passed: ${failed.join(', ')}` }));
  return failed.length > 0 ? 1 : code;
}
