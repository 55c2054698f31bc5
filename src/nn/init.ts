/**
 * PyTorch's `torch.nn.init`: fills a variable in place, in the order of our random numbers, and gives it back. The fans
 * of a convolution kernel are those of PyTorch's weight, whatever order its axes have in memory.
 */
import { normal, uniform } from '../engine/random';
import * as tf from '../engine/tf';
import { layoutOf, torchOrder } from './parameter';

/** The activations whose gain is known, by PyTorch's names. */
export type Nonlinearity =
  | 'linear'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leaky_relu'
  | 'selu'
  | `conv${1 | 2 | 3}d`
  | `conv_transpose${1 | 2 | 3}d`;

/** For which activation the variance is kept and in which direction; by default `leaky_relu` of slope 0, forward. */
export interface KaimingOptions {
  /** Slope below zero, where `nonlinearity` is `leaky_relu`. */
  readonly a?: number;
  /** Which number of connections keeps its variance: of those in (forward) or of those out (backward). */
  readonly mode?: 'fan_in' | 'fan_out';
  readonly nonlinearity?: Nonlinearity;
}

/** The factor that keeps the variance through a non-linearity; `a` is the slope of `leaky_relu`. */
export function calculateGain(nonlinearity: Nonlinearity, a = 0.01): number {
  const gains: Partial<Record<Nonlinearity, number>> = { tanh: 5 / 3, relu: Math.SQRT2, selu: 3 / 4 };
  return nonlinearity === 'leaky_relu' ? Math.sqrt(2 / (1 + a ** 2)) : (gains[nonlinearity] ?? 1);
}

/** Uniform in [low, high). */
export function uniform_<V extends tf.Variable>(variable: V, low = 0, high = 1): V {
  return filled(variable, (shape) => uniform(shape, low, high));
}

/** Normally distributed. */
export function normal_<V extends tf.Variable>(variable: V, mean = 0, std = 1): V {
  return filled(variable, (shape) => normal(shape, mean, std));
}

/** Where a truncated normal distribution is cut: at −2 and 2 unless given, whatever its mean and deviation. */
export interface TruncOptions {
  readonly a?: number;
  readonly b?: number;
}

/**
 * Normally distributed, cut off outside [a, b]: even numbers through the inverse of the distribution, as PyTorch does.
 * @throws RangeError unless `a` is below `b`
 */
export function truncNormal_<V extends tf.Variable>(
  variable: V,
  mean = 0,
  std = 1,
  { a = -2, b = 2 }: TruncOptions = {},
): V {
  if (!(a < b)) throw new RangeError(`Cannot apply truncNormal_: expected a below b, got ${a} and ${b}`);
  const [low, high] = Array.from(
    tf.erf(tf.tensor1d([a, b].map((x) => (x - mean) / (std * Math.SQRT2)))).dataSync(),
  );
  return filled(variable, (shape) => {
    const even = uniform(shape, low, high).dataSync<'float32'>();
    const values = even.map((u) => Math.min(b, Math.max(a, mean + std * Math.SQRT2 * inverseErf(u))));
    return tf.tensor(values, shape);
  });
}

/** x with erf(x) = y, to float32: Giles, "Approximating the erfinv function", 2012. */
function inverseErf(y: number): number {
  if (Math.abs(y) >= 1) return y * Infinity;
  const w = -Math.log((1 - y) * (1 + y));
  const [x, factors] = w < 5 ? [w - 2.5, MIDDLE] : [Math.sqrt(w) - 3, ENDS];
  return y * factors.reduce((sum, factor) => sum * x + factor, 0);
}

const MIDDLE = [
  ...[2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4],
  ...[-1.25372503e-3, -4.17768164e-3, 0.246640727, 1.50140941],
];
const ENDS = [
  ...[-2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3],
  ...[-7.6224613e-3, 9.43887047e-3, 1.00167406, 2.83297682],
];

/**
 * Ones on the diagonal, zeros elsewhere.
 * @throws TypeError unless there are two axes
 */
export function eye_<V extends tf.Variable>(variable: V): V {
  const [rows = 0, columns = 0] = variable.shape;
  if (variable.rank !== 2) throw wrongAxes('eye_', 'two axes', variable);
  return filled(variable, () => tf.eye(rows, columns));
}

/**
 * Kernels that hand each input channel on, as far as there are output channels.
 * @throws TypeError unless there are three to five axes, RangeError unless `groups` divides the output channels
 */
