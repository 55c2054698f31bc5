/**
 * Networks that see the noise in noisy data at a given time, for `ddpm.ts`: an MLP for points and a small U-Net for
 * images, which goes down to a coarse map and up again with a short cut at each size (Ronneberger, Fischer and Brox,
 * "U-Net", 2015, https://arxiv.org/abs/1505.04597). Both are told the time by its sinusoidal embedding, as in Ho, Jain
 * and Abbeel, "Denoising Diffusion Probabilistic Models", 2020, https://arxiv.org/abs/2006.11239, appendix B.
 */
import * as tf from '../engine/tf';
import * as nn from './layers';

/** sin and cos of the times `[b]` at `dim / 2` frequencies from 1 down to 1/10000: `[b, dim]`, sines first. */
export function timeEmbedding(t: tf.Tensor1D, dim: number): tf.Tensor2D {
  if (!Number.isInteger(dim) || dim < 4 || dim % 2 !== 0) {
    throw new RangeError(`Cannot embed times: expected an even dim of at least 4, got ${dim}`);
  }
  const half = dim / 2;
  const rates = Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10000) * i) / (half - 1)));
  const angles = tf.mul<tf.Tensor2D>(tf.expandDims(tf.cast(t, 'float32'), 1), tf.tensor2d([rates])); // [b, dim / 2]
  return tf.concat<tf.Tensor2D>([tf.sin(angles), tf.cos(angles)], 1);
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

/** Two convolutions with the time added in between, around them a short cut: `[b, h, w, c]` → `[b, h, w, out]`. */
export class TimedBlock extends nn.Module {
  readonly norm1: nn.GroupNorm;
  readonly conv1: nn.Conv2d;
  readonly time: nn.Linear;
  readonly norm2: nn.GroupNorm;
  readonly conv2: nn.Conv2d;
  readonly shortcut?: nn.Conv2d;

  constructor(inChannels: number, outChannels: number, timeDim: number) {
    super();
    this.norm1 = new nn.GroupNorm(8, inChannels);
    this.conv1 = new nn.Conv2d(inChannels, outChannels, 3, { padding: 1 });
    this.time = new nn.Linear(timeDim, outChannels);
    this.norm2 = new nn.GroupNorm(8, outChannels);
    this.conv2 = new nn.Conv2d(outChannels, outChannels, 3, { padding: 1 });
    if (inChannels !== outChannels) this.shortcut = new nn.Conv2d(inChannels, outChannels, 1);
  }

  forward(x: tf.Tensor4D, time: tf.Tensor2D): tf.Tensor4D {
    const shift = tf.expandDims(tf.expandDims(this.time.forward(time), 1), 1); // [b, 1, 1, out]
    let h = tf.add<tf.Tensor4D>(this.conv1.forward(nn.silu(this.norm1.forward(x))), shift);
    h = this.conv2.forward(nn.silu(this.norm2.forward(h)));
    return tf.add(h, this.shortcut ? this.shortcut.forward(x) : x);
  }
}

export interface ImageDenoiserOptions {
  readonly channels?: number;
  /** Channels of the larger map; the smaller one has twice as many. A multiple of 8. */
  readonly features?: number;
  /** Pixels on a side that one place of the larger map stands for. */
  readonly patch?: number;
}

/** Maps noisy images `[b, h, w, channels]` and their times `[b]` to the noise in them; h and w divisible by 2 · patch. */
export class ImageDenoiser extends nn.Module {
  readonly time1: nn.Linear;
  readonly time2: nn.Linear;
  readonly stem: nn.Conv2d;
  readonly down: TimedBlock;
  readonly shrink: nn.Conv2d;
  readonly middle1: TimedBlock;
  readonly middle2: TimedBlock;
  readonly grow: nn.ConvTranspose2d;
  readonly up: TimedBlock;
  readonly head: nn.ConvTranspose2d;
  readonly timeDim: number;

  constructor({ channels = 1, features = 32, patch = 2 }: ImageDenoiserOptions = {}) {
    super();
    const [f, wide] = [features, 2 * features];
    this.timeDim = wide;
    this.time1 = new nn.Linear(wide, wide);
    this.time2 = new nn.Linear(wide, wide);
    this.stem = new nn.Conv2d(channels, f, patch, { stride: patch });
    this.down = new TimedBlock(f, f, wide);
    this.shrink = new nn.Conv2d(f, wide, 2, { stride: 2 });
    this.middle1 = new TimedBlock(wide, wide, wide);
    this.middle2 = new TimedBlock(wide, wide, wide);
    this.grow = new nn.ConvTranspose2d(wide, f, 2, { stride: 2 });
    this.up = new TimedBlock(wide, f, wide);
    this.head = new nn.ConvTranspose2d(f, channels, patch, { stride: patch });
  }

  forward(x: tf.Tensor4D, t: tf.Tensor1D): tf.Tensor4D {
    const time = this.time2.forward(nn.silu(this.time1.forward(timeEmbedding(t, this.timeDim))));
    const large = this.down.forward(this.stem.forward(x), time); // [b, h/p, w/p, f]
    let h = this.middle1.forward(this.shrink.forward(large), time); // [b, h/2p, w/2p, 2f]
    h = this.grow.forward(this.middle2.forward(h, time)); // [b, h/p, w/p, f]
    return this.head.forward(this.up.forward(tf.concat([h, large], 3), time)); // [b, h, w, c]
  }
}
