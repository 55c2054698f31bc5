/** Floats of fewer than 32 bits, to single precision and back, number by number. Written as loops: they run over millions. */

/** IEEE half precision to single: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits. */
function fromHalf(half: number): number {
  return small(half, { exponentBits: 5, fractionBits: 10, bias: 15 });
}

interface Format {
  readonly exponentBits: number;
  readonly fractionBits: number;
  readonly bias: number;
  /** Which patterns are no numbers: IEEE's largest exponent, all bits alone, or what would be −0. */
  readonly nan?: 'ieee' | 'ones' | 'minus zero';
}

/** The value of a pattern of bits: sign, exponent, fraction. */
function small(bits: number, { exponentBits, fractionBits, bias, nan = 'ieee' }: Format): number {
  const sign = (bits >> (exponentBits + fractionBits)) & 1 ? -1 : 1;
  const exponent = (bits >> fractionBits) & ((1 << exponentBits) - 1);
  const fraction = bits & ((1 << fractionBits) - 1);
  const top = exponent === (1 << exponentBits) - 1;
  if (nan === 'minus zero' && sign === -1 && exponent === 0 && fraction === 0) return NaN;
  if (nan === 'ones' && top && fraction === (1 << fractionBits) - 1) return NaN;
  if (nan === 'ieee' && top) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias - fractionBits);
  return sign * (2 ** fractionBits + fraction) * 2 ** (exponent - bias - fractionBits);
}

const tableOf = (size: number, value: (bits: number) => number): Float32Array =>
  Float32Array.from({ length: size }, (_, bits) => value(bits));

const BYTE_FORMATS = {
  F8_E4M3: { exponentBits: 4, fractionBits: 3, bias: 7, nan: 'ones' },
  F8_E5M2: { exponentBits: 5, fractionBits: 2, bias: 15 },
  F8_E4M3FNUZ: { exponentBits: 4, fractionBits: 3, bias: 8, nan: 'minus zero' },
  F8_E5M2FNUZ: { exponentBits: 5, fractionBits: 2, bias: 16, nan: 'minus zero' },
} as const satisfies Record<string, Format>;

const tables = new Map<string, Float32Array>();

function table(name: string, size: number, value: (bits: number) => number): Float32Array {
  const known = tables.get(name) ?? tableOf(size, value);
  tables.set(name, known);
  return known;
}

function lookedUp(numbers: Uint8Array | Uint16Array, values: Float32Array): Float32Array {
  const result = new Float32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) result[i] = values[numbers[i] ?? 0] ?? NaN;
  return result;
}

/** Numbers of eight bits in one of the formats of the Open Compute Project and its relatives without −0. */
export const decodeByteFloats = (bytes: Uint8Array, format: keyof typeof BYTE_FORMATS): Float32Array =>
  lookedUp(
    bytes,
    table(format, 256, (bits) => small(bits, BYTE_FORMATS[format])),
  );

/** Powers of two: eight bits of exponent alone, 255 is no number. */
export const decodeScales = (bytes: Uint8Array): Float32Array =>
  lookedUp(
    bytes,
    table('scales', 256, (bits) => (bits === 255 ? NaN : 2 ** (bits - 127))),
  );

/** Half precision to single. */
export const decodeHalf = (values: Uint16Array): Float32Array =>
  lookedUp(values, table('half', 1 << 16, fromHalf));

/** bfloat16 is the upper half of a float32. */
export function decodeBrain(values: Uint16Array): Float32Array {
  const bits = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) bits[i] = (values[i] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** Single precision to half, ties to even. */
export function toHalf(value: number): number {
  single[0] = value;
  return halfOfBits(singleBits[0] ?? 0);
}

/** The same of a float32's bits: what is cut off decides whether the rest is counted up. */
function halfOfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return 0x7e00; // not a number
  if (size >= 0x477ff000) return sign | 0x7c00; // nearer to 2¹⁶ than to the largest half, 65504
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  // Below 2⁻¹⁴ halves are evenly spaced by 2⁻²⁴.
  const exponent = size >>> 23;
  if (exponent < 102) return sign; // below half of the smallest
  const fraction = (size & 0x7fffff) | 0x800000;
  const cut = 126 - exponent;
  const half = 1 << (cut - 1);
  return sign | ((fraction + half - 1 + ((fraction >>> cut) & 1)) >>> cut);
}

/** Single precision to half, ties to even. */
export function encodeHalf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const result = new Uint16Array(values.length);
  for (let i = 0; i < result.length; i++) result[i] = halfOfBits(bits[i] ?? 0);
  return result;
}

/** Single precision to the nearest bfloat16, ties to even. */
export function encodeBrain(values: Float32Array): Uint16Array {
  const all = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const result = new Uint16Array(values.length);
  for (let i = 0; i < result.length; i++) {
    const bits = all[i] ?? 0;
    const isNaN = (bits & 0x7fffffff) > 0x7f800000;
    result[i] = isNaN ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  }
  return result;
}
