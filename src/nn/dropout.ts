/** Layers that drop a random share while training: elements, whole channels, or towards SELU's lowest value. */
import { dropout as dropped, randomMask } from '../engine/ops/dropout';
import { refusal } from '../engine/ops/sizes';
import { guard } from '../engine/recording/guards';
import * as tf from '../engine/tf';
import { describe, float } from './describe';
import { Module } from './module';

/** Which elements of x share one draw: all sizes along which they do not are kept, the others 1. */
type Draws = (x: tf.Tensor) => number[];

/** Each element by itself. */
const each: Draws = ({ shape }) => [...shape];

/** Whole channels of each sample, `[b, …, c]`: the places between share one draw. */
const channels: Draws = ({ shape }) => shape.map((n, i) => (i === 0 || i === shape.length - 1 ? n : 1));

/** The value SELU falls to: −scale·alpha. */
const LOWEST = -1.7580993408473766;

/**
 * Drops towards SELU's lowest value, then scales and shifts so that mean 0 and variance 1 stay: Klambauer et al.,
 * "Self-Normalizing Neural Networks", 2017, https://arxiv.org/abs/1706.02515.
 */
function alphaDropped(x: tf.Tensor, p: number, draws: number[]): tf.Tensor {
  if (p === 0) return x;
  if (p === 1) return tf.mul(x, 0);
  const kept = randomMask(draws, p);
  const a = 1 / Math.sqrt((LOWEST ** 2 * p + 1) * (1 - p));
  const shift = tf.mul(tf.sub(1, kept), LOWEST * a);
  return tf.add(tf.mul(x, tf.mul(kept, a)), tf.sub(shift, LOWEST * a * p));
}

function checkShare(doing: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`Cannot ${doing}: p must be in [0, 1], got ${p}`);
}

/** What a dropout function is told: the share to drop, half unless given, and whether it drops at all. */
export interface DropoutOptions {
  readonly p?: number;
  readonly training?: boolean;
}

function dropping(what: string, drop: (x: tf.Tensor, p: number) => tf.Tensor, ranks?: readonly number[]) {
  return (x: tf.Tensor, { p = 0.5, training = true }: DropoutOptions = {}): tf.Tensor => {
    checkShare(`call ${what}`, p);
    if (ranks && !ranks.includes(x.rank)) {
      throw refusal(
        what,
        `a batch of ${ranks.map((n) => n - 1).join(' or ')} axes a sample, channels last`,
        x,
      );
    }
    return training ? drop(x, p) : x;
  };
}

const alongChannels = (x: tf.Tensor, p: number): tf.Tensor => dropped(x, p, channels(x));

/** Sets each element to zero with probability p and scales the rest by 1 / (1 − p). */
export const dropout = dropping('dropout', (x, p) => dropped(x, p));

/** Drops whole channels of sequences `[b, t, c]`. */
export const dropout1d = dropping('dropout1d', alongChannels, [3]);

/** Drops whole channels of images `[b, h, w, c]`. */
export const dropout2d = dropping('dropout2d', alongChannels, [4]);

/** Drops whole channels of volumes `[b, d, h, w, c]`. */
export const dropout3d = dropping('dropout3d', alongChannels, [5]);

/** Drops elements towards SELU's lowest value and keeps mean and variance. */
export const alphaDropout = dropping('alphaDropout', (x, p) => alphaDropped(x, p, each(x)));

/** Drops whole channels towards SELU's lowest value and keeps mean and variance. */
export const featureAlphaDropout = dropping('featureAlphaDropout', (x, p) => alphaDropped(x, p, channels(x)));

/** What all layers share that drop while training. */
abstract class Dropping extends Module {
  /** @throws RangeError unless `p` is in [0, 1] */
  constructor(public p = 0.5) {
    super();
    checkShare(`build ${this.typeName()}`, p);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const { training } = this;
    return this.drop(x, { p: training ? guard(() => this.p) : 0, training });
  }

  protected abstract readonly drop: (x: tf.Tensor, options: DropoutOptions) => tf.Tensor;

  protected override extraRepr(): string {
    return describe({ p: float(this.p), inplace: false });
  }
}

/** While training, sets each element to zero with probability p and scales the rest by 1 / (1 − p). */
export class Dropout extends Dropping {
  protected override readonly drop = dropout;
}

/** `dropout1d` as a module. */
export class Dropout1d extends Dropping {
  protected override readonly drop = dropout1d;
}

/** `dropout2d` as a module. */
export class Dropout2d extends Dropping {
  protected override readonly drop = dropout2d;
}

/** `dropout3d` as a module. */
export class Dropout3d extends Dropping {
  protected override readonly drop = dropout3d;
}

/** `alphaDropout` as a module. */
export class AlphaDropout extends Dropping {
  protected override readonly drop = alphaDropout;
}

/** `featureAlphaDropout` as a module. */
export class FeatureAlphaDropout extends Dropping {
  protected override readonly drop = featureAlphaDropout;
}

/** Drops out while the module trains; a share that has changed makes compiled functions record anew. */
export function dropoutWhileTraining(module: Module, x: tf.Tensor, p: () => number): tf.Tensor {
  return module.training ? dropped(x, guard(p)) : x;
}
