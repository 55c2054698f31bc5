/** Activations made of straight lines, as functions and as modules: `ReLU6`, `Hardswish`, `PReLU` and their like. */
import { withGradient } from '../engine/autograd';
import { uniform } from '../engine/random';
import * as tf from '../engine/tf';
import { leakyRelu } from './activation';
import { checkedCount } from './checks';
import { describe, float, python } from './describe';
import { checkFloat, checkShape } from './fitting';
import { Module } from './module';
import { parameter } from './parameter';
import { inside, mask, outside, pointwise } from './pointwise';

/**
 * min(max(minVal, x), maxVal).
 * @throws RangeError unless `minVal` is at most `maxVal`
 */
export function hardtanh(x: tf.Tensor, minVal = -1, maxVal = 1): tf.Tensor {
  if (!(minVal <= maxVal)) {
    throw new RangeError(`Cannot call hardtanh: minVal must be at most maxVal, got ${minVal} and ${maxVal}`);
  }
  return pointwise(
    x,
    (y) => tf.clipByValue(y, minVal, maxVal),
    (y) => inside(y, minVal, maxVal),
  );
}

/** min(max(0, x), 6). */
export function relu6(x: tf.Tensor): tf.Tensor {
  return hardtanh(x, 0, 6);
}

/** relu6(x + 3) / 6: a sigmoid of three lines. */
export function hardsigmoid(x: tf.Tensor): tf.Tensor {
  return pointwise(
    x,
    (y) => tf.div(tf.clipByValue(tf.add(y, 3), 0, 6), 6),
    (y) => tf.div(inside(y, -3, 3), 6),
  );
}

/** x · relu6(x + 3) / 6. */
export function hardswish(x: tf.Tensor): tf.Tensor {
  return pointwise(
    x,
    (y) => tf.div(tf.mul(y, tf.clipByValue(tf.add(y, 3), 0, 6)), 6),
    (y) => {
      const middle = tf.where(tf.less(y, 3), tf.add(tf.div(y, 3), 0.5), tf.onesLike(y));
      return tf.where(tf.lessEqual(y, -3), tf.zerosLike(y), middle);
    },
  );
}

/** x where it is further than `lambd` from 0, else 0. */
export function hardshrink(x: tf.Tensor, lambd = 0.5): tf.Tensor {
  return pointwise(
    x,
    (y) => tf.mul(y, outside(y, lambd)),
    (y) => outside(y, lambd),
  );
}

/**
 * x moved by `lambd` towards 0, at most to 0.
 * @throws RangeError unless `lambd` is at least 0
 */
export function softshrink(x: tf.Tensor, lambd = 0.5): tf.Tensor {
  if (!(lambd >= 0)) throw new RangeError(`Cannot call softshrink: lambd must be at least 0, got ${lambd}`);
  return pointwise(
    x,
    (y) => tf.sub(y, tf.clipByValue(y, -lambd, lambd)),
    (y) => outside(y, lambd),
  );
}

/** x where it is above `at`, else `value`. */
export function threshold(x: tf.Tensor, at: number, value: number): tf.Tensor {
  return pointwise(
    x,
    (y) => tf.where(tf.lessEqual(y, at), tf.fill(y.shape, value), y),
    (y) => mask(tf.logicalNot(tf.lessEqual(y, at))),
  );
}

/**
 * x where positive, else weight·x, with one weight for all or one for each channel, which stand last.
 * @throws TypeError for weights of another number than one or that of the channels
 */
export function prelu(x: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  if (weight.size !== 1) checkShape('prelu', 'weight', weight, x.shape.slice(-1));
  return sloped(x, weight.size === 1 ? tf.reshape(weight, []) : weight);
}

/** x where positive, else x times a slope: one for all, for each channel, or for each element. */
function sloped(x: tf.Tensor, slopes: tf.Tensor): tf.Tensor {
  return withGradient(
    [x, slopes],
    () => ({ value: tf.where(tf.greater(x, 0), x, tf.mul(x, slopes)), saved: [x, slopes] }),
    (dy, saved) => {
      const [x, slopes] = saved as [tf.Tensor, tf.Tensor];
      const above = mask(tf.greater(x, 0));
      const below = tf.sub(1, above);
      return [
        () => tf.mul(dy, tf.add(above, tf.mul(below, slopes))),
        () => {
          const axes = Array.from({ length: x.rank - slopes.rank }, (_, i) => i);
          return tf.sum(tf.mul(tf.mul(dy, x), below), axes);
        },
      ];
    },
  );
}

