/**
 * `npm run test:package [-- 20 22 24] [--row text]`: installs the tarball in an empty project, by npm and by pnpm, and
 * uses it from there in every module system, under several versions of Node. A table says which rows are green; exit
 * code 1 if one is not. What setup fetches is kept in .runtime/package-home.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { report } from '../../bin/bootstrap/fault';
import { fetchNode } from '../../src/setup/nodes';
import { type Row, ROWS } from './rows';

const PROJECT = resolve(__dirname, '../..');
const TARBALLS = join(PROJECT, 'build');
const STORE = join(PROJECT, '.runtime/nodes');
const PTH = join(PROJECT, 'test/fixtures/io/network.pth');
const env = { ...process.env, PTH, TSDL_HOME: join(PROJECT, '.runtime/package-home'), TSDL_QUIET: '1' };

/** What a reader of TypeScript installs beside tsdl. */
const TOOLS = ['typescript@5.9.3', '@types/node@20.19.43', 'ts-node@10.9.2', 'tsx@4.23.15', 'vitest@4.1.12'];
const PNPM = 'pnpm@10.12.1';

/** Scripts that may stand in the dependencies: this one prints a greeting. */
const HARMLESS = ['core-js'];

/** Without the settings that `npm run` hands down: the empty project has none of ours. */
const plainEnv = Object.fromEntries(Object.entries(env).filter(([name]) => !/^npm_/i.test(name)));

function must(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', env: plainEnv });
  if (status === 0) return stdout;
  throw new Error(`Cannot test the package: ${command} ${args.join(' ')} failed\n${stdout}\n${stderr}`);
}

function tarball(): string {
  const name = readdirSync(TARBALLS).find((file) => /^tsdl-.*\.tgz$/.test(file));
  if (name === undefined) throw new Error('Cannot test the package: expected build/tsdl-*.tgz; npm run pack');
  return join(TARBALLS, name);
}

/** @throws Error where an install script other than a harmless one would run */
function requireNoScripts(project: string): void {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean; dev?: boolean }>;
  };
  const names = Object.entries(packages)
    .filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev)
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
    .filter((name) => !HARMLESS.includes(name));
  if (names.length > 0) throw new Error(`Cannot accept the package: it runs scripts of ${names.join(', ')}`);
}

interface Outcome {
  readonly name: string;
  readonly node: string;
  readonly said: string;
  readonly isGreen: boolean;
}

const versionOf = (node: string): string => execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();

/** Runs Node in a folder, with itself as the first `node` on the PATH. */
function nodeIn(folder: string, node: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const PATH = `${dirname(node)}${delimiter}${plainEnv.PATH ?? ''}`;
  const { status, stdout, stderr } = spawnSync(node, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...plainEnv, ...more, PATH },
  });
  return { status, stdout, output: `${stdout}${stderr}` };
}

function runRow({ name, files, commands, judge }: Row, node: string, project: string): Outcome {
  const folder = mkdtempSync(join(project, 'row-'));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  let said = '';
  for (const command of commands) {
    const args = command.map((arg) => arg.replace(/^BIN/, join(project, 'node_modules')));
    const { status, stdout, output } = nodeIn(folder, node, args);
    const isGreen = judge?.(output) ?? status === 0;
    if (judge || !isGreen) return { name, node: versionOf(node), said: isGreen ? '' : output, isGreen };
    said = /\{"device".*?\}/.exec(stdout)?.[0] ?? output; // a runner may put signs of its own before it
  }
  return { name, node: versionOf(node), said, isGreen: /^\{"device":"[cg]pu"/.test(said) };
}

/**
 * The commands in a project that is no checkout: a new course is run through nbclient and printed, the kernel is
 * installed as for a user and runs the course's notebook by that name.
 */
function notebookRows(node: string, project: string): Outcome[] {
  const tsdl = join(project, 'node_modules/tsdl/bin/tsdl.js');
  const folder = join(project, 'my-course');
  const data = join(project, 'jupyter');
  const notebook = ['run', '01-start.ipynb'];
  const rows: [string, string, string[], NodeJS.ProcessEnv?][] = [
    ['tsdl new', project, ['new', 'my-course']],
    ['tsdl run', folder, notebook],
    ['tsdl handout', folder, ['handout', '--format', 'html', '--from', 'build/notebooks', '--out', 'build']],
    ['tsdl kernel install --user', project, ['kernel', 'install', '--user'], { JUPYTER_DATA_DIR: data }],
    ['tsdl run --kernel tsdl', folder, [...notebook, '--kernel', 'tsdl'], { JUPYTER_DATA_DIR: data }],
    ['tsdl doctor', project, ['doctor'], { TSDL_OFFLINE: '1' }],
  ];
  return rows.map(([name, cwd, args, more]) => {
    const { status, output } = nodeIn(cwd, node, [tsdl, ...args], more);
    const foreign = /npm run [a-z]+/.exec(output)?.[0]; // a command that there is not here
    const isGreen = status === 0 && foreign === undefined;
    return { name, node: versionOf(node), said: isGreen ? '' : output, isGreen };
  });
}

/** Installs by npm into an empty project, with what TypeScript's readers have beside it. */
function npmProject(work: string, file: string): string {
  const project = join(work, 'npm');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"name":"reader","version":"1.0.0"}');
  must('npm', ['install', file, '--no-audit', '--no-fund'], project);
  requireNoScripts(project);
  must('npm', ['install', '--save-dev', ...TOOLS, '--no-audit', '--no-fund', '--ignore-scripts'], project);
  must('npx', ['tsdl', 'setup', '--cpu'], project);
  return project;
}

function pnpmProject(work: string, file: string): string {
  const project = join(work, 'pnpm');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"name":"reader","version":"1.0.0"}');
  must('npx', ['--yes', PNPM, 'add', file], project);
  return project;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { row: { type: 'string', default: '' }, keep: { type: 'boolean', default: false } },
  });
  const majors = positionals.length > 0 ? positionals : ['20', '22', '24'];
  const rows = ROWS.filter(({ name }) => name.includes(values.row));
  const work = mkdtempSync(join(tmpdir(), 'tsdl-package-'));
  const outcomes: Outcome[] = [];
  const note = (outcome: Outcome): void => {
    outcomes.push(outcome);
    console.log(`${outcome.isGreen ? '✔' : '✗'} ${outcome.node.padEnd(9)} ${outcome.name}  ${outcome.said}`);
  };
  try {
    const project = npmProject(work, tarball());
    for (const major of majors) {
      const node = await fetchNode(major, join(STORE, major));
      for (const row of rows.filter(({ nodes }) => nodes?.includes(major) ?? true))
        note(runRow(row, node, project));
    }
    if ('tsdl'.includes(values.row)) notebookRows(process.execPath, project).forEach(note);
    const pnpm = pnpmProject(work, tarball());
    for (const row of rows.filter(({ name }) => name.startsWith('JavaScript'))) {
      note(runRow({ ...row, name: `pnpm: ${row.name}` }, process.execPath, pnpm));
    }
  } finally {
    if (!values.keep) rmSync(work, { recursive: true, force: true });
  }
  const different = new Set(outcomes.map(({ said }) => said).filter((said) => said.startsWith('{'))).size;
  if (different > 1) console.log(`✗ ${different} different results`);
  return outcomes.every(({ isGreen }) => isGreen) && different <= 1 ? 0 : 1;
}

void main().then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(report(error)),
);
