/**
 * `.pth` files of PyTorch, read without Python: the zip form (since 1.6) and the older stream of pickles. Files are
 * treated as hostile: nothing in them is run, and what they claim is checked before memory is spent on it.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';

import * as tf from '../../engine/tf';
import { readAt } from '../files/file';
import { elementsOf, excerpt, malformed } from './claims';
import { bytesPerElement, RawTensor, toTensor } from './dtypes';
import { PickleNames, unpickle } from './pickle';
import { PthTensor, Storage, torchNames } from './rebuild';
import { gather } from './strided';
import { StoredZip } from './zip';

/** Where the bytes of storages come from. */
interface Container {
  /** What was saved: Maps for dicts, arrays for lists and tuples, PthTensors, numbers, texts. */
  readonly value: unknown;
  /** All bytes of a storage. */
  storage(key: string): Uint8Array;
}

type Fail = PickleNames['fail'];

const MAX_PICKLE_BYTES = 16 * 1024 * 1024;
const ZIP_SIGNATURE = 0x504b0304;
const ADVICE = 'in PyTorch, torch.save(model.state_dict(), path) writes what can be read here';

/** A `.pth` file held open, its tensors read when asked for. Close it, or declare it with `using`. */
export class PthFile {
  private last?: { readonly key: string; readonly bytes: Uint8Array };

  private constructor(
    readonly path: string,
    private file: number | undefined,
    private readonly size: number,
    private readonly container: Container,
  ) {}

  /** @throws SyntaxError if the file is not well-formed or needs more than a state dict does */
  static async open(path: string): Promise<PthFile> {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const fail: Fail = (expected, actual) => malformed('.pth', path, expected, actual, ADVICE);
      const zip = isZip(readAt(file, 0, 4));
      const container = zip ? await openZip(file, size, fail) : openLegacy(file, size, fail);
      return new PthFile(path, file, size, container);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /** What was saved: Maps for dicts, arrays for lists and tuples, PthTensors, numbers, texts. */
  get value(): unknown {
    return this.container.value;
  }

  /**
   * The tensors of the state dict that was saved, by name.
   * @param key where the file holds more than the state dict: its key, such as 'state_dict'
   * @throws TypeError if there is no dict of tensors, RangeError if the tensors repeat the file's bytes too often
   */
  stateDict(key?: string): Map<string, PthTensor> {
    const root = this.value;
    const dict = key === undefined ? root : root instanceof Map ? (root.get(key) as unknown) : undefined;
    const entries = dict instanceof Map ? [...(dict as Map<unknown, unknown>)] : [];
    if (entries.length === 0 || !entries.every(isNamedTensor)) {
      const others = entries.filter((entry) => !isNamedTensor(entry)).map(([name]) => excerpt(name));
      const actual = dict instanceof Map ? `a dict with ${others.slice(0, 8).join(', ')}` : excerpt(dict);
      throw new TypeError(
        `Cannot read state dict of "${this.path}": expected tensors by name, got ${actual}; ` +
          'name the key under which the state dict lies',
      );
    }
    const tensors = new Map(entries);
    this.checkTotal([...tensors.values()]);
    return tensors;
  }

  /** A tensor's bytes in row-major order. */
  raw({ storage, offset, shape, stride, dtype }: PthTensor): RawTensor {
    const bytes = this.storage(storage);
    return { dtype, shape, bytes: gather(bytes, bytesPerElement(dtype), { offset, shape, stride }) };
  }

  /** One tensor; the caller disposes it. */
  tensor(tensor: PthTensor): tf.Tensor {
    return toTensor(this.raw(tensor));
  }

  /** Closes the file; what was read stays. */
  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
    this.last = undefined;
  }

  /** `using file = await PthFile.open(path)` closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Keeps the storage read last: tensors that share one mostly follow each other. */
  private storage({ key, dtype, start, length }: Storage): Uint8Array {
    if (this.file === undefined) {
      throw new Error(`Cannot read from "${this.path}": expected an open file, got a closed one`);
    }
    if (this.last?.key !== key) this.last = { key, bytes: this.container.storage(key) };
    const width = bytesPerElement(dtype);
    return this.last.bytes.subarray(start * width, (start + length) * width);
  }

  private checkTotal(tensors: readonly PthTensor[]): void {
    const total = tensors.reduce(
      (sum, { dtype, shape }) => sum + elementsOf(shape) * bytesPerElement(dtype),
      0,
    );
    const most = 2 * this.size + 64 * 1024 * 1024;
    if (total <= most) return;
    throw new RangeError(
      `Cannot read state dict of "${this.path}": expected at most ${most} bytes of tensors, got ${total}; ` +
        'many tensors share the same storage, read them one by one',
    );
  }
}

function isNamedTensor(entry: [unknown, unknown]): entry is [string, PthTensor] {
  return typeof entry[0] === 'string' && entry[1] instanceof PthTensor;
}

