import { refusal } from '../engine/ops/sizes';
import { uniform } from '../engine/random';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { describe } from './describe';
import { checkFeatures, checkShape } from './fitting';
import { linear } from './linear';
import { Module } from './module';
import { parameter } from './parameter';

/**
 * x₁ᵀ A x₂ + b for each of the outputs: `[…, in1]`, `[…, in2]` → `[…, out]`; the weight A is `[out, in1, in2]`.
 * @throws TypeError unless shapes fit
 */
export function bilinear(x1: tf.Tensor, x2: tf.Tensor, weight: tf.Tensor3D, bias?: tf.Tensor1D): tf.Tensor {
  const [out = 0, in1 = 0, in2 = 0] = weight.shape;
  if (weight.rank !== 3) throw refusal('bilinear', 'a weight [out, in1, in2]', weight);
  checkFeatures('bilinear', x1, in1);
  checkShape('bilinear', 'x2', x2, [...x1.shape.slice(0, -1), in2]);
  const [a, b] = [tf.reshape(x1, [-1, in1, 1]), tf.reshape(x2, [-1, 1, in2])];
  const products = tf.reshape(tf.mul(a, b), [-1, in1 * in2]); // every x₁ᵢ·x₂ⱼ
  const y = linear(products, tf.reshape(weight, [out, in1 * in2]), bias);
  return tf.reshape(y, [...x1.shape.slice(0, -1), out]);
}

/** `bilinear` with a learned weight and bias, which start uniform within ±1/√in1Features, as PyTorch's. */
export class Bilinear extends Module {
  readonly weight: tf.Variable;
  readonly bias?: tf.Variable;

  constructor(
    readonly in1Features: number,
    readonly in2Features: number,
    readonly outFeatures: number,
    { bias = true } = {},
  ) {
    super();
    checkedCount('Bilinear', 'in1Features', in1Features);
    const bound = 1 / Math.sqrt(in1Features);
    this.weight = parameter(uniform([outFeatures, in1Features, in2Features], -bound, bound));
    if (bias) this.bias = parameter(uniform([outFeatures], -bound, bound));
  }

  /** @throws TypeError unless the last axes have `in1Features` and `in2Features` and the others are equal */
  forward(x1: tf.Tensor, x2: tf.Tensor): tf.Tensor {
    return bilinear(x1, x2, this.weight, this.bias);
  }

  protected override extraRepr(): string {
    const { in1Features, in2Features, outFeatures } = this;
    return describe({ in1Features, in2Features, outFeatures, bias: this.bias !== undefined });
  }
}
