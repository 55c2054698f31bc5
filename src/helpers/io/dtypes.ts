/**
 * Number types of files and how their bytes become tensors and back. TensorFlow.js computes with float32, int32, bool
 * and complex64: every float becomes float32, every integer int32 (refused where a value does not fit).
 * All bytes are little-endian, in the files as in the machines Node runs on.
 */
import { castBytes } from '../../engine/ops/bytes';
import * as tf from '../../engine/tf';
import { elementsOf } from './claims';
import { decodeBrain, decodeByteFloats, decodeHalf, decodeScales, encodeBrain, encodeHalf } from './floats';

/** Names of number types as safetensors spells them; C32 and C128 occur in `.pth` files alone. */
export type FileDtype =
  | ('F64' | 'F32' | 'F16' | 'BF16' | 'F8_E4M3' | 'F8_E5M2' | 'F8_E4M3FNUZ' | 'F8_E5M2FNUZ' | 'F8_E8M0')
  | ('I64' | 'I32' | 'I16' | 'I8' | 'U64' | 'U32' | 'U16' | 'U8' | 'BOOL' | 'C128' | 'C64' | 'C32')
  | ('F4' | 'F6_E2M3' | 'F6_E3M2');

/** A tensor as it lies in a file: row-major bytes. */
export interface RawTensor {
  readonly dtype: FileDtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

type Values = Float32Array | Int32Array | Uint8Array;

interface DtypeInfo {
  /** Bytes of one number; several may share one byte. */
  readonly bytes: number;
  readonly tensor: 'float32' | 'int32' | 'bool' | 'complex64';
  /** Numbers, of complex ones the real and the imaginary part in turn; without it the bytes are all there is. */
  readonly decode?: (bytes: Uint8Array) => Values;
}

const DTYPES: Readonly<Record<FileDtype, DtypeInfo>> = {
  F64: { bytes: 8, tensor: 'float32', decode: (b) => Float32Array.from(view(Float64Array, b)) },
  F32: { bytes: 4, tensor: 'float32', decode: (b) => view(Float32Array, b) },
  F8_E4M3: { bytes: 1, tensor: 'float32', decode: (b) => decodeByteFloats(b, 'F8_E4M3') },
  F8_E5M2: { bytes: 1, tensor: 'float32', decode: (b) => decodeByteFloats(b, 'F8_E5M2') },
  F8_E4M3FNUZ: { bytes: 1, tensor: 'float32', decode: (b) => decodeByteFloats(b, 'F8_E4M3FNUZ') },
  F8_E5M2FNUZ: { bytes: 1, tensor: 'float32', decode: (b) => decodeByteFloats(b, 'F8_E5M2FNUZ') },
  F8_E8M0: { bytes: 1, tensor: 'float32', decode: decodeScales },
  F6_E2M3: { bytes: 0.75, tensor: 'float32' },
  F6_E3M2: { bytes: 0.75, tensor: 'float32' },
  F4: { bytes: 0.5, tensor: 'float32' },
  C128: { bytes: 16, tensor: 'complex64', decode: (b) => Float32Array.from(view(Float64Array, b)) },
  C64: { bytes: 8, tensor: 'complex64', decode: (b) => view(Float32Array, b) },
  C32: { bytes: 4, tensor: 'complex64', decode: (b) => decodeHalf(view(Uint16Array, b)) },
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

/** Names of all number types that a file may hold. */
export const FILE_DTYPES = Object.keys(DTYPES) as FileDtype[];

/** Bytes of one number of this type in a file; a half where two share one. */
export function bytesPerElement(dtype: FileDtype): number {
  return DTYPES[dtype].bytes;
}

/** Types that TensorFlow itself turns into float32, by its own names. */
const CAST = { F64: 'float64', F16: 'float16', BF16: 'bfloat16' } as const;

/**
 * Makes a tensor of a file's bytes.
 * @throws RangeError if an integer does not fit into int32, TypeError for types that only have bytes here
 */
export function toTensor({ dtype, shape, bytes }: RawTensor): tf.Tensor {
  const { decode, tensor } = DTYPES[dtype];
  if (!decode) {
    throw new TypeError(
      `Cannot make tensor: expected numbers of 8 bits at least, got ${dtype}; \`raw\` has its bytes`,
    );
  }
  const cast = Object.hasOwn(CAST, dtype) && castBytes(bytes, CAST[dtype as keyof typeof CAST], [...shape]);
  if (cast) return cast;
  const values = decode(bytes);
  if (tensor !== 'complex64') return tf.tensor(values, [...shape], tensor);
  return tf.tidy(() => {
    const parts = tf.tensor(values, [...shape, 2]);
    const [real, imaginary] = tf.unstack(parts, shape.length) as [tf.Tensor, tf.Tensor];
    return tf.complex(real, imaginary);
  });
}

/** Float types a tensor can be stored as. */
export type FloatDtype = 'F64' | 'F32' | 'F16' | 'BF16';

/** The type a tensor is written as: floats as `floats`, int32 as I32, bool as BOOL, complex64 as C64. */
export function writtenAs(dtype: tf.DataType, floats: FloatDtype = 'F32'): FileDtype | undefined {
  const names: Partial<Record<tf.DataType, FileDtype>> = {
    float32: floats,
    int32: 'I32',
    bool: 'BOOL',
    complex64: 'C64',
  };
  return names[dtype];
}

/**
 * The bytes to write for a tensor, of the type that `writtenAs` says.
 * @throws TypeError for strings
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
    case 'complex64':
      return { dtype: 'C64', shape, bytes: bytesOf(Float32Array.from(values)) };
    default:
      throw new TypeError(`Cannot write tensor: expected numbers, got ${tensor.dtype}`);
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
  return Math.ceil(elementsOf(shape) * bytesPerElement(dtype));
}

function encodeFloats(values: Float32Array, dtype: FloatDtype): Uint8Array {
  if (dtype === 'F64') return bytesOf(Float64Array.from(values));
  if (dtype === 'F16') return bytesOf(encodeHalf(values));
  if (dtype === 'BF16') return bytesOf(encodeBrain(values));
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
  const result = new Int32Array(values.length);
  for (let i = 0; i < result.length; i++) {
    const value = Number(values[i]);
    if (value > INT32_MAX || value < -INT32_MAX - 1) {
      throw new RangeError(
        `Cannot make tensor: expected integers that fit into int32, got ${values[i]}; \`raw\` has its bytes`,
      );
    }
    result[i] = value;
  }
  return result;
}
