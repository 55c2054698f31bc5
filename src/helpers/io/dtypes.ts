/**
 * Number types of files and how their bytes become tensors and back. TensorFlow.js computes with float32, int32 and
 * bool: every float becomes float32, every integer int32 (refused where a value does not fit).
 * All bytes are little-endian, in the files as in the machines Node runs on.
 */
import * as tf from '../../engine/tf';
import { elementsOf } from './claims';

/** Names of number types as safetensors spells them. */
export type FileDtype =
  'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U64' | 'U32' | 'U16' | 'U8' | 'BOOL';

/** A tensor as it lies in a file: row-major bytes. */
export interface RawTensor {
  readonly dtype: FileDtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

type Values = Float32Array | Int32Array | Uint8Array;

interface DtypeInfo {
  readonly bytes: number;
  readonly tensor: 'float32' | 'int32' | 'bool';
  decode(bytes: Uint8Array): Values;
}

const DTYPES: Readonly<Record<FileDtype, DtypeInfo>> = {
  F64: { bytes: 8, tensor: 'float32', decode: (b) => Float32Array.from(view(Float64Array, b)) },
  F32: { bytes: 4, tensor: 'float32', decode: (b) => view(Float32Array, b) },
  F16: { bytes: 2, tensor: 'float32', decode: (b) => decodeHalf(view(Uint16Array, b)) },
  BF16: { bytes: 2, tensor: 'float32', decode: (b) => decodeBrain(view(Uint16Array, b)) },
  I64: { bytes: 8, tensor: 'int32', decode: (b) => narrowed(view(BigInt64Array, b)) },
  I32: { bytes: 4, tensor: 'int32', decode: (b) => view(Int32Array, b) },
  I16: { bytes: 2, tensor: 'int32', decode: (b) => Int32Array.from(view(Int16Array, b)) },
  I8: { bytes: 1, tensor: 'int32', decode: (b) => Int32Array.from(view(Int8Array, b)) },
  U64: { bytes: 8, tensor: 'int32', decode: (b) => narrowed(view(BigUint64Array, b)) },
  U32: { bytes: 4, tensor: 'int32', decode: (b) => narrowed(view(Uint32Array, b)) },
  U16: { bytes: 2, tensor: 'int32', decode: (b) => Int32Array.from(view(Uint16Array, b)) },
  U8: { bytes: 1, tensor: 'int32', decode: (b) => Int32Array.from(b) },
  BOOL: { bytes: 1, tensor: 'bool', decode: (b) => b.map((value) => (value === 0 ? 0 : 1)) },
};

/** Whether it is one of safetensors' names of number types that can be read here. */
export function isFileDtype(name: unknown): name is FileDtype {
  return typeof name === 'string' && Object.hasOwn(DTYPES, name);
}

/** Names of all number types that can be read. */
export const FILE_DTYPES = Object.keys(DTYPES) as FileDtype[];

/** Bytes of one number of this type in a file. */
export function bytesPerElement(dtype: FileDtype): number {
  return DTYPES[dtype].bytes;
}

/**
 * Makes a tensor of a file's bytes.
 * @throws RangeError if an integer does not fit into int32
 */
export function toTensor({ dtype, shape, bytes }: RawTensor): tf.Tensor {
  const info = DTYPES[dtype];
  return tf.tensor(info.decode(bytes), [...shape], info.tensor);
}

/** Float types a tensor can be stored as. */
export type FloatDtype = 'F64' | 'F32' | 'F16' | 'BF16';

/**
 * The bytes to write for a tensor: floats as `floats`, int32 as I32, bool as BOOL.
 * @throws TypeError for strings and complex numbers
 */
export function fromTensor(tensor: tf.Tensor, floats: FloatDtype = 'F32'): RawTensor {
  const values = tensor.dataSync();
  const { shape } = tensor;
  switch (tensor.dtype) {
    case 'float32':
      return { dtype: floats, shape, bytes: encodeFloats(Float32Array.from(values), floats) };
    case 'int32':
      return { dtype: 'I32', shape, bytes: bytesOf(Int32Array.from(values)) };
    case 'bool':
      return { dtype: 'BOOL', shape, bytes: Uint8Array.from(values) };
    default:
      throw new TypeError(`Cannot write tensor: expected float32, int32 or bool, got ${tensor.dtype}`);
  }
}

/** The same integers as 64-bit ones, PyTorch's default. */
export function asInt64({ shape, bytes }: RawTensor): RawTensor {
  const wide = BigInt64Array.from(view(Int32Array, bytes), BigInt);
  return { dtype: 'I64', shape, bytes: bytesOf(wide) };
}

/** JavaScript's arrays of numbers by the type they have in a file. */
const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U64: BigUint64Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
} as const;

