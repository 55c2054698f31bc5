/** Photographs to JPEG data URLs, where TensorFlow's encoder is at hand. */
import { isNative } from '../../engine/backend/rawops';
import * as tf from '../../engine/tf';
import { encodeJpeg } from '../../helpers/images';
import type { Rgb } from './colours';
import { pngUrl } from './png';

const QUALITY = 85;

/** A data URL of the picture whose pixel (row, column) is `pixel(row, column)`; a PNG on the plain-JavaScript backend. */
export function photographUrl(
  height: number,
  width: number,
  pixel: (row: number, column: number) => Rgb,
): string {
  if (!isNative()) return pngUrl(height, width, pixel);
  const bytes = new Int32Array(height * width * 3);
  for (let i = 0; i < height * width; i++) bytes.set(pixel(Math.floor(i / width), i % width), 3 * i);
  const jpeg = tf.tidy(() => encodeJpeg(tf.tensor3d(bytes, [height, width, 3]), { quality: QUALITY }));
  return `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}`;
}
