/** Pictures in files to tensors, by TensorFlow's own decoders: the names are those of `torchvision.io`. */
import { closeSync, fstatSync, openSync } from 'node:fs';

import { execute, executeMany, isNative } from '../../engine/backend/rawops';
import * as tf from '../../engine/tf';
import { readAt } from '../files/file';
import { type Fail, type ImageInfo, readHeader } from './header';

/** What pixels consist of: as in the file, or grey, red-green-blue, each with transparency or without. */
export type ImageMode = 'UNCHANGED' | 'GRAY' | 'GRAY_ALPHA' | 'RGB' | 'RGB_ALPHA';

/** How a picture is read. */
export interface ReadImageOptions {
  readonly mode?: ImageMode;
  /**
   * How fine the numbers are: 0 … 255 unless given, of a PNG of 16 bits the upper 8; with 16, 0 … 65535. torchvision gives
   * such a PNG as uint16 and others as uint8; here both are int32, and the same picture has the same range.
   */
  readonly bits?: 8 | 16;
  /** Turns and mirrors the picture as its EXIF says; not by default, as in torchvision. */
  readonly applyExifOrientation?: boolean;
  /** Largest number of pixels, all frames together; what the header claims is compared before anything is decoded. */
  readonly maxPixels?: number;
}

const CHANNELS: Readonly<Record<ImageMode, number>> = {
  UNCHANGED: 0,
  GRAY: 1,
  GRAY_ALPHA: 2,
  RGB: 3,
  RGB_ALPHA: 4,
};
const MAX_PIXELS = 2 ** 26;
const MAX_BYTES = 2 ** 30;

/**
 * Reads a picture, PNG, JPEG, GIF or BMP, as whole numbers 0 … 255 (int32; see `bits`): `[h, w, c]`, of several frames
 * `[n, h, w, c]`.
 * @example
 * const picture = readImage('cat.jpg', { mode: 'RGB' });
 * @throws SyntaxError for what is no such picture or damaged, RangeError for one that is too large, Error on the
 *   plain-JavaScript backend
 */
export function readImage(path: string, options: ReadImageOptions = {}): tf.Tensor {
  const file = openSync(path, 'r');
  let bytes: Uint8Array;
  try {
    const { size } = fstatSync(file);
    if (size > MAX_BYTES) {
      throw new RangeError(`Cannot read image "${path}": expected at most ${MAX_BYTES} bytes, got ${size}`);
    }
    bytes = readAt(file, 0, size);
  } finally {
    closeSync(file);
  }
  return decode(bytes, options, `read image "${path}"`);
}

/**
 * Decodes the bytes of a picture, PNG, JPEG, GIF or BMP, as `readImage`.
 * @throws SyntaxError for what is no such picture or damaged, RangeError for one that is too large, Error on the
 *   plain-JavaScript backend
 */
export function decodeImage(bytes: Uint8Array, options: ReadImageOptions = {}): tf.Tensor {
  return decode(bytes, options, 'decode image');
}

/**
 * What a picture's header says, without decoding it.
 * @throws SyntaxError for what is no PNG, JPEG, GIF or BMP
 */
export const imageInfo = (bytes: Uint8Array): ImageInfo => readHeader(bytes, failing('decode image'));

const failing =
  (doing: string): Fail =>
  (expected, actual) => {
    throw new SyntaxError(`Cannot ${doing}: expected ${expected}, got ${actual}`);
  };

function decode(bytes: Uint8Array, options: ReadImageOptions, doing: string): tf.Tensor {
  const { mode = 'UNCHANGED', bits = 8, applyExifOrientation = false, maxPixels = MAX_PIXELS } = options;
  if (!Object.hasOwn(CHANNELS, mode)) {
    throw new RangeError(
      `Cannot ${doing}: expected a mode of ${Object.keys(CHANNELS).join(', ')}, got ${mode}`,
    );
  }
  if (![8, 16].includes(bits)) throw new RangeError(`Cannot ${doing}: expected bits 8 or 16, got ${bits}`);
  const fail = failing(doing);
  const info = readHeader(bytes, fail);
  const pixels = info.height * info.width * info.frames;
  if (pixels > maxPixels) {
    const size = [...(info.frames > 1 ? [info.frames] : []), info.height, info.width].join(' × ');
    throw new RangeError(
      `Cannot ${doing}: expected at most ${maxPixels} pixels, got ${size}; maxPixels allows more`,
    );
  }
  if (!isNative()) {
    throw new Error(
      `Cannot ${doing}: expected TensorFlow's own library, which decodes pictures, got the plain-JavaScript backend; ` +
        '`npx tsdl setup` installs it',
    );
  }
  return tf.tidy(() => {
    const channels = CHANNELS[mode];
    const image = inMode(pixelsOf(bytes, info, { channels, bits, fail }), channels, 2 ** bits - 1);
    return applyExifOrientation ? upright(image, info.orientation) : image;
  });
}

