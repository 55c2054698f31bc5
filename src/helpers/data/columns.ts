/** Samples as plain arrays, without tensors: what a worker thread can compute, too. */

/** Numbers of a tensor to be. */
export type Numbers = Uint8Array | Int32Array | Float32Array;

/** One part of every sample, e.g. the image, stored for all samples in one typed array. */
export interface Column {
  /** All samples one after the other. */
  readonly values: Numbers;
  /** Shape of one sample; `[]` for a single number. */
  readonly shape: readonly number[];
  /** Meaning of each byte of a Uint8Array, 256 numbers; makes the batch float32. */
  readonly table?: Float32Array;
}

/** A tensor that has not been made yet. */
export interface Packed {
  readonly values: Numbers;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
}

/** Numbers in a tensor of this shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/**
 * The position of a sample; negative ones count from the end, as in Python.
 * @throws RangeError outside of the data set
 */
export function positionOf(index: number | undefined, length: number): number {
  const position = index !== undefined && index < 0 ? index + length : index;
  if (position === undefined || !Number.isInteger(position) || position < 0 || position >= length) {
    const range = length === 0 ? 'none, the data set is empty' : `-${length} … ${length - 1}`;
    throw new RangeError(`Cannot gather samples: expected positions in ${range}, got ${index}`);
  }
  return position;
}

/** Copies the chosen samples into one new array, without an object or an array per sample. */
export function gatherColumn({ values, shape, table }: Column, indices: ArrayLike<number>): Packed {
  const size = sizeOf(shape);
  const samples = values.length / size;
  const float = table !== undefined || values instanceof Float32Array;
  const out = float ? new Float32Array(indices.length * size) : new Int32Array(indices.length * size);
  for (let row = 0; row < indices.length; row++) {
    const start = positionOf(indices[row], samples) * size;
    const target = row * size;
    if (table === undefined) out.set(values.subarray(start, start + size), target);
    else for (let i = 0; i < size; i++) out[target + i] = table[values[start + i] ?? 0] ?? 0;
  }
  return { values: out, shape: [indices.length, ...shape], dtype: float ? 'float32' : 'int32' };
}
