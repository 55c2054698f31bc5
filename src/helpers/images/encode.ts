/** Tensors to pictures in files, by TensorFlow's own encoders: the names are those of `torchvision.io`. */
import { execute, isNative, textBytes } from '../../engine/backend/rawops';
import { shapeText } from '../../engine/ops/sizes';
import * as tf from '../../engine/tf';
import { writeAtomically } from '../files/file';
import { type GridOptions, makeGrid } from './grid';

/**
 * The bytes of a PNG of whole numbers 0 … 255, `[h, w, c]` of one to four channels.
 * @throws TypeError for other shapes and types, RangeError for a level beyond 0 … 9
 */
export function encodePng(image: tf.Tensor, { compressionLevel = 6 } = {}): Uint8Array {
  if (!(Number.isInteger(compressionLevel) && compressionLevel >= 0 && compressionLevel <= 9)) {
    throw new RangeError(`Cannot encode PNG: expected compressionLevel 0 … 9, got ${compressionLevel}`);
  }
  return encoded(image, 'PNG', [1, 2, 3, 4], (pixels) =>
    execute('EncodePng', { compression: { int: compressionLevel }, T: { type: 'uint8' } }, [pixels]),
  );
}

/**
 * The bytes of a JPEG of whole numbers 0 … 255, `[h, w, c]` of one or three channels.
 * @throws TypeError for other shapes and types, RangeError for a quality beyond 1 … 100
 */
export function encodeJpeg(image: tf.Tensor, { quality = 75 } = {}): Uint8Array {
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100)) {
    throw new RangeError(`Cannot encode JPEG: expected quality 1 … 100, got ${quality}`);
  }
  return encoded(image, 'JPEG', [1, 3], (pixels) =>
    execute('EncodeJpeg', { quality: { int: quality } }, [pixels]),
  );
}

/**
 * Writes a PNG, the old file replaced only by a whole new one.
 * @throws what `encodePng` throws
 */
export function writePng(image: tf.Tensor, path: string, options: { compressionLevel?: number } = {}): void {
  writeAtomically(path, encodePng(image, options));
}

/**
 * Writes a JPEG, the old file replaced only by a whole new one.
 * @throws what `encodeJpeg` throws
 */
export function writeJpeg(image: tf.Tensor, path: string, options: { quality?: number } = {}): void {
  writeAtomically(path, encodeJpeg(image, options));
}

/**
 * Writes images of 0 … 1, one `[h, w, c]` or a batch laid out as `makeGrid` does, as `.png`, `.jpg` or `.jpeg`.
 * @example
 * saveImage(x, 'batch.png', { nrow: 4 });
 * @throws RangeError for another ending, TypeError for what is no image
 */
export function saveImage(
  images: tf.Tensor | readonly tf.Tensor[],
  path: string,
  options: GridOptions = {},
): void {
  const write = path.endsWith('.png') ? writePng : /\.jpe?g$/.test(path) ? writeJpeg : undefined;
  if (!write)
    throw new RangeError(
      `Cannot save image: expected a name that ends in .png, .jpg or .jpeg, got "${path}"`,
    );
  tf.tidy(() => {
    const grid = makeGrid(images, options);
    write(tf.cast(tf.clipByValue(tf.add(tf.mul(grid, 255), 0.5), 0, 255), 'int32'), path);
  });
}

function encoded(
  image: tf.Tensor,
  kind: string,
  allowed: readonly number[],
  encode: (pixels: tf.Tensor) => tf.Tensor,
): Uint8Array {
  if (
    image.rank !== 3 ||
    image.dtype !== 'int32' ||
    !allowed.includes(image.shape[2] ?? 0) ||
    image.size === 0
  ) {
    throw new TypeError(
      `Cannot encode ${kind}: expected int32 of 0 … 255 [h, w, c] with c of ${allowed.join(', ')}, ` +
        `got ${image.dtype} ${shapeText(image)}`,
    );
  }
  if (!isNative()) {
    throw new Error(
      `Cannot encode ${kind}: expected TensorFlow's own library, which encodes pictures, got the plain-JavaScript ` +
        'backend; `npx tsdl setup` installs it',
    );
  }
  return tf.tidy(() => {
    const inside = tf.clipByValue(image, 0, 255);
    const cast = { SrcT: { type: 'int32' }, DstT: { type: 'uint8' }, Truncate: { bool: false } } as const;
    return textBytes(encode(execute('Cast', cast, [inside])));
  });
}