/** Whether a file begins as a `.pth` does, in its zip form or its older one. */
export function looksLikePth(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = readAt(file, 0, 4);
    const [a, b, c] = head;
    // A pickle: its protocol, then a long integer, from protocol 4 on inside a frame. As the length of a safetensors
    // header these bytes would mean more than such a header may have.
    return isZip(head) || (a === 0x80 && [2, 3, 4, 5].includes(b ?? 0) && [0x8a, 0x95].includes(c ?? 0));
  } finally {
    closeSync(file);
  }
}

function isZip(head: Uint8Array): boolean {
  return head.length === 4 && Buffer.from(head).readUInt32BE() === ZIP_SIGNATURE;
}

/** The zip form: `data.pkl` holds the pickle, `data/0`, `data/1`, … the storages, all in one folder. */
async function openZip(file: number, size: number, fail: Fail): Promise<Container> {
  const zip = await StoredZip.open(file, size, fail);
  const pickle = zip.names.find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickle === undefined)
    return fail('an entry data.pkl in one folder', `entries ${excerpt(zip.names.join(', '))}`);
  const folder = pickle.slice(0, -'data.pkl'.length);
  if (zip.sizeOf(`${folder}byteorder`) !== undefined) {
    const order = Buffer.from(zip.read(`${folder}byteorder`)).toString('latin1');
    if (order !== 'little') fail('numbers in little-endian order', excerpt(order));
  }
  if ((zip.sizeOf(pickle) ?? 0) > MAX_PICKLE_BYTES)
    fail('a pickle below 16 MB', `${zip.sizeOf(pickle)} bytes`);
  const storages = new Map<string, Storage>();
  const { value } = unpickle(zip.read(pickle), 0, torchNames(fail, storages));
  for (const { key, dtype, length } of storages.values()) {
    const bytes = zip.sizeOf(`${folder}data/${key}`);
    if (bytes !== length * bytesPerElement(dtype)) {
      fail(
        `storage ${excerpt(key)} of ${length} × ${dtype}`,
        bytes === undefined ? 'none' : `${bytes} bytes`,
      );
    }
  }
  return { value, storage: (key) => zip.read(`${folder}data/${key}`) };
}

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
const LENGTH_BYTES = 8;

/** The older form: pickles of magic number, protocol, machine, value and storage keys; then the storages. */
function openLegacy(file: number, size: number, fail: Fail): Container {
  const head = readAt(file, 0, Math.min(size, MAX_PICKLE_BYTES));
  const storages = new Map<string, Storage>();
  const names = torchNames(fail, storages);
  const magic = unpickleMagic(head, fail);
  const protocol = unpickle(head, magic, names);
  if (protocol.value !== PROTOCOL) fail(`protocol ${PROTOCOL}`, excerpt(protocol.value));
  const machine = unpickle(head, protocol.end, names);
  if (!(machine.value instanceof Map) || machine.value.get('little_endian') !== true) {
    fail('numbers in little-endian order', 'another machine');
  }
  const { value, end } = unpickle(head, machine.end, names);
  const keys = unpickle(head, end, names);
  const places = placesOf(file, size, keys, storages, fail);
  return {
    value,
    storage: (key) => {
      const place = places.get(key);
      if (!place) return fail(`storage ${excerpt(key)}`, 'none');
      const bytes = readAt(file, place.start, place.length);
      return bytes.length === place.length
        ? bytes
        : fail(`storage ${excerpt(key)} as a whole`, 'a shorter file');
    },
  };
}

function unpickleMagic(head: Uint8Array, fail: Fail): number {
  // 0x80: every pickle PyTorch writes begins with its protocol
  if (head[0] !== 0x80) fail('a zip archive or a pickle of PyTorch', 'another kind of file');
  const { value, end } = unpickle(head, 0, torchNames(fail, new Map()));
  return value === MAGIC ? end : fail('the magic number of PyTorch', 'another pickle');
}

/** Storages lie behind the pickles in the order of their keys, each after its length. */
function placesOf(
  file: number,
  size: number,
  { value: keys, end }: { value: unknown; end: number },
  storages: ReadonlyMap<string, Storage>,
  fail: Fail,
): Map<string, { start: number; length: number }> {
  if (!Array.isArray(keys)) return fail('a list of storage keys', excerpt(keys));
  const places = new Map<string, { start: number; length: number }>();
  let position = end;
  for (const key of keys as unknown[]) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage || places.has(storage.key)) return fail('every storage once', excerpt(key));
    const prefix = Buffer.from(readAt(file, position, LENGTH_BYTES));
    const claimed = prefix.length === LENGTH_BYTES ? Number(prefix.readBigUInt64LE()) : NaN;
    if (claimed !== storage.length)
      fail(`${storage.length} elements in storage ${excerpt(key)}`, String(claimed));
    const length = claimed * bytesPerElement(storage.dtype);
    places.set(storage.key, { start: position + LENGTH_BYTES, length });
    position += LENGTH_BYTES + length;
    if (position > size) fail(`at least ${position} bytes`, String(size));
  }
  if (places.size !== storages.size) fail(`${storages.size} storages`, String(places.size));
  if (position < size) fail(`${position} bytes in all`, String(size));
  return places;
}
