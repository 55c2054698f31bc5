/**
 * Style transfer: the features of a network trained to tell pictures apart hold what is where (content), their
 * products over all places hold what goes with what (style); Gatys, Ecker and Bethge, "Image Style Transfer Using
 * Convolutional Neural Networks", 2016, https://doi.org/10.1109/CVPR.2016.265.
 * @module tsdl/nn/style
 */
import * as tf from '../engine/tf';

/** Mean over all places of the products of any two channels: `[1, h, w, c]` → `[c, c]`. @throws RangeError for several pictures */
export function gramMatrix(features: tf.Tensor4D): tf.Tensor2D {
  const [b, h, w, c] = features.shape;
  if (b !== 1)
    throw new RangeError(`Cannot take gramMatrix: expected one picture [1, h, w, c], got ${b} pictures`);
  const places = tf.reshape<tf.Rank.R2>(features, [h * w, c]);
  return tf.div(tf.matMul(places, places, true), h * w);
}

/** Mean absolute step from a pixel to its neighbours right and below; small in smooth pictures. */
export function totalVariation(x: tf.Tensor4D): tf.Scalar {
  const [b, h, w, c] = x.shape;
  const part = (row: number, column: number) => tf.slice(x, [0, row, column, 0], [b, h - 1, w - 1, c]);
  const here = part(0, 0);
  const steps = (there: tf.Tensor) => tf.mean<tf.Scalar>(tf.abs(tf.sub(there, here)));
  return tf.add(steps(part(1, 0)), steps(part(0, 1)));
}
