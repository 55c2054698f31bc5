/**
 * Whether every Python we promise can install requirements.txt: `npm run test:pythons`. uv resolves it for the oldest
 * and the newest patch of each minor version and each platform, from wheels alone, and the table says what fails;
 * `pip --dry-run` could not, since it reads environment markers for the Python it runs in.
 *
 *   --write          first resolves scripts/requirements.in into requirements.txt; pins that still hold stay
 *   --upgrade NAME   with --write: takes the newest release of a package (again for more; or delete requirements.txt)
 */
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { runChild } from '../bin/bootstrap/child';
import { report } from '../bin/bootstrap/fault';
import { pipIndex } from '../src/cli/doctor/registries';
import { columns } from '../src/cli/table';
import { MINORS, pythonOf, REQUIREMENTS } from '../src/setup/interpreter';
import { pipEnvironment } from '../src/setup/python';

const PROJECT = resolve(__dirname, '..');
const INPUT = join(__dirname, 'requirements.in');
const UV = '0.13.9';
const STORE = join(PROJECT, '.runtime', `uv-${UV}`);
/** The oldest systems that can run our Nodes and TensorFlow's wheels: glibc 2.28, macOS 12. */
const PLATFORMS = ['x86_64-manylinux_2_28', 'aarch64-manylinux_2_28', 'aarch64-apple-darwin'];

async function fetchUv(): Promise<void> {
  const args = ['-I', '-m', 'pip', 'install', '--quiet', '--no-deps', `--target=${STORE}`, `uv==${UV}`];
  const { code, output } = await runChild(pythonOf(), args, { env: pipEnvironment() });
  if (code !== 0) throw new Error(`Cannot fetch uv ${UV}: ${output}`);
}

/** Runs uv, which comes from the package index; it neither downloads Pythons nor reads settings of its own. */
async function uv(args: readonly string[]): Promise<{ code: number; output: string }> {
  const command = join(STORE, 'bin/uv');
  if (!existsSync(command)) await fetchUv();
  const index = await pipIndex(pythonOf());
  const env = { ...process.env, UV_PYTHON_DOWNLOADS: 'never', ...(index && { UV_DEFAULT_INDEX: index }) };
  return runChild(command, [...args, '--no-config'], { cwd: PROJECT, env });
}

async function write(upgraded: readonly string[]): Promise<void> {
  const { code, output } = await uv([
    ...[
      'pip',
      'compile',
      '--quiet',
      '--universal',
      `--python-version=3.${Math.min(...MINORS)}.0`,
      '--generate-hashes',
    ],
    ...['--no-annotate', '--custom-compile-command=npm run test:pythons -- --write'],
    ...upgraded.map((name) => `--upgrade-package=${name}`),
    ...[`--output-file=${REQUIREMENTS}`, INPUT],
  ]);
  if (code !== 0) throw new Error(`Cannot resolve ${relative(PROJECT, INPUT)}: ${output}`);
}

/** The newest patch of each minor version that this uv knows of. */
async function newestPatches(): Promise<Map<number, number>> {
  const { code, output } = await uv(['python', 'list', '--only-downloads']);
  if (code !== 0) throw new Error(`Cannot list Pythons: ${output}`);
  const found = output.matchAll(/^cpython-3\.(\d+)\.(\d+)-/gm);
  return new Map([...found].map(([, minor, patch]) => [Number(minor), Number(patch)]));
}

/** Why one Python on one platform cannot install requirements.txt; undefined where it can. */
async function objection(version: string, platform: string): Promise<string | undefined> {
  const { code, output } = await uv([
    ...['pip', 'install', '--dry-run', '--quiet', '--require-hashes', '--only-binary=:all:'],
    ...[`--python=${pythonOf()}`, `--python-version=${version}`, `--python-platform=${platform}`],
    ...[`--target=${join(STORE, 'nothing')}`, '-r', REQUIREMENTS],
  ]);
  return code === 0 ? undefined : output.trim();
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean', default: false },
      upgrade: { type: 'string', multiple: true, default: [] },
    },
  });
  if (values.write) await write(values.upgrade);
  const newest = await newestPatches();
  const versions = MINORS.toReversed().flatMap((minor) => [
    `3.${minor}.0`,
    `3.${minor}.${newest.get(minor) ?? 0}`,
  ]);
  const rows = [['Python', ...PLATFORMS]];
  const reasons: string[] = [];
  for (const version of versions) {
    const found = await Promise.all(PLATFORMS.map((platform) => objection(version, platform)));
    rows.push([version, ...found.map((reason) => (reason === undefined ? '✔' : '✗'))]);
    found.forEach((reason, i) => reason && reasons.push(`Python ${version}, ${PLATFORMS[i]}: ${reason}`));
  }
  console.log([...columns(rows), ...reasons].join('\n'));
  return reasons.length === 0 ? 0 : 1;
}

void main().then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(report(error)),
);
