/**
 * The two forms of `.pth` files: a zip archive (since PyTorch 1.6), and a stream of pickles before that. What they claim
 * is checked before memory is spent on it.
 */
import { readAt } from '../files/file';
import { excerpt } from './claims';
import { bytesPerElement } from './dtypes';
import { type PickleNames, unpickle } from './pickle';
import type { Storage } from './rebuild';
import { torchNames } from './torchnames';
import { ZipArchive } from './zip';

/** Where the bytes of storages come from. */
export interface Container {
  /** What was saved: Maps for dicts, arrays for lists and tuples, tensors, numbers, texts, objects. */
  readonly value: unknown;
  /** Bytes of all storages. */
  readonly bytes: number;
  /** Whether numbers lie with their first byte first. */
  readonly bigEndian: boolean;
  /** All bytes of a storage. */
  storage(key: string): Uint8Array;
}

/** Refuses the file. */
export type Fail = PickleNames['fail'];

const MAX_PICKLE_BYTES = 16 * 1024 * 1024;

/** The zip form: `data.pkl` holds the pickle, `data/0`, `data/1`, … the storages, all in one folder. */
export async function openZip(file: number, size: number, fail: Fail): Promise<Container> {
  const zip = await ZipArchive.open(file, size, fail);
  const pickle = zip.names.find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickle === undefined)
    return fail('an entry data.pkl in one folder', `entries ${excerpt(zip.names.join(', '))}`);
  const folder = pickle.slice(0, -'data.pkl'.length);
  const bigEndian = isBigEndian(zip, folder, fail);
  if ((zip.sizeOf(pickle) ?? 0) > MAX_PICKLE_BYTES)
    fail('a pickle below 16 MB', `${zip.sizeOf(pickle)} bytes`);
  const storages = new Map<string, Storage>();
  const { value } = unpickle(zip.read(pickle), 0, torchNames(fail, storages));
  for (const { key, dtype, length } of storages.values()) {
    const held = zip.sizeOf(`${folder}data/${key}`);
    if (held !== length * bytesPerElement(dtype)) {
      fail(`storage ${excerpt(key)} of ${length} × ${dtype}`, held === undefined ? 'none' : `${held} bytes`);
    }
  }
  const names = zip.names.filter((name) => name.startsWith(`${folder}data/`));
  const bytes = names.reduce((sum, name) => sum + (zip.sizeOf(name) ?? 0), 0);
  return { value, bytes, bigEndian, storage: (key) => zip.read(`${folder}data/${key}`) };
}

/** The order of bytes that the machine had which wrote the file; it is named since PyTorch 2.1. */
function isBigEndian(zip: ZipArchive, folder: string, fail: Fail): boolean {
  const length = zip.sizeOf(`${folder}byteorder`);
  if (length === undefined) return false;
  const order = length > 8 ? 'a long name' : Buffer.from(zip.read(`${folder}byteorder`)).toString('latin1');
  return (
    order === 'big' || (order !== 'little' && fail('numbers in little- or big-endian order', excerpt(order)))
  );
}

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
const LENGTH_BYTES = 8;

/** The older form: pickles of magic number, protocol, machine, value and storage keys; then the storages. */
export function openLegacy(file: number, size: number, fail: Fail): Container {
  const head = readAt(file, 0, Math.min(size, MAX_PICKLE_BYTES));
  const storages = new Map<string, Storage>();
  const names = torchNames(fail, storages);
  const magic = unpickleMagic(head, fail);
  const protocol = unpickle(head, magic, names);
  if (protocol.value !== PROTOCOL) fail(`protocol ${PROTOCOL}`, excerpt(protocol.value));
  // Tells of the machine; numbers are little-endian whatever it says.
  const machine = unpickle(head, protocol.end, names);
  const { value, end } = unpickle(head, machine.end, names);
  const keys = unpickle(head, end, names);
  const places = placesOf(file, size, keys, storages, fail);
  const bytes = [...places.values()].reduce((sum, place) => sum + place.length, 0);
  return {
    value,
    bytes,
    bigEndian: false,
    storage: (key) => {
      const place = places.get(key);
      if (!place) return fail(`storage ${excerpt(key)}`, 'none');
      const read = readAt(file, place.start, place.length);
      return read.length === place.length
        ? read
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
  return places;
}
