/** Looking at a model over a whole loader: its loss and metrics, or its outputs. */
import { inferenceMode } from '../../engine/autograd';
import * as tf from '../../engine/tf';
import { withMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import { yieldEvery } from '../notebook/pause';
import { accelerate, acceleratedFor } from './accelerate';
import { Average } from './average';
import { type Batch, type Batches, forward, type LossFunction, walkOf } from './batches';
import type { Metric } from './metrics';
import { evaluationStep, type Step, stepOf } from './step';
import { dealt, undivided } from './workers';

/** What is measured, and how. */
export interface EvaluateOptions {
  readonly loss?: LossFunction;
  /** Default: accuracy where targets are class numbers. */
  readonly metrics?: readonly Metric[];
  /** Replays one recorded graph instead of single operations; default true. */
  readonly compile?: boolean;
}

/**
 * Walks a source with an evaluation step; undefined when `signal` ended it halfway.
 * @throws RangeError if there is no batch
 */
export async function walk(
  step: Step,
  batches: Iterable<Batch>,
  { signal, limit = Infinity }: { signal?: AbortSignal | undefined; limit?: number } = {},
): Promise<Average | undefined> {
  const average = new Average();
  const rest = yieldEvery();
  let count = 0;
  for await (const batch of walkOf(batches)) {
    average.add(step.run(batch));
    if (++count >= limit) break;
    await rest();
    if (signal?.aborted) return undefined;
  }
  if (count === 0) throw new RangeError('Cannot evaluate: expected at least one batch, got 0');
  return average;
}

/**
 * Mean loss and metrics over a loader, in evaluation mode.
 * @throws RangeError if there is no batch
 * @example
 * const { loss, accuracy } = await evaluate(model, testLoader, { loss: nn.crossEntropy });
 */
export async function evaluate(
  model: Module,
  batches: Batches,
  { loss, metrics, compile = true }: EvaluateOptions = {},
): Promise<Record<string, number>> {
  const key = ['evaluate', loss, compile, ...(metrics ?? ['default'])];
  const step = acceleratedFor(model, key, () => {
    return stepOf(evaluationStep(model, { loss, metrics }), { compile });
  });
  step.recheck?.();
  const average = await withMode(model, 'eval', () => walk(step, dealt(batches)));
  const { loss: mean = NaN, ...values } = average?.result(metrics) ?? {};
  return loss ? { loss: mean, ...values } : values;
}

/** How predictions are made. */
export interface PredictOptions {
  /** Samples at a time when given one tensor; default 256. */
  readonly batchSize?: number;
  /** Turns logits into probabilities. */
  readonly softmax?: boolean;
  /** Replays one recorded graph instead of single operations; default true. */
  readonly compile?: boolean;
}

function* slices(x: tf.Tensor, size: number): Generator<tf.Tensor[]> {
  for (let start = 0; start < (x.shape[0] ?? 0); start += size) {
    const part = tf.slice(x, start, Math.min(size, (x.shape[0] ?? 0) - start));
    yield [part];
    part.dispose();
  }
}

/** The inputs of each batch of a loader, the target left out. */
async function* inputsOf(batches: Batches): AsyncGenerator<readonly tf.Tensor[]> {
  for await (const batch of walkOf(undivided(batches))) yield batch.length > 1 ? batch.slice(0, -1) : batch;
}

/**
 * Outputs of the model, in evaluation mode, for a tensor of samples or a whole loader. The caller disposes them.
 * @throws RangeError if there is no sample
 * @example
 * const probabilities = await predict(model, testLoader, { softmax: true }); // [n, k]
 */
export async function predict(
  model: Module,
  samples: tf.Tensor | Batches,
  { batchSize = 256, softmax = false, compile = true }: PredictOptions = {},
): Promise<tf.Tensor> {
  const parts: tf.Tensor[] = [];
  const rest = yieldEvery();
  const step = acceleratedFor(model, ['predict', softmax, compile], () => {
    const compute = (...inputs: tf.Tensor[]) => {
      const output = forward(model, inputs);
      return softmax ? tf.softmax(output) : output;
    };
    return accelerate(compute, compile);
  });
  step.recheck();
  const source = samples instanceof tf.Tensor ? slices(samples, batchSize) : inputsOf(samples);
  try {
    await withMode(model, 'eval', async () => {
      for await (const inputs of source) {
        parts.push(inferenceMode(() => step.run(...inputs)));
        await rest();
      }
    });
    if (parts.length === 0) throw new RangeError('Cannot predict: expected at least one sample, got 0');
    return parts.length === 1 ? (parts[0] as tf.Tensor).clone() : tf.concat(parts);
  } finally {
    tf.dispose(parts);
  }
}
