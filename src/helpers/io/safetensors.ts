/**
 * The safetensors format (https://github.com/huggingface/safetensors): eight bytes with the header's length, a JSON
 * header with each tensor's type, shape and place, then the tensors' bytes without gaps. Files are treated as hostile.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';

import * as tf from '../../engine/tf';
import { readAt, writeAtomically } from '../files/file';
import { excerpt, isRecord, isShape, malformed } from './claims';
import {
  byteLength,
  bytesPerElement,
  FILE_DTYPES,
  FileDtype,
  FloatDtype,
  fromTensor,
  isFileDtype,
  RawTensor,
  toTensor,
  writtenAs,
} from './dtypes';

/** Free text stored beside the tensors. */
export type Metadata = Readonly<Record<string, string>>;

/** Where a tensor lies in a file and what it is. */
export interface Entry {
  readonly dtype: FileDtype;
  readonly shape: readonly number[];
  /** First byte and the byte after the last, counted from the start of the file. */
  readonly begin: number;
  readonly end: number;
}

const KIND = 'safetensors';
const LENGTH_BYTES = 8;
// Room for some 80,000 tensors; what JSON.parse makes of a hostile header stays below 100 MB.
const MAX_HEADER_BYTES = 8 * 1024 * 1024;

/** A file held open, its tensors read one by one when asked for. Close it, or declare it with `using`. */
export class SafetensorsFile {
  readonly metadata: Metadata;
  /** What the file holds, in the order of the header. */
  readonly entries: ReadonlyMap<string, Entry>;
  private file: number | undefined;

  /** @throws SyntaxError if the file is not well-formed, or an error of `node:fs` */
  constructor(readonly path: string) {
    this.file = openSync(path, 'r');
    try {
      const { metadata, entries } = parseHeader(this.file, path);
      this.metadata = metadata;
      this.entries = entries;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Bytes of one tensor as they lie in the file.
   * @throws RangeError if no tensor has this name, Error once the file is closed
   */
  raw(name: string): RawTensor {
    const entry = this.entries.get(name);
    if (!entry) {
      throw new RangeError(`Cannot read "${name}" from "${this.path}": expected one of its ${this.names()}`);
    }
    if (this.file === undefined) {
      throw new Error(`Cannot read "${name}" from "${this.path}": expected an open file, got a closed one`);
    }
    const bytes = readAt(this.file, entry.begin, entry.end - entry.begin);
    if (bytes.length < entry.end - entry.begin) {
      malformed(KIND, this.path, `${entry.end} bytes`, 'a file that became shorter');
    }
    return { dtype: entry.dtype, shape: entry.shape, bytes };
  }

  /** One tensor; the caller disposes it. */
  tensor(name: string): tf.Tensor {
    return toTensor(this.raw(name));
  }

  /** Closes the file; what was read stays. */
  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  /** `using` closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  private names(): string {
    return `${this.entries.size} tensors: ${excerpt([...this.entries.keys()].join(', '))}`;
  }
}

/**
 * Reads all tensors of a file; the caller disposes them.
 * @example
 * const { tensors, metadata } = readSafetensors('model.safetensors');
 * @throws SyntaxError if the file is not well-formed, RangeError if an integer does not fit into int32
 */
export function readSafetensors(path: string): { tensors: Map<string, tf.Tensor>; metadata: Metadata } {
  const file = new SafetensorsFile(path);
  const tensors = new Map<string, tf.Tensor>();
  try {
    for (const name of file.entries.keys()) tensors.set(name, file.tensor(name));
    return { tensors, metadata: file.metadata };
  } catch (error) {
    tf.dispose([...tensors.values()]);
    throw error;
  } finally {
    file.close();
  }
}

/**
 * Writes tensors by name, atomically. Nothing is transposed: `saveStateDict` writes a model's state for PyTorch.
 * @param options.floats the type floats are stored as
 */
export function saveSafetensors(
  tensors: ReadonlyMap<string, tf.Tensor>,
  path: string,
  metadata: Metadata = {},
  { floats = 'F32' }: { readonly floats?: FloatDtype } = {},
): void {
  const lazy = [...tensors].map(([name, tensor]): RawSource => {
    const dtype = writtenAs(tensor.dtype, floats);
    if (!dtype) throw new TypeError(`Cannot write "${name}": expected numbers, got ${tensor.dtype}`);
    return { name, dtype, shape: tensor.shape, bytes: () => fromTensor(tensor, floats).bytes };
  });
  writeSafetensors(lazy, path, metadata);
}

/** A tensor to be written, its bytes made when their turn comes, so that one tensor at a time is in memory. */
export interface RawSource {
  readonly name: string;
  readonly dtype: FileDtype;
  readonly shape: readonly number[];
  bytes(): Uint8Array;
}

/**
 * Writes raw tensors. The new file is opened before it takes the old one's place.
 * @param check what else has to hold of the new file; throws to keep the old one
 * @throws RangeError for a name twice, the reserved name `__metadata__`, or a header too long to be read again
 */
export function writeSafetensors(
  sources: readonly RawSource[],
  path: string,
  metadata: Metadata = {},
  check?: (file: SafetensorsFile) => void,
): void {
  // Wide types first: then each tensor starts at an address that suits its type, as the reference writer has it.
  const ordered = [...sources].sort(
    (a, b) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype) || (a.name < b.name ? -1 : 1),
  );
  const header = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) header.set('__metadata__', metadata);
  let offset = 0;
  for (const { name, dtype, shape } of ordered) {
    if (name === '__metadata__' || header.has(name)) {
      throw new RangeError(
        `Cannot write "${path}": expected tensor names once and not reserved, got "${name}"`,
      );
    }
    const end = offset + byteLength(dtype, shape);
    header.set(name, { dtype, shape, data_offsets: [offset, end] });
    offset = end;
  }
  const head = encodeHeader(Object.fromEntries(header), path);
  writeAtomically(path, chunks(head, ordered), (temporary) => readBack(temporary, path, check));
}

function readBack(temporary: string, path: string, check?: (file: SafetensorsFile) => void): void {
  let file: SafetensorsFile | undefined;
  try {
    file = new SafetensorsFile(temporary);
    check?.(file);
  } catch (cause) {
    const found = (cause as Error).message;
    throw new Error(`Cannot write "${path}": expected to read back what was written, got "${found}"`, {
      cause,
    });
  }
}

function encodeHeader(header: Record<string, unknown>, path: string): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const padding = (LENGTH_BYTES - (text.length % LENGTH_BYTES)) % LENGTH_BYTES;
  if (text.length + padding > MAX_HEADER_BYTES) {
    throw new RangeError(
      `Cannot write "${path}": expected names, shapes and metadata in ${MAX_HEADER_BYTES} bytes at most, ` +
        `got ${text.length}; long values belong into tensors`,
    );
  }
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(text.length + padding));
  return Buffer.concat([length, text, Buffer.alloc(padding, ' ')]);
}

