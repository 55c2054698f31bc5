import { addBias } from '../engine/ops/bias';
import { sizesOf } from '../engine/ops/sizes';
import { areFewRows, fewRows } from '../engine/ops/tokens';
import { uniform } from '../engine/random';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { describe } from './describe';
import { checkFeatures, checkShape } from './fitting';
import { Module } from './module';
import { parameter } from './parameter';

/**
 * y = x Wᵀ + b over the last axis: `[…, inFeatures]` → `[…, outFeatures]`.
 * W `[outFeatures, inFeatures]` and b start uniform within ±1/√inFeatures, as PyTorch's.
 */
export class Linear extends Module {
  readonly weight: tf.Variable;
  readonly bias?: tf.Variable;

  /** @throws RangeError unless the sizes are whole numbers from 0 */
  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    { bias = true } = {},
  ) {
    super();
    checkedCount(this.constructor.name, 'inFeatures', inFeatures, 0); // PyTorch lets a layer be empty
    checkedCount(this.constructor.name, 'outFeatures', outFeatures, 0);
    const bound = 1 / Math.sqrt(inFeatures || 1);
    this.weight = parameter(uniform([outFeatures, inFeatures], -bound, bound));
    if (bias) this.bias = parameter(uniform([outFeatures], -bound, bound));
  }

  /** @throws TypeError unless the last axis has `inFeatures` */
  forward(x: tf.Tensor): tf.Tensor {
    checkFeatures(this.typeName(), x, this.inFeatures);
    return linear(x, this.weight, this.bias);
  }

  protected override extraRepr(): string {
    const { inFeatures, outFeatures } = this;
    return describe({ inFeatures, outFeatures, bias: this.bias !== undefined });
  }
}

/** x Wᵀ + b over the last axis, for any rank of x; W is `[out, in]`. @throws TypeError unless shapes fit */
export function linear(x: tf.Tensor, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor {
  const [outFeatures, inFeatures] = sizesOf('linear', weight, '[out, in]');
  checkFeatures('linear', x, inFeatures);
  if (bias) checkShape('linear', 'bias', bias, [outFeatures]);
  if (areFewRows(x, weight)) return fewRows(x, weight, bias);
  const leading = x.shape.slice(0, -1);
  const rows = leading.reduce((product, length) => product * length, 1); // no −1: there may be no features
  const product = tf.matMul(tf.reshape(x, [rows, inFeatures]), weight, false, true);
  const y = bias ? addBias(product, bias) : product;
  return tf.reshape(y, [...leading, outFeatures]);
}
