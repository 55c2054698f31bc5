/** What `fit` and `evaluate` do where several workers train one model; with one worker nothing of this is called. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  bytesFromFirst,
  counts,
  currentShare,
  fromFirst,
  rank,
  restartedRun,
  shared,
  sharedBefore,
  size,
  sumOverWorkers,
  valueFromFirst,
  weight,
} from '../../engine/cluster';
import { randomState, setRandomState } from '../../engine/random';
import { dynamicScalar, dynamicTensor } from '../../engine/recording/dynamic';
import { guard } from '../../engine/recording/guards';
import * as tf from '../../engine/tf';
import type { Module } from '../../nn/module';
import type { Batch, Batches } from './batches';
import type { Callback } from './callbacks';

export { rank, size, undivided, weightsFile } from '../../engine/cluster';

/** Why a worker would end the run: what it cannot know of the others. */
export interface Wishes {
  /** Ctrl-C, the stop button. */
  readonly interrupted: () => boolean;
  /** A callback that goes by the clock. */
  stop: boolean;
}

/** What workers agree on: that any of them wishes it. */
export type Agreed = 'stop' | 'interrupted' | undefined;

const flags = ({ interrupted, stop }: Wishes): number[] => [interrupted() ? 1 : 0, stop ? 1 : 0];

/** What summed flags say. */
export const agreedOf = ([interrupted = 0, stop = 0]: ArrayLike<number> & Iterable<number>): Agreed =>
  interrupted > 0 ? 'interrupted' : stop > 0 ? 'stop' : undefined;

/** Asks all workers now, between two steps; each of them has to. */
export function agree(wishes: Wishes): Agreed {
  const sum = tf.tidy(() => sumOverWorkers(tf.tensor1d(flags(wishes)), 'wishes'));
  const agreed = agreedOf(sum.dataSync() as Float32Array);
  sum.dispose();
  return agreed;
}

/**
 * Tallies of the whole batch, from those of this worker's share, and what the workers wish: all in one sum, which
 * TensorFlow makes beside those of the gradients.
 */
export function overShares(
  tallies: readonly tf.Tensor1D[],
  wishes?: Wishes,
): { tallies: tf.Tensor1D[]; agreed?: tf.Tensor } {
  const divided = guard(() => currentShare() !== undefined);
  const counted = dynamicScalar(() => (divided && !counts() ? 0 : 1));
  const own = divided ? tallies.map((tally) => tf.mul(tf.cast(tally, 'float32'), counted)) : [];
  const asked = wishes ? [dynamicTensor(() => flags(wishes), [2])] : [];
  const parts = [...own, ...asked];
  if (parts.length === 0) return { tallies: [...tallies] };
  const sizes = parts.map((part) => part.size);
  const sums = tf.split<tf.Tensor1D>(sumOverWorkers(tf.concat(parts), 'tallies'), sizes);
  const agreed = asked.length > 0 ? { agreed: sums.pop() as tf.Tensor } : {};
  return { tallies: divided ? sums : [...tallies], ...agreed };
}

/** A mean over the whole batch, from that over this worker's share. */
export function meanOverShares(mean: tf.Scalar): tf.Scalar {
  if (!guard(() => currentShare() !== undefined)) return mean;
  return sumOverWorkers(tf.mul<tf.Scalar>(mean, dynamicScalar(weight)), 'mean');
}

/** Samples of the whole batch. */
export const samplesOf = (batch: Batch): number => currentShare()?.total ?? batch.at(-1)?.shape[0] ?? 0;

/** Hands each worker its share of batches; a `DataLoader` within them has done so itself. */
export const dealt = (batches: Batches): Iterable<Batch> => (size === 1 ? batches : deal(batches));

function* deal(batches: Batches): Generator<Batch, void, undefined> {
  const iterator = batches[Symbol.iterator]();
  try {
    for (;;) {
      const before = currentShare()?.step;
      const result = iterator.next();
      if (result.done) return;
      const batch = result.value;
      if (currentShare()?.step !== before) yield batch;
      else if (!(yield* sharedBefore(batch))) yield* slicesOf(batch);
    }
  } finally {
    iterator.return?.();
  }
}

function* slicesOf(batch: Batch): Generator<Batch, void, undefined> {
  for (const part of shared(batch.at(-1)?.shape[0] ?? 0, (share) => {
    return share ? batch.map((tensor) => tf.slice(tensor, share.from, share.to - share.from)) : batch;
  })) {
    yield part;
    if (part !== batch) tf.dispose([...part]);
  }
}

/** Gives all workers worker 0's weights and random numbers: whatever a program does before, they start alike. */
export function startAlike(model: Module): void {
  for (const variable of model.stateDict().values()) tf.tidy(() => variable.assign(fromFirst(variable)));
  setRandomState(valueFromFirst(randomState()));
}

/** After workers were started anew: the checkpoint that this run wrote before, if it came that far. */
export function fileOfRestart(callbacks: readonly Callback[] = []): string | undefined {
  if (restartedRun === undefined) return undefined;
  const path = callbacks.find(({ resumes }) => resumes !== undefined)?.resumes;
  const written = path !== undefined && existsSync(path) && statSync(path).mtimeMs >= restartedRun;
  return valueFromFirst(written) ? path : undefined;
}

/** Calls `read` with the path of worker 0's file, which the others may not have on their disks. */
export function withFileOfFirst<T>(path: string, read: (path: string) => T): T {
  if (size === 1) return read(path);
  const bytes = bytesFromFirst(rank === 0 ? readFileSync(path) : new Uint8Array());
  if (rank === 0) return read(path);
  const dir = mkdtempSync(join(tmpdir(), 'tsdl-resume-'));
  try {
    writeFileSync(join(dir, 'copy'), bytes);
    return read(join(dir, 'copy'));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Lets Ctrl-C interrupt a run after a step on which all workers agree; a second one ends the process. */
export function interruptible(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  process.once('SIGINT', abort);
  return { signal: controller.signal, release: () => void process.off('SIGINT', abort) };
}
