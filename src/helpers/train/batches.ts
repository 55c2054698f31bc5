/** Batches as training and evaluation see them: inputs first, the target last. */
import type * as tf from '../../engine/tf';
import type { Module } from '../../nn/module';

/** One batch: the model's inputs, then the target; first axes count samples. */
export type Batch = readonly tf.Tensor[];

/** A `DataLoader`, or anything that can be walked several times, such as an array of `[x, y]`. */
export interface Batches extends Iterable<Batch> {
  /** Batches in one walk. */
  readonly length?: number;
  readonly dataset?: { readonly length: number };
  /** Lets a walk be continued in the middle (see `DataLoader`). */
  stateDict?(): unknown;
  /** Makes the next epoch go on where the state was taken. */
  loadStateDict?(state: never): void;
}

/** The loss of one batch, from the model's output and the targets: `nn.crossEntropy`. */
export type LossFunction = (output: tf.Tensor, target: tf.Tensor) => tf.Scalar;

/** @throws TypeError unless the batch holds an input and a target */
export function splitBatch(batch: Batch): { inputs: tf.Tensor[]; target: tf.Tensor } {
  const target = batch.at(-1);
  if (!target || batch.length < 2) {
    throw new TypeError(`Cannot use batch: expected [input, …, target], got ${batch.length} tensor(s)`);
  }
  return { inputs: batch.slice(0, -1), target };
}

/** `model.forward` of whatever inputs the loader hands out; a module declares its own, narrower ones. */
export function forward(model: Module, inputs: readonly tf.Tensor[]): tf.Tensor {
  return model.forward(...(inputs as never[])) as tf.Tensor;
}