/** A JavaScript array of numbers that a file can hold as it is. */
export type NumberArray = InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]>;

/** The type under which a file holds an array; undefined for what is none. */
export function arrayDtype(value: unknown): keyof typeof ARRAYS | undefined {
  const dtypes = Object.keys(ARRAYS) as (keyof typeof ARRAYS)[];
  return ArrayBuffer.isView(value) ? dtypes.find((dtype) => value instanceof ARRAYS[dtype]) : undefined;
}

/** The array that a file holds, every number as it was; undefined for types that JavaScript has no array of. */
export function toArray({ dtype, bytes }: RawTensor): NumberArray | undefined {
  const type = Object.hasOwn(ARRAYS, dtype) ? ARRAYS[dtype as keyof typeof ARRAYS] : undefined;
  return type && view<NumberArray>(type, bytes);
}

/** Bytes a tensor of this type and shape takes. */
export function byteLength(dtype: FileDtype, shape: readonly number[]): number {
  return elementsOf(shape) * bytesPerElement(dtype);
}

function encodeFloats(values: Float32Array, dtype: FloatDtype): Uint8Array {
  if (dtype === 'F64') return bytesOf(Float64Array.from(values));
  if (dtype === 'F16') return bytesOf(Uint16Array.from(values, toHalf));
  if (dtype === 'BF16') return bytesOf(Uint16Array.from(new Uint32Array(values.buffer), toBrain));
  return bytesOf(values);
}

interface ViewClass<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/** Looks at bytes as numbers, in place where their address allows it. */
function view<T>(type: ViewClass<T>, bytes: Uint8Array): T {
  const aligned = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0 ? bytes : Uint8Array.from(bytes);
  return new type(aligned.buffer, aligned.byteOffset, aligned.byteLength / type.BYTES_PER_ELEMENT);
}

/** The bytes of an array, in place. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

const INT32_MAX = 2 ** 31 - 1;

function narrowed(values: BigInt64Array | BigUint64Array | Uint32Array): Int32Array {
  return Int32Array.from({ length: values.length }, (_, i) => {
    const value = Number(values[i]);
    if (value <= INT32_MAX && value >= -INT32_MAX - 1) return value;
    throw new RangeError(`Cannot make tensor: expected integers that fit into int32, got ${values[i]}`);
  });
}

/** IEEE half precision to single: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits. */
function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

let halves: Float32Array | undefined;

function decodeHalf(values: Uint16Array): Float32Array {
  const table = (halves ??= Float32Array.from({ length: 1 << 16 }, (_, half) => fromHalf(half)));
  return Float32Array.from(values, (half) => table[half] ?? NaN);
}

/** Single precision to half, ties to even. */
export function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00; // nearer to 2¹⁶ than to the largest half, 65504
  // Below 2⁻¹⁴ halves are evenly spaced by 2⁻²⁴; above, by 2⁻¹⁰ of the power of two below the number.
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const steps = roundHalfEven(size * 2 ** (10 - exponent));
  return sign | (steps + ((exponent + 14) << 10));
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** bfloat16 is the upper half of a float32. */
function decodeBrain(values: Uint16Array): Float32Array {
  const bits = Uint32Array.from(values, (upper) => upper << 16);
  return new Float32Array(bits.buffer);
}

/** Bits of a float32 to those of the nearest bfloat16, ties to even. */
function toBrain(bits: number): number {
  const isNaN = (bits & 0x7fffffff) > 0x7f800000;
  if (isNaN) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
