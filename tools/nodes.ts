/**
 * Runs notebooks under other versions of Node: `npm run test:nodes -- 22 24 [--only 02,03]`. The versions come from
 * npm (the platform packages behind the package `node`) into `.runtime/nodes`; the project itself does not change.
 */
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { report } from '../bin/bootstrap/fault';
import { fetchNode } from '../src/setup/nodes';

const PROJECT = resolve(__dirname, '..');
const STORE = join(PROJECT, '.runtime/nodes');

/** Runs `tsdl …` under `node`, which is also the first `node` on the PATH of everything below. */
function tsdl(node: string, args: readonly string[]): number {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
  return (
    spawnSync(node, [join(PROJECT, 'bin/tsdl.js'), ...args], { cwd: PROJECT, stdio: 'inherit', env })
      .status ?? 1
  );
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string', default: '02,03' } },
  });
  const majors = positionals.length > 0 ? positionals : ['22', '24'];
  const results: { version: string; status: number }[] = [];
  for (const major of majors) {
    const node = await fetchNode(major, join(STORE, major));
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
    console.log(`\n== Node ${version}`);
    const status = tsdl(node, [
      'run',
      '--only',
      values.only,
      '--out',
      join(PROJECT, `.runtime/nodes/${major}/run`),
    ]);
    results.push({ version, status });
  }
  tsdl(process.execPath, ['setup']); // the kernelspec names this Node again
  for (const { version, status } of results) console.log(`${status === 0 ? '✔' : '✗'} Node ${version}`);
  return results.every(({ status }) => status === 0) ? 0 : 1;
}

void main().then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(report(error)),
);