function* chunks(head: Buffer, sources: readonly RawSource[]): Generator<Uint8Array> {
  yield head;
  for (const source of sources) yield source.bytes();
}

function parseHeader(file: number, path: string): { metadata: Metadata; entries: Map<string, Entry> } {
  const { size } = fstatSync(file);
  if (size < LENGTH_BYTES) malformed(KIND, path, `at least ${LENGTH_BYTES} bytes`, String(size));
  const length = Number(Buffer.from(readAt(file, 0, LENGTH_BYTES)).readBigUInt64LE());
  const most = Math.min(size - LENGTH_BYTES, MAX_HEADER_BYTES);
  if (length > most) malformed(KIND, path, `a header of at most ${most} bytes`, `one that claims ${length}`);
  const header = parseJson(readAt(file, LENGTH_BYTES, length), path);
  const start = LENGTH_BYTES + length;
  const { __metadata__: metadata = {}, ...tensors } = header;
  if (!isMetadata(metadata)) malformed(KIND, path, 'metadata of names and texts', excerpt(metadata));
  const entries = new Map(
    Object.entries(tensors).map(([name, value]) => [name, parseEntry(path, name, value, start)]),
  );
  checkPlaces(path, entries, start, size);
  return { metadata, entries };
}

function parseJson(bytes: Uint8Array, path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    malformed(KIND, path, 'a header in JSON', excerpt((error as Error).message));
  }
  if (!isRecord(value)) malformed(KIND, path, 'a JSON object as header', excerpt(value));
  return value;
}

function isMetadata(value: unknown): value is Metadata {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function parseEntry(path: string, name: string, value: unknown, start: number): Entry {
  const what = `tensor ${excerpt(name)}`;
  if (!isRecord(value)) malformed(KIND, path, `${what} described by an object`, excerpt(value));
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isFileDtype(dtype)) malformed(KIND, path, `${what} of type ${FILE_DTYPES.join(', ')}`, excerpt(dtype));
  if (!isShape(shape)) malformed(KIND, path, `${what} with whole sizes as shape`, excerpt(shape));
  if (!isShape(offsets) || offsets.length !== 2) {
    malformed(KIND, path, `${what} with two offsets`, excerpt(offsets));
  }
  const [begin = 0, end = 0] = offsets;
  const bytes = byteLength(dtype, shape);
  if (end - begin !== bytes) {
    malformed(KIND, path, `${what} in ${bytes} bytes`, `offsets ${begin} to ${end}`);
  }
  return { dtype, shape, begin: start + begin, end: start + end };
}

/** Tensors lie side by side from the header to the end of the file: nothing overlaps, nothing is left over. */
function checkPlaces(path: string, entries: ReadonlyMap<string, Entry>, start: number, size: number): void {
  let place = start;
  for (const [name, { begin, end }] of [...entries].sort(
    ([, a], [, b]) => a.begin - b.begin || a.end - b.end,
  )) {
    if (begin !== place) {
      malformed(KIND, path, `tensor ${excerpt(name)} at byte ${place}`, `byte ${begin} (gap or overlap)`);
    }
    place = end;
  }
  if (place !== size) malformed(KIND, path, `${place} bytes in all`, String(size));
}
