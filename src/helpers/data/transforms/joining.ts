/** Transforms made of others: one after the other, some of them, one of them, in another order. */
import { sizesOf } from '../../../engine/ops/sizes';
import { uniform } from '../../../engine/random';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import { applyGeometric, checkProbability, type Geometric, isGeometric, type Size } from './geometric';
import { hits, select } from './pixels';

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

/** Leaves images as they are. */
export class Identity implements Transform {
  forward = (x: tf.Tensor4D): tf.Tensor4D => x;
}

/** Any function of a batch of images. */
export class Lambda implements Transform {
  constructor(
    /** The function. */
    readonly forward: (x: tf.Tensor4D) => tf.Tensor4D,
  ) {}
}

function checkList(what: string, transforms: readonly Transform[]): void {
  if (transforms.length > 0) return;
  throw new RangeError(`Cannot build ${what}: expected at least one transform, got none`);
}

/**
 * Applies transforms, one after the other, to each image with probability `p`. They must not change the size, since the
 * others stay as they are.
 */
export class RandomApply implements Transform {
  private readonly inner: Compose;
  readonly p: number;

  /** @throws RangeError for a p beyond 0 … 1 or no transform */
  constructor(
    readonly transforms: readonly Transform[],
    { p = 0.5 } = {},
  ) {
    checkProbability('RandomApply', p);
    checkList('RandomApply', transforms);
    this.inner = new Compose(transforms);
    this.p = p;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch] = sizesOf('RandomApply', x, '[b, h, w, c]');
    return tf.tidy(() => select(hits(batch, this.p), this.inner.forward(x), x));
  }
}

/** For each image the result of the transform of its turn; all of them are computed. */
function chosen(x: tf.Tensor4D, transforms: readonly Transform[], turn: tf.Tensor1D): tf.Tensor4D {
  return transforms
    .map((transform) => transform.forward(x))
    .reduce((result, other, i) => select(tf.equal(turn, i), other, result));
}

/** Applies one of several transforms to each image, all as likely or as `p` says. */
export class RandomChoice implements Transform {
  private readonly bounds: readonly number[];

  /** @throws RangeError unless there is a transform, and a probability for each, not all of them 0 */
  constructor(
    readonly transforms: readonly Transform[],
    { p = transforms.map(() => 1) }: { readonly p?: readonly number[] } = {},
  ) {
    checkList('RandomChoice', transforms);
    const total = p.reduce((sum, value) => sum + value, 0);
    if (p.length !== transforms.length || !p.every((value) => value >= 0) || !(total > 0)) {
      throw new RangeError(`Cannot build RandomChoice: expected p for each transform, got ${p.join(', ')}`);
    }
    let sum = 0;
    this.bounds = p.map((value) => (sum += value) / total);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch] = sizesOf('RandomChoice', x, '[b, h, w, c]');
    return tf.tidy(() => {
      const passed = tf.greaterEqual(
        uniform([batch, 1]),
        tf.tensor2d([...this.bounds.slice(0, -1), 2], [1, this.bounds.length]),
      );
      return chosen(x, this.transforms, tf.sum(tf.cast(passed, 'int32'), 1));
    });
  }
}

/** Applies transforms one after the other, to each image in an order of its own. */
export class RandomOrder implements Transform {
  /** @throws RangeError if there is no transform */
  constructor(readonly transforms: readonly Transform[]) {
    checkList('RandomOrder', transforms);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const count = this.transforms.length;
    const [batch] = sizesOf('RandomOrder', x, '[b, h, w, c]');
    return tf.tidy(() => {
      const order = tf.topk(uniform([batch, count]), count).indices;
      return this.transforms.reduce(
        (image, _, step) =>
          chosen(image, this.transforms, tf.reshape(tf.slice(order, [0, step], [-1, 1]), [batch])),
        x,
      );
    });
  }
}
