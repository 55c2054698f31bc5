'use strict';
// Step one of setup: node_modules, by `npm ci` in a staging folder that takes its place only when it is whole.
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { runChild } = require('./child');
const { say } = require('./language');
const { Fault, causeOf, isForbidden, tail } = require('./fault');
const { withLock } = require('./lock');
const { progress } = require('./progress');

const NEEDED_BYTES = 800e6; // node_modules is about 560 MB; npm’s cache holds the archives beside it

const lockFile = (root) => path.join(root, 'package-lock.json');
const stampFile = (modules) => path.join(modules, '.tsdl-stamp.json');
const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const PLATFORM = `${process.platform}-${process.arch}`;
const digest = (file) => crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex');

/** The packages that have to be there: all of the lock file but the optional ones, which depend on the platform. */
function expected(root) {
  const { packages } = readJson(lockFile(root));
  return Object.entries(packages)
    .filter(([name, entry]) => name.startsWith('node_modules/') && !entry.optional && !entry.link)
    .map(([name, entry]) => ({ folder: name.slice('node_modules/'.length), version: entry.version }));
}

/** Whether setup has found node_modules whole for today's package-lock.json and this platform. */
function isStamped(root) {
  const modules = path.join(root, 'node_modules');
  try {
    const stamp = readJson(stampFile(modules));
    return (
      stamp.lock === digest(lockFile(root)) &&
      (stamp.platform ?? PLATFORM) === PLATFORM && // a folder copied from another system has its binaries
      stamp.folders.every((folder) => fs.existsSync(path.join(modules, folder, 'package.json')))
    );
  } catch {
    return false;
  }
}

/** The packages that are missing from node_modules, or there in another version. */
function lacking(modules, packages) {
  return packages.filter(({ folder, version }) => {
    try {
      return readJson(path.join(modules, folder, 'package.json')).version !== version;
    } catch {
      return true;
    }
  });
}

/** Whether the user's own `npm ci` or `npm install` came to its end, after setup: npm writes its list last. */
function isByNpm(root) {
  const modules = path.join(root, 'node_modules');
  const [list, stamp] = [path.join(modules, '.package-lock.json'), stampFile(modules)].map((file) =>
    fs.statSync(file, { throwIfNoEntry: false }),
  );
  return !!list && (!stamp || list.mtimeMs >= stamp.mtimeMs) && lacking(modules, expected(root)).length === 0;
}

const modulesReady = (root) => isStamped(root) || isByNpm(root);

function writeStamp(modules, root) {
  const folders = expected(root).map(({ folder }) => folder);
  const stamp = { lock: digest(lockFile(root)), node: process.version, platform: PLATFORM, folders };
  const draft = `${stampFile(modules)}.${process.pid}`;
  fs.writeFileSync(draft, JSON.stringify(stamp));
  fs.renameSync(draft, stampFile(modules));
}

/** npm as it was started (npm run …), or the one on the PATH. */
function npmCommand() {
  const cli = process.env.npm_execpath;
  return cli && /npm-cli\.[cm]?js$/.test(cli) && fs.existsSync(cli) ? [process.execPath, [cli]] : ['npm', []];
}

/** The environment without what `npm run` adds about the project: npm has to take the staging folder for one. */
function npmEnvironment() {
  const inner = /^npm_(config_local_prefix|package_|lifecycle_|command)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !inner.test(name)));
}

function verify(modules, packages) {
  const wrong = lacking(modules, packages);
  if (wrong.length === 0) return;
  throw new Fault(
    {
      zh: `npm ci 结束了，但 ${wrong.length} 个包不完整（如 ${wrong[0].folder}）。`,
      en: `npm ci ended, but ${wrong.length} package(s) are incomplete, ${wrong[0].folder} for one.`,
    },
    {
      zh: '再运行一次同一条命令；若仍如此，先运行 npm cache verify',
      en: 'run the same command again; if that does not help, npm cache verify first',
    },
  );
}

function npmFault({ code, output }) {
  if (code === 127) {
    return new Fault(
      { zh: '找不到 npm。', en: 'npm is not on the PATH.' },
      {
        zh: '安装带 npm 的 Node.js：https://nodejs.org',
        en: 'install Node.js with npm: https://nodejs.org',
      },
    );
  }
  const cause = causeOf(output);
  if (cause === 'disk') {
    return new Fault(
      { zh: '磁盘已满，npm 依赖没有装完。', en: 'The disk is full; the npm packages are incomplete.' },
      {
        zh: '腾出约 800 MB 后再运行同一条命令',
        en: 'free about 800 MB and run the same command again',
      },
    );
  }
  if (cause === 'network') return networkFault(output);
  return new Fault({ zh: 'npm ci 失败。', en: 'npm ci failed.' }, SEE_BELOW, tail(output));
}

