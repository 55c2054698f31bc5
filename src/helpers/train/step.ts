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
import { agreedOf, meanOverShares, overShares, samplesOf, size, type Wishes } from './workers';

/** What a step computes from the samples of a batch. */
export interface StepTensors {
  /** The loss; of a step that may be left out also 1 where loss and gradients were finite, else 0: one tensor to read. */
  readonly loss: tf.Tensor;
  /** One a metric. */
  readonly tallies: readonly tf.Tensor1D[];
  /** Of several workers: which of them wish to end the run. */
  readonly agreed?: tf.Tensor;
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
  /** Leaves out a step whose loss or gradients are not finite. */
  readonly nanGuard?: boolean;
  /** Of a worker among several. */
  readonly wishes?: Wishes;
}

/** A step that moves the parameters: forward, loss, gradients, clipping, update. */
function trainingStep(
  model: Module,
  { loss, optimizer, metrics, scaler, clipNorm, clipValue, nanGuard = false, wishes }: StepOptions,
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
    const move = (): { loss: tf.Scalar; finite?: tf.Scalar } => {
      if (scaler) return optimizer.minimizeScaled(objective, scaler, clip);
      return nanGuard
        ? guardBuffers(model, () => optimizer.minimizeGuarded(objective, clip))
        : { loss: optimizer.minimize(objective, clip) };
    };
    const { value, finite, tallies } = withKept(kept, () => {
      const { loss: value, finite } = move();
      return { value, finite, tallies: kept.map((tally) => tally.clone()) };
    });
    const counted = size === 1 ? { tallies } : overShares(tallies, wishes);
    return { loss: finite ? tf.stack([value, tf.cast(finite, 'float32')]) : value, ...counted };
  };
}

/** Frees tensors that were kept for `work`, when it throws, too. */
function withKept<T>(kept: readonly tf.Tensor[], work: () => T): T {
  try {
    return work();
  } finally {
    kept.forEach((tensor) => tensor.dispose());
  }
}

/** Puts running statistics back to what they were before a step that is left out. */
function guardBuffers<T extends { readonly finite: tf.Scalar }>(model: Module, move: () => T): T {
  const before = model.buffers().map((buffer) => ({ buffer, dataId: buffer.dataId, old: tf.clone(buffer) }));
  const moved = move();
  for (const { buffer, dataId, old } of before) {
    if (buffer.dataId !== dataId) buffer.assign(tf.where(moved.finite, buffer, old));
  }
  return moved;
}

/** A step that only looks. */
export function evaluationStep(
  model: Module,
  { loss, metrics }: Partial<Pick<StepOptions, 'loss' | 'metrics'>>,
): StepFunction {
  const look = (samples: Batch): StepTensors => {
    const { inputs, target } = splitBatch(samples);
    const output = forward(model, inputs);
    const mean = loss ? loss(output, target) : tf.scalar(0);
    const tallies = talliesOf(metrics, output, target);
    return size === 1 ? { loss: mean, tallies } : { loss: meanOverShares(mean), ...overShares(tallies) };
  };
  return (samples) => noGrad(() => look(samples));
}

/** Takes a batch of its source; gives the numbers. */
export interface Step {
  readonly run: (batch: Batch) => BatchNumbers;
  /** Says that code has run which may have changed what the step reads. */
  recheck?(): void;
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
  return { run, recheck: () => made.recheck(), dispose: () => made.dispose() };
}

/** Reads what a step has computed, and frees it. */
function numbersOf(batch: Batch, { loss, tallies, agreed }: StepTensors): BatchNumbers {
  try {
    const [value = NaN, finite] = loss.dataSync();
    return {
      size: samplesOf(batch),
      loss: value,
      tallies: tallies.map((tally) => tally.dataSync()),
      ...(finite !== undefined && { finite: finite === 1 }),
      ...(agreed && { agreed: agreedOf(agreed.dataSync()) }),
    };
  } finally {
    tf.dispose([loss, ...tallies, ...(agreed ? [agreed] : [])]);
  }
}

/** The training step of a run. One that may be left out is settled before the next one. */
export function makeTrainingStep(model: Module, options: StepOptions, source?: Source): Step {
  const { optimizer, scaler, compile = true, precision = 'float32' } = options;
  const step = stepOf(trainingStep(model, options), { source, compile, precision });
  const run = (batch: Batch): BatchNumbers => {
    const numbers = step.run(batch);
    if (numbers.finite !== undefined) optimizer.settle(scaler, numbers.finite);
    return numbers;
  };
  return { ...step, run };
}
