/**
 * Local response normalisation, AlexNet's: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep
 * Convolutional Neural Networks", 2012.
 */
import { refusal } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { describe, float } from './describe';
import { checkFloat } from './fitting';
import { Module } from './module';

/** PyTorch's options and defaults: alpha 1e-4, beta 0.75, k 1. */
export interface LocalResponseNormOptions {
  readonly alpha?: number;
  readonly beta?: number;
  readonly k?: number;
}

/**
 * x / (k + alpha·m)^beta, m the mean square over the `size` channels around each one; `[b, …, c]` of three axes or more.
 * @throws TypeError for fewer axes
 */
export function localResponseNorm(
  x: tf.Tensor,
  size: number,
  { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {},
): tf.Tensor {
  if (x.rank < 3) throw refusal('localResponseNorm', 'channels last [b, ..., c] of three axes or more', x);
  checkFloat('localResponseNorm', x);
  const channels = x.shape.at(-1) ?? 0;
  const before = Math.floor(size / 2);
  const squares = tf.pad(tf.reshape(tf.square(x), [-1, channels]), [
    [0, 0],
    [before, size - 1 - before],
  ]);
  const shifted = Array.from({ length: size }, (_, i) => tf.slice(squares, [0, i], [-1, channels]));
  const mean = tf.reshape(tf.div(tf.addN(shifted), size), x.shape);
  return tf.div(x, tf.pow(tf.add(tf.mul(mean, alpha), k), beta));
}

/** `localResponseNorm` as a module. */
export class LocalResponseNorm extends Module {
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;

  constructor(
    readonly size: number,
    { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {},
  ) {
    super();
    checkedCount('LocalResponseNorm', 'size', size);
    [this.alpha, this.beta, this.k] = [alpha, beta, k];
  }

  forward(x: tf.Tensor): tf.Tensor {
    return localResponseNorm(x, this.size, this);
  }

  protected override extraRepr(): string {
    const { alpha, beta, k } = this;
    return `${this.size}, ${describe({ alpha: float(alpha), beta: float(beta), k: float(k) })}`;
  }
}
