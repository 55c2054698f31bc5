/** Images moved like cloth: every pixel by a vector of its own, neighbours by similar ones. */
import type { SampleOptions } from '../../../engine/ops/image';
import { refusal, shapeText, sizesOf } from '../../../engine/ops/sizes';
import { uniform } from '../../../engine/random';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import { gaussianBlur } from './blur';
import { faded } from './matrix';
import { asFloat, rounded } from './pixels';

/** Takes pixels from places `[b, H, W]` between pixels; what lies outside is 0. */
function gridSample(x: tf.Tensor4D, left: tf.Tensor3D, top: tf.Tensor3D, nearest: boolean): tf.Tensor4D {
  const [b, h, w, c] = sizesOf('elastic', x, '[b, h, w, c]');
  const [, height, width] = sizesOf('elastic', left, '[b, h, w]');
  const flat = tf.reshape(x, [b * h * w, c]);
  const start = tf.reshape(tf.mul(tf.range(0, b), h * w), [b, 1, 1]);
  const read = (column: tf.Tensor, row: tf.Tensor): tf.Tensor => {
    const inside = tf.logicalAnd(
      tf.logicalAnd(tf.greaterEqual(column, 0), tf.lessEqual(column, w - 1)),
      tf.logicalAnd(tf.greaterEqual(row, 0), tf.lessEqual(row, h - 1)),
    );
    const [x0, y0] = [tf.clipByValue(column, 0, w - 1), tf.clipByValue(row, 0, h - 1)];
    const place = tf.cast(tf.add(start, tf.add(tf.mul(y0, w), x0)), 'int32');
    const pixels = tf.reshape(tf.gather(flat, tf.reshape(place, [-1])), [b, height, width, c]);
    return tf.mul(pixels, tf.expandDims(tf.cast(inside, 'float32'), 3));
  };
  if (nearest) return read(tf.round(left), tf.round(top));
  const [x0, y0] = [tf.floor(left), tf.floor(top)];
  const [right, below] = [tf.sub(left, x0), tf.sub(top, y0)].map((part) => tf.expandDims(part, 3)) as [
    tf.Tensor,
    tf.Tensor,
  ];
  const row = (at: tf.Tensor): tf.Tensor =>
    tf.add(tf.mul(read(x0, at), tf.sub(1, right)), tf.mul(read(tf.add(x0, 1), at), right));
  return tf.add(tf.mul(row(y0), tf.sub(1, below)), tf.mul(row(tf.add(y0, 1)), below));
}

/**
 * Moves every pixel by a vector of its own, as `torchvision.transforms.v2.functional.elastic`.
 * @param displacement `[b, h, w, 2]` or `[1, h, w, 2]`: along x and y, 2 being the whole width and height
 * @throws TypeError for a displacement of another shape
 */
export function elastic(
  x: tf.Tensor4D,
  displacement: tf.Tensor4D,
  sampling: SampleOptions = {},
): tf.Tensor4D {
  const [b, h, w] = sizesOf('elastic', x, '[b, h, w, c]');
  const [n, height, width, two] = displacement.shape;
  if ((n !== b && n !== 1) || height !== h || width !== w || two !== 2) {
    throw refusal('elastic', `a displacement [${b}, ${h}, ${w}, 2]`, shapeText(displacement));
  }
  return tf.tidy(() => {
    const [dx, dy] = tf.unstack(displacement, 3) as [tf.Tensor3D, tf.Tensor3D];
    const zeros = tf.zeros([b, h, w]);
    const left = tf.add(tf.add(tf.mul(dx, w / 2), tf.range(0, w)), zeros);
    const top = tf.add(tf.add(tf.mul(dy, h / 2), tf.reshape(tf.range(0, h), [h, 1])), zeros);
    const { interpolation = 'bilinear', fill = 0 } = sampling;
    const float = asFloat(x);
    const marked = tf.concat([float, tf.onesLike(tf.slice(float, [0, 0, 0, 0], [-1, -1, -1, 1]))], 3);
    const moved = gridSample(marked, left, top, interpolation === 'nearest');
    const [image, inside] = tf.split(moved, [float.shape.at(-1) ?? 0, 1], 3) as [tf.Tensor4D, tf.Tensor4D];
    return rounded(faded(image, inside, fill), x);
  });
}

/** How far pixels move and how alike neighbours do; one number, or two for x and y. */
export interface ElasticOptions extends SampleOptions {
  readonly alpha?: number | readonly [number, number];
  readonly sigma?: number | readonly [number, number];
}

/** Moves pixels by random vectors, smoothed by a bell of `sigma` pixels and `alpha` times as long. */
export class ElasticTransform implements Transform {
  private readonly alpha: readonly [number, number];
  private readonly sigma: readonly [number, number];
  private readonly sampling: SampleOptions;

  constructor({ alpha = 50, sigma = 5, ...sampling }: ElasticOptions = {}) {
    this.alpha = typeof alpha === 'number' ? [alpha, alpha] : alpha;
    this.sigma = typeof sigma === 'number' ? [sigma, sigma] : sigma;
    this.sampling = sampling;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [b, h, w] = sizesOf('ElasticTransform', x, '[b, h, w, c]');
    return tf.tidy(() => {
      const along = (axis: 0 | 1, length: number): tf.Tensor4D => {
        const noise = uniform<tf.Rank.R4>([b, h, w, 1], -1, 1);
        const sigma = this.sigma[axis];
        const size = Math.trunc(8 * sigma + 1);
        const smooth = sigma > 0 ? gaussianBlur(noise, size % 2 === 0 ? size + 1 : size, this.sigma) : noise;
        return tf.mul(smooth, this.alpha[axis] / length);
      };
      return elastic(x, tf.concat([along(0, w), along(1, h)], 3), this.sampling);
    });
  }
}
