/** Methods that compute element by element. */
import { withGradient } from '../autograd';
import { unbroadcast } from '../autograd/unbroadcast';
import * as tf from '../tfjs';
import { lerped } from './lerp';
import type { Operand } from './methods';
import { asFloat, jointShape, operands } from './operands';
import type { AlphaOptions, CloseOptions, DivOptions, ElementwiseMethods, Loose } from './signatures';

const LARGEST = 3.4028234663852886e38;
const bothBool = (a: tf.Tensor, b: tf.Tensor): boolean => a.dtype === 'bool' && b.dtype === 'bool';

/** A number times a tensor, which keeps its type where that is exact. */
function times(x: tf.Tensor, factor: number): tf.Tensor {
  return factor === 1 ? x : tf.mul(...operands('multiply', x, factor));
}

/** A function of two tensors whose gradients are its own; dy, a and b are float32. */
function ofTwo(
  [a, b]: readonly [tf.Tensor, tf.Tensor],
  compute: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  slopes: readonly ((dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor)[],
): tf.Tensor {
  return withGradient(
    [a, b],
    () => ({ value: compute(a, b), saved: [a, b] }),
    (dy, saved) => {
      const [left, right] = saved as [tf.Tensor, tf.Tensor];
      return slopes.map(
        (slope, i) => () =>
          unbroadcast(slope(dy, asFloat(left), asFloat(right)), (i === 0 ? left : right).shape),
      );
    },
  );
}

const truncated = (x: tf.Tensor): tf.Tensor =>
  x.dtype === 'float32' ? tf.where(tf.less(x, 0), tf.ceil(x), tf.floor(x)) : x;

/** The remainder with the sign of a; exact, since what it starts from has no sign. */
function restOf(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const rest = tf.mod(tf.abs(a), tf.abs(b));
  return tf.where(tf.less(a, tf.scalar(0, a.dtype as 'int32')), tf.neg(rest), rest);
}

/** The remainder with the sign of b. */
function moduloOf(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const zero = tf.scalar(0, a.dtype);
  const rest = restOf(a, b);
  const turns = tf.logicalAnd(tf.notEqual(rest, zero), tf.logicalXor(tf.less(rest, zero), tf.less(b, zero)));
  return tf.where(turns, tf.add(rest, b), rest);
}

/** The whole number below a / b, as Python's `//`: from the remainder, so that it is right for large numbers too. */
function floorOf(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (a.dtype === 'int32') return tf.floorDiv(a, b);
  const rest = restOf(a, b);
  const turns = tf.logicalAnd(tf.notEqual(rest, 0), tf.logicalXor(tf.less(rest, 0), tf.less(b, 0)));
  const whole = tf.round(tf.sub(tf.div(tf.sub(a, rest), b), tf.cast(turns, 'float32')));
  return tf.where(tf.equal(b, 0), tf.div(a, b), whole);
}

/** Both of one type, whole numbers where both are. */
function alike(method: string, x: tf.Tensor, other: Operand | tf.TensorLike): [tf.Tensor, tf.Tensor] {
  const [a, b] = operands(method, x, other);
  const whole = a.dtype !== 'float32' && b.dtype !== 'float32';
  return whole ? [tf.cast(a, 'int32'), tf.cast(b, 'int32')] : [asFloat(a), asFloat(b)];
}

const none = (dy: tf.Tensor): tf.Tensor => tf.zerosLike(dy);

function divided(x: tf.Tensor, other: Operand | tf.TensorLike, roundingMode: unknown): tf.Tensor {
  if (roundingMode === undefined || roundingMode === null) {
    const [a, b] = operands('divide', x, other);
    return tf.div(asFloat(a), asFloat(b));
  }
  const sides = alike('divide', x, other);
  if (roundingMode === 'floor') return ofTwo(sides, floorOf, [none, none]);
  if (roundingMode === 'trunc') {
    const quotient = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => truncated(tf.div(asFloat(a), asFloat(b)));
    const type = sides[0].dtype;
    return ofTwo(sides, (a, b) => (type === 'int32' ? wholeQuotient(a, b) : quotient(a, b)), [none, none]);
  }
  throw new RangeError(
    `Cannot divide: expected roundingMode 'floor' or 'trunc', got ${JSON.stringify(roundingMode)}`,
  );
}

/** a / b of whole numbers, cut off towards zero. */
const wholeQuotient = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.floorDiv(tf.sub(a, restOf(a, b)), b);

function power(x: tf.Tensor, exponent: Operand | tf.TensorLike): tf.Tensor {
  const [a, b] = operands('raise to a power', x, exponent);
  if (exponent === 2) return tf.square(a.dtype === 'bool' ? tf.cast(a, 'int32') : a);
  if (exponent === 0.5) return tf.sqrt(asFloat(a)); // NaN for −∞, as there
  if (exponent === -0.5) return tf.rsqrt(asFloat(a));
  return tf.pow(a, b);
}

type Bound = Operand | null;

/** Cut at bounds, of which one that is not a number wins; the gradient goes to what was taken. */
function cut(given: tf.Tensor, min: tf.Tensor, max: tf.Tensor): tf.Tensor {
  const beyond = (x: tf.Tensor, bound: tf.Tensor, is: typeof tf.less): tf.Tensor =>
    tf.where(tf.logicalOr(is(x, bound), bound.isnan()), bound, x);
  const compute = (): tf.Tensor => beyond(beyond(given, min, tf.less), max, tf.greater);
  if (given.dtype !== 'float32') return compute();
  return withGradient(
    [given, min, max],
    () => ({ value: compute(), saved: [given, min, max] }),
    (dy, saved) => {
      const [x, low, high] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const where =
        (mask: () => tf.Tensor, { shape }: tf.Tensor) =>
        () =>
          unbroadcast(tf.where(mask(), dy, tf.zeros([])), shape);
      return [
        where(() => tf.logicalAnd(tf.greaterEqual(x, low), tf.lessEqual(x, high)), x),
        where(() => tf.logicalAnd(tf.less(x, low), tf.less(low, high)), low),
        where(() => tf.logicalOr(tf.greater(x, high), tf.less(high, low)), high),
      ];
    },
  );
}

function clamped(x: tf.Tensor, min: Bound, max: Bound): tf.Tensor {
  if (min === null && max === null) throw new TypeError('Cannot clamp: expected min or max, got neither');
  const [low, high] = [min ?? -Infinity, max ?? Infinity];
  const plain = typeof low === 'number' && typeof high === 'number' && low <= high;
  if (plain && x.dtype === 'float32') return tf.clipByValue(x, low, high);
  if (x.dtype !== 'float32') return between(x, min, max);
  const [, lower] = operands('clamp', x, low);
  const [, upper] = operands('clamp', x, high);
  jointShape('clamp', x, lower, upper);
  return cut(x, asFloat(lower), asFloat(upper));
}

/** Whole numbers between bounds; a bound that is no whole number makes them float32. */
function between(x: tf.Tensor, min: Bound, max: Bound): tf.Tensor {
  const low = min === null ? x : tf.maximum(...operands('clamp', x, min));
  return max === null ? low : tf.minimum(...operands('clamp', low, max));
}

const comparison = (compare: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) =>
  function (this: tf.Tensor, other: Operand): tf.Tensor {
    return compare(...operands('compare', this, other));
  };

const logical = (combine: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) =>
  function (this: tf.Tensor, other: tf.Tensor): tf.Tensor {
    const [a, b] = operands('combine', this, other);
    return combine(tf.cast(a, 'bool'), tf.cast(b, 'bool'));
  };

/** log(eᵃ + eᵇ), without overflow. */
export function logaddexp(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const shape = jointShape('logaddexp', a, b);
  const compute = (): tf.Tensor => {
    const both = tf.stack([tf.broadcastTo(a, shape), tf.broadcastTo(b, shape)]);
    return both.detach().logsumexp(0);
  };
  const share = (dy: tf.Tensor, own: tf.Tensor, other: tf.Tensor): tf.Tensor =>
    tf.div(dy, tf.add(1, tf.exp(tf.sub(other, own))));
  return ofTwo([a, b], compute, [(dy, a, b) => share(dy, a, b), (dy, a, b) => share(dy, b, a)]);
}

/** Functions that give float32, of whole numbers too. */
const FLOATING = [
  'exp', 'expm1', 'log', 'log1p', 'sqrt', 'rsqrt', 'reciprocal', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh',
  'tanh', 'asinh', 'acosh', 'atanh', 'sigmoid', 'erf',
] as const; // prettier-ignore

/** Functions that leave whole numbers as they are. */
const ROUNDING = ['floor', 'ceil', 'round'] as const;

/** Methods that TensorFlow.js has for float32 alone. */
export const unaryMethods: Readonly<Record<string, (this: tf.Tensor) => tf.Tensor>> = Object.fromEntries([
  ...FLOATING.map((name) => [name, function (this: tf.Tensor): tf.Tensor { return tf[name](asFloat(this)); }] as const),
  ...ROUNDING.map((name) => [name, function (this: tf.Tensor): tf.Tensor { return this.dtype === 'float32' ? tf[name](this) : this; }] as const),
]); // prettier-ignore

/** Of `this`: a tensor. */
export const elementwiseMethods: Loose<ElementwiseMethods> = {
  add(other: Operand, { alpha = 1 }: AlphaOptions = {}) {
    const [a, b] = operands('add', this, other);
    return bothBool(a, b) ? tf.logicalOr(a, b) : tf.add(a, times(b, alpha));
  },
  sub(other: Operand, { alpha = 1 }: AlphaOptions = {}) {
    const [a, b] = operands('subtract', this, other);
    if (bothBool(a, b))
      throw new TypeError('Cannot subtract: expected numbers, got two bool tensors; use logicalXor');
    return tf.sub(a, times(b, alpha));
  },
  mul(other: Operand) {
    const [a, b] = operands('multiply', this, other);
    return bothBool(a, b) ? tf.logicalAnd(a, b) : tf.mul(a, b);
  },
  div(other: Operand, { roundingMode }: DivOptions = {}) {
    return divided(this, other, roundingMode);
  },
  floorDivide(other: Operand) {
    return divided(this, other, 'floor');
  },
  remainder(other: Operand) {
    return ofTwo(alike('take the remainder', this, other), moduloOf, [
      (dy) => dy,
      (dy, a, b) => tf.mul(tf.neg(dy), floorOf(a, b)),
    ]);
  },
  fmod(other: Operand) {
    return ofTwo(alike('take fmod', this, other), restOf, [
      (dy) => dy,
      (dy, a, b) => tf.mul(tf.neg(dy), truncated(tf.div(a, b))),
    ]);
  },
  pow(exponent: Operand) {
    return power(this, exponent);
  },
  maximum(other: Operand) {
    const [a, b] = operands('take the maximum', this, other);
    return bothBool(a, b) ? tf.logicalOr(a, b) : tf.maximum(a, b);
  },
  minimum(other: Operand) {
    const [a, b] = operands('take the minimum', this, other);
    return bothBool(a, b) ? tf.logicalAnd(a, b) : tf.minimum(a, b);
  },
  clamp(min: Bound = null, max: Bound = null) {
    return clamped(this, min, max);
  },
  sign() {
    return this.dtype === 'float32' ? tf.where(tf.isNaN(this), tf.zeros([]), tf.sign(this)) : tf.sign(this);
  },
  trunc() {
    return truncated(this);
  },
  frac() {
    return tf.sub(this, truncated(this));
  },
  log2() {
    return tf.mul(tf.log(asFloat(this)), 1 / Math.LN2);
  },
  log10() {
    return tf.mul(tf.log(asFloat(this)), 1 / Math.LN10);
  },
  exp2() {
    return tf.pow(2, asFloat(this));
  },
  isnan() {
    return tf.isNaN(asFloat(this));
  },
  isinf() {
    return tf.isInf(asFloat(this));
  },
  isfinite() {
    return tf.isFinite(asFloat(this));
  },
  nanToNum(nan = 0, posinf: number | null = null, neginf: number | null = null) {
    if (this.dtype !== 'float32') return this;
    const high = tf.where(tf.equal(this, Infinity), tf.scalar(posinf ?? LARGEST), this);
    const low = tf.where(tf.equal(this, -Infinity), tf.scalar(neginf ?? -LARGEST), high);
    return tf.where(tf.isNaN(this), tf.scalar(nan), low);
  },
  isclose(other: tf.Tensor, { rtol = 1e-5, atol = 1e-8, equalNan = false }: CloseOptions = {}) {
    const [a, b] = operands('compare', this, other);
    const near = tf.lessEqual(tf.abs(tf.sub(a, b)), tf.add(tf.mul(tf.abs(b), rtol), atol));
    const finite = tf.logicalAnd(near, tf.logicalAnd(a.isfinite(), b.isfinite()));
    const same = tf.logicalOr(tf.equal(a, b), finite);
    return equalNan ? tf.logicalOr(same, tf.logicalAnd(a.isnan(), b.isnan())) : same;
  },
  lerp(end: tf.Tensor, weight: Operand) {
    jointShape('interpolate', this, end, ...(typeof weight === 'number' ? [] : [weight]));
    return lerped(this, end, weight);
  },
  addcmul(a: tf.Tensor, b: tf.Tensor, { value = 1 }: { readonly value?: number } = {}) {
    jointShape('add a product', this, a, b);
    return tf.add(this, tf.mul(times(a, value), b));
  },
  addcdiv(a: tf.Tensor, b: tf.Tensor, { value = 1 }: { readonly value?: number } = {}) {
    jointShape('add a quotient', this, a, b);
    return tf.add(this, divided(times(a, value), b, null));
  },
  eq: comparison(tf.equal),
  ne: comparison(tf.notEqual),
  lt: comparison(tf.less),
  le: comparison(tf.lessEqual),
  gt: comparison(tf.greater),
  ge: comparison(tf.greaterEqual),
  logicalAnd: logical(tf.logicalAnd),
  logicalOr: logical(tf.logicalOr),
  logicalXor: logical(tf.logicalXor),
  logicalNot() {
    return tf.logicalNot(tf.cast(this, 'bool'));
  },
};
