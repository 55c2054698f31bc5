/** Zip archives, as PyTorch writes them: entries that are stored; packed ones too, as far as they may grow. */
import { crc32, inflateRawSync } from 'node:zlib';

import yauzl from 'yauzl';

import { readAt } from '../files/file';
import { excerpt } from './claims';

interface Place {
  readonly start: number;
  /** Bytes in the file, and of what they are when unpacked. */
  readonly packed: number;
  readonly length: number;
  readonly deflated: boolean;
  readonly crc: number;
}

/** Refuses the archive. */
type Fail = (expected: string, actual: string) => never;

const MAX_ENTRIES = 100_000;
const STORED = 0;
const DEFLATED = 8;

// What packed entries may grow to: zeros shrink to a thousandth, weights hardly.
const MAX_GROWTH = 16;
const FREE_GROWTH = 32 * 1024 * 1024;

/** The entries of an archive by name. Names are only looked up here, never used as paths. */
export class ZipArchive {
  private constructor(
    private readonly file: number,
    private readonly places: ReadonlyMap<string, Place>,
    private readonly fail: Fail,
  ) {}

  /** Reads the directory of an archive of `size` bytes; `fail` is told what is wrong with it. */
  static async open(file: number, size: number, fail: Fail): Promise<ZipArchive> {
    const places = new Map<string, Place>();
    let grown = 0;
    for (const { entry, start } of await directory(file, size, fail)) {
      const place = placeOf(entry, start, size, fail);
      if (places.has(entry.fileName)) fail('every entry once', `${excerpt(entry.fileName)} again`);
      places.set(entry.fileName, place);
      if (place.deflated) grown += place.length;
    }
    const most = MAX_GROWTH * size + FREE_GROWTH;
    if (grown > most) fail(`packed entries of at most ${most} bytes`, String(grown));
    return new ZipArchive(file, places, fail);
  }

  get names(): string[] {
    return [...this.places.keys()];
  }

  /** Bytes of an entry. */
  sizeOf(name: string): number | undefined {
    return this.places.get(name)?.length;
  }

  /** A whole entry, its checksum compared. */
  read(name: string): Uint8Array {
    const place = this.places.get(name);
    if (!place) return this.fail(`an entry ${excerpt(name)}`, 'none');
    const packed = readAt(this.file, place.start, place.packed);
    if (packed.length < place.packed) this.fail(`${excerpt(name)} as a whole`, 'a file that became shorter');
    const bytes = place.deflated ? this.inflate(name, packed, place.length) : packed;
    // PyTorch writes 0 when it is told to leave checksums out.
    if (place.crc !== 0 && crc32(bytes) !== place.crc) {
      this.fail(`${excerpt(name)} with its checksum`, 'changed bytes');
    }
    return bytes;
  }

  private inflate(name: string, packed: Uint8Array, length: number): Uint8Array {
    try {
      const bytes = inflateRawSync(packed, { maxOutputLength: Math.max(length, 1) });
      if (bytes.length === length) return Uint8Array.from(bytes);
    } catch (error) {
      return this.fail(`${excerpt(name)} to unpack to ${length} bytes`, (error as Error).message);
    }
    return this.fail(`${excerpt(name)} to unpack to ${length} bytes`, 'fewer');
  }
}

function placeOf(entry: yauzl.Entry, start: number, size: number, fail: Fail): Place {
  const { compressedSize: packed, uncompressedSize: length, compressionMethod, crc32: crc } = entry;
  const name = excerpt(entry.fileName);
  const deflated = compressionMethod === DEFLATED;
  const known = deflated || (compressionMethod === STORED && packed === length);
  if (!known || entry.isEncrypted()) {
    fail('entries that are stored or deflated', `method ${compressionMethod} for ${name}`);
  }
  if (start + packed > size) fail(`${name} within the file`, `${packed} bytes from ${start} on`);
  return { start, packed, length, deflated, crc };
}

/**
 * Reads for yauzl. Its own reader passes on whatever position a hostile archive names, and what Node throws for it in
 * the middle of yauzl's callbacks would end the process.
 */
class BoundedReader extends yauzl.RandomAccessReader {
  constructor(
    private readonly file: number,
    private readonly size: number,
  ) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const inside = Number.isSafeInteger(position) && position >= 0 && position + length <= this.size;
    const bytes = inside ? readAt(this.file, position, length) : new Uint8Array(0);
    buffer.set(bytes, offset);
    const error =
      bytes.length < length ? new Error(`${length} bytes from ${position} on are not there`) : null;
    setImmediate(callback, error);
  }
}

const END_BYTES = 22;
const MAX_TAIL = 0xffff;
const END_SIGNATURE = Buffer.from([0x50, 0x4b, 5, 6]);

/** Where the archive ends: PyTorch, too, passes over bytes that were appended to it. */
function endOf(file: number, size: number): number {
  const start = Math.max(0, size - END_BYTES - MAX_TAIL);
  const tail = Buffer.from(readAt(file, start, size - start));
  const place = tail.lastIndexOf(END_SIGNATURE);
  if (place === -1 || place + END_BYTES > tail.length) return size;
  const end = start + place + END_BYTES + tail.readUInt16LE(place + END_BYTES - 2);
  return end <= size ? end : size;
}

async function directory(
  file: number,
  size: number,
  fail: Fail,
): Promise<{ entry: yauzl.Entry; start: number }[]> {
  const found: { entry: yauzl.Entry; start: number }[] = [];
  const end = endOf(file, size);
  try {
    const options = { autoClose: false, lazyEntries: true, strictFileNames: true };
    const zip = await yauzl.fromRandomAccessReaderPromise(new BoundedReader(file, end), end, options);
    if (zip.entryCount > MAX_ENTRIES) fail(`at most ${MAX_ENTRIES} entries`, String(zip.entryCount));
    for await (const entry of zip.eachEntry()) {
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      found.push({ entry, start: fileDataStart });
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    fail('a zip archive', (error as Error).message);
  }
  return found;
}
