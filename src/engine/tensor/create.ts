/** PyTorch's functions that make tensors, and those that join them. */
import * as tf from '../tfjs';
import { dimOf, listOf } from './arrange';
import type { DType } from './methods';

/** What every function here that makes a tensor may be told. */
export interface CreateOptions {
  /** Default: float32, of booleans bool. */
  readonly dtype?: DType;
  /** Whether gradients collect in it. */
  readonly requiresGrad?: boolean;
}

/** Numbers or booleans, nested as deep as there are dimensions. */
export type Data = number | boolean | readonly Data[] | Float32Array | Int32Array | Uint8Array | tf.Tensor;

/**
 * A leaf that wants gradients is a variable: optimizers move it, recordings hold it.
 * @throws TypeError for a leaf that is not float32
 */
export function leaf(value: tf.Tensor, { requiresGrad = false }: CreateOptions): tf.Tensor {
  if (!requiresGrad) return value;
  if (value.dtype !== 'float32') {
    throw new TypeError(`Cannot make a tensor that requires grad: expected float32, got ${value.dtype}`);
  }
  const variable = tf.variable(value, true);
  value.dispose();
  return variable;
}

/**
 * A tensor of these values. A leaf that requires gradients can be given to an optimizer, which moves it in place.
 * As `torch.tensor`; numbers become float32, for whole ones say `{ dtype: 'int32' }`.
 * @throws TypeError for rows of different lengths
 * @example
 * const w = tensor([[1, 2], [3, 4]], { requiresGrad: true });
 */
export function tensor(data: Data, options: CreateOptions = {}): tf.Tensor {
  if (data instanceof tf.Tensor) return leaf(tf.cast(data.detach(), options.dtype ?? data.dtype), options);
  return leaf(tf.tensor(data as tf.TensorLike, undefined, options.dtype), options);
}

/** Sizes one by one or in a list, then options. */
export type Sized = [...sizes: (number | readonly number[] | CreateOptions)[]];

/** Sizes and options out of `f(2, 3, { dtype })` or `f([2, 3])`. @throws RangeError for what is no size */
export function sized(name: string, given: Sized): { shape: number[]; options: CreateOptions } {
  const last = given.at(-1);
  const hasOptions = typeof last === 'object' && !Array.isArray(last);
  const shape = listOf((hasOptions ? given.slice(0, -1) : given) as (number | readonly number[])[]);
  const wrong = shape.find((size) => !(Number.isInteger(size) && size >= 0));
  if (wrong !== undefined)
    throw new RangeError(`Cannot make ${name}: expected sizes of at least 0, got ${wrong}`);
  return { shape, options: hasOptions ? (last as CreateOptions) : {} };
}

/** Zeros, as `torch.zeros`: `zeros(2, 3)`, `zeros([2, 3], { dtype: 'int32' })`. */
export function zeros(...given: Sized): tf.Tensor {
  const { shape, options } = sized('zeros', given);
  return leaf(tf.zeros(shape, options.dtype), options);
}

/** Ones, as `torch.ones`. */
export function ones(...given: Sized): tf.Tensor {
  const { shape, options } = sized('ones', given);
  return leaf(tf.ones(shape, options.dtype), options);
}

/** One value everywhere, as `torch.full`. */
export function full(sizes: readonly number[], value: number, options: CreateOptions = {}): tf.Tensor {
  return leaf(tf.fill([...sizes], value, options.dtype ?? 'float32'), options);
}

/** The identity matrix, as `torch.eye`. */
export function eye(rows: number, columns = rows): tf.Tensor {
  return tf.eye(rows, columns);
}

/** Zeros in the shape and type of another tensor. */
export const zerosLike = (like: tf.Tensor): tf.Tensor => tf.zeros(like.shape, like.dtype);

/** Ones in the shape and type of another tensor. */
export const onesLike = (like: tf.Tensor): tf.Tensor => tf.ones(like.shape, like.dtype);

/**
 * Numbers from `start` on, `step` apart, below `end`, as `torch.arange`; int32 where all three are whole.
 * @throws RangeError where `step` leads away from `end`
 */
export function arange(end: number): tf.Tensor;
export function arange(start: number, end: number, step?: number, options?: CreateOptions): tf.Tensor;
export function arange(first: number, end?: number, step = 1, options: CreateOptions = {}): tf.Tensor {
  const [from, to] = end === undefined ? [0, first] : [first, end];
  const length = Math.ceil((to - from) / step);
  if (!(length >= 0 && Number.isFinite(length))) {
    throw new RangeError(`Cannot make arange: expected a step from ${from} towards ${to}, got ${step}`);
  }
  const whole = [from, to, step].every(Number.isInteger);
  const values = Array.from({ length }, (_, i) => from + i * step);
  return leaf(tf.tensor1d(values, options.dtype ?? (whole ? 'int32' : 'float32')), options);
}

/** `steps` numbers, the first `start`, the last `end`, equally far apart, as `torch.linspace`. */
export function linspace(start: number, end: number, steps: number, options: CreateOptions = {}): tf.Tensor {
  return leaf(tf.linspace(start, end, steps), options);
}

/** Tensors one after the other along a dimension, as `torch.cat`. */
export function cat(tensors: readonly tf.Tensor[], dim = 0): tf.Tensor {
  return tf.concat([...tensors], dimOf('cat', tensors[0]?.rank ?? 1, dim));
}

/** Tensors of one shape along a new dimension, as `torch.stack`. */
export function stack(tensors: readonly tf.Tensor[], dim = 0): tf.Tensor {
  return tf.stack([...tensors], dimOf('stack', (tensors[0]?.rank ?? 0) + 1, dim));
}

/** `a` where the condition holds, else `b`, as `torch.where`. */
export function where(condition: tf.Tensor, a: tf.Tensor | number, b: tf.Tensor | number): tf.Tensor {
  return tf.where(condition, a, b);
}
