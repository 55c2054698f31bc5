/**
 * Learning-rate finder: raises the rate step by step and watches the loss (Smith, "Cyclical Learning Rates for
 * Training Neural Networks", 2017, https://arxiv.org/abs/1506.01186).
 */
import { randomState, setRandomState } from '../../engine/random';
import * as tf from '../../engine/tf';
import { withMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import { yieldEvery } from '../notebook/pause';
import type { Optimizer } from '../optim/optimizers';
import type { Batch, Batches, LossFunction } from '../train/batches';
import { makeTrainingStep, type Step } from '../train/step';
import { restoreState, saveState } from '../train/weights';
import { dealt, size, startAlike } from '../train/workers';

/** What is trained with, and the rates that are tried. */
export interface LrFinderOptions {
  readonly train: Batches;
  readonly loss: LossFunction;
  readonly optimizer: Optimizer;
  /** First and last rate; default 1e-6 and 1. */
  readonly startLr?: number;
  readonly endLr?: number;
  /** Steps from the first rate to the last; default 100. */
  readonly steps?: number;
  readonly compile?: boolean;
}

/** The loss over the learning rate, for `lineChart`, and the rate it suggests. */
export interface LrFinderResult {
  readonly lr: number[];
  /** Smoothed loss at each rate, up to where it ran away. */
  readonly loss: number[];
  /** The rate where the loss falls fastest: a good place to start. */
  readonly suggestion: number;
}

/** Smoothing of the loss, fastai's value. */
const BETA = 0.98;
/** The loss has run away when it is so many times the best. */
const RUNAWAY = 4;

async function* endless(batches: Batches): AsyncGenerator<Batch> {
  for (;;) {
    let count = 0;
    for (const batch of dealt(batches)) {
      count++;
      yield batch;
    }
    if (count === 0) throw new RangeError('Cannot find learning rate: expected at least one batch, got 0');
    await Promise.resolve();
  }
}

/** Where a curve over log(rate) falls fastest, its noisy beginning and its end left out. */
function steepest(lr: readonly number[], loss: readonly number[]): number {
  const lowest = loss.reduce((best, v, i) => (v < (loss[best] ?? Infinity) ? i : best), 0);
  let best = { at: Math.max(0, lowest - 1), slope: Infinity };
  for (let i = Math.min(5, lowest); i < lowest; i++) {
    const slope = ((loss[i + 1] ?? NaN) - (loss[i - 1] ?? loss[i] ?? NaN)) / 2;
    if (slope < best.slope) best = { at: i, slope };
  }
  return lr[best.at] ?? NaN;
}

/** Copies the optimizer's state, to put it back: `stateDict` gives the live variables. */
function optimizerCopy(optimizer: Optimizer): () => void {
  const { state, paramGroups } = optimizer.stateDict();
  const copies = Object.entries(state).map(([name, { step, tensors }]) => {
    const values = Object.entries(tensors).map(([slot, t]): [string, tf.Tensor] => [
      slot,
      tf.keep(tf.clone(t)),
    ]);
    return [name, { step, tensors: Object.fromEntries(values) }] as const;
  });
  const saved = { state: Object.fromEntries(copies), paramGroups };
  return () => {
    optimizer.loadStateDict(saved);
    copies.forEach(([, { tensors }]) => tf.dispose(tensors));
  };
}

/**
 * Tries rates from `startLr` to `endLr` and suggests one. Model, optimizer, random state and loader end as they were.
 * @throws RangeError for rates out of order, fewer than 10 steps, no batch, or a loss that is NaN from the first
 * @example
 * const found = await lrFinder(model, { train: loader, loss: nn.crossEntropy, optimizer: optimizer });
 * show(lrFinderCurve(found));
 */
export async function lrFinder(model: Module, options: LrFinderOptions): Promise<LrFinderResult> {
  const { train, optimizer, startLr = 1e-6, endLr = 1, steps = 100 } = options;
  if (!(startLr > 0 && endLr > startLr)) {
    throw new RangeError(
      `Cannot find learning rate: expected 0 < startLr < endLr, got ${startLr} and ${endLr}`,
    );
  }
  if (!(Number.isInteger(steps) && steps >= 10)) {
    throw new RangeError(`Cannot find learning rate: expected 10 steps or more, got ${steps}`);
  }
  if (size > 1) startAlike(model);
  const weights = saveState(model);
  const random = randomState();
  const loader = train.stateDict?.();
  const rewind = optimizerCopy(optimizer);
  const step = makeTrainingStep(model, { ...options, metrics: [] });
  try {
    const rates = { train, optimizer, startLr, endLr, steps };
    return await withMode(model, 'train', () => sweep(step, rates));
  } finally {
    step.dispose();
    rewind();
    restoreState(model, weights);
    setRandomState(random);
    if (loader !== undefined) train.loadStateDict?.(loader as never);
  }
}

type Sweep = Required<Pick<LrFinderOptions, 'train' | 'optimizer' | 'startLr' | 'endLr' | 'steps'>>;

async function sweep(
  step: Step,
  { train, optimizer, startLr, endLr, steps }: Sweep,
): Promise<LrFinderResult> {
  const [lr, loss]: [number[], number[]] = [[], []];
  const rest = yieldEvery();
  let mean = 0;
  let best = Infinity;
  let first = NaN;
  for await (const batch of endless(train)) {
    const i = lr.length;
    optimizer.lr = startLr * (endLr / startLr) ** (i / (steps - 1));
    const { lr: rate } = optimizer;
    const value = step.run(batch).loss;
    if (i === 0) first = value;
    mean = BETA * mean + (1 - BETA) * value;
    const smooth = mean / (1 - BETA ** (i + 1));
    if (!Number.isFinite(value) || (i > 0 && smooth > RUNAWAY * best)) break;
    lr.push(rate);
    loss.push(smooth);
    best = Math.min(best, smooth);
    if (lr.length === steps) break;
    await rest();
  }
  if (lr.length === 0) {
    throw new RangeError(
      `Cannot find learning rate: expected a finite loss at the first rate ${startLr}, got ${first}; look for NaN in ` +
        'the data and for log, sqrt or division by 0 in the loss',
    );
  }
  return { lr, loss, suggestion: steepest(lr, loss) };
}
