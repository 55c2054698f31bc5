/**
 * IDX, the file format of MNIST: two zero bytes, one byte for the number type, one for the number of axes,
 * then each axis' length and the values, all big-endian. `.gz` files are unpacked on the fly.
 * Files are treated as hostile: nothing is allocated before the header has been checked against a limit.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';

/** An array of unsigned bytes, as an IDX file holds it. */
export interface IdxArray {
  /** Lengths of the axes, outermost first. */
  readonly shape: readonly number[];
  /** All values in row-major order. */
  readonly values: Uint8Array;
}

/** What a file has to keep to, so that a broken header cannot ask for any amount of memory. */
export interface IdxLimits {
  /** Number of axes the file must have. */
  readonly rank: number;
  /** Most values accepted; 60,000 images of 28 × 28 are 47,040,000. */
  readonly maxValues?: number;
}

const UNSIGNED_BYTE = 0x08;
const DEFAULT_MAX_VALUES = 1 << 30;

const fail = (name: string, expected: string, actual: string): never => {
  throw new SyntaxError(`Cannot read IDX file "${name}": expected ${expected}, got ${actual}`);
};

/** Bytes of the header of an array with `rank` axes. */
const headerBytes = (rank: number): number => 4 + 4 * rank;

/** Checks the header and returns the shape it states. */
function parseHeader(bytes: Uint8Array, name: string, { rank, maxValues = DEFAULT_MAX_VALUES }: IdxLimits) {
  const length = headerBytes(rank);
  if (bytes.length < length) fail(name, `at least ${length} bytes of header`, `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = (UNSIGNED_BYTE << 8) | rank;
  if (view.getUint32(0) !== magic) {
    fail(name, `magic number ${hex(magic)} (unsigned bytes, ${rank} axes)`, hex(view.getUint32(0)));
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, size) => product * size, 1);
  if (count > maxValues) fail(name, `at most ${maxValues} values`, `${shape.join(' × ')} = ${count}`);
  return { shape, count };
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

/**
 * Reads an IDX array of unsigned bytes from memory.
 *
 * @throws SyntaxError if the magic number, the shape or the length is not what `limits` and the header say
 */
export function parseIdx(bytes: Uint8Array, limits: IdxLimits, name = 'memory'): IdxArray {
  const { shape, count } = parseHeader(bytes, name, limits);
  const start = headerBytes(limits.rank);
  if (bytes.length !== start + count) {
    fail(name, `${start + count} bytes for shape [${shape.join(', ')}]`, `${bytes.length}`);
  }
  return { shape, values: new Uint8Array(bytes.buffer, bytes.byteOffset + start, count) };
}

/** The first `length` bytes of a file, fewer if it is shorter. */
function readHead(path: string, length: number): { head: Buffer; size: number } {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(length);
    const read = readSync(file, head, 0, length, 0);
    return { head: head.subarray(0, read), size: fstatSync(file).size };
  } finally {
    closeSync(file);
  }
}

/** Unpacks gzip data, giving up as soon as more than `maxBytes` come out. */
function unpack(packed: Uint8Array, name: string, maxBytes: number, finishFlush?: number): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: maxBytes, finishFlush });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      return fail(name, `at most ${maxBytes} bytes for the shape in its header`, 'more after unpacking');
    }
    return fail(name, 'gzip data', message);
  }
}

/** Reads the header out of the first kilobytes of a gzip file, so that a bomb is refused before it unpacks. */
function unpackHeader(path: string, name: string, limits: IdxLimits): { shape: number[]; count: number } {
  // Half a kilobyte of deflate expands to half a megabyte at the very most.
  const { head } = readHead(path, 512);
  return parseHeader(unpack(head, name, 1 << 20, constants.Z_SYNC_FLUSH), name, limits);
}

/**
 * Reads an IDX file of unsigned bytes, packed (`.gz`) or not.
 *
 * @throws SyntaxError if the file is not what its header and `limits` say, or an error of `node:fs`
 */
export function readIdx(path: string, limits: IdxLimits): IdxArray {
  const name = basename(path);
  if (path.endsWith('.gz')) {
    const { count } = unpackHeader(path, name, limits);
    const bytes = headerBytes(limits.rank) + count;
    return parseIdx(unpack(readFileSync(path), name, bytes), limits, name);
  }
  const { head, size } = readHead(path, headerBytes(limits.rank));
  const { count } = parseHeader(head, name, limits);
  const bytes = headerBytes(limits.rank) + count;
  if (size !== bytes) fail(name, `${bytes} bytes`, `${size}`);
  return parseIdx(readFileSync(path), limits, name);
}

/**
 * Writes an array of unsigned bytes in IDX form.
 * @throws RangeError unless there are as many values as the shape says
 */
export function encodeIdx(shape: readonly number[], values: Uint8Array): Buffer {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== values.length) {
    throw new RangeError(
      `Cannot write IDX: expected ${count} values for shape [${shape.join(', ')}], got ${values.length}`,
    );
  }
  const start = headerBytes(shape.length);
  const bytes = Buffer.alloc(start + count);
  bytes.writeUInt32BE((UNSIGNED_BYTE << 8) | shape.length, 0);
  shape.forEach((size, axis) => bytes.writeUInt32BE(size, 4 + 4 * axis));
  bytes.set(values, start);
  return bytes;
}
