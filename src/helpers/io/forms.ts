/** Tensors that are more than their numbers in a row: byte order, pending signs, quantized and sparse ones. */
import * as tf from '../../engine/tf';
import { elementsOf } from './claims';
import { bytesPerElement, type FileDtype, type RawTensor, toArray } from './dtypes';
import type { PthSparse, PthTensor, Quantizer, TensorTraits } from './rebuild';

/** Numbers of which each has two parts. */
const isComplex = (dtype: FileDtype): boolean => dtype.startsWith('C');

/** The numbers with their last byte first and with the signs that PyTorch had put off. */
export function finished(
  raw: RawTensor,
  { conjugated, negated }: TensorTraits,
  bigEndian: boolean,
): RawTensor {
  const { dtype, shape } = raw;
  const width = bytesPerElement(dtype) / (isComplex(dtype) ? 2 : 1);
  let bytes = raw.bytes;
  if (bigEndian && width > 1) bytes = turned(bytes, width);
  if (negated) bytes = signed(bytes, width, width);
  if (conjugated && isComplex(dtype)) bytes = signed(bytes, width, 2 * width);
  return { dtype, shape, bytes };
}

function turned(bytes: Uint8Array, width: number): Uint8Array {
  const result = Uint8Array.from(bytes);
  for (let at = 0; at < result.length; at += width) result.subarray(at, at + width).reverse();
  return result;
}

/** Turns the sign of the last of the floats in each group: its highest bit. */
function signed(bytes: Uint8Array, width: number, group: number): Uint8Array {
  const result = Uint8Array.from(bytes);
  for (let at = group - 1; at < result.length; at += group) result[at] = (result[at] ?? 0) ^ 0x80;
  return width > 0 ? result : bytes;
}

/** What quantized integers stand for; consumes them. */
export function dequantized(
  integers: tf.Tensor,
  { scale, zeroPoint, axis }: Quantizer,
  read: (part: PthTensor) => tf.Tensor,
): tf.Tensor {
  const result = tf.tidy(() => {
    const along = (value: Quantizer['scale']): tf.Tensor => {
      if (typeof value === 'number') return tf.scalar(value);
      const numbers = tf.cast('storage' in value ? read(value) : tf.tensor1d([...value]), 'float32');
      const shape = integers.shape.map((_, i) => (i === (axis ?? 0) ? -1 : 1));
      return tf.reshape(numbers, shape);
    };
    return tf.mul(tf.sub(tf.cast(integers, 'float32'), along(zeroPoint)), along(scale));
  });
  integers.dispose();
  return result;
}

/** Elements that a sparse tensor may have together with its zeros. */
const MAX_DENSE = 1 << 24;

/**
 * A sparse tensor with its zeros. Values of the same place add up, as PyTorch has it.
 * @throws RangeError if it would take too much memory, SyntaxError if an index lies outside
 */
export function denseOf(sparse: PthSparse, read: (part: PthTensor) => RawTensor): RawTensor {
  const { layout, shape, dtype } = sparse;
  const count = elementsOf(shape);
  if (count > MAX_DENSE) {
    throw new RangeError(
      `Cannot read sparse tensor [${shape.join(', ')}]: expected at most ${MAX_DENSE} elements with its zeros, ` +
        `got ${count}; read its indices and values`,
    );
  }
  const width = bytesPerElement(dtype);
  const result = new Uint8Array(count * width);
  const values = read(sparse.values);
  const whole = sparse.indices.map((part) => Float64Array.from(toArray(read(part)) ?? [], Number));
  const places = layout === 'coo' ? ofCoordinates(sparse, whole[0]) : ofCompressed(sparse, whole);
  const add = adder(dtype, result, values.bytes);
  let from = 0;
  for (const place of places) {
    if (!(place >= 0 && place < count)) {
      throw new SyntaxError(
        `Cannot read sparse tensor [${shape.join(', ')}]: expected indices inside, got others`,
      );
    }
    add(place, from++);
  }
  return { dtype, shape, bytes: result };
}

/** Adds the value at `from` to the element at `place`; bytes are copied where there is no array of the type. */
function adder(dtype: FileDtype, to: Uint8Array, values: Uint8Array): (place: number, from: number) => void {
  const sums = toArray({ dtype, shape: [], bytes: to }) as Float32Array | undefined;
  const source = toArray({ dtype, shape: [], bytes: values }) as Float32Array | undefined;
  if (sums && source && sums.buffer === to.buffer) {
    return (place, from) => {
      sums[place] = (sums[place] as number) + (source[from] as number);
    };
  }
  const width = bytesPerElement(dtype);
  return (place, from) => {
    to.set(values.subarray(from * width, (from + 1) * width), place * width);
  };
}

/** Row-major places of the values of a tensor by coordinates: `[axes, n]`, the other axes dense. */
function* ofCoordinates({ shape, values }: PthSparse, indices: Float64Array | undefined): Generator<number> {
  const [n = 0, ...dense] = values.shape;
  const axes = shape.length - dense.length;
  const inner = elementsOf(dense);
  for (let i = 0; i < n; i++) {
    let place = 0;
    for (let axis = 0; axis < axes; axis++) {
      const [index = NaN, size = 0] = [indices?.[axis * n + i], shape[axis]];
      place = index >= 0 && index < size ? place * size + index : NaN;
    }
    for (let j = 0; j < inner; j++) yield place * inner + j;
  }
}

/** The same of rows (columns) packed one after the other; of blocks for `bsr` and `bsc`. */
function* ofCompressed(
  { layout, shape, values }: PthSparse,
  [starts = new Float64Array(), others = new Float64Array()]: readonly Float64Array[],
): Generator<number> {
  const [rows = 0, columns = 0] = shape;
  if (shape.length !== 2)
    throw new RangeError(`Cannot read sparse tensor: expected two axes, got ${shape.length}`);
  const byRow = layout.endsWith('r');
  const [high = 1, wide = 1] = layout.startsWith('b') ? values.shape.slice(1) : [1, 1];
  for (let line = 0; line + 1 < starts.length; line++) {
    const end = Math.min(starts[line + 1] ?? 0, others.length);
    for (let i = starts[line] ?? 0; i < end; i++) {
      const [row, column] = byRow ? [line, others[i] ?? NaN] : [others[i] ?? NaN, line];
      for (let y = row * high; y < (row + 1) * high; y++) {
        for (let x = column * wide; x < (column + 1) * wide; x++) {
          yield y < rows && x < columns ? y * columns + x : NaN;
        }
      }
    }
  }
}
