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
  /** Prepares the batches ahead, where the loader has worker threads. */
  [Symbol.asyncIterator]?(): AsyncIterator<Batch>;
  /** Lets a walk be continued in the middle (see `DataLoader`). */
  stateDict?(): unknown;
  /** Makes the next epoch go on where the state was taken. */
  loadStateDict?(state: never): void;
}

/** One walk over batches, which may say by itself where it stands. */
export type Walk = (Iterable<Batch> | AsyncIterable<Batch>) & { stateDict?(): unknown };

/** Begins a walk: one that waits for batches where they are prepared ahead. */
export function walkOf(batches: Iterable<Batch> & { [Symbol.asyncIterator]?(): AsyncIterator<Batch> }): Walk {
  const ahead = batches[Symbol.asyncIterator]?.();
  if (ahead) return Object.assign(ahead, { [Symbol.asyncIterator]: () => ahead });
  const plain = batches[Symbol.iterator]();
  return Symbol.iterator in plain ? (plain as never) : { [Symbol.iterator]: () => plain };
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
