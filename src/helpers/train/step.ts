/** One training step and one evaluation step as functions of a batch, ready to be compiled. */
import type { HalfType } from '../../engine/compile';
import * as tf from '../../engine/tf';
import type { Module } from '../../nn/module';
import type { ClipOptions } from '../optim/clip';
import type { Optimizer } from '../optim/optimizers';
import type { GradScaler } from '../optim/scaler';
import { accelerate } from './accelerate';
import type { BatchNumbers } from './average';
import { type Batch, forward, type LossFunction, splitBatch, type StepFunction } from './batches';
import type { Feed } from './feed';
import { defaultMetrics, type Metric } from './metrics';

/** The metrics of a run: those asked for, or the default once a first batch has shown what there is to count. */
export class MetricList {
  constructor(private metrics: readonly Metric[] | undefined) {}

  /** What this batch contributes, one tensor a metric. */
  tallies(output: tf.Tensor, target: tf.Tensor): tf.Tensor1D[] {
    this.metrics ??= defaultMetrics(output, target);
    return this.metrics.map((metric) => metric.tally(output, target));
  }

  get list(): readonly Metric[] {
    return this.metrics ?? [];
  }
}

/**
 * A step that moves the parameters: forward, loss, gradients, clipping, update. With a scaler its last result says
 * whether the gradients were finite.
 */
export function trainingStep(
  model: Module,
  loss: LossFunction,
  optimizer: Optimizer,
  metrics: MetricList,
  clip: ClipOptions,
  scaler?: GradScaler,
): StepFunction {
  return (...batch) => {
    const { inputs, target } = splitBatch(batch);
    const kept: tf.Tensor[] = [];
    const objective = (): tf.Scalar => {
      const output = forward(model, inputs);
      // Taking gradients frees what it does not return: the tallies have to be kept through it.
      kept.push(...metrics.tallies(output, target).map((tally) => tf.keep(tally)));
      return loss(output, target);
    };
    const moved: { loss: tf.Scalar; finite?: tf.Scalar } = scaler
      ? optimizer.minimizeScaled(objective, scaler, clip)
      : { loss: optimizer.minimize(objective, clip) };
    const tallies = kept.map((tally) => tally.clone());
    kept.forEach((tally) => tally.dispose());
    return [moved.loss, ...tallies, ...(moved.finite ? [moved.finite] : [])];
  };
}

/** A step that only looks. */
export function evaluationStep(
  model: Module,
  loss: LossFunction | undefined,
  metrics: MetricList,
): StepFunction {
  return (...batch) => {
    const { inputs, target } = splitBatch(batch);
    const output = forward(model, inputs);
    return [loss ? loss(output, target) : tf.scalar(0), ...metrics.tallies(output, target)];
  };
}

/** Settles every step of `run` with the scaler before the next one. */
function settling(run: StepFunction, optimizer: Optimizer, scaler: GradScaler): StepFunction {
  return (...batch) => {
    const results = run(...batch);
    const finite = results.pop();
    optimizer.settle(scaler, finite?.dataSync()[0] === 1);
    finite?.dispose();
    return results;
  };
}

/** Both steps of a run; each takes a batch of its feed. */
export interface Steps {
  readonly train: StepFunction;
  readonly valid: StepFunction;
  readonly metrics: MetricList;
  dispose(): void;
}

export interface StepOptions extends ClipOptions {
  readonly loss: LossFunction;
  readonly optimizer: Optimizer;
  readonly metrics?: readonly Metric[];
  readonly compile?: boolean;
  readonly precision?: Precision;
  readonly scaler?: GradScaler;
}

/** What products and convolutions of a training step compute in. */
export type Precision = 'float32' | HalfType;

/** Where the batches come from; without a feed they are samples. */
export interface Feeds {
  readonly train?: Feed;
  readonly valid?: Feed;
}

/** Both steps, compiled unless told otherwise. */
export function makeSteps(model: Module, options: StepOptions, feeds: Feeds = {}): Steps {
  const { loss, optimizer, clipNorm, clipValue, compile = true, precision = 'float32', scaler } = options;
  const metrics = new MetricList(options.metrics);
  const clip = {
    ...(clipNorm === undefined ? {} : { clipNorm }),
    ...(clipValue === undefined ? {} : { clipValue }),
  };
  const half = precision === 'float32' ? undefined : precision;
  const step = trainingStep(model, loss, optimizer, metrics, clip, scaler);
  const look = evaluationStep(model, loss, metrics);
  const train = accelerate(feeds.train?.fed(step) ?? step, compile, half);
  const run = scaler ? settling(train.run, optimizer, scaler) : train.run;
  const valid = accelerate(feeds.valid?.fed(look) ?? look, compile);
  const dispose = () => [train, valid].forEach((step) => step.dispose());
  return { train: run, valid: valid.run, metrics, dispose };
}

/** Runs a step and reads its numbers. */
export function runStep(step: StepFunction, batch: Batch): BatchNumbers {
  const results = tf.tidy(() => step(...batch));
  try {
    const [loss, ...tallies] = results.map((tensor) => tensor.dataSync());
    return { size: batch.at(-1)?.shape[0] ?? 0, loss: loss?.[0] ?? NaN, tallies };
  } finally {
    tf.dispose(results);
  }
}
