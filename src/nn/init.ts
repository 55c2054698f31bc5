/**
 * PyTorch's `torch.nn.init`: fills a variable in place, in the order of our random numbers, and gives it back. The fans
 * of a convolution kernel are those of PyTorch's weight, whatever order its axes have in memory.
 */
import { normal, truncatedNormal, uniform } from '../engine/random';
import * as tf from '../engine/tf';
import { layoutOf } from './parameter';

/** The activations whose gain is known, by PyTorch's names. */
export type Nonlinearity = 'linear' | 'sigmoid' | 'tanh' | 'relu' | 'leaky_relu' | 'selu';

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
  const gains = { linear: 1, sigmoid: 1, tanh: 5 / 3, relu: Math.SQRT2, selu: 3 / 4 };
  return nonlinearity === 'leaky_relu' ? Math.sqrt(2 / (1 + a ** 2)) : gains[nonlinearity];
}

/** Uniform in [low, high). */
export function uniform_<V extends tf.Variable>(variable: V, low = 0, high = 1): V {
  return filled(variable, (shape) => uniform(shape, low, high));
}

/** Normally distributed. */
export function normal_<V extends tf.Variable>(variable: V, mean = 0, std = 1): V {
  return filled(variable, (shape) => normal(shape, mean, std));
}

/** Normally distributed; unlike PyTorch's, which cuts at −2 and 2, cut at two standard deviations from the mean. */
export function truncNormal_<V extends tf.Variable>(variable: V, mean = 0, std = 1): V {
  return filled(variable, (shape) => truncatedNormal(shape, mean, std));
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
    throw new TypeError(
      `Cannot apply ${what}: expected a variable of at least two axes, got [${shape.join(', ')}]`,
    );
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
