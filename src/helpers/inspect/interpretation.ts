/** What a classifier gets wrong: its confusions and its worst mistakes. */
import { inferenceMode } from '../../engine/autograd';
import * as tf from '../../engine/tf';
import { withMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import { yieldEvery } from '../notebook/pause';
import { accelerate } from '../train/accelerate';
import { type Batches, forward, splitBatch } from '../train/batches';

/** One sample as the model saw it. */
export interface Prediction {
  /** Place in the loader's order. */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Probability of the predicted class. */
  readonly probability: number;
  /** −log of the probability given to the true class. */
  readonly loss: number;
}

/** A kind of mistake: samples of class `label` taken for `predicted`, and how many. */
export interface Confusion {
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
}

/** A classifier's predictions over a data set, and what they have in common. */
export class Interpretation {
  constructor(
    readonly samples: readonly Prediction[],
    readonly numClasses: number,
    /** Inputs of the worst samples: their values and shape. */
    private readonly kept: ReadonlyMap<number, Float32Array>,
    private readonly inputShape: readonly number[],
  ) {}

  /** Counts by true class (row) and predicted class (column). */
  get confusion(): number[][] {
    const counts = Array.from({ length: this.numClasses }, () => new Array<number>(this.numClasses).fill(0));
    for (const { label, predicted } of this.samples) {
      const row = counts[label];
      if (row) row[predicted] = (row[predicted] ?? 0) + 1;
    }
    return counts;
  }

  get accuracy(): number {
    return this.samples.filter(({ label, predicted }) => label === predicted).length / this.samples.length;
  }

  /** Pairs of classes taken for each other, most often first. */
  mostConfused({ min = 1 } = {}): Confusion[] {
    return this.confusion
      .flatMap((row, label) => row.map((count, predicted) => ({ label, predicted, count })))
      .filter(({ label, predicted, count }) => label !== predicted && count >= min)
      .sort((a, b) => b.count - a.count);
  }

  /** Samples with the highest loss, worst first. */
  topLosses(k = 9): Prediction[] {
    return [...this.samples].sort((a, b) => b.loss - a.loss).slice(0, k);
  }

  /** Wrong predictions, the most confident first. */
  wrong(k = Infinity): Prediction[] {
    const wrong = this.samples.filter(({ label, predicted }) => label !== predicted);
    return wrong.sort((a, b) => b.probability - a.probability).slice(0, k);
  }

  /** Whether this sample's input was kept. */
  has({ index }: Prediction): boolean {
    return this.kept.has(index);
  }

  /** Inputs of samples among the worst (see `keep` of `interpret`), as one tensor that the caller disposes. */
  inputs(samples: readonly Prediction[]): tf.Tensor {
    const size = tf.util.sizeFromShape([...this.inputShape]);
    const values = new Float32Array(samples.length * size);
    samples.forEach(({ index }, i) => {
      const input = this.kept.get(index);
      if (!input) {
        throw new RangeError(
          `Cannot take inputs: expected a sample among the ${this.kept.size} worst, got number ${index}`,
        );
      }
      values.set(input, i * size);
    });
    return tf.tensor(values, [samples.length, ...this.inputShape]);
  }
}

function predictionsOf(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  k: number,
  from: number,
): Prediction[] {
  return Array.from(labels, (label, i) => {
    let predicted = 0;
    for (let c = 1; c < k; c++) {
      if ((probabilities[i * k + c] ?? 0) > (probabilities[i * k + predicted] ?? 0)) predicted = c;
    }
    const probability = probabilities[i * k + predicted] ?? NaN;
    const own = Math.max(probabilities[i * k + label] ?? NaN, 1e-12);
    return { index: from + i, label, predicted, probability, loss: -Math.log(own) };
  });
}

/** Inputs of the samples with the highest losses so far. */
class Worst {
  readonly inputs = new Map<number, Float32Array>();
  private readonly losses = new Map<number, number>();

  constructor(private readonly most: number) {}

  offer(samples: readonly Prediction[], input: tf.Tensor): void {
    const values = input.dataSync();
    const size = values.length / samples.length;
    samples.forEach(({ index, loss }, i) => {
      this.losses.set(index, loss);
      this.inputs.set(index, Float32Array.from(values.subarray(i * size, (i + 1) * size)));
    });
    const order = [...this.losses].sort(([, a], [, b]) => b - a);
    for (const [index] of order.slice(this.most)) {
      this.losses.delete(index);
      this.inputs.delete(index);
    }
  }
}

/**
 * Predicts every sample of a loader of `[input, class numbers]`; the model's outputs are logits `[b, k]`.
 * @param options.keep inputs of so many worst samples are kept, to be looked at; default 100
 * @throws RangeError if there is no batch
 * @example
 * const interpretation = await interpret(model, testLoader);
 * show(confusionMatrix(interpretation.confusion));
 */
export async function interpret(
  model: Module,
  batches: Batches,
  { keep = 100, compile = true }: { keep?: number; compile?: boolean } = {},
): Promise<Interpretation> {
  const samples: Prediction[] = [];
  const worst = new Worst(keep);
  const rest = yieldEvery();
  const step = accelerate((...inputs: tf.Tensor[]) => tf.softmax(forward(model, inputs)), compile);
  let numClasses = 0;
  let inputShape: readonly number[] = [];
  try {
    await withMode(model, 'eval', async () => {
      for (const batch of batches) {
        const { inputs, target } = splitBatch(batch);
        const probabilities = inferenceMode(() => step.run(...inputs));
        numClasses = probabilities.shape.at(-1) ?? 0;
        inputShape = inputs[0]?.shape.slice(1) ?? [];
        const predictions = predictionsOf(
          probabilities.dataSync(),
          target.dataSync(),
          numClasses,
          samples.length,
        );
        probabilities.dispose();
        for (const one of predictions) samples.push(one);
        if (inputs[0]) worst.offer(predictions, inputs[0]);
        await rest();
      }
    });
  } finally {
    step.dispose();
  }
  if (samples.length === 0) throw new RangeError('Cannot interpret: expected at least one batch, got 0');
  return new Interpretation(samples, numClasses, worst.inputs, inputShape);
}
