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
  loadStateDict?(state: never): void;
}

/** A step as a function of a batch: gives the loss, then one tally a metric. */
export type StepFunction = (...batch: tf.Tensor[]) => tf.Tensor[];

export type LossFunction = (output: tf.Tensor, target: tf.Tensor) => tf.Scalar;

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

/** Lets output, charts and interrupts through when the last breath is 50 ms old. */
export class Breath {
  private last = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.last < 50) return;
    await breathe();
    this.last = performance.now();
  }
}

export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
