/** The two kinds of pixels: whole numbers 0 … 255 (int32, torchvision's uint8) and floats 0 … 1. */
import { uniform } from '../../../engine/random';
import * as tf from '../../../engine/tf';

/** The largest value a pixel has. */
export const boundOf = (x: tf.Tensor): number => (x.dtype === 'int32' ? 255 : 1);

/** The same values as floats. */
export const asFloat = <T extends tf.Tensor>(x: T): T => (x.dtype === 'int32' ? tf.cast(x, 'float32') : x);

/** Floats as the kind of pixels that `like` has, what lies behind the point cut off. */
export const truncated = <T extends tf.Tensor>(x: T, like: tf.Tensor): T =>
  like.dtype === 'int32' ? tf.cast(x, 'int32') : x;

/** Floats as the kind of pixels that `like` has, rounded to the nearest. */
export const rounded = <T extends tf.Tensor>(x: T, like: tf.Tensor): T =>
  like.dtype === 'int32' ? tf.cast(tf.round(x), 'int32') : x;

/** One number for each image, spread over its pixels: `[b, 1, 1, 1]`. */
export const perImage = (values: tf.Tensor): tf.Tensor4D => tf.reshape(values, [-1, 1, 1, 1]);

/** For each image of a batch the one or the other. */
export const select = (mask: tf.Tensor1D, chosen: tf.Tensor4D, other: tf.Tensor4D): tf.Tensor4D =>
  tf.where(perImage(mask), chosen, other);

/** Which images of a batch something happens to: `[b]`, true with probability `p`. */
export const hits = (batch: number, p: number): tf.Tensor1D => tf.less(uniform([batch]), p);
