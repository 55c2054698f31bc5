import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

const BOOTSTRAP = resolve(__dirname, '../../bin/bootstrap');
const ENSURE = `
  const { report } = require('${BOOTSTRAP}/fault');
  require('${BOOTSTRAP}/modules').ensureModules(process.argv[1]).catch((e) => process.exit(report(e)));`;
const NAMES = ['alpha', 'beta', '@scope/gamma'];

/** Stands in for npm: installs the three packages slowly, one after the other. */
const NPM = `#!/bin/sh
echo run >> "$LOG"
if [ -n "$FAIL" ]; then echo "npm error code $FAIL" >&2; exit 1; fi
for name in ${NAMES.join(' ')}; do
  mkdir -p "node_modules/$name"
  sleep 0.1
  echo '{"name":"'$name'","version":"1.0.0"}' > "node_modules/$name/package.json"
done
if [ -n "$LOSE" ]; then rm node_modules/beta/package.json; fi
`;

describe('ensureModules', function () {
  this.timeout(60_000);
  let root: string;
  let env: NodeJS.ProcessEnv;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tsdl-modules-'));
    const packages = Object.fromEntries(NAMES.map((name) => [`node_modules/${name}`, { version: '1.0.0' }]));
    const optional = { 'node_modules/only-windows': { version: '1.0.0', optional: true } };
    writeFileSync(join(root, 'package.json'), '{"name":"small"}');
    writeFileSync(
      join(root, 'package-lock.json'),
      JSON.stringify({ packages: { ...packages, ...optional } }),
    );
    mkdirSync(join(root, 'bin'));
    writeFileSync(join(root, 'bin/npm'), NPM);
    chmodSync(join(root, 'bin/npm'), 0o755);
    const path = `${join(root, 'bin')}${delimiter}${process.env.PATH}`;
    env = { ...process.env, PATH: path, LOG: join(root, 'log'), npm_execpath: '' };
  });
  afterEach(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

  const ensure = (extra: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, ['-e', ENSURE, root], { env: { ...env, ...extra }, encoding: 'utf8' });
  const npmRuns = () => readFileSync(join(root, 'log'), 'utf8').split('\n').length - 1;
  const leftovers = () => readdirSync(join(root, '.runtime'));

  it('installs once, and then finds all in place', () => {
    const first = ensure();
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stderr, /完成：3 个包/);
    const second = ensure();
    assert.deepEqual([second.status, second.stderr], [0, '']);
    assert.equal(npmRuns(), 1);
    assert.deepEqual(leftovers(), []);
  });

  it('installs again after the lock file changed, or a package went missing', () => {
    ensure();
    writeFileSync(
      join(root, 'package-lock.json'),
      `${readFileSync(join(root, 'package-lock.json'), 'utf8')}\n`,
    );
    assert.equal(ensure().status, 0);
    rmSync(join(root, 'node_modules/beta'), { recursive: true });
    assert.equal(ensure().status, 0);
    assert.equal(npmRuns(), 3);
  });

  /** What the reader's own `npm ci` leaves: the packages, and npm's list of them as the last thing. */
  const npmInstall = (names = NAMES): void => {
    for (const name of names) {
      mkdirSync(join(root, 'node_modules', name), { recursive: true });
      writeFileSync(join(root, 'node_modules', name, 'package.json'), '{"version":"1.0.0"}');
    }
    writeFileSync(join(root, 'node_modules/.package-lock.json'), '{}');
  };
  const runs = () => (existsSync(join(root, 'log')) ? npmRuns() : 0);

  it('takes over what npm itself installed, before setup or after it', () => {
    npmInstall();
    const { status, stderr } = ensure();
    assert.deepEqual([status, stderr, runs()], [0, '', 0]);
    writeFileSync(
      join(root, 'package-lock.json'),
      readFileSync(join(root, 'package-lock.json'), 'utf8') + ' ',
    );
    npmInstall();
    assert.deepEqual([ensure().stderr, runs()], ['', 0]);
    rmSync(join(root, 'node_modules/beta'), { recursive: true });
    assert.deepEqual([ensure().status, runs()], [0, 1]);
  });

  it('does not take over what npm has not finished, or what lacks a package', () => {
    npmInstall();
    rmSync(join(root, 'node_modules/.package-lock.json'));
    assert.deepEqual([ensure().status, runs()], [0, 1]);
    rmSync(join(root, 'node_modules'), { recursive: true });
    npmInstall(['alpha', 'beta']);
    assert.deepEqual([ensure().status, runs()], [0, 2]);
  });

  it('installs again in a folder that was copied from another system', () => {
    ensure();
    const stamp = join(root, 'node_modules/.tsdl-stamp.json');
    const foreign = { ...(JSON.parse(readFileSync(stamp, 'utf8')) as object), platform: 'plan9-vax' };
    writeFileSync(stamp, JSON.stringify(foreign));
    assert.deepEqual([ensure().status, runs()], [0, 2]);
  });

  it('keeps the old node_modules when npm fails, and says what to do', () => {
    ensure();
    writeFileSync(join(root, 'package-lock.json'), '{"packages":{}}');
    const { status, stderr } = ensure({ FAIL: 'ENOTFOUND' });
    assert.equal(status, 1);
    assert.match(stderr, /✗ 下载 npm 依赖失败：连不上软件源。\n {2}→ 检查网络/);
    assert.ok(readFileSync(join(root, 'node_modules/alpha/package.json')));
    assert.match(ensure({ FAIL: 'ENOSPC' }).stderr, /磁盘已满/);
  });

  it('does not take a package for installed because npm says so', () => {
    const { status, stderr } = ensure({ LOSE: '1' });
    assert.equal(status, 1);
    assert.match(stderr, /1 个包不完整（如 beta）/);
    assert.equal(ensure().status, 0);
  });

  /** How many packages the staging folder of a running installation holds. */
  const staged = (): number => {
    const runtime = join(root, '.runtime');
    const staging = existsSync(runtime)
      ? readdirSync(runtime).find((name) => name.startsWith('staging'))
      : '';
    return NAMES.filter((name) => staging && existsSync(join(runtime, staging, 'node_modules', name))).length;
  };

  it('is whole after the next run, whenever it was killed', async () => {
    for (const moment of [0, 1, 2, 3]) {
      rmSync(join(root, 'node_modules'), { recursive: true, force: true });
      const child = spawn(process.execPath, ['-e', ENSURE, root], { env, stdio: 'ignore' });
      while (child.exitCode === null && staged() < moment) await new Promise((done) => setTimeout(done, 5));
      child.kill('SIGKILL');
      await new Promise((done) => child.once('close', done));
      const { status, stderr } = ensure();
      assert.equal(status, 0, `killed with ${moment} packages: ${stderr}`);
      for (const name of NAMES) {
        assert.match(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'), /1\.0\.0/);
      }
      assert.deepEqual(leftovers(), [], `killed with ${moment} packages`);
    }
  });

  it('lets two at once install only once', async () => {
    const two = [1, 2].map(() => spawn(process.execPath, ['-e', ENSURE, root], { env, stdio: 'ignore' }));
    const codes = await Promise.all(two.map((child) => new Promise((done) => child.once('close', done))));
    assert.deepEqual(codes, [0, 0]);
    assert.equal(npmRuns(), 1);
  });
});
