/** What a picture says of itself in its first bytes: read before anything is decoded, so that sizes are bounded. */

/** The kinds of pictures that can be decoded. */
export type ImageFormat = 'png' | 'jpeg' | 'gif' | 'bmp';

/** What a picture is. */
export interface ImageInfo {
  readonly format: ImageFormat;
  readonly height: number;
  readonly width: number;
  /** Numbers of each pixel as they lie in the file; a palette counts as three. */
  readonly channels: number;
  /** Bits of each number: 16 in some PNGs, else 8 (or fewer, which are read as 8). */
  readonly bits: 8 | 16;
  /** Pictures one after the other: more than one in moving ones. */
  readonly frames: number;
  /** How a camera was held, by EXIF: 1 upright, 3 upside down, 6 and 8 on its sides, 2, 4, 5, 7 mirrored too. */
  readonly orientation: number;
}

/** Refuses a picture. */
export type Fail = (expected: string, actual: string) => never;

const FOREIGN: readonly (readonly [string, RegExp])[] = [
  ['WebP', /^RIFF....WEBP/s],
  ['TIFF', /^(II\*\0|MM\0\*)/],
  ['AVIF or HEIC', /^....ftyp(avif|heic|heix|mif1)/s],
  ['PPM or PGM', /^P[1-6]\s/],
  ['JPEG XL', /^(ÿ\n|....JXL )/s],
  ['SVG or XML', /^\s*<(\?xml|svg)/],
  ['PDF', /^%PDF/],
];

/** The header of a picture; `fail` is told what is wrong with it. */
export function readHeader(bytes: Uint8Array, fail: Fail): ImageInfo {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = head.toString('latin1', 0, 16);
  const info = start.startsWith('\x89PNG\r\n\x1a\n')
    ? png(head)
    : start.startsWith('\xff\xd8\xff')
      ? jpeg(head)
      : /^GIF8[79]a/.test(start)
        ? gif(head)
        : start.startsWith('BM')
          ? bmp(head, fail)
          : fail('a PNG, JPEG, GIF or BMP picture', kindOf(start, head.length));
  if (!info) return fail('a whole picture', 'one that is cut short or damaged');
  if (info.height < 1 || info.width < 1) return fail('a size above 0', `${info.height} × ${info.width}`);
  return info;
}

function kindOf(start: string, length: number): string {
  if (length === 0) return 'an empty file';
  return FOREIGN.find(([, signature]) => signature.test(start))?.[0] ?? 'another kind of file';
}

type Found = ImageInfo | undefined;

/** What deflate packs into one byte at most, and what is not worth asking about. */
const MAX_GROWTH = 1100;
const FREE_BYTES = 1 << 16;

function png(head: Buffer): Found {
  if (head.length < 33 || head.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  const channels = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 }[head[25] ?? -1];
  if (channels === undefined) return undefined;
  const [width, height] = [head.readUInt32BE(16), head.readUInt32BE(20)];
  const bits = (head[24] ?? 0) * (head[25] === 3 ? 1 : channels);
  const bytes = height * Math.ceil((width * bits) / 8);
  if (bytes > MAX_GROWTH * head.length + FREE_BYTES) return undefined; // so much does not come out of so few bytes
  const depth = head[24] === 16 ? 16 : 8;
  return {
    format: 'png',
    height,
    width,
    channels,
    bits: depth,
    frames: 1,
    orientation: pngOrientation(head),
  };
}

/** The chunk eXIf, if it lies before the pixels. */
function pngOrientation(head: Buffer): number {
  for (let at = 8; at + 12 <= head.length;) {
    const length = head.readUInt32BE(at);
    const kind = head.toString('latin1', at + 4, at + 8);
    if (kind === 'eXIf') return orientationOf(head.subarray(at + 8, at + 8 + length));
    if (kind === 'IDAT') break;
    at += 12 + length;
  }
  return 1;
}

const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

/** Segments until the one that begins a frame; those of EXIF lie before. */
function jpeg(head: Buffer): Found {
  let orientation = 1;
  for (let at = 2; at + 9 <= head.length;) {
    if (head[at] !== 0xff) return undefined;
    const marker = head[at + 1] ?? 0;
    if (marker === 0xff || (marker >= 0xd0 && marker <= 0xd7)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const length = head.readUInt16BE(at + 2);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const [height, width] = [head.readUInt16BE(at + 5), head.readUInt16BE(at + 7)];
      const components = head[at + 9] ?? 0;
      // What was cut off is said here: libjpeg would write its own words to the terminal.
      if (head.indexOf(END_OF_IMAGE, at) === -1) return undefined;
      const channels = components === 1 ? 1 : 3;
      return { format: 'jpeg', height, width, channels, bits: 8, frames: 1, orientation };
    }
    const body = head.subarray(at + 4, at + 2 + length);
    if (marker === 0xe1 && body.toString('latin1', 0, 6) === 'Exif\0\0')
      orientation = orientationOf(body.subarray(6));
    at += 2 + length;
  }
  return undefined;
}

/** The tag 0x0112 of the first directory of a TIFF header. */
function orientationOf(tiff: Buffer): number {
  if (tiff.length < 8) return 1;
  const little = tiff.toString('latin1', 0, 2) === 'II';
  const u16 = (at: number): number =>
    at + 2 > tiff.length ? 0 : little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at);
  const start = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  const count = u16(start);
  for (let i = 0; i < count; i++) {
    const at = start + 2 + 12 * i;
    if (at + 12 > tiff.length) break;
    if (u16(at) === 0x0112) return u16(at + 8) >= 1 && u16(at + 8) <= 8 ? u16(at + 8) : 1;
  }
  return 1;
}

/**
 * Blocks of a GIF; each picture among them is a frame as large as the whole when it is decoded. TensorFlow would give
 * the frames before a cut, so all blocks have to be there.
 */
function gif(head: Buffer): Found {
  if (head.length < 13) return undefined;
  const [width, height] = [head.readUInt16LE(6), head.readUInt16LE(8)];
  const table = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + table(head[10] ?? 0);
  let frames = 0;
  const skipBlocks = (): void => {
    while (at < head.length && head[at] !== 0) at += (head[at] ?? 0) + 1;
    at++;
  };
  for (;;) {
    const kind = head[at];
    if (kind === 0x3b) break;
    if (kind === 0x21) at += 2;
    else if (kind === 0x2c) {
      frames++;
      at += 11 + table(head[at + 9] ?? 0);
    } else return undefined;
    skipBlocks();
  }
  return frames === 0
    ? undefined
    : { format: 'gif', height, width, channels: 3, bits: 8, frames, orientation: 1 };
}

function bmp(head: Buffer, fail: Fail): Found {
  if (head.length < 54) return undefined;
  const [width, height] = [head.readInt32LE(18), Math.abs(head.readInt32LE(22))];
  const [bits, packing] = [head.readUInt16LE(28), head.readUInt32LE(30)];
  if (![8, 24, 32].includes(bits) || (packing !== 0 && packing !== 3)) {
    return fail('a BMP of 8, 24 or 32 bits, not packed', `${bits} bits, packing ${packing}`);
  }
  const pixels = head.readUInt32LE(10);
  // TensorFlow takes the bytes for grey values and does not look at the palette.
  const colours = head.subarray(14 + head.readUInt32LE(14), pixels);
  if (bits === 8 && colours.some((value, i) => i % 4 < 3 && value !== i >> 2)) {
    return fail('a BMP without a palette', 'one with colours of its own; save it as PNG');
  }
  return { format: 'bmp', height, width, channels: bits / 8, bits: 8, frames: 1, orientation: 1 };
}