/** Runs TensorFlow's decoder; its own words about damage are kept for the cause. */
function pixelsOf(
  bytes: Uint8Array,
  { format, frames }: ImageInfo,
  { channels, bits, fail }: { channels: number; bits: 8 | 16; fail: Fail },
): tf.Tensor {
  try {
    const contents = tf.scalar(bytes, 'string');
    const image = decoders[format](contents, channels, bits);
    return format === 'gif' && frames === 1 ? tf.squeeze(image, [0]) : image;
  } catch (cause) {
    return fail(
      `a whole ${format.toUpperCase()} picture`,
      `one that is cut short or damaged (${reason(cause)})`,
    );
  }
}

const reason = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, ' ').slice(0, 120);

type Run = (op: string, attributes: Parameters<typeof executeMany>[1], contents: tf.Tensor) => tf.Tensor;

const runAs =
  (type: 'uint8' | 'uint16'): Run =>
  (op, attributes, contents) => {
    const cast = { SrcT: { type }, DstT: { type: 'int32' }, Truncate: { bool: false } } as const;
    return execute('Cast', cast, executeMany(op, attributes, [contents], 1));
  };

/** Decoders of 8 bits; for 16, 255 becomes 65535. */
const run =
  (bits: 8 | 16): Run =>
  (...given) => {
    const image = runAs('uint8')(...given);
    return bits === 8 ? image : tf.mul(image, tf.scalar(257, 'int32'));
  };

/** Channels that a decoder makes itself; others are made of what it gives. */
const decoders: Record<
  ImageInfo['format'],
  (contents: tf.Tensor, channels: number, bits: 8 | 16) => tf.Tensor
> = {
  png: (contents, channels, bits) => {
    const type = bits === 16 ? 'uint16' : 'uint8';
    const attributes = { channels: { int: channels <= 2 ? 0 : channels }, dtype: { type } } as const;
    return runAs(type)('DecodePng', attributes, contents);
  },
  jpeg: (contents, channels, bits) =>
    run(bits)(
      'DecodeJpeg',
      {
        channels: { int: channels === 2 ? 1 : channels === 4 ? 3 : channels },
        ratio: { int: 1 },
        fancy_upscaling: { bool: true },
        try_recover_truncated: { bool: false },
        acceptable_fraction: { float: 1 },
        dct_method: { text: 'INTEGER_ACCURATE' }, // the one that Pillow and torchvision decode with
      },
      contents,
    ),
  gif: (contents, _, bits) => run(bits)('DecodeGif', {}, contents),
  bmp: (contents, _, bits) => run(bits)('DecodeBmp', { channels: { int: 0 } }, contents),
};

/** Weights of red, green and blue in a grey value, as torchvision has them. */
const GREY = [0.2989, 0.587, 0.114];

/** The channels asked for out of those there are; what is not there is opaque, at the largest number. */
function inMode(image: tf.Tensor, wanted: number, most: number): tf.Tensor {
  const channels = image.shape.at(-1) ?? 0;
  if (wanted === 0 || wanted === channels) return image;
  const part = (begin: number, size: number): tf.Tensor =>
    tf.slice(image, [...image.shape.slice(0, -1).map(() => 0), begin], [...image.shape.slice(0, -1), size]);
  const hasAlpha = channels === 2 || channels === 4;
  let colours = hasAlpha ? part(0, channels - 1) : image;
  const [own, other] = [colours.shape.at(-1), wanted <= 2 ? 1 : 3];
  if (own === 1 && other === 3) colours = tf.tile(colours, [...colours.shape.slice(0, -1).map(() => 1), 3]);
  if (own === 3 && other === 1) {
    const grey = tf.sum(tf.mul(tf.cast(colours, 'float32'), GREY), -1, true);
    colours = tf.cast(grey, 'int32');
  }
  if (wanted === other) return colours;
  const alpha = hasAlpha ? part(channels - 1, 1) : tf.fill([...image.shape.slice(0, -1), 1], most, 'int32');
  return tf.concat([colours, alpha], -1);
}

/** A picture as it was seen: mirrored, turned, or both. */
function upright(image: tf.Tensor, orientation: number): tf.Tensor {
  if (image.rank !== 3 || orientation === 1) return image;
  const turned = orientation >= 5 ? tf.transpose(image, [1, 0, 2]) : image;
  const [flipRows, flipColumns] = [[3, 4, 7, 8].includes(orientation), [2, 3, 6, 7].includes(orientation)];
  const axes = [...(flipRows ? [0] : []), ...(flipColumns ? [1] : [])];
  return axes.length === 0 ? turned : tf.reverse(turned, axes);
}
