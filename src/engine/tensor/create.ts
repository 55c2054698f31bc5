/** PyTorch's functions that make tensors, and those that join them. */
import * as tf from '../tfjs';
import { dimOf, listOf } from './arrange';
import { checkedType, checkedWhole } from './elements';
import type { DType, Operand } from './methods';
import { jointShape, operands } from './operands';

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
 * @throws TypeError for rows of different lengths, and for a dtype that there is not; RangeError for numbers that int32
 * does not hold
 * @example
 * const w = tensor([[1, 2], [3, 4]], { requiresGrad: true });
 */
export function tensor(data: Data, options: CreateOptions = {}): tf.Tensor {
  if (options.dtype !== undefined) checkedType('make a tensor', options.dtype);
  if (data instanceof tf.Tensor) return leaf(tf.cast(data.detach(), options.dtype ?? data.dtype), options);
  if (ArrayBuffer.isView(data) && !TYPED.some((type) => data instanceof type)) {
    const name = (data as object).constructor.name;
    throw new TypeError(
      `Cannot make a tensor: expected Float32Array, Int32Array or Uint8Array, got ${name}; Float32Array.from(data, Number) takes its numbers`,
    );
  }
  const values = evenly(data, tf.util.flatten(data as tf.RecursiveArray<number>));
  if (options.dtype === 'int32') checkedWhole(values);
  return leaf(tf.tensor(data as tf.TensorLike, undefined, options.dtype), options);
}

/** The values, if rows are of one length. @throws TypeError otherwise */
function evenly(data: Data, values: ArrayLike<number>): ArrayLike<number> {
  const sizes: number[] = [];
  for (let row: unknown = data; Array.isArray(row) || ArrayBuffer.isView(row); row = (row as unknown[])[0]) {
    sizes.push((row as unknown[]).length);
  }
  const fits = (row: unknown, depth: number): boolean => {
    if (depth === sizes.length) return typeof row === 'number' || typeof row === 'boolean';
    const list = row as unknown[] | undefined;
    if (list === undefined || list.length !== sizes[depth]) return false;
    return ArrayBuffer.isView(row) || list.every((one) => fits(one, depth + 1));
  };
  if (fits(data, 0)) return values;
  throw new TypeError(
    `Cannot make a tensor: expected numbers in rows of one length, [${sizes.join(', ')}] by the first, got others`,
  );
}

const TYPED = [Float32Array, Int32Array, Uint8Array, Uint8ClampedArray] as const;

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
  const options = hasOptions ? (last as CreateOptions) : {};
  if (options.dtype !== undefined) checkedType(`make ${name}`, options.dtype);
  return { shape, options };
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

const shapes = (tensors: readonly tf.Tensor[]): string =>
  tensors.map(({ shape }) => `[${shape.join(', ')}]`).join(', ');

/** @throws TypeError where nothing is to be joined */
function first(method: string, tensors: readonly tf.Tensor[]): tf.Tensor {
  if (tensors[0]) return tensors[0];
  throw new TypeError(`Cannot ${method}: expected at least one tensor, got none`);
}

/** Tensors of different types as float32, or int32 where none is float32. */
function oneType(tensors: readonly tf.Tensor[]): tf.Tensor[] {
  const types = new Set(tensors.map(({ dtype }) => dtype));
  if (types.size === 1) return [...tensors];
  return tensors.map((x) => tf.cast(x, types.has('float32') ? 'float32' : 'int32'));
}

/**
 * Tensors one after the other along a dimension, as `torch.cat`.
 * @throws TypeError for shapes that differ along other dimensions
 */
export function cat(tensors: readonly tf.Tensor[], dim = 0): tf.Tensor {
  const { rank, shape } = first('cat', tensors);
  const at = dimOf('cat', rank, dim);
  const fit = tensors.every(
    (x) => x.rank === rank && rank > 0 && x.shape.every((size, i) => i === at || size === shape[i]),
  );
  if (!fit) {
    throw new TypeError(
      `Cannot cat: expected tensors of one shape but for dimension ${dim}, got ${shapes(tensors)}`,
    );
  }
  return tf.concat(oneType(tensors), at);
}

/**
 * Tensors of one shape along a new dimension, as `torch.stack`.
 * @throws TypeError for shapes that differ
 */
export function stack(tensors: readonly tf.Tensor[], dim = 0): tf.Tensor {
  const { rank, shape } = first('stack', tensors);
  if (!tensors.every((x) => tf.util.arraysEqual(x.shape, shape))) {
    throw new TypeError(
      `Cannot stack: expected tensors of one shape, got ${shapes(tensors)}; cat joins others`,
    );
  }
  return tf.stack(oneType(tensors), dimOf('stack', rank + 1, dim));
}

/** Side by side: along the second dimension, of vectors the first, as `torch.hstack`. */
export function hstack(tensors: readonly tf.Tensor[]): tf.Tensor {
  const wide = tensors.map((x) => (x.rank === 0 ? tf.reshape(x, [1]) : x));
  return cat(wide, first('hstack', wide).rank > 1 ? 1 : 0);
}

/** One below the other, vectors as rows, as `torch.vstack`. */
export function vstack(tensors: readonly tf.Tensor[]): tf.Tensor {
  return cat(tensors.map((x) => (x.rank < 2 ? tf.reshape(x, [1, x.size]) : x)));
}

/** Coordinates of all points of a grid, the first tensor along the first dimension ('ij'), as `torch.meshgrid`. */
export function meshgrid(...tensors: tf.Tensor[]): tf.Tensor[] {
  const sizes = tensors.map(({ size }) => size);
  return tensors.map((x, i) => {
    const along = sizes.map((size, j) => (i === j ? size : 1));
    return tf.broadcastTo(tf.reshape(x, along), sizes);
  });
}

/**
 * `a` where the condition holds, else `b`, as `torch.where`.
 * @throws TypeError for shapes that do not fit, and for a condition that is not bool
 */
export function where(condition: tf.Tensor, a: Operand, b: Operand): tf.Tensor {
  if (condition.dtype !== 'bool') {
    throw new TypeError(
      `Cannot choose with where: expected a bool condition, got ${condition.dtype}; x.gt(0) or x.bool() makes one`,
    );
  }
  const like = [a, b].find((x) => x instanceof tf.Tensor) ?? tf.zeros([]);
  const side = (x: Operand): tf.Tensor => operands('choose with where', like, x)[1];
  const [left, right] = [side(a), side(b)];
  jointShape('choose with where', condition, left, right);
  return tf.where(condition, left, right);
}
