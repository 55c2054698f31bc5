/** What the workloads share. */
import { inferenceMode } from '../../src/engine/autograd';
import { compile } from '../../src/engine/compile';
import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { Adam, type Optimizer } from '../../src/helpers/optim/optimizers';
import * as nn from '../../src/nn';
import type { Mode, Step, Workload } from '../workload';

/** Runs `step` and waits for its numbers, as `loss.item()` does. */
export function reading(step: () => tf.Tensor | readonly tf.Tensor[]): Step {
  return () => {
    const results = step();
    for (const tensor of results instanceof tf.Tensor ? [results] : results) {
      tensor.dataSync();
      tensor.dispose();
    }
  };
}

/** The eager form frees what it makes in between, as the compiled one does. */
export function form<A extends unknown[], R extends tf.TensorContainer>(
  mode: Mode,
  fn: (...args: A) => R,
): (...args: A) => R {
  if (mode === 'eager') return (...args) => tf.tidy(() => fn(...args));
  return compile(fn, mode === 'compiled' ? {} : { precision: mode });
}

/** Class numbers 0, 7, 14, … of `classes`. */
export function labels(count: number, classes = 10): tf.Tensor1D {
  return tf.tensor1d(
    Array.from({ length: count }, (_, i) => (i * 7) % classes),
    'int32',
  );
}

/** Word numbers below `vocab`. */
export function words(batch: number, length: number, vocab: number): tf.Tensor2D {
  const numbers = Array.from({ length: batch * length }, (_, i) => (i * 7919) % vocab);
  return tf.tensor2d(numbers, [batch, length], 'int32');
}

/** A model that maps a batch to logits. */
interface Classifier extends nn.Module {
  forward(x: tf.Tensor): tf.Tensor2D;
}

/** One step of training on one batch, by default with Adam. */
export function trainStep(
  model: nn.Module,
  x: tf.Tensor,
  y: tf.Tensor1D,
  mode: Mode,
  optimizer: Optimizer = new Adam(model.namedParameters(), { lr: 1e-3 }),
): Step {
  const classifier = model as Classifier;
  const step = form(mode, (x: tf.Tensor, y: tf.Tensor1D) =>
    optimizer.minimize(() => nn.crossEntropy(classifier.forward(x), y)),
  );
  return reading(() => step(x, y));
}

/** A model's answers to one batch, in evaluation mode. */
export function answers(model: nn.Module, x: tf.Tensor, mode: Mode): Step {
  const answering = model.eval() as Classifier;
  const step = form(mode, (x: tf.Tensor) => answering.forward(x));
  return reading(() => inferenceMode(() => step(x)));
}

/** The same work with products in 16 bits, beside PyTorch's autocast. */
export const inBfloat16 = (workload: Workload): Workload => ({
  ...workload,
  name: `${workload.name}-bf16`,
  peer: `${workload.peer ?? workload.name} --bf16`,
  title: `${workload.title}, bfloat16`,
  mode: 'bfloat16',
  eager: false,
  others: false,
});

/** Seeds everything before a workload is set up. */
export function seeded(setup: Workload['setup']): Workload['setup'] {
  return (mode) => {
    manualSeed(0);
    return setup(mode);
  };
}