const SEE_BELOW = {
  zh: '按下面的提示处理后再运行同一条命令',
  en: 'do what it says below and run the same command again',
};

const networkFault = (output) =>
  new Fault(
    {
      zh: '下载 npm 依赖失败：连不上软件源。',
      en: 'The npm packages cannot be downloaded: the registry does not answer.',
    },
    {
      zh: '检查网络或代理后再运行；可换镜像：npm config set registry <镜像地址>',
      en: 'check the network or the proxy; to use a mirror: npm config set registry <its address>',
    },
    tail(output, 4),
  );

const packagesText = (n) => say({ zh: `${n} 个包`, en: `${n} packages` });

/** Runs `npm ci` without install scripts in a folder that holds package.json and package-lock.json. */
async function npmCi(staging, bar) {
  const packages = expected(staging);
  const present = () =>
    packages.filter(({ folder }) => fs.existsSync(path.join(staging, 'node_modules', folder, 'package.json')))
      .length;
  const timer = setInterval(
    () => bar.update({ done: present(), total: packages.length, show: packagesText }),
    1000,
  );
  try {
    const [command, first] = npmCommand();
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
    const retries = ['--fetch-retries=3', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
    const result = await runChild(command, [...first, 'ci', ...flags, ...retries], {
      cwd: staging,
      env: npmEnvironment(),
    });
    if (result.code !== 0) throw npmFault(result);
  } finally {
    clearInterval(timer);
  }
  verify(path.join(staging, 'node_modules'), packages);
  return packages;
}

function swapIn(root, staging) {
  const modules = path.join(root, 'node_modules');
  const old = path.join(staging, 'replaced');
  if (fs.existsSync(modules)) fs.renameSync(modules, old);
  fs.renameSync(path.join(staging, 'node_modules'), modules);
}

async function install(root) {
  const bar = progress(
    say({ zh: '安装 npm 依赖（约 560 MB）', en: 'Installing the npm packages (about 560 MB)' }),
  );
  const runtime = path.join(root, '.runtime');
  requireSpace(root);
  fs.mkdirSync(runtime, { recursive: true });
  removeStale(runtime);
  const staging = fs.mkdtempSync(path.join(runtime, 'staging-modules-'));
  try {
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
      if (fs.existsSync(path.join(root, name))) {
        fs.copyFileSync(path.join(root, name), path.join(staging, name));
      }
    }
    const packages = await npmCi(staging, bar);
    const modules = path.join(staging, 'node_modules');
    writeStamp(modules, staging);
    swapIn(root, staging);
    bar.end(say({ zh: `完成：${packages.length} 个包`, en: `done: ${packages.length} packages` }));
  } catch (error) {
    bar.fail();
    throw error;
  } finally {
    fs.rmSync(staging, { recursive: true, force: true });
  }
}

function requireSpace(root) {
  const { bavail, bsize } = fs.statfsSync(root);
  if (bavail * bsize >= NEEDED_BYTES) return;
  const left = Math.floor((bavail * bsize) / 1e6);
  throw new Fault(
    {
      zh: `磁盘空间不足：npm 依赖需要约 800 MB，${root} 只剩 ${left} MB。`,
      en: `Too little disk: the npm packages need about 800 MB, ${root} has ${left} MB left.`,
    },
    { zh: '腾出空间后再运行同一条命令', en: 'free some space and run the same command again' },
  );
}

/** Removes the staging folders of killed runs; called under the lock, so nobody is using them. */
function removeStale(runtime) {
  for (const name of fs.readdirSync(runtime)) {
    if (name.startsWith('staging-modules-')) {
      fs.rmSync(path.join(runtime, name), { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

/** Takes over what npm installed; in a folder of another user it is looked through each time. */
function adopt(root) {
  try {
    writeStamp(path.join(root, 'node_modules'), root);
  } catch (error) {
    if (!isForbidden(error)) throw error;
  }
}

/** Installs node_modules if it is missing, partial or older than package-lock.json. */
async function ensureModules(root) {
  if (isStamped(root)) return;
  if (isByNpm(root)) return adopt(root);
  await withLock(
    path.join(root, '.runtime', 'modules.lock'),
    async () => {
      if (!modulesReady(root)) await install(root);
    },
    (pid) =>
      console.error(
        say({
          zh: `另一个 tsdl 进程（${pid}）正在安装 npm 依赖，等它完成 …`,
          en: `Another tsdl process (${pid}) is installing the npm packages; waiting for it …`,
        }),
      ),
  );
}

module.exports = { ensureModules, modulesReady, npmCi };
