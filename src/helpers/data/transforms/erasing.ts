/** Random boxes: erased (Zhong et al., "Random Erasing Data Augmentation", 2017). */
import { sizesOf } from '../../../engine/ops/sizes';
import { normal, uniform } from '../../../engine/random';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import { firstValid, TRIES } from './crop';
import { checkProbability, type Range, wholeBelow } from './geometric';
import { asFloat, truncated } from './pixels';

/** 1 inside the box of each image, 0 outside, `[b, h, w, 1]`; edges in pixels, the lower ones excluded. */
export function boxMask(
  [height, width]: readonly [number, number],
  [top, left, bottom, right]: readonly [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D],
): tf.Tensor4D {
  const line = (length: number, from: tf.Tensor1D, to: tf.Tensor1D): tf.Tensor2D => {
    const at = tf.range(0, length).reshape([1, length]);
    const [low, high] = [from, to].map((edge) => tf.reshape(edge, [-1, 1])) as [tf.Tensor2D, tf.Tensor2D];
    return tf.cast(tf.logicalAnd(tf.greaterEqual(at, low), tf.less(at, high)), 'float32');
  };
  return tf.tidy(() =>
    tf.mul(
      tf.reshape(line(height, top, bottom), [-1, height, 1, 1]),
      tf.reshape(line(width, left, right), [-1, 1, width, 1]),
    ),
  );
}

/** How often a box is erased, its size, and what stands there then. */
export interface RandomErasingOptions {
  readonly p?: number;
  /** Area of the box as a share of the image. */
  readonly scale?: Range;
  /** Height of the box divided by its width. */
  readonly ratio?: Range;
  /** What the box is filled with: a number, one for each channel, or normally distributed noise. */
  readonly value?: number | readonly number[] | 'random';
}

/** Fills a random box with `value`, with probability `p` for each image. */
export class RandomErasing implements Transform {
  private readonly p: number;
  private readonly scale: Range;
  private readonly ratio: Range;
  private readonly value: number | readonly number[] | 'random';

  constructor({ p = 0.5, scale = [0.02, 0.33], ratio = [0.3, 3.3], value = 0 }: RandomErasingOptions = {}) {
    checkProbability('RandomErasing', p);
    this.p = p;
    this.scale = scale;
    this.ratio = ratio;
    this.value = value;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width] = sizesOf('RandomErasing', x, '[b, h, w, c]');
    return tf.tidy(() => {
      const shape: [number, number] = [batch, TRIES];
      const area = tf.mul(uniform(shape, ...this.scale), height * width);
      const ratio = tf.exp(uniform(shape, Math.log(this.ratio[0]), Math.log(this.ratio[1])));
      const h = tf.round(tf.sqrt(tf.mul(area, ratio)));
      const w = tf.round(tf.sqrt(tf.div(area, ratio)));
      const fits = tf.logicalAnd(tf.less(h, height), tf.less(w, width));
      const [boxHeight, boxWidth] = [firstValid(h, fits, 0), firstValid(w, fits, 0)];
      const top = wholeBelow(batch, tf.add(tf.sub(height, boxHeight), 1));
      const left = wholeBelow(batch, tf.add(tf.sub(width, boxWidth), 1));
      const hit = tf.cast(tf.less(uniform([batch]), this.p), 'float32');
      const bottom = tf.add(top, tf.mul(boxHeight, hit)); // a box without height erases nothing
      const mask = boxMask([height, width], [top, left, bottom, tf.add(left, boxWidth)]);
      const { value } = this;
      const filling =
        value === 'random'
          ? normal(x.shape)
          : typeof value === 'number'
            ? tf.scalar(value)
            : tf.tensor1d([...value]);
      return truncated(tf.add(tf.mul(asFloat(x), tf.sub(1, mask)), tf.mul(mask, filling)), x);
    });
  }
}
