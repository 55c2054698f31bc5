/**
 * A worker's share of a batch. What hands out batches (a `DataLoader`, `fit` for batches of others) opens one for as long
 * as the batch is in use; gradients, losses and random numbers that are computed meanwhile know of it. In a single
 * process there is none.
 */
import { isGradEnabled } from '../autograd';
import { rank, size } from '../backend/membership';
import * as tf from '../tf';

/** The samples `from` … `to` of `total`. */
export interface Share {
  readonly from: number;
  readonly to: number;
  /** Samples of the whole batch. */
  readonly total: number;
  /** What this worker's mean counts for in the mean of all; 0 where there was no sample left for it. */
  readonly weight: number;
  /** The same on all workers, another one for each batch. */
  readonly step: number;
  /** Tensors with a smaller id are older than the batch. */
  readonly firstTensor: number;
}

let current: Share | undefined;
let taken = 0;
let whole = false;

/** The share in use, if there is one. */
export const currentShare = (): Share | undefined => current;

/** How many shares were handed out so far; part of the random state. */
export const sharesTaken = (): number => taken;

/** Goes on counting from a state that was saved. */
export function setSharesTaken(count: number): void {
  taken = count;
}

/** What this worker's mean counts for in the mean over all. */
export const weight = (): number => current?.weight ?? 1 / size;

/** Whether this worker's samples count at all: one without samples repeats another's. */
export const counts = (): boolean => weight() > 0;

const nextTensor = (): number => (tf.engine() as unknown as { nextTensorId(): number }).nextTensorId();

/** The shares that batches are, for those who keep them: `[...loader]`. */
const origins = new WeakMap<object, Share>();

/** Remembers that a batch is the share in use. */
export function marked<T>(batch: T): T {
  if (!current || !Array.isArray(batch)) return batch;
  for (const part of batch as unknown[]) if (part instanceof tf.Tensor) origins.set(part, current);
  return batch;
}

/** Shares differ by one sample at most. */
function shareOf(total: number): Share {
  const at = (worker: number): number => Math.floor((worker * total) / size);
  const [from, to] = [at(rank), at(rank + 1)];
  const part = { total, weight: (to - from) / total, step: ++taken, firstTensor: nextTensor() };
  return to > from ? { from, to, ...part } : { from: 0, to: 1, ...part };
}

/**
 * Hands out what `take` makes of this worker's share of a batch of `total`, then lets go of the share. Within `noGrad`
 * there are no shares: every worker that only looks sees everything.
 */
export function* shared<T>(total: number, take: (share?: Share) => T): Generator<T, void, undefined> {
  if (size === 1 || whole || total === 0 || !isGradEnabled()) {
    yield take();
    return;
  }
  yield* using(shareOf(total), take);
}

/** Hands out a batch that a loop over a loader has kept: it is a share already. Nothing for any other batch. */
export function* sharedBefore<T extends readonly object[]>(batch: T): Generator<T, boolean, undefined> {
  const [first] = batch;
  const origin = first && origins.get(first);
  if (!origin) return false;
  yield* using({ ...origin, step: ++taken, firstTensor: 0 }, () => batch);
  return true;
}

function* using<T>(share: Share, take: (share: Share) => T): Generator<T, void, undefined> {
  const before = current;
  current = share;
  try {
    yield take(share);
  } finally {
    current = before;
  }
}

/** Walks batches that every worker needs all of. */
export function* undivided<T>(batches: Iterable<T>): Generator<T, void, undefined> {
  const iterator = batches[Symbol.iterator]();
  const next = (): IteratorResult<T> => {
    const before = whole;
    whole = true;
    try {
      return iterator.next();
    } finally {
      whole = before;
    }
  };
  try {
    for (let result = next(); !result.done; result = next()) yield result.value;
  } finally {
    iterator.return?.();
  }
}
