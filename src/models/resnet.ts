/**
 * Residual networks: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015,
 * https://arxiv.org/abs/1512.03385.
 */
import * as tf from '../engine/tf';
import * as nn from './layers';

/** The guide's block: two 3×3 convolutions and a shortcut; `[b, h, w, in]` → `[b, h/stride, w/stride, out]`. */
export class ResidualBlock extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;
  readonly shortcut: nn.Sequential;

  constructor(inChannels: number, outChannels: number, { stride = 1 } = {}) {
    super();
    this.conv1 = new nn.Conv2d(inChannels, outChannels, 3, { stride, padding: 1 });
    this.bn1 = new nn.BatchNorm2d(outChannels);
    this.conv2 = new nn.Conv2d(outChannels, outChannels, 3, { stride: 1, padding: 1 });
    this.bn2 = new nn.BatchNorm2d(outChannels);
    // Where the shape changes, a 1×1 convolution makes input and output fit; elsewhere the input passes unchanged.
    const fits = stride === 1 && inChannels === outChannels;
    this.shortcut = fits
      ? new nn.Sequential()
      : new nn.Sequential(
          new nn.Conv2d(inChannels, outChannels, 1, { stride }),
          new nn.BatchNorm2d(outChannels),
        );
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let out = tf.relu(this.bn1.forward(this.conv1.forward(x)));
    out = this.bn2.forward(this.conv2.forward(out));
    return tf.relu(tf.add<tf.Tensor4D>(out, this.shortcut.forward(x)));
  }
}
