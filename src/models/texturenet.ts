/**
 * A small network in the manner of VGG, with mean pooling, whose features serve style transfer (see `nn/style.ts`):
 * Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks", 2016,
 * https://doi.org/10.1109/CVPR.2016.265.
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