/** The bounds of `rrelu`'s slope, an eighth and a third unless given. */
export interface RReLUOptions {
  readonly lower?: number;
  readonly upper?: number;
  readonly training?: boolean;
}

/**
 * x where positive, else x times a slope: while training drawn for each element from [lower, upper), else the middle.
 * @throws RangeError unless `lower` is at most `upper`
 */
export function rrelu(
  x: tf.Tensor,
  { lower = 1 / 8, upper = 1 / 3, training = false }: RReLUOptions = {},
): tf.Tensor {
  if (!(lower <= upper)) {
    throw new RangeError(`Cannot call rrelu: lower must be at most upper, got ${lower} and ${upper}`);
  }
  if (!training) return leakyRelu(x, (lower + upper) / 2);
  const slopes = uniform(x.shape as [number], lower, upper);
  return sloped(x, slopes);
}

/** `relu6` as a module. */
export class ReLU6 extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return relu6(x);
  }
}

/** `hardtanh` as a module. */
export class Hardtanh extends Module {
  /** @throws RangeError unless `minVal` is below `maxVal` */
  constructor(
    readonly minVal = -1,
    readonly maxVal = 1,
  ) {
    super();
    if (minVal < maxVal) return;
    throw new RangeError(`Cannot build Hardtanh: maxVal must be above minVal, got ${maxVal} and ${minVal}`);
  }

  forward(x: tf.Tensor): tf.Tensor {
    return hardtanh(x, this.minVal, this.maxVal);
  }

  protected override extraRepr(): string {
    return describe({ minVal: float(this.minVal), maxVal: float(this.maxVal) });
  }
}

/** `hardsigmoid` as a module. */
export class Hardsigmoid extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return hardsigmoid(x);
  }
}

/** `hardswish` as a module. */
export class Hardswish extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return hardswish(x);
  }
}

abstract class Shrink extends Module {
  constructor(readonly lambd = 0.5) {
    super();
  }

  protected override extraRepr(): string {
    return python(float(this.lambd));
  }
}

/** `hardshrink` as a module. */
export class Hardshrink extends Shrink {
  forward(x: tf.Tensor): tf.Tensor {
    return hardshrink(x, this.lambd);
  }
}

/** `softshrink` as a module. */
export class Softshrink extends Shrink {
  forward(x: tf.Tensor): tf.Tensor {
    return softshrink(x, this.lambd);
  }
}

/** `threshold` as a module. */
export class Threshold extends Module {
  constructor(
    readonly threshold: number,
    readonly value: number,
  ) {
    super();
  }

  forward(x: tf.Tensor): tf.Tensor {
    return threshold(x, this.threshold, this.value);
  }

  protected override extraRepr(): string {
    return describe({ threshold: this.threshold, value: this.value });
  }
}

/**
 * `prelu` with learned slopes, one for all channels or one for each: He et al., "Delving Deep into Rectifiers", 2015,
 * https://arxiv.org/abs/1502.01852.
 */
export class PReLU extends Module {
  readonly weight: tf.Variable;

  constructor(
    readonly numParameters = 1,
    init = 0.25,
  ) {
    super();
    checkedCount('PReLU', 'numParameters', numParameters);
    this.weight = parameter(tf.fill([numParameters], init));
  }

  /** @throws TypeError unless the last axis has `numParameters`, where there are several */
  forward(x: tf.Tensor): tf.Tensor {
    checkFloat(this.typeName(), x);
    return prelu(x, this.weight);
  }

  protected override extraRepr(): string {
    return describe({ numParameters: this.numParameters });
  }
}

/** `rrelu` as a module. */
export class RReLU extends Module {
  constructor(
    readonly lower = 1 / 8,
    readonly upper = 1 / 3,
  ) {
    super();
  }

  forward(x: tf.Tensor): tf.Tensor {
    const { lower, upper, training } = this;
    return rrelu(x, { lower, upper, training });
  }

  protected override extraRepr(): string {
    return describe({ lower: float(this.lower), upper: float(this.upper) });
  }
}
