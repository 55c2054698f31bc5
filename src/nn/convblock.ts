/**
 * What the vision models are made of: convolution, batch normalisation, ReLU; Ioffe and Szegedy, "Batch Normalization",
 * 2015, https://arxiv.org/abs/1502.03167.
 */
import * as tf from '../engine/tf';
import * as nn from '.';

/** A 3×3 convolution without bias (batch norm has one), then ReLU: `[b, h, w, in]` → `[b, h/stride, w/stride, out]`. */
export class ConvBlock extends nn.Module {
  readonly conv: nn.Conv2d;
  readonly bn: nn.BatchNorm2d;

  constructor(inChannels: number, outChannels: number, { stride = 1 } = {}) {
    super();
    this.conv = new nn.Conv2d(inChannels, outChannels, 3, { stride, padding: 1, bias: false });
    this.bn = new nn.BatchNorm2d(outChannels);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return tf.relu(this.bn.forward(this.conv.forward(x)));
  }
}
