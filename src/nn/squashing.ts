/** Smooth activations, as functions and as modules: `Mish`, `Softplus`, `GLU`, `Softmin` and their like. */
import { refusal } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import { AlongDim, exponential, softmax } from './activation';
import { describe, float } from './describe';
import { checkFloat, imageSizes } from './fitting';
import { Module } from './module';
import { mask, pointwise } from './pointwise';

/** x where positive, else alpha·(e^(x/alpha) − 1): smooth for every alpha. */
export function celu(x: tf.Tensor, alpha = 1): tf.Tensor {
  return exponential(x, { alpha, inner: 1 / alpha });
}

const SELF_NORMALIZING = { alpha: 1.6732632423543772, scale: 1.0507009873554805 };

/**
 * ELU with the scale and alpha that keep mean 0 and variance 1: Klambauer et al., "Self-Normalizing Neural Networks",
 * 2017, https://arxiv.org/abs/1706.02515.
 */
export function selu(x: tf.Tensor): tf.Tensor {
  return exponential(x, SELF_NORMALIZING);
}

/** log(1 + e^(beta·x)) / beta, and x itself where beta·x is above `threshold`. */
export function softplus(x: tf.Tensor, beta = 1, threshold = 20): tf.Tensor {
  const linear = (y: tf.Tensor): tf.Tensor => tf.greater(tf.mul(y, beta), threshold);
  return pointwise(
    x,
    (y) => tf.where(linear(y), y, tf.div(tf.softplus(tf.mul(y, beta)), beta)),
    (y) => tf.maximum(mask(linear(y)), tf.sigmoid(tf.mul(y, beta))),
  );
}

/** log σ(x), without overflow. */
export function logSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.neg(tf.softplus(tf.neg(x)));
}

/** x·tanh(softplus(x)): Misra, "Mish", 2019, https://arxiv.org/abs/1908.08681. */
export function mish(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.tanh(tf.softplus(x)));
}

/** x / (1 + |x|). */
export function softsign(x: tf.Tensor): tf.Tensor {
  return tf.div(x, tf.add(tf.abs(x), 1));
}

/** x − tanh(x). */
export function tanhshrink(x: tf.Tensor): tf.Tensor {
  return tf.sub(x, tf.tanh(x));
}

/** softmax(−x) along any axis. */
export function softmin(x: tf.Tensor, dim = -1): tf.Tensor {
  checkFloat('softmin', x);
  return softmax(tf.neg(x), dim);
}

/**
 * a·σ(b) of the two halves a, b along an axis: Dauphin et al., 2017, https://arxiv.org/abs/1612.08083.
 * @throws RangeError for no axis of x, TypeError for one of odd size
 */
export function glu(x: tf.Tensor, dim = -1): tf.Tensor {
  const axis = dim < 0 ? dim + x.rank : dim;
  const size = x.shape[axis];
  if (size === undefined) {
    throw new RangeError(`Cannot call glu: dim must be an axis of [${x.shape.join(', ')}], got ${dim}`);
  }
  if (size % 2 !== 0) throw refusal('glu', `an even size along axis ${dim}`, x);
  const [a, b] = tf.split(x, 2, axis) as [tf.Tensor, tf.Tensor];
  return tf.mul(a, tf.sigmoid(b));
}

/** `softplus` as a module. */
export class Softplus extends Module {
  constructor(
    readonly beta = 1,
    readonly threshold = 20,
  ) {
    super();
  }

  forward(x: tf.Tensor): tf.Tensor {
    return softplus(x, this.beta, this.threshold);
  }

  protected override extraRepr(): string {
    return describe({ beta: float(this.beta), threshold: float(this.threshold) });
  }
}

/** `logSigmoid` as a module. */
export class LogSigmoid extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return logSigmoid(x);
  }
}

/** `mish` as a module. */
export class Mish extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return mish(x);
  }
}

/** `softsign` as a module. */
export class Softsign extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return softsign(x);
  }
}

/** `tanhshrink` as a module. */
export class Tanhshrink extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return tanhshrink(x);
  }
}

/** `glu` as a module. */
export class GLU extends AlongDim {
  forward(x: tf.Tensor): tf.Tensor {
    return glu(x, this.dim);
  }
}

/** `softmin` as a module. */
export class Softmin extends AlongDim {
  forward(x: tf.Tensor): tf.Tensor {
    return softmin(x, this.dim);
  }
}

/** Softmax over the channels of images `[b, h, w, c]`, at each place. */
export class Softmax2d extends Module {
  /** @throws TypeError unless x is `[b, h, w, c]` */
  forward(x: tf.Tensor): tf.Tensor {
    imageSizes(this.typeName(), x);
    return softmax(x);
  }
}

/** `celu` as a module. */
export class CELU extends Module {
  constructor(readonly alpha = 1) {
    super();
  }

  forward(x: tf.Tensor): tf.Tensor {
    return celu(x, this.alpha);
  }

  protected override extraRepr(): string {
    return describe({ alpha: float(this.alpha) });
  }
}

/** `selu` as a module. */
export class SELU extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return selu(x);
  }
}
