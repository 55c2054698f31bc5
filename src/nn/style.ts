/**
 * Style transfer: the features of a network trained to tell pictures apart hold what is where (content), their
 * products over all places hold what goes with what (style); Gatys, Ecker and Bethge, "Image Style Transfer Using
 * Convolutional Neural Networks", 2016, https://doi.org/10.1109/CVPR.2016.265.
 * @module tsdl/nn/style
 */
import { refusal, sizesOf } from '../engine/ops/sizes';
import * as tf from '../engine/tf';

/** Mean over all places of the products of any two channels: `[1, h, w, c]` → `[c, c]`. @throws TypeError for several pictures */
export function gramMatrix(features: tf.Tensor4D): tf.Tensor2D {
  const [b, h, w, c] = sizesOf('gramMatrix', features, '[b, h, w, c]');
  if (b !== 1) throw refusal('gramMatrix', 'one picture [1, h, w, c]', features);
  const places = tf.reshape(features, [h * w, c]);
  return tf.div(tf.matMul(places, places, true), h * w);
}

/**
 * Mean absolute step from a pixel to its neighbours right and below; small in smooth pictures.
 * @throws TypeError unless x is `[b, h, w, c]`
 */
export function totalVariation(x: tf.Tensor4D): tf.Scalar {
  const [b, h, w, c] = sizesOf('totalVariation', x, '[b, h, w, c]');
  const part = (row: number, column: number) => tf.slice(x, [0, row, column, 0], [b, h - 1, w - 1, c]);
  const here = part(0, 0);
  const steps = (there: tf.Tensor) => tf.mean(tf.abs(tf.sub(there, here)));
  return tf.add(steps(part(1, 0)), steps(part(0, 1)));
}
