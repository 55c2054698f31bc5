/**
 * The runtime with all that its cells started. The system keeps no such list: a child may leave the runtime's process group (a
 * shell with job control does) or its session (`detached`), and its parent may be gone. So the group, the session and
 * a mark in the environment are looked for.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { reportFault } from '../jupyter/unawaited';
import { allProcesses, statOf } from './processes';

/** Carried by each process that a cell starts. */
const MARK = 'TSDL_KERNEL';

/** A process may start another while the list is read. */
const PASSES = 3;

/**
 * Waits for the end of the server, which no signal can be sent from after `kill -9`; `$1` is the runtime, `$2` the mark. A line that comes
 * before says that there is nothing left to kill.
 */
const GUARD = `
read -r line && exit
for pass in 1 2 3; do
  kill -s KILL -- "-$1"
  for each in /proc/[0-9]*/stat; do
    read -r line <"$each" || continue
    set -- "$1" "$2" \${line##*) }
    pid=\${each%/stat}
    [ "$6" = "$1" ] && kill -KILL "\${pid#/proc/}"
  done
  for each in $(grep -lzxsF "$2" /proc/[0-9]*/environ); do
    pid=\${each%/environ}
    kill -KILL "\${pid#/proc/}"
  done
done`;

/** Ends one runtime's processes, also after the server's own sudden end. */
export class Family {
  private readonly mark = `${MARK}=${randomUUID()}`;
  private guard: ChildProcess | undefined;

  /** What the runtime is started with. */
  get environment(): Record<string, string> {
    const [name = '', value = ''] = this.mark.split('=');
    return { [name]: value };
  }

  /** @param leader The runtime, first of its group and session. */
  protect(leader: number): void {
    this.guard = spawn('/bin/sh', ['-c', GUARD, 'tsdl-guard', String(leader), this.mark], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.guard.on('error', reportFault);
    this.guard.stdin?.on('error', () => undefined);
    this.guard.unref();
  }

  /** Kills them all. */
  kill(leader: number): void {
    this.signal(leader, 'SIGKILL');
    for (let pass = 0; pass < PASSES; pass++) {
      const left = allProcesses().filter((pid) => this.has(pid, leader));
      for (const pid of left) signal(pid, 'SIGKILL');
      if (left.length === 0) break;
    }
    this.guard?.stdin?.end('\n');
  }

  /** Gives a signal to the runtime's group, which all are in that have not left it on purpose. */
  signal(leader: number, name: NodeJS.Signals): void {
    signal(-leader, name);
  }

  private has(pid: number, leader: number): boolean {
    const stat = statOf(pid);
    if (!stat || 'ZX'.includes(stat[0] ?? '')) return false; // it has ended
    if (stat[SESSION] === String(leader)) return true;
    try {
      return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(`\0${this.mark}\0`);
    } catch {
      return false; // another user's, or gone
    }
  }
}

/** Where the session stands after the state. */
const SESSION = 3;

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // already gone
  }
}
