/**
 * Affine maps of pixel positions, one 3 × 3 matrix for each image of a batch. A matrix leads from a pixel (x, y) of
 * the result back to the place in the input that it is taken from; the origin is the centre of the top left pixel.
 */
import { projectiveTransform, type SampleOptions } from '../../../engine/ops/image';
import * as tf from '../../../engine/tf';
import { asFloat, rounded } from './pixels';

/** A number for each image, or the same one for all. */
export type PerImage = tf.Tensor1D | number;

type SixNumbers = readonly [PerImage, PerImage, PerImage, PerImage, PerImage, PerImage];

/** Matrices `[b, 3, 3]` of x' = a x + b y + c, y' = d x + e y + f. */
export function affineMatrix(batch: number, numbers: SixNumbers): tf.Tensor3D {
  return tf.tidy(() => {
    const columns = [...numbers, 0, 0, 1].map((number) =>
      typeof number === 'number' ? tf.fill([batch], number) : number,
    );
    return tf.reshape(tf.stack(columns, 1), [batch, 3, 3]);
  });
}

/** Takes every pixel of a result of this size from where `matrix` leads. Whole numbers stay whole. */
export function sample(
  x: tf.Tensor4D,
  matrix: tf.Tensor3D,
  sampling: SampleOptions,
  size?: readonly [number, number],
): tf.Tensor4D {
  return tf.tidy(() => {
    const rows = tf.reshape(matrix, [matrix.shape[0], 9]);
    const scaled = tf.div(tf.slice(rows, [0, 0], [-1, 8]), tf.slice(rows, [0, 8], [-1, 1]));
    const float = asFloat(x);
    const { interpolation, edge, fill } = sampling;
    if (interpolation !== 'bilinear' || edge === 'nearest' || fill === undefined) {
      return rounded(projectiveTransform(float, scaled, { ...sampling, size }), x);
    }
    // With a fill torchvision lets the edge fade twice: once into black, once into the fill.
    const channels = x.shape.at(-1) ?? 0;
    const marked = tf.concat([float, tf.onesLike(tf.slice(float, [0, 0, 0, 0], [-1, -1, -1, 1]))], 3);
    const moved = projectiveTransform(marked, scaled, { interpolation, size });
    const [image, inside] = tf.split(moved, [channels, 1], 3) as [tf.Tensor4D, tf.Tensor4D];
    return rounded(faded(image, inside, fill), x);
  });
}

/** An image that ends where `inside` falls from 1 to 0, before a ground of one colour. */
export function faded(image: tf.Tensor, inside: tf.Tensor, fill: number | readonly number[]): tf.Tensor4D {
  const ground = typeof fill === 'number' ? tf.scalar(fill) : tf.tensor1d([...fill]);
  return tf.add(tf.mul(tf.sub(image, ground), inside), ground);
}

/** Degrees as radians, one number for each image. */
function radians(degrees: PerImage, batch: number): tf.Tensor1D {
  const tensor = typeof degrees === 'number' ? tf.fill([batch], degrees) : degrees;
  return tf.mul(tensor, Math.PI / 180);
}

/** Angles and lengths of an affine map, with torchvision's names and directions. */
export interface AffineParameters {
  /** Pixels from the left and from the top to what stays in its place; the middle of the image unless given. */
  readonly center?: readonly [number, number] | undefined;
  /** Degrees, clockwise. */
  readonly angle?: PerImage;
  /** Pixels to the right and down. */
  readonly translate?: readonly [PerImage, PerImage];
  readonly scale?: PerImage;
  /** Degrees along x and y. */
  readonly shear?: readonly [PerImage, PerImage];
}

/**
 * The matrices of torchvision's `affine`: shear, rotation and scaling about the centre of the image, then translation.
 *
 * @param size height and width of the images
 */
export function affineAboutCentre(
  batch: number,
  [height, width]: readonly [number, number],
  {
    angle = 0,
    translate: [tx, ty] = [0, 0],
    scale = 1,
    shear: [sx, sy] = [0, 0],
    center: [left, top] = [width / 2, height / 2],
  }: AffineParameters,
): tf.Tensor3D {
  return tf.tidy(() => {
    const turn = radians(angle, batch);
    const [shearX, shearY] = [radians(sx, batch), radians(sy, batch)];
    const tilted = tf.sub(turn, shearY);
    const cosine = tf.div(tf.cos(tilted), tf.cos(shearY));
    const sine = tf.div(tf.sin(tilted), tf.cos(shearY));
    // The map from input to result is scale · [cosine b; sine d]; ours leads back: its inverse.
    const b = tf.neg(tf.add(tf.mul(cosine, tf.tan(shearX)), tf.sin(turn)));
    const d = tf.sub(tf.cos(turn), tf.mul(sine, tf.tan(shearX)));
    const [xx, xy] = [tf.div(d, scale), tf.div(tf.neg(b), scale)];
    const [yx, yy] = [tf.div(tf.neg(sine), scale), tf.div(cosine, scale)];
    const [cx, cy] = [left - 0.5, top - 0.5];
    const [fromX, fromY] = [tf.neg(tf.add(tx, cx)), tf.neg(tf.add(ty, cy))];
    const shift = (alongX: tf.Tensor, alongY: tf.Tensor, centre: number): tf.Tensor1D =>
      tf.add(tf.add(tf.mul(alongX, fromX), tf.mul(alongY, fromY)), centre);
    return affineMatrix(batch, [xx, xy, shift(xx, xy, cx), yx, yy, shift(yx, yy, cy)]);
  });
}
