/**
 * U-Net: an encoder that halves the picture stage by stage, a decoder that doubles it again, and at each size a bridge
 * that hands the encoder's fine detail to the decoder; Ronneberger, Fischer and Brox, "U-Net: Convolutional Networks
 * for Biomedical Image Segmentation", 2015, https://arxiv.org/abs/1505.04597. Here convolutions are padded, so that the
 * result has the picture's size, and followed by batch normalisation.
 */
import { sizesOf } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import * as nn from '../nn';
import { ConvBlock } from '../nn/convblock';

/**
 * Channels in, classes out and the stages between; height and width have to be divisible by patch · 2^(stages − 1).
 */
export interface UNetOptions {
  readonly inChannels?: number;
  readonly numClasses: number;
  /** Channels at full size, at half, at a quarter, …: as many stages as numbers. */
  readonly channels?: readonly number[];
  /**
   * Works on patches of so many pixels across: a strided convolution makes one place of each, a transposed one makes
   * pixels again. 2 saves three quarters of the work, and the masks get a little coarser.
   */
  readonly patch?: number;
}

/** [3×3 convolution → batch norm → ReLU] twice. */
export class DoubleConv extends nn.Module {
  readonly conv1: ConvBlock;
  readonly conv2: ConvBlock;

  constructor(inChannels: number, outChannels: number) {
    super();
    this.conv1 = new ConvBlock(inChannels, outChannels);
    this.conv2 = new ConvBlock(outChannels, outChannels);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv2.forward(this.conv1.forward(x));
  }
}

/** Doubles height and width, joins the encoder's features of that size, and mixes both. */
export class Up extends nn.Module {
  readonly up: nn.ConvTranspose2d;
  readonly conv: DoubleConv;

  constructor(inChannels: number, outChannels: number) {
    super();
    this.up = new nn.ConvTranspose2d(inChannels, outChannels, 2, { stride: 2 });
    this.conv = new DoubleConv(2 * outChannels, outChannels);
  }

  forward(x: tf.Tensor4D, bridge: tf.Tensor4D): tf.Tensor4D {
    return this.conv.forward(tf.concat([bridge, this.up.forward(x)], 3)); // [b, 2h, 2w, out]
  }
}

/** Maps images `[b, h, w, c]` to class logits for each pixel `[b, h, w, k]`. */
export class UNet extends nn.Module {
  readonly stem: nn.Layer;
  readonly down: nn.ModuleList<DoubleConv>;
  readonly ups: nn.ModuleList<Up>;
  readonly head: nn.Layer;
  readonly patch: number;
  readonly pool = new nn.MaxPool2d(2);

  /** @throws RangeError unless there are channels of two stages or more */
  constructor({ inChannels = 1, numClasses, channels = [8, 16, 32, 64], patch = 1 }: UNetOptions) {
    super();
    if (channels.length < 2) {
      throw new RangeError(
        `Cannot build UNet: expected channels of at least 2 stages, got ${channels.length}`,
      );
    }
    const [first = 1] = channels;
    const whole = patch === 1;
    const stemWidth = whole ? inChannels : first;
    this.patch = patch;
    this.stem = whole ? new nn.Sequential() : new nn.Conv2d(inChannels, first, patch, { stride: patch });
    this.down = new nn.ModuleList(
      channels.map((width, i) => new DoubleConv(channels[i - 1] ?? stemWidth, width)),
    );
    const pairs = channels.slice(1).map((width, i) => [width, channels[i] ?? width] as const);
    this.ups = new nn.ModuleList(pairs.reverse().map(([from, to]) => new Up(from, to)));
    this.head = whole
      ? new nn.Conv2d(first, numClasses, 1)
      : new nn.ConvTranspose2d(first, numClasses, patch, { stride: patch });
  }

  /** @throws TypeError unless height and width are divisible by patch · 2^(stages − 1) */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const smallest = this.patch * 2 ** (this.down.length - 1);
    const [, h, w] = sizesOf(this.typeName(), x, '[b, h, w, c]');
    if (h % smallest !== 0 || w % smallest !== 0) {
      throw new TypeError(
        `Cannot segment: expected height and width divisible by ${smallest}, got [${x.shape.join(', ')}]`,
      );
    }
    x = this.stem.forward(x); // [b, h/patch, w/patch, c]
    const bridges: tf.Tensor4D[] = [];
    for (const stage of this.down) {
      x = stage.forward(bridges.length === 0 ? x : this.pool.forward(x)); // half the size of the stage before
      bridges.push(x);
    }
    bridges.pop(); // the deepest stage is where the decoder starts
    for (const stage of this.ups) x = stage.forward(x, bridges.pop() as tf.Tensor);
    return this.head.forward(x); // [b, h, w, k]
  }
}
