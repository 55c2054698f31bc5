import { addBias } from '../engine/ops/bias';
import { uniform } from '../engine/random';
import * as tf from '../engine/tf';
import { describe } from './describe';
import { Module } from './module';
import { parameter } from './parameter';

/**
 * y = x Wᵀ + b over the last axis: `[…, inFeatures]` → `[…, outFeatures]`.
 * W `[outFeatures, inFeatures]` and b start uniform within ±1/√inFeatures, as PyTorch's.
 */
export class Linear extends Module {
  readonly weight: tf.Variable<tf.Rank.R2>;
  readonly bias?: tf.Variable<tf.Rank.R1>;

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    { bias = true } = {},
  ) {
    super();
    const bound = 1 / Math.sqrt(inFeatures);
    this.weight = parameter(uniform([outFeatures, inFeatures], -bound, bound));
    if (bias) this.bias = parameter(uniform([outFeatures], -bound, bound));
  }

  forward<T extends tf.Tensor>(x: T): T {
    return linear(x, this.weight, this.bias);
  }

  protected override extraRepr(): string {
    const { inFeatures, outFeatures } = this;
    return describe({ inFeatures, outFeatures, bias: this.bias !== undefined });
  }
}

/** x Wᵀ + b over the last axis, for any rank of x. */
export function linear<T extends tf.Tensor>(x: T, weight: tf.Tensor2D, bias?: tf.Tensor1D): T {
  const [outFeatures, inFeatures] = weight.shape;
  const rows = tf.reshape<tf.Rank.R2>(x, [-1, inFeatures]);
  const product = tf.matMul(rows, weight, false, true);
  const y = bias ? addBias(product, bias) : product;
  const shape: number[] = [...x.shape.slice(0, -1), outFeatures];
  const result: tf.Tensor = tf.reshape(y, shape);
  return result as T;
}
