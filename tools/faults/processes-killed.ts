/** kill -9 of each part of a kernel, and many kernels at once. */
import { setTimeout as sleep } from 'node:timers/promises';

import { FrontEnd, residentOf } from './frontend';
import { type Outcome, outcome } from './outcomes';

const ROUNDS = 5;
const CHILDREN =
  "const { spawn, execSync } = require('node:child_process'); spawn('sleep', ['1000']); " +
  "spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).unref(); execSync('setsid sleep 1000 >/dev/null 2>&1 &'); " +
  "execSync('set -m; sleep 1000 >/dev/null 2>&1 &', { shell: '/bin/bash' }); process.pid";

const isThere = (pid: number): boolean => residentOf(pid) > 0;

async function allGone(pids: readonly number[], ms = 6000): Promise<boolean> {
  for (const end = Date.now() + ms; pids.some(isThere) && Date.now() < end;) await sleep(50);
  return !pids.some(isThere);
}

/** Each part in turn, idle and busy, with children of cells about. */
export async function parts(): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const part of ['the runtime', 'the server', 'both at once']) {
    let good = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const front = await FrontEnd.open();
      try {
        const runtime = Number((await front.run(CHILDREN)).result);
        const started = front.descendants();
        if (round % 2 === 1) await front.send('execute_request', { code: 'for (;;) {}', silent: false });
        await sleep(round * 20);
        const killed =
          { 'the runtime': [runtime], 'the server': [front.pid], 'both at once': [front.pid, runtime] }[
            part
          ] ?? [];
        for (const pid of killed) process.kill(pid, 'SIGKILL');
        // The cell that was sent before the server knew of it ends with it; the next one runs.
        const lives = part !== 'the runtime' || (await front.answers()) || (await front.answers());
        const old =
          part === 'the runtime' ? started.filter((pid) => !front.descendants().includes(pid)) : started;
        good += lives && (await allGone(part === 'the runtime' ? [runtime, ...old] : old)) ? 1 : 0;
      } finally {
        await front.close();
      }
    }
    const result = `${good} of ${ROUNDS}: nothing of its cells is left${part === 'the runtime' ? ', the next cell runs' : ''}`;
    outcomes.push(outcome(`kill -9 of ${part}`, result, good === ROUNDS));
  }
  return outcomes;
}

/** Many kernels started at the same moment. */
export async function together(count: number): Promise<Outcome[]> {
  const fronts = await Promise.all(Array.from({ length: count }, () => FrontEnd.open()));
  try {
    const answers = await Promise.all(fronts.map((front) => front.answers(300_000)));
    const good = answers.filter(Boolean).length;
    const range = (of: readonly number[]): string =>
      `${Math.min(...of).toFixed(0)} to ${Math.max(...of).toFixed(0)} MB`;
    const servers = range(fronts.map(({ pid }) => residentOf(pid)));
    const whole = range(fronts.map((front) => front.resident()));
    const result = `${good} answer; ${whole} each with all its processes, the server ${servers} of it`;
    return [outcome(`${count} kernels at once`, result, good === count)];
  } finally {
    await Promise.all(fronts.map((front) => front.close()));
  }
}
