/** What a class needs on one machine: programs in a folder of their own, accounts of the system, free ports. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { Fault } from '../../bin/bootstrap/fault';
import { PROJECT } from '../../src/engine/backend/paths';

const PACKAGES = ['jupyterhub==6.1.1', 'nbgrader==0.9.6', 'jupyterhub-idle-culler==2.0.0'];
const PROXY = 'configurable-http-proxy@5.3.0';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Runs a program to its end. @throws Error with its last lines when it fails */
export function call(
  command: string,
  args: readonly string[],
  { cwd, env, uid, gid }: { cwd?: string; env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {},
): string {
  const options = { cwd, uid, gid, env: { ...process.env, ...env }, encoding: 'utf8' } as const;
  const { status, stdout, stderr, error } = spawnSync(command, args, { ...options, maxBuffer: 2 ** 28 });
  if (status === 0) return stdout;
  const words = error?.message ?? `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n');
  throw new Error(`Cannot run ${command} ${args.join(' ')}: expected exit code 0, got ${status}\n${words}`);
}

export const tsdl = (args: readonly string[], env: NodeJS.ProcessEnv = {}): string =>
  call(process.execPath, [join(PROJECT, 'bin/tsdl.js'), ...args], { cwd: PROJECT, env });

/** A folder with JupyterHub, nbgrader, the proxy and our kernel, and as many accounts as asked for. */
export class Room {
  readonly folder = mkdtempSync(join(tmpdir(), 'tsdl-class-'));
  readonly venv = join(this.folder, 'venv');
  readonly accounts: Account[] = [];

  /** @throws Fault where no accounts can be made */
  constructor() {
    chmodSync(this.folder, 0o755);
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      throw new Fault('建系统账号要在 Linux 上用 root 运行。', 'sudo npm run test:class');
  }

  /** `venv/bin` first: nbgrader calls programs of its environment by their names. */
  get env(): NodeJS.ProcessEnv {
    return { PATH: `${join(this.venv, 'bin')}${delimiter}${process.env.PATH ?? ''}`, VIRTUAL_ENV: this.venv };
  }

  addAccounts(count: number): void {
    for (let i = 1; i <= count; i++) {
      const name = `tsdl-class-${i}`;
      call('useradd', ['--create-home', '--shell', '/bin/bash', name]);
      const [, , uid, gid, , home = ''] = call('getent', ['passwd', name]).trim().split(':');
      this.accounts.push({ name, uid: Number(uid), gid: Number(gid), home });
      chmodSync(home, 0o700);
    }
  }

  /** Installs from the package indexes, and our kernel as docs/class.md has it. */
  install(): void {
    call(this.python(), ['-m', 'venv', this.venv]);
    call(join(this.venv, 'bin/pip'), ['install', '--quiet', ...PACKAGES]);
    call('npm', ['install', '--silent', '--prefix', this.folder, PROXY]);
    tsdl(['kernel', 'install', '--prefix', this.venv]);
  }

  /** A Python that students may run too; the administrator's own may lie in a closed folder. */
  private python(): string {
    const [student] = this.accounts;
    const as = { uid: student?.uid, gid: student?.gid, cwd: '/', encoding: 'utf8' } as const;
    const ask = 'import sys, venv, ensurepip; assert sys.version_info >= (3, 9); print(sys.executable)';
    const answers = ['python3', '/usr/local/bin/python3', '/usr/bin/python3']
      .map((command) => spawnSync(command, ['-c', ask], as))
      .filter(({ status }) => status === 0);
    // Its own name for itself: for us `python3` may be another one.
    const usable = answers[0]?.stdout.trim();
    if (usable === undefined)
      throw new Fault('没有一个所有账号都能运行的 Python 3.9（带 venv）。', 'sudo apt install python3-venv');
    const seen = ['-e', `require(${JSON.stringify(join(PROJECT, 'package.json'))})`];
    if (spawnSync(process.execPath, seen, { uid: student?.uid, gid: student?.gid, cwd: '/' }).status !== 0)
      throw new Fault(
        `别的账号运行不了 ${process.execPath}，或读不到 ${PROJECT}。`,
        '把两者装在所有人可读的目录里',
      );
    return usable;
  }

  /** Takes back what was made; a process of a student that is still there goes first. */
  close(): void {
    for (const { name } of this.accounts) {
      spawnSync('pkill', ['--signal', 'KILL', '--uid', name]);
      spawnSync('userdel', ['--remove', '--force', name]);
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
  }
}

/** A port of the loopback interface that nobody uses now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
