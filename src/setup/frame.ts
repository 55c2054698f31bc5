/** The frame every step of setup runs in: check, lock, space, staging folder, stamp, rename. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { Fault } from '../../bin/bootstrap/fault';
import type { Text } from '../../bin/bootstrap/language';
import { say } from '../../bin/bootstrap/language';
import { withLock } from '../../bin/bootstrap/lock';
import { type Progress, progress, size } from '../../bin/bootstrap/progress';
import {
  check,
  checkThoroughly,
  type Condition,
  type Stamp,
  type StampedFile,
  writeStamp,
} from '../engine/backend/stamp';

/** What a step leaves in its folder, for the stamp and for the closing line. */
export interface Made {
  readonly files: readonly StampedFile[];
  readonly info: Readonly<Record<string, string | number>>;
  readonly summary: string;
}

/** A part of the setup: done in a staging folder, stamped, and moved into place when it is whole. */
export interface Step {
  /** A short name for files: `python`, `library-cpu`. */
  readonly id: string;
  readonly title: string;
  /** The folder the step makes; staging folders lie beside `lockDir`, on the same disk. */
  readonly dir: string;
  readonly lockDir: string;
  readonly key: () => string;
  /** Bytes of disk the step needs while it runs. */
  readonly needs: number | (() => number);
  /** Anything a key cannot tell, such as an interpreter that was uninstalled: why the result is of no use. */
  readonly objection?: (stamp: Stamp) => Text | undefined;
  /** What is lost without it, where the rest works all the same: its failure is then told and ends nothing. */
  readonly optional?: Text;
  /** Says before any work what stands in the way. */
  readonly precheck?: () => Promise<void> | void;
  /** Fills `staging`, which then takes the place of `dir`. */
  readonly make: (staging: string, bar: Progress) => Promise<Made>;
}

/** Whether a step's result is there and of use. */
export function conditionOf(step: Step): Condition {
  const condition = check(step.dir, step.key());
  const why = condition.state === 'ok' ? step.objection?.(condition.stamp) : undefined;
  return why ? { state: 'outdated', why } : condition;
}

function requireSpace(step: Step): void {
  const { bavail, bsize } = statfsSync(step.lockDir);
  const free = bavail * bsize;
  const needs = typeof step.needs === 'number' ? step.needs : step.needs();
  if (free >= needs) return;
  throw new Fault(
    {
      zh: `磁盘空间不足：${step.title}需要约 ${size(needs)}，${step.lockDir} 只剩 ${size(free)}。`,
      en: `Too little disk. ${step.title}: ${size(needs)} needed, ${step.lockDir} has ${size(free)} left.`,
    },
    {
      zh: '腾出空间，或用 TSDL_HOME=<别的磁盘上的文件夹> 换个位置，再运行同一条命令',
      en: 'free some space, or use another disk with TSDL_HOME=<a folder there>, and run the same command again',
    },
  );
}

const stagingPrefix = (step: Step): string => `staging-${step.id}-`;

/** Staging folders of killed runs; called under the lock, so nobody is using them. */
function removeStale(step: Step): void {
  for (const name of readdirSync(step.lockDir)) {
    if (name.startsWith(stagingPrefix(step))) {
      rmSync(join(step.lockDir, name), { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

/** Puts `staging` in the place of `dir`. A kill between the renames leaves no folder, which counts as missing. */
function swapIn(staging: string, dir: string): void {
  const old = join(dirname(staging), `${basename(staging)}-replaced`);
  mkdirSync(dirname(dir), { recursive: true });
  if (existsSync(dir)) renameSync(dir, old);
  chmodSync(staging, 0o755); // mkdtemp makes private folders; a class shares one runtime
  renameSync(staging, dir);
  rmSync(old, { recursive: true, force: true, maxRetries: 3 });
}

async function make(step: Step): Promise<void> {
  removeStale(step);
  requireSpace(step);
  const bar = progress(step.title);
  const staging = mkdtempSync(join(step.lockDir, stagingPrefix(step)));
  try {
    const { files, info, summary } = await step.make(staging, bar);
    const made = new Date().toISOString();
    writeStamp(staging, { step: step.id, key: step.key(), made, info, files });
    swapIn(staging, step.dir);
    bar.end(summary);
  } catch (error) {
    bar.fail();
    throw error;
  } finally {
    rmSync(staging, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** How closely what is there is looked at. */
export interface RunOptions {
  /** Read every file again instead of trusting sizes and dates. */
  readonly thorough?: boolean;
}

/** Runs a step if its result is missing, outdated or damaged; true if it had to run. */
export async function runStep(step: Step, { thorough = false }: RunOptions = {}): Promise<boolean> {
  const look = async (): Promise<Condition> => {
    const quick = conditionOf(step);
    return thorough && quick.state === 'ok' ? checkThoroughly(step.dir, step.key()) : quick;
  };
  if ((await look()).state === 'ok') return false;
  mkdirSync(step.lockDir, { recursive: true });
  return withLock(
    join(step.lockDir, 'setup.lock'),
    async () => {
      const condition = await look();
      if (condition.state === 'ok') return false;
      if (condition.state === 'corrupt')
        console.error(
          say({
            zh: `${condition.file} 已损坏（${condition.detail.zh}），重新安装。`,
            en: `${condition.file} is damaged (${condition.detail.en}); installing it again.`,
          }),
        );
      if (condition.state === 'outdated' && condition.why)
        console.error(
          say({ zh: `${condition.why.zh}，重新安装。`, en: `${condition.why.en}; installing it again.` }),
        );
      await make(step);
      return true;
    },
    (pid) =>
      console.error(
        say({
          zh: `另一个 tsdl 进程（${pid ?? '?'}）正在安装，等它完成 …`,
          en: `Another tsdl process (${pid ?? '?'}) is installing; waiting for it …`,
        }),
      ),
  );
}