export function dirac_<V extends tf.Variable>(variable: V, { groups = 1 } = {}): V {
  const order = torchOrder(variable);
  const [out = 0, inputs = 0, ...field] = (order?.to ?? [...variable.shape.keys()]).map(
    (axis) => variable.shape[axis] ?? 0,
  );
  if (variable.rank < 3 || variable.rank > 5) throw wrongAxes('dirac_', 'three to five axes', variable);
  if (out % groups !== 0) {
    throw new RangeError(
      `Cannot apply dirac_: expected groups to divide ${out} output channels, got ${groups}`,
    );
  }
  const values = tf.buffer([out, inputs, ...field]);
  const middle = field.map((size) => Math.floor(size / 2));
  for (let at = 0; at < out; at++) {
    const within = at % (out / groups);
    if (within < inputs) values.set(1, at, within, ...middle);
  }
  return filled(variable, () => (order ? tf.transpose(values.toTensor(), order.from) : values.toTensor()));
}

/**
 * Orthogonal rows or columns, times `gain`: Saxe, McClelland and Ganguli, 2014, https://arxiv.org/abs/1312.6120.
 * @throws TypeError for fewer than two axes
 */
export function orthogonal_<V extends tf.Variable>(variable: V, gain = 1): V {
  if (variable.rank < 2) throw wrongAxes('orthogonal_', 'at least two axes', variable);
  const order = torchOrder(variable);
  const shape = (order?.to ?? [...variable.shape.keys()]).map((axis) => variable.shape[axis] ?? 0);
  const [rows = 1] = shape;
  const columns = variable.size / rows;
  return filled(variable, () => {
    const tall = normal([Math.max(rows, columns), Math.min(rows, columns)]);
    const [q, r] = tf.linalg.qr(tall);
    const signs = tf.sign(tf.sum(tf.mul(r, tf.eye(Math.min(rows, columns))), 0));
    const even = tf.mul(tf.mul(q, signs), gain);
    const matrix = tf.reshape(rows < columns ? tf.transpose(even) : even, shape);
    return order ? tf.transpose(matrix, order.from) : matrix;
  });
}

function wrongAxes(what: string, expected: string, { shape }: tf.Variable): TypeError {
  return new TypeError(`Cannot apply ${what}: expected a variable of ${expected}, got [${shape.join(', ')}]`);
}

/** Sets every element to `value`. */
export function constant_<V extends tf.Variable>(variable: V, value: number): V {
  return filled(variable, (shape) => tf.fill(shape, value));
}

/** Sets every element to 0. */
export function zeros_<V extends tf.Variable>(variable: V): V {
  return constant_(variable, 0);
}

/** Sets every element to 1. */
export function ones_<V extends tf.Variable>(variable: V): V {
  return constant_(variable, 1);
}

/**
 * Uniform in ±gain·√(6 / (fanIn + fanOut)): Glorot and Bengio, 2010.
 * @throws TypeError for fewer than two axes, as all that count fans
 */
export function xavierUniform_<V extends tf.Variable>(variable: V, gain = 1): V {
  const [fanIn, fanOut] = fans(variable, 'xavierUniform_');
  const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
  return uniform_(variable, -bound, bound);
}

/** Normal with standard deviation gain·√(2 / (fanIn + fanOut)): Glorot and Bengio, 2010. */
export function xavierNormal_<V extends tf.Variable>(variable: V, gain = 1): V {
  const [fanIn, fanOut] = fans(variable, 'xavierNormal_');
  return normal_(variable, 0, gain * Math.sqrt(2 / (fanIn + fanOut)));
}

/** Uniform in ±gain·√(3 / fan): He et al., 2015. */
export function kaimingUniform_<V extends tf.Variable>(variable: V, options: KaimingOptions = {}): V {
  const bound = Math.sqrt(3) * kaimingStd(variable, 'kaimingUniform_', options);
  return uniform_(variable, -bound, bound);
}

/** Normal with standard deviation gain / √fan: He et al., 2015. */
export function kaimingNormal_<V extends tf.Variable>(variable: V, options: KaimingOptions = {}): V {
  return normal_(variable, 0, kaimingStd(variable, 'kaimingNormal_', options));
}

function kaimingStd(
  variable: tf.Variable,
  what: string,
  { a = 0, mode = 'fan_in', nonlinearity = 'leaky_relu' }: KaimingOptions,
): number {
  const [fanIn, fanOut] = fans(variable, what);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === 'fan_in' ? fanIn : fanOut);
}

/** The connections into one output and out of one input. */
function fans(variable: tf.Variable, what: string): [number, number] {
  const { shape } = variable;
  if (shape.length < 2) {
    throw wrongAxes(what, 'at least two axes', variable);
  }
  // PyTorch's [out, in, …]; a kernel in memory is that permuted by (2, 3, 1, 0).
  const [out = 1, inputs = 1, ...field] = layoutOf(variable) === 'HWIO' ? [...shape].reverse() : shape;
  const size = field.reduce((product, n) => product * n, 1);
  return [inputs * size, out * size];
}

function filled<V extends tf.Variable>(variable: V, make: (shape: [number]) => tf.Tensor): V {
  const shape = variable.shape as number[] as [number]; // any rank; tfjs types ask for one
  tf.tidy(() => variable.assign(make(shape)));
  return variable;
}
