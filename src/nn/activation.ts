/** Activations as functions (those tfjs lacks; `tf.relu`, `tf.sigmoid`, `tf.tanh` are its own) and as modules. */

import * as ops from '../engine/ops/gelu';
import * as tf from '../engine/tf';
import { describe, float } from './describe';
import { checkFloat } from './fitting';
import { Module } from './module';
import { pointwise } from './pointwise';

/** x·Φ(x), exact; with `approximate: 'tanh'` the formula of GPT-2. */
export function gelu(x: tf.Tensor, { approximate = 'none' }: GELUOptions = {}): tf.Tensor {
  return approximate === 'tanh' ? ops.geluTanh(x) : ops.gelu(x);
}

/** x·sigmoid(x), also called swish. */
export function silu(x: tf.Tensor): tf.Tensor {
  checkFloat('silu', x);
  return tf.mul(x, tf.sigmoid(x));
}

/** x where positive, else alpha·(eˣ − 1). */
export function elu(x: tf.Tensor, alpha = 1): tf.Tensor {
  return exponential(x, { alpha });
}

/** scale·x where positive, else scale·alpha·(e^(inner·x) − 1); at 0 it has the slope from below, as PyTorch's. */
export function exponential(x: tf.Tensor, { alpha = 1, inner = 1, scale = 1 }): tf.Tensor {
  const below = (y: tf.Tensor): tf.Tensor => tf.lessEqual(y, 0);
  const fill = (y: tf.Tensor, value: number): tf.Tensor => tf.fill(y.shape, value);
  const low = (y: tf.Tensor): tf.Tensor => tf.mul(tf.minimum(y, 0), inner);
  return pointwise(
    x,
    (y) => tf.where(below(y), tf.mul(tf.expm1(low(y)), scale * alpha), tf.mul(y, scale)),
    (y) => tf.where(below(y), tf.mul(tf.exp(low(y)), scale * alpha * inner), fill(y, scale)),
  );
}

/** x where positive, else negativeSlope·x; the slope is PyTorch's 0.01 (TensorFlow.js's is 0.2). */
export function leakyRelu(x: tf.Tensor, negativeSlope = 0.01): tf.Tensor {
  return tf.leakyRelu(x, negativeSlope);
}

/** Softmax along any axis. */
export function softmax(x: tf.Tensor, dim = -1): tf.Tensor {
  return alongLast('softmax', x, dim, (y) => tf.softmax(y));
}

/** log(softmax(x)) along any axis, without the loss of precision of taking one after the other. */
export function logSoftmax(x: tf.Tensor, dim = -1): tf.Tensor {
  return alongLast('logSoftmax', x, dim, (y) => tf.logSoftmax(y));
}

/** max(0, x). `inplace` shows in the tree alone: tensors never change here. */
export class ReLU extends Module {
  readonly inplace: boolean;

  constructor({ inplace = false } = {}) {
    super();
    this.inplace = inplace;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.relu(x);
  }

  protected override extraRepr(): string {
    return this.inplace ? 'inplace=True' : '';
  }
}

/** x where positive, else negativeSlope·x. */
export class LeakyReLU extends Module {
  constructor(readonly negativeSlope = 0.01) {
    super();
  }

  forward(x: tf.Tensor): tf.Tensor {
    return leakyRelu(x, this.negativeSlope);
  }

  protected override extraRepr(): string {
    return describe({ negativeSlope: float(this.negativeSlope) });
  }
}

/** 1 / (1 + e⁻ˣ). */
export class Sigmoid extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return tf.sigmoid(x);
  }
}

/** (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ). */
export class Tanh extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return tf.tanh(x);
  }
}

/** Which form of GELU: the exact one (`none`, the default) or the approximation by tanh that GPT-2 uses. */
export interface GELUOptions {
  readonly approximate?: 'none' | 'tanh';
}

/** `gelu` as a module. */
export class GELU extends Module {
  readonly approximate: 'none' | 'tanh';

  constructor({ approximate = 'none' }: GELUOptions = {}) {
    super();
    this.approximate = approximate;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return gelu(x, this);
  }

  protected override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/** `elu` as a module. */
export class ELU extends Module {
  constructor(readonly alpha = 1) {
    super();
  }

  forward(x: tf.Tensor): tf.Tensor {
    return elu(x, this.alpha);
  }

  protected override extraRepr(): string {
    return describe({ alpha: float(this.alpha) });
  }
}

/** `silu` as a module. */
export class SiLU extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return silu(x);
  }
}

/** What works along one axis. */
export abstract class AlongDim extends Module {
  constructor(readonly dim = -1) {
    super();
  }

  protected override extraRepr(): string {
    return describe({ dim: this.dim });
  }
}

/** `softmax` as a module. The axis counts in our order: the channels of an image are the last one. */
export class Softmax extends AlongDim {
  forward(x: tf.Tensor): tf.Tensor {
    return softmax(x, this.dim);
  }
}

/** `logSoftmax` as a module. */
export class LogSoftmax extends AlongDim {
  forward(x: tf.Tensor): tf.Tensor {
    return logSoftmax(x, this.dim);
  }
}

/** tfjs computes softmax along the last axis alone. */
function alongLast(what: string, x: tf.Tensor, dim: number, compute: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  checkFloat(what, x);
  const axis = dim < 0 ? dim + x.rank : dim;
  if (!(Number.isInteger(axis) && axis >= 0 && axis < x.rank)) {
    throw new RangeError(`Cannot call ${what}: dim must be an axis of [${x.shape.join(', ')}], got ${dim}`);
  }
  if (axis === x.rank - 1) return compute(x);
  const swapped = x.shape.map((_, i) => (i === axis ? x.rank - 1 : i === x.rank - 1 ? axis : i));
  return tf.transpose(compute(tf.transpose(x, swapped)), swapped);
}
