/** Statistics of weights, gradients and activations, one record a layer: vanishing, exploding, dying. */
import { inferenceMode } from '../../engine/autograd';
import * as tf from '../../engine/tf';
import type { Module } from '../../nn/module';
import { gradients } from '../optim/optimizers';
import { type Batch, forward, type LossFunction, splitBatch } from '../train/batches';
import { firstTensor, isLeaf, withHooks } from './hooks';

/** A tensor in a few numbers. */
export interface TensorStats {
  readonly name: string;
  readonly mean: number;
  readonly std: number;
  /** Euclidean length. */
  readonly norm: number;
  /** Share of exact zeros: of ReLU's outputs, those that are off. */
  readonly zeros: number;
  /** The values themselves, for a histogram. */
  readonly values: Float32Array;
}

/** Statistics of one tensor's values. */
export function statsOf(name: string, values: ArrayLike<number>): TensorStats {
  const n = values.length;
  let [sum, squares, zeros] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const v = values[i] ?? NaN;
    sum += v;
    squares += v * v;
    if (v === 0) zeros++;
  }
  const mean = sum / n;
  const std = Math.sqrt(Math.max(0, squares / n - mean * mean));
  return { name, mean, std, norm: Math.sqrt(squares), zeros: zeros / n, values: Float32Array.from(values) };
}

/** Every parameter as it is. */
export function parameterStats(model: Module): TensorStats[] {
  return model.namedParameters().map(([name, variable]) => statsOf(name, variable.dataSync()));
}

/** The gradient of every trainable parameter for one batch, in the model's present mode. */
export function gradientStats(model: Module, batch: Batch, loss: LossFunction): TensorStats[] {
  const { inputs, target } = splitBatch(batch);
  const named = model.namedParameters();
  const found = gradients(
    () => loss(forward(model, inputs), target),
    named.map(([, variable]) => variable),
  );
  const stats = named.flatMap(([name, variable]) => {
    const gradient = found.grads.get(variable);
    return gradient ? [statsOf(name, gradient.dataSync())] : [];
  });
  tf.dispose([found.loss, ...found.grads.values()]);
  return stats;
}

/** The output of every layer for given inputs, in the model's present mode. */
export function activationStats(model: Module, ...inputs: tf.Tensor[]): TensorStats[] {
  const found: TensorStats[] = [];
  withHooks(
    model,
    ({ path }, output) => {
      const tensor = firstTensor(output);
      if (tensor) found.push(statsOf(path, tensor.dataSync()));
    },
    () => inferenceMode(() => void forward(model, inputs)),
    isLeaf,
  );
  return found;
}

/**
 * The outputs of chosen layers (by name) for given inputs; the caller disposes them.
 * @throws RangeError for a layer that the model does not have
 */
export function activations(
  model: Module,
  names: readonly string[],
  ...inputs: tf.Tensor[]
): Map<string, tf.Tensor> {
  const known = new Set(model.namedModules().map(([name]) => name));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new RangeError(
      `Cannot take activations: expected layers among ${[...known].filter(Boolean).join(', ')}, got "${unknown.join('", "')}"`,
    );
  }
  const found = new Map<string, tf.Tensor>();
  withHooks(
    model,
    ({ path }, output) => {
      const tensor = firstTensor(output);
      if (tensor && names.includes(path)) found.set(path, tf.keep(tensor.clone()));
    },
    () => inferenceMode(() => void forward(model, inputs)),
  );
  return found;
}
