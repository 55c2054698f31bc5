/** One training step and one evaluation step: what they compute, to be recorded, and the numbers read from it. */
import { noGrad } from '../../engine/autograd';
import type { HalfType } from '../../engine/compile';
import * as tf from '../../engine/tf';
import type { Module } from '../../nn/module';
import type { ClipOptions } from '../optim/clip';
import type { Optimizer } from '../optim/optimizers';
import type { GradScaler } from '../optim/scaler';
import { accelerate } from './accelerate';
import type { BatchNumbers } from './average';
import { type Batch, forward, type LossFunction, splitBatch } from './batches';
import { type Metric, talliesOf } from './metrics';
import type { Source } from './source';

/** What a step computes from the samples of a batch. */
export interface StepTensors {
  readonly loss: tf.Scalar;
  /** One a metric. */
  readonly tallies: readonly tf.Tensor1D[];
  /** Of a step with scaled loss: whether all gradients were finite, bool. */
  readonly finite?: tf.Scalar;
}

/** One training step on one batch. */
export type StepFunction = (samples: Batch) => StepTensors;

/** What products and convolutions of a training step compute in. */
export type Precision = 'float32' | HalfType;

/** What a training step does besides the model. */
export interface StepOptions extends ClipOptions {
  readonly loss: LossFunction;
  readonly optimizer: Optimizer;
  readonly metrics?: readonly Metric[];
  readonly compile?: boolean;
  readonly precision?: Precision;
  readonly scaler?: GradScaler;
}

/** A step that moves the parameters: forward, loss, gradients, clipping, update. */
function trainingStep(
  model: Module,
  { loss, optimizer, metrics, scaler, clipNorm, clipValue }: StepOptions,
): StepFunction {
  const clip = { ...(clipNorm !== undefined && { clipNorm }), ...(clipValue !== undefined && { clipValue }) };
  return (samples) => {
    const { inputs, target } = splitBatch(samples);
    const kept: tf.Tensor1D[] = [];
    const objective = (): tf.Scalar => {
      const output = forward(model, inputs);
      // Taking gradients frees what it does not return: the tallies have to be kept through it.
      kept.push(...talliesOf(metrics, output, target).map((tally) => tf.keep(tally)));
      return loss(output, target);
    };
    const moved = scaler
      ? optimizer.minimizeScaled(objective, scaler, clip)
      : { loss: optimizer.minimize(objective, clip) };
    const tallies = kept.map((tally) => tally.clone());
    kept.forEach((tally) => tally.dispose());
    return { ...moved, tallies };
  };
}

/** A step that only looks. */
export function evaluationStep(
  model: Module,
  { loss, metrics }: Partial<Pick<StepOptions, 'loss' | 'metrics'>>,
): StepFunction {
  const look = (samples: Batch): StepTensors => {
    const { inputs, target } = splitBatch(samples);
    const output = forward(model, inputs);
    return {
      loss: loss ? loss(output, target) : tf.scalar(0),
      tallies: talliesOf(metrics, output, target),
    };
  };
  return (samples) => noGrad(() => look(samples));
}

/** Takes a batch of its source; gives the numbers. */
export interface Step {
  readonly run: (batch: Batch) => BatchNumbers;
  dispose(): void;
}

/** Makes a step of what it computes, recorded unless `compile` is false. */
export function stepOf(
  compute: StepFunction,
  {
    source,
    compile = true,
    precision = 'float32',
  }: { source?: Source | undefined; compile?: boolean; precision?: Precision } = {},
): Step {
  const gathered: StepFunction = source ? (batch) => compute(source.gather(batch)) : compute;
  const made = accelerate(gathered, compile, precision === 'float32' ? undefined : precision);
  const run = (batch: Batch): BatchNumbers => {
    // TensorFlow.js types what tidy returns by index signatures, which an interface has not
    const result = tf.tidy(() => made.run(batch) as object as tf.TensorContainer);
    return numbersOf(batch, result as object as StepTensors);
  };
  return { run, dispose: () => made.dispose() };
}

/** Reads what a step has computed, and frees it. */
function numbersOf(batch: Batch, { loss, tallies, finite }: StepTensors): BatchNumbers {
  try {
    return {
      size: batch.at(-1)?.shape[0] ?? 0,
      loss: loss.dataSync()[0] ?? NaN,
      tallies: tallies.map((tally) => tally.dataSync()),
      ...(finite && { finite: finite.dataSync()[0] === 1 }),
    };
  } finally {
    tf.dispose([loss, ...tallies, ...(finite ? [finite] : [])]);
  }
}

/** The training step of a run. With a scaler each step is settled before the next one. */
export function makeTrainingStep(model: Module, options: StepOptions, source?: Source): Step {
  const { optimizer, scaler, compile = true, precision = 'float32' } = options;
  const step = stepOf(trainingStep(model, options), { source, compile, precision });
  const run = (batch: Batch): BatchNumbers => {
    const numbers = step.run(batch);
    if (scaler) optimizer.settle(scaler, numbers.finite === true);
    return numbers;
  };
  return { run, dispose: () => step.dispose() };
}
