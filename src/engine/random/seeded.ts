/**
 * One seed for everything random: initialisation, dropout, shuffling, augmentation.
 *
 * Random tensors come from TensorFlow's stateless operations, fed by (seed, counter): the counter is read anew at every
 * call, recorded calls included, so that eager and compiled runs draw the same numbers. Random numbers in JavaScript
 * come from one stream beside it. The plain-JavaScript backend draws other numbers than the native one.
 * @module tsdl/engine/random
 */
import { randomInt as osRandomInt } from 'node:crypto';

import { rank, size } from '../backend/membership';
import { execute, isNative } from '../backend/rawops';
import { dynamicTensor } from '../recording/dynamic';
import { guard } from '../recording/guards';
import { currentShare, setSharesTaken, sharesTaken } from '../recording/share';
import * as tf from '../tf';
import { shuffleInPlace } from './draw';
import { Sfc32, Sfc32State } from './sfc32';

export type { Sfc32State } from './sfc32';

/** Everything that decides which numbers come next; plain JSON, for checkpoints. */
export interface RandomState {
  readonly seed: number;
  readonly counter: number;
  readonly stream: Sfc32State;
  /** Of a worker among several: shares of batches that were handed out. */
  readonly shares?: number;
}

const MAX_SEED = 2 ** 31;
let seed = initialSeed();
let counter = 0;
let stream = Sfc32.from(seed, 0);

/**
 * Workers have one seed and draw the same numbers; of a tensor with a row for each sample, each takes the rows of its
 * share. What JavaScript draws for a share comes from a stream of its own, which begins anew with each batch, so that
 * what one worker draws moves nothing for the others.
 */
let own: { readonly step: number; readonly stream: Sfc32 } | undefined;

function ownStream(): Sfc32 | undefined {
  const share = currentShare();
  if (!share) return undefined;
  if (own?.step !== share.step) {
    own = { step: share.step, stream: Sfc32.from(seed, share.step * size + rank + 1) };
  }
  return own.stream;
}

/**
 * Starts all random numbers anew from a seed, as `torch.manual_seed`.
 * @throws RangeError unless the seed is an integer from 0 to 2³¹ − 1
 */
export function manualSeed(newSeed: number): void {
  if (!Number.isInteger(newSeed) || newSeed < 0 || newSeed >= MAX_SEED) {
    throw new RangeError(`Cannot seed: expected an integer from 0 to ${MAX_SEED - 1}, got ${newSeed}`);
  }
  seed = newSeed;
  counter = 0;
  stream = Sfc32.from(seed, 0);
  own = undefined;
  setSharesTaken(0);
}

/** What `setRandomState` needs to continue from here. */
export function randomState(): RandomState {
  return { seed, counter, stream: stream.state, ...(size > 1 && { shares: sharesTaken() }) };
}

/** Continues from a state that `randomState` gave. */
export function setRandomState(state: RandomState): void {
  manualSeed(state.seed);
  counter = state.counter;
  stream = new Sfc32(state.stream);
  setSharesTaken(state.shares ?? 0);
}

/** The seed of one random tensor, `[seed, counter]` int32; every call, eager or replayed, counts one up. */
export function nextSeed(): tf.Tensor1D {
  return dynamicTensor(() => Int32Array.of(seed, counter++), [2], 'int32');
}

/** Uniform numbers in [low, high). */
export function uniform<R extends tf.Rank>(shape: tf.ShapeMap[R], low = 0, high = 1): tf.Tensor<R> {
  return tf.tidy(() => {
    const unit = draw<R>('StatelessRandomUniform', shape, (stream) => stream.next());
    return tf.add(tf.mul(unit, high - low), low);
  });
}

/** Normally distributed numbers. */
export function normal<R extends tf.Rank>(shape: tf.ShapeMap[R], mean = 0, std = 1): tf.Tensor<R> {
  return tf.tidy(() => {
    const unit = draw<R>('StatelessRandomNormal', shape, (stream) => stream.normal());
    return tf.add(tf.mul(unit, std), mean);
  });
}

/** Normally distributed numbers, those beyond two standard deviations drawn again. */
export function truncatedNormal<R extends tf.Rank>(shape: tf.ShapeMap[R], mean = 0, std = 1): tf.Tensor<R> {
  return tf.tidy(() => {
    const unit = draw<R>('StatelessTruncatedNormal', shape, (stream) => {
      let x = stream.normal();
      while (Math.abs(x) > 2) x = stream.normal();
      return x;
    });
    return tf.add(tf.mul(unit, std), mean);
  });
}

/** A number in [0, 1) from the JavaScript stream. */
export function random(): number {
  return (ownStream() ?? stream).next();
}

/**
 * An integer in [0, n) from the JavaScript stream.
 * @throws RangeError unless `n` is an integer of at least 1
 */
export function randomInt(n: number): number {
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(`Cannot draw an integer: expected a bound of at least 1, got ${n}`);
  }
  return Math.floor(random() * n);
}

/** A shuffled copy. @param draw numbers in [0, 1), by default from the JavaScript stream */
export function shuffle<T>(items: readonly T[], draw = random): T[] {
  const result = [...items];
  shuffleInPlace(result, draw);
  return result;
}

/** Which rows of a tensor for the whole batch this worker draws, where `length` rows stand for its samples. */
function rowsOf(length: number): { from: number; total: number } | undefined {
  const samples = guard(() => (currentShare()?.to ?? 0) - (currentShare()?.from ?? 0));
  if (samples === 0 || length === 0 || length % samples !== 0) return undefined;
  const [from, total] = [guard(() => currentShare()?.from ?? 0), guard(() => currentShare()?.total ?? 0)];
  return { from: (from * length) / samples, total: (total * length) / samples };
}

function draw<R extends tf.Rank>(
  op: string,
  shape: tf.ShapeMap[R],
  next: (stream: Sfc32) => number,
): tf.Tensor<R> {
  const key = nextSeed();
  if (isNative()) {
    const attributes = {
      dtype: { type: 'float32' },
      T: { type: 'int32' },
      Tseed: { type: 'int32' },
    } as const;
    const rows = rowsOf(shape[0] ?? 0);
    if (!rows) return execute<tf.Tensor<R>>(op, attributes, [tf.tensor1d(shape, 'int32'), key]);
    const [length = 0, ...rest] = shape;
    const whole = execute<tf.Tensor<R>>(op, attributes, [tf.tensor1d([rows.total, ...rest], 'int32'), key]);
    return tf.slice(whole, [rows.from, ...rest.map(() => 0)], [length, ...rest]);
  }
  const [a = 0, b = 0] = key.dataSync();
  const numbers = Sfc32.from(a, b);
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => next(numbers));
  return tf.tensor<R>(values, shape);
}

function initialSeed(): number {
  const given = process.env.TSDL_SEED;
  if (given === undefined || given === '') return osRandomInt(MAX_SEED);
  const value = Number(given);
  if (!Number.isInteger(value) || value < 0 || value >= MAX_SEED) {
    throw new RangeError(
      `Cannot use TSDL_SEED: expected an integer from 0 to ${MAX_SEED - 1}, got "${given}"`,
    );
  }
  return value;
}
