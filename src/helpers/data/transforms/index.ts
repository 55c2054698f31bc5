/**
 * Augmentation as TensorFlow operations on whole batches `[b, h, w, c]` in 0 … 1, with torchvision's names and meaning.
 * Random numbers come from engine/random, so that a transform may stand inside a compiled function.
 * @module tsdl/helpers/data/transforms
 * @example
 * import * as transforms from 'tsdl/helpers/data/transforms';
 * const augment = new transforms.Compose([
 *   new transforms.RandomHorizontalFlip(),
 *   new transforms.RandomRotation(10),
 *   new transforms.ColorJitter({ brightness: 0.2, contrast: 0.2 }),
 *   new transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
 * ]);
 */
import { refusal, sizesOf } from '../../../engine/ops/sizes';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import { applyGeometric, type Geometric, isGeometric, type Size } from './geometric';

export type { Interpolation, SampleOptions } from '../../../engine/ops/image';
export type { Transform } from '../dataset';
export * from './color';
export { RandomCrop, RandomResizedCrop, type RandomResizedCropOptions } from './crop';
export { RandomErasing, type RandomErasingOptions } from './erasing';
export {
  type Geometric,
  RandomAffine,
  type RandomAffineOptions,
  RandomHorizontalFlip,
  RandomRotation,
  RandomVerticalFlip,
  type Range,
  type Size,
} from './geometric';
export type { PerImage } from './matrix';
export { CutMix, type Mixed, type MixOptions, MixUp } from './mix';

/** Whole numbers 0 … 255 (int32) become 0 … 1; floats stay as they are, as in torchvision. */
export class ToTensor implements Transform {
  forward(x: tf.Tensor4D): tf.Tensor4D {
    if (x.dtype !== 'int32') return x;
    return tf.tidy(() => tf.div(tf.cast(x, 'float32'), 255));
  }
}

/** (x − mean) / std for each channel. */
export class Normalize implements Transform {
  /** @throws RangeError unless there are as many means as deviations, all of them above 0 */
  constructor(
    private readonly mean: readonly number[],
    private readonly std: readonly number[],
  ) {
    if (mean.length !== std.length || mean.length === 0 || !std.every((value) => value > 0)) {
      throw new RangeError(
        `Cannot build Normalize: expected a mean and a std > 0 for each channel, ` +
          `got [${mean.join(', ')}] and [${std.join(', ')}]`,
      );
    }
  }

  /** @throws TypeError for another number of channels */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width, channels] = sizesOf('Normalize', x, '[b, h, w, c]');
    if (channels !== this.mean.length) {
      throw refusal('Normalize', `images [b, h, w, ${this.mean.length}]`, x);
    }
    // TensorFlow spreads a long row far faster over the image than a row of three numbers.
    const row = (values: readonly number[]): tf.Tensor1D => tf.tile(tf.tensor1d([...values]), [width]);
    return tf.tidy(() => {
      const rows = tf.reshape(x, [batch * height, width * channels]);
      const centred = tf.sub(rows, row(this.mean));
      return tf.reshape(tf.div(centred, row(this.std)), x.shape);
    });
  }
}

/** Joined movements of pixels: one matrix product for each image and one pass over the pixels. */
class Joined implements Geometric {
  readonly sampling: Geometric['sampling'];
  readonly lossless: boolean;

  constructor(
    private readonly first: Geometric,
    private readonly second: Geometric,
  ) {
    this.sampling = first.lossless ? second.sampling : first.sampling;
    this.lossless = first.lossless && second.lossless;
  }

  matrix(batch: number, size: Size): tf.Tensor3D {
    return tf.tidy(() => {
      const first = this.first.matrix(batch, size);
      return tf.matMul(first, this.second.matrix(batch, this.first.outputSize(size)));
    });
  }

  outputSize(size: Size): Size {
    return this.second.outputSize(this.first.outputSize(size));
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return applyGeometric(this, x, 'Compose');
  }
}

/** Joins neighbours where one of the two loses nothing, so that the result is the same to the last bit. */
function join(transforms: readonly Transform[]): Transform[] {
  return transforms.reduce<Transform[]>((joined, next) => {
    const last = joined.at(-1);
    if (last !== undefined && isGeometric(last) && isGeometric(next) && (last.lossless || next.lossless)) {
      return [...joined.slice(0, -1), new Joined(last, next)];
    }
    return [...joined, next];
  }, []);
}

/** Transforms one after the other. */
export class Compose implements Transform {
  private readonly steps: readonly Transform[];

  constructor(readonly transforms: readonly Transform[]) {
    this.steps = join(transforms);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => this.steps.reduce((image, step) => step.forward(image), x));
  }
}
