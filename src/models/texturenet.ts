/**
 * Style transfer: the features of a network trained to tell pictures apart hold what is where (content), their
 * products over all places hold what goes with what (style); Gatys, Ecker and Bethge, "Image Style Transfer Using
 * Convolutional Neural Networks", 2016, https://doi.org/10.1109/CVPR.2016.265. The network here is a small one in the
 * manner of theirs, VGG, with the mean pooling they recommend.
 */
import * as tf from '../engine/tf';
import * as nn from '../nn';
import { ConvBlock } from '../nn/convblock';

/** Tells textures apart: colour pictures `[b, h, w, 3]` → logits `[b, numClasses]`. */
export class TextureNet extends nn.Module {
  readonly conv1: ConvBlock;
  readonly conv2: ConvBlock;
  readonly conv3: ConvBlock;
  readonly conv4: ConvBlock;
  readonly conv5: ConvBlock;
  readonly pool = new nn.AvgPool2d(2);
  readonly fc: nn.Linear;

  constructor({ numClasses, width = 16 }: { readonly numClasses: number; readonly width?: number }) {
    super();
    this.conv1 = new ConvBlock(3, width);
    this.conv2 = new ConvBlock(width, width);
    this.conv3 = new ConvBlock(width, 2 * width);
    this.conv4 = new ConvBlock(2 * width, 2 * width);
    this.conv5 = new ConvBlock(2 * width, 4 * width);
    this.fc = new nn.Linear(4 * width, numClasses);
  }

  /** What the five convolutions see, after ReLU: at full size twice, at half twice, at a quarter once. */
  features(x: tf.Tensor4D): [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D] {
    const one = this.conv1.forward(x); // [b, h, w, c]
    const two = this.conv2.forward(one);
    const three = this.conv3.forward(this.pool.forward(two)); // [b, h/2, w/2, 2c]
    const four = this.conv4.forward(three);
    const five = this.conv5.forward(this.pool.forward(four)); // [b, h/4, w/4, 4c]
    return [one, two, three, four, five];
  }

  forward(x: tf.Tensor4D): tf.Tensor2D {
    return this.fc.forward(tf.max(this.features(x)[4], [1, 2])); // how strongly each feature occurs somewhere
  }
}

/** Mean over all places of the products of any two channels: `[1, h, w, c]` → `[c, c]`. */
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
