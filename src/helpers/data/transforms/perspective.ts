/** Images seen from aside: the corners move, straight lines stay straight. */
import type { SampleOptions } from '../../../engine/ops/image';
import { sizesOf } from '../../../engine/ops/sizes';
import * as tf from '../../../engine/tf';
import { applyGeometric, checkProbability, type Geometric, type Size, wholeBelow } from './geometric';
import { affineMatrix, sample } from './matrix';
import { hits } from './pixels';

/** Where the corners of an image come to lie, x and y of each: top left, top right, bottom right, bottom left. */
export type Corners = readonly [Corner, Corner, Corner, Corner];
type Corner = readonly [x: tf.Tensor1D, y: tf.Tensor1D];

/**
 * The matrices `[b, 3, 3]` that lead from a result with these corners back to the image, whose own are (0, 0) to
 * (width − 1, height − 1) as torchvision counts them (Heckbert, "Fundamentals of Texture Mapping", 1989).
 */
export function fromCorners([height, width]: Size, corners: Corners): tf.Tensor3D {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners;
  const batch = x0.shape[0];
  return tf.tidy(() => {
    const [dx1, dx2] = [tf.sub(x1, x2), tf.sub(x3, x2)];
    const [dy1, dy2] = [tf.sub(y1, y2), tf.sub(y3, y2)];
    const sx = tf.add(tf.sub(x0, x1), tf.sub(x2, x3));
    const sy = tf.add(tf.sub(y0, y1), tf.sub(y2, y3));
    const cross = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor, d: tf.Tensor) =>
      tf.sub(tf.mul(a, d), tf.mul(b, c));
    const area = cross(dx1, dx2, dy1, dy2);
    const g = tf.div(cross(sx, dx2, sy, dy2), area);
    const h = tf.div(cross(dx1, sx, dy1, sy), area);
    // From the unit square to the corners; its inverse leads back, up to a factor that falls out.
    const [a, b, c] = [tf.add(tf.sub(x1, x0), tf.mul(g, x1)), tf.add(tf.sub(x3, x0), tf.mul(h, x3)), x0];
    const [d, e, f] = [tf.add(tf.sub(y1, y0), tf.mul(g, y1)), tf.add(tf.sub(y3, y0), tf.mul(h, y3)), y0];
    const one = tf.onesLike(x0);
    const inverse = tf.reshape(
      tf.stack(
        [
          [cross(e, f, h, one), cross(c, b, one, h), cross(b, c, e, f)],
          [cross(f, d, one, g), cross(a, c, g, one), cross(c, a, f, d)],
          [cross(d, e, g, h), cross(b, a, h, g), cross(a, b, d, e)],
        ].flat(),
        1,
      ),
      [batch, 3, 3],
    );
    const unit = affineMatrix(batch, [width - 1, 0, 0, 0, height - 1, 0]);
    // torchvision takes the middle of a pixel for half a pixel further on than its corner, but not so for the corners.
    const half = (shift: number) => affineMatrix(batch, [1, 0, shift, 0, 1, shift]);
    const matrix = tf.matMul(tf.matMul(half(-0.5), tf.matMul(unit, inverse)), half(0.5));
    return tf.div(matrix, tf.slice(matrix, [0, 2, 2], [-1, 1, 1]));
  });
}

/** Moves the corners of images, as `torchvision.transforms.v2.functional.perspective`. */
export function perspective(
  x: tf.Tensor4D,
  endpoints: readonly (readonly [number, number])[],
  sampling: SampleOptions = {},
): tf.Tensor4D {
  const [batch, height, width] = sizesOf('perspective', x, '[b, h, w, c]');
  return tf.tidy(() => {
    const corners = endpoints.map((point) => point.map((value) => tf.fill<tf.Rank.R1>([batch], value)));
    const matrix = fromCorners([height, width], corners as unknown as Corners);
    return sample(x, matrix, { interpolation: 'bilinear', ...sampling });
  });
}

/** How far corners may move, and how often they do. */
export interface RandomPerspectiveOptions extends SampleOptions {
  /** Share of half the image, 0 … 1. */
  readonly distortionScale?: number;
  readonly p?: number;
}

/** Moves the four corners inwards by random lengths with probability `p`. */
export class RandomPerspective implements Geometric {
  readonly lossless = false;
  readonly sampling: SampleOptions;
  private readonly distortionScale: number;
  private readonly p: number;

  /** @throws RangeError for a distortionScale or p beyond 0 … 1 */
  constructor({ distortionScale = 0.5, p = 0.5, ...sampling }: RandomPerspectiveOptions = {}) {
    checkProbability('RandomPerspective', p);
    if (!(distortionScale >= 0 && distortionScale <= 1)) {
      throw new RangeError(
        `Cannot build RandomPerspective: expected distortionScale in 0 … 1, got ${distortionScale}`,
      );
    }
    this.distortionScale = distortionScale;
    this.p = p;
    this.sampling = { interpolation: 'bilinear', fill: 0, ...sampling };
  }

  matrix(batch: number, [height, width]: Size): tf.Tensor3D {
    const inward = (length: number) =>
      wholeBelow(batch, Math.trunc(this.distortionScale * Math.floor(length / 2)) + 1);
    return tf.tidy(() => {
      const hit = tf.cast(hits(batch, this.p), 'float32');
      const near = (length: number): tf.Tensor1D => tf.mul(inward(length), hit);
      const far = (length: number): tf.Tensor1D => tf.sub(length - 1, near(length));
      return fromCorners(
        [height, width],
        [
          [near(width), near(height)],
          [far(width), near(height)],
          [far(width), far(height)],
          [near(width), far(height)],
        ],
      );
    });
  }

  outputSize = (size: Size): Size => size;
  forward = (x: tf.Tensor4D): tf.Tensor4D => applyGeometric(this, x);
}
