/** Zip archives whose entries are stored, not packed, as PyTorch writes them. */
import { crc32 } from 'node:zlib';

import yauzl from 'yauzl';

import { readAt } from '../files/file';
import { excerpt } from './claims';

interface Place {
  readonly start: number;
  readonly length: number;
  readonly crc: number;
}

/** Refuses the archive. */
type Fail = (expected: string, actual: string) => never;

const MAX_ENTRIES = 100_000;
const STORED = 0;

/** The entries of an archive by name. Names are only looked up here, never used as paths. */
export class StoredZip {
  private constructor(
    private readonly file: number,
    private readonly places: ReadonlyMap<string, Place>,
    private readonly fail: Fail,
  ) {}

  /** Reads the directory of an archive of `size` bytes; `fail` is told what is wrong with it. */
  static async open(file: number, size: number, fail: Fail): Promise<StoredZip> {
    const entries = await directory(file, size, fail);
    const places = new Map<string, Place>();
    for (const { entry, start } of entries) {
      const { fileName, compressedSize, uncompressedSize, compressionMethod, crc32: crc } = entry;
      const name = excerpt(fileName);
      if (compressionMethod !== STORED || compressedSize !== uncompressedSize || entry.isEncrypted()) {
        fail('entries that are stored, not packed', `method ${compressionMethod} for ${name}`);
      }
      if (start + compressedSize > size)
        fail(`${name} within the file`, `${compressedSize} bytes from ${start} on`);
      if (places.has(fileName)) fail('every entry once', `${name} again`);
      places.set(fileName, { start, length: compressedSize, crc });
    }
    return new StoredZip(file, places, fail);
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
    const bytes = readAt(this.file, place.start, place.length);
    if (bytes.length < place.length) this.fail(`${excerpt(name)} as a whole`, 'a file that became shorter');
    // PyTorch writes 0 when it is told to leave checksums out.
    if (place.crc !== 0 && crc32(bytes) !== place.crc) {
      this.fail(`${excerpt(name)} with its checksum`, 'changed bytes');
    }
    return bytes;
  }
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

async function directory(
  file: number,
  size: number,
  fail: Fail,
): Promise<{ entry: yauzl.Entry; start: number }[]> {
  const found: { entry: yauzl.Entry; start: number }[] = [];
  try {
    const options = { autoClose: false, lazyEntries: true, strictFileNames: true };
    const zip = await yauzl.fromRandomAccessReaderPromise(new BoundedReader(file, size), size, options);
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
