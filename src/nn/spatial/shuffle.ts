/** Channels that become pixels, pixels that become channels, and channels that change places. */
import { refusal } from '../../engine/ops/sizes';
import * as tf from '../../engine/tf';
import { checkedCount } from '../checks';
import { describe } from '../describe';
import { Module } from '../module';

/**
 * `[…, h, w, c · r²]` → `[…, h · r, w · r, c]`: each pixel's channels become a square of pixels (Shi et al., "Real-Time
 * Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network", 2016).
 * @throws TypeError unless the channels, which are last, can be divided by r²
 */
export function pixelShuffle(x: tf.Tensor, upscaleFactor: number): tf.Tensor {
  return shuffle('pixelShuffle', x, upscaleFactor);
}

/**
 * `[…, h · r, w · r, c]` → `[…, h, w, c · r²]`: undoes `pixelShuffle`.
 * @throws TypeError unless rows and columns can be divided by r
 */
export function pixelUnshuffle(x: tf.Tensor, downscaleFactor: number): tf.Tensor {
  return unshuffle('pixelUnshuffle', x, downscaleFactor);
}

/**
 * Deals the channels, which are last, of all groups in turn: channel i of group g becomes channel i · groups + g.
 * @throws TypeError unless the channels can be divided by the groups
 */
export function channelShuffle(x: tf.Tensor, groups: number): tf.Tensor {
  return deal('channelShuffle', x, groups);
}

function shuffle(what: string, x: tf.Tensor, r: number): tf.Tensor {
  checkedCount(what, 'upscaleFactor', r);
  const [h = 0, w = 0, c = 0] = x.shape.slice(-3);
  if (x.rank < 3 || c % (r * r) !== 0) {
    throw refusal(what, `images [..., h, w, c] of a multiple of ${r * r} channels`, x);
  }
  const parts = tf.transpose(tf.reshape(x, [-1, h, w, c / (r * r), r, r]), [0, 1, 4, 2, 5, 3]);
  return tf.reshape(parts, [...x.shape.slice(0, -3), h * r, w * r, c / (r * r)]);
}

function unshuffle(what: string, x: tf.Tensor, r: number): tf.Tensor {
  checkedCount(what, 'downscaleFactor', r);
  const [h = 0, w = 0, c = 0] = x.shape.slice(-3);
  if (x.rank < 3 || h % r !== 0 || w % r !== 0) {
    throw refusal(what, `images [..., h, w, c] of a multiple of ${r} rows and columns`, x);
  }
  const parts = tf.transpose(tf.reshape(x, [-1, h / r, r, w / r, r, c]), [0, 1, 3, 5, 2, 4]);
  return tf.reshape(parts, [...x.shape.slice(0, -3), h / r, w / r, c * r * r]);
}

function deal(what: string, x: tf.Tensor, groups: number): tf.Tensor {
  checkedCount(what, 'groups', groups);
  const c = x.shape.at(-1) ?? 0;
  if (x.rank < 3 || c % groups !== 0) {
    throw refusal(what, `[b, ..., c] of a multiple of ${groups} channels`, x);
  }
  return tf.reshape(tf.transpose(tf.reshape(x, [-1, groups, c / groups]), [0, 2, 1]), x.shape);
}

/** `pixelShuffle` as a module. */
export class PixelShuffle extends Module {
  constructor(readonly upscaleFactor: number) {
    super();
    checkedCount('PixelShuffle', 'upscaleFactor', upscaleFactor);
  }

  /** @throws TypeError unless the channels, which are last, can be divided by the factor's square */
  forward(x: tf.Tensor): tf.Tensor {
    return shuffle(this.typeName(), x, this.upscaleFactor);
  }

  protected override extraRepr(): string {
    return describe({ upscaleFactor: this.upscaleFactor });
  }
}

/** `pixelUnshuffle` as a module. */
export class PixelUnshuffle extends Module {
  constructor(readonly downscaleFactor: number) {
    super();
    checkedCount('PixelUnshuffle', 'downscaleFactor', downscaleFactor);
  }

  /** @throws TypeError unless rows and columns can be divided by the factor */
  forward(x: tf.Tensor): tf.Tensor {
    return unshuffle(this.typeName(), x, this.downscaleFactor);
  }

  protected override extraRepr(): string {
    return describe({ downscaleFactor: this.downscaleFactor });
  }
}

/** `channelShuffle` as a module. */
export class ChannelShuffle extends Module {
  constructor(readonly groups: number) {
    super();
    checkedCount('ChannelShuffle', 'groups', groups);
  }

  /** @throws TypeError unless the channels, which are last, can be divided by the groups */
  forward(x: tf.Tensor): tf.Tensor {
    return deal(this.typeName(), x, this.groups);
  }

  protected override extraRepr(): string {
    return describe({ groups: this.groups });
  }
}
