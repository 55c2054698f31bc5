/**
 * Networks that see through the noise at a given time, for `ddpm.ts`: an MLP for points and a small U-Net for images,
 * which goes down to a coarse map and up again with a short cut (Ronneberger, Fischer and Brox,
 * "U-Net", 2015, https://arxiv.org/abs/1505.04597). Both are told the time by its sinusoidal embedding, as in Ho, Jain
 * and Abbeel, "Denoising Diffusion Probabilistic Models", 2020, https://arxiv.org/abs/2006.11239, appendix B.
 */
import * as tf from '../engine/tf';
import * as nn from '../nn';

/** Width of the embedded time inside `ImageDenoiser`. */
const TIME_DIM = 64;

/**
 * sin and cos of the times `[b]` at `dim / 2` frequencies from 1 down to 1/10000: `[b, dim]`, sines first.
 * @throws RangeError unless `dim` is even and at least 4
 */
export function timeEmbedding(t: tf.Tensor1D, dim: number): tf.Tensor2D {
  if (!Number.isInteger(dim) || dim < 4 || dim % 2 !== 0) {
    throw new RangeError(`Cannot embed times: expected an even dim of at least 4, got ${dim}`);
  }
  const half = dim / 2;
  const rates = Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10000) * i) / (half - 1)));
  const angles = tf.mul(tf.expandDims(tf.cast(t, 'float32'), 1), tf.tensor2d([rates])); // [b, dim / 2]
  return tf.concat([tf.sin(angles), tf.cos(angles)], 1);
}

/** Maps noisy points `[b, 2]` and their times `[b]` to the noise in them. */
export class PointDenoiser extends nn.Module {
  readonly fc1: nn.Linear;
  readonly fc2: nn.Linear;
  readonly fc3: nn.Linear;
  readonly fc4: nn.Linear;
  readonly timeDim: number;

  constructor({ hidden = 128, timeDim = 32 } = {}) {
    super();
    this.timeDim = timeDim;
    this.fc1 = new nn.Linear(2 + timeDim, hidden);
    this.fc2 = new nn.Linear(hidden, hidden);
    this.fc3 = new nn.Linear(hidden, hidden);
    this.fc4 = new nn.Linear(hidden, 2);
  }

  forward(x: tf.Tensor2D, t: tf.Tensor1D): tf.Tensor2D {
    let h = nn.silu(this.fc1.forward(tf.concat([x, timeEmbedding(t, this.timeDim)], 1))); // [b, hidden]
    h = nn.silu(this.fc2.forward(h));
    h = nn.silu(this.fc3.forward(h));
    return this.fc4.forward(h);
  }
}

/** A convolution 3 × 3 with the time added to every place, then SiLU: `[b, h, w, in]` → `[b, h', w', out]`. */
export class TimedConv extends nn.Module {
  readonly conv: nn.Conv2d;
  readonly time: nn.Linear;

  constructor(inChannels: number, outChannels: number, timeDim: number, { stride = 1 } = {}) {
    super();
    this.conv = new nn.Conv2d(inChannels, outChannels, 3, { stride, padding: 1 });
    this.time = new nn.Linear(timeDim, outChannels);
  }

  forward(x: tf.Tensor4D, time: tf.Tensor2D): tf.Tensor4D {
    const shift = tf.expandDims(tf.expandDims(this.time.forward(time), 1), 1); // [b, 1, 1, out]
    return nn.silu(tf.add(this.conv.forward(x), shift));
  }
}

/** The images and the widths of the network; by default grey ones of 28 × 28, all of one kind. */
export interface ImageDenoiserOptions {
  /** Rows and columns; divisible by 4. */
  readonly imageSize?: number;
  readonly channels?: number;
  /** Channels of the map of half the size; the one of a quarter has twice as many. */
  readonly features?: number;
  /** Width of the part that sees the whole image at once. */
  readonly hidden?: number;
  /** Kinds of images that can be asked for; 0 for none. */
  readonly classes?: number;
}

/**
 * Maps noisy images `[b, h, w, channels]`, their times `[b]` and, with `classes`, their kinds `[b]` to what is asked of
 * them. Between the way down and the way up every place sees every other through two linear layers: the least that
 * makes strokes into one digit on a small budget, where large U-Nets have attention and more depth.
 */
export class ImageDenoiser extends nn.Module {
  readonly time1: nn.Linear;
  readonly time2: nn.Linear;
  readonly label?: nn.Embedding;
  readonly down1: TimedConv;
  readonly down2: TimedConv;
  readonly middle1: nn.Linear;
  readonly middleTime: nn.Linear;
  readonly middle2: nn.Linear;
  readonly grow: nn.ConvTranspose2d;
  readonly up: TimedConv;
  readonly head: nn.ConvTranspose2d;

  /** @throws RangeError unless `imageSize` is divisible by 4 */
  constructor(options: ImageDenoiserOptions = {}) {
    super();
    const { imageSize = 28, channels = 1, features = 16, hidden = 256, classes = 0 } = options;
    if (!Number.isInteger(imageSize) || imageSize < 4 || imageSize % 4 !== 0) {
      throw new RangeError(`Cannot build ImageDenoiser: imageSize must be divisible by 4, got ${imageSize}`);
    }
    const [f, timeDim, places] = [features, TIME_DIM, (imageSize / 4) ** 2];
    this.time1 = new nn.Linear(timeDim, timeDim);
    this.time2 = new nn.Linear(timeDim, timeDim);
    if (classes > 0) this.label = new nn.Embedding(classes, timeDim);
    this.down1 = new TimedConv(channels, f, timeDim, { stride: 2 });
    this.down2 = new TimedConv(f, 2 * f, timeDim, { stride: 2 });
    this.middle1 = new nn.Linear(places * 2 * f, hidden);
    this.middleTime = new nn.Linear(timeDim, hidden);
    this.middle2 = new nn.Linear(hidden, places * 2 * f);
    this.grow = new nn.ConvTranspose2d(2 * f, f, 2, { stride: 2 });
    this.up = new TimedConv(2 * f, f, timeDim);
    this.head = new nn.ConvTranspose2d(f, channels, 4, { stride: 2, padding: 1 });
  }

  forward(x: tf.Tensor4D, t: tf.Tensor1D, label?: tf.Tensor1D): tf.Tensor4D {
    let time = this.time2.forward(nn.silu(this.time1.forward(timeEmbedding(t, TIME_DIM)))); // [b, timeDim]
    if (this.label && label) time = tf.add(time, this.label.forward(label));
    const half = this.down1.forward(x, time); // [b, h/2, w/2, f]
    const quarter = this.down2.forward(half, time); // [b, h/4, w/4, 2f]
    const whole = this.middle1.forward(tf.reshape(quarter, [x.shape[0], -1])); // [b, hidden]
    const seen = this.middle2.forward(nn.silu(tf.add(whole, this.middleTime.forward(time))));
    const h = this.grow.forward(tf.add(quarter, tf.reshape(seen, quarter.shape))); // [b, h/2, w/2, f]
    return this.head.forward(this.up.forward(tf.concat([h, half], 3), time)); // [b, h, w, channels]
  }
}
