/** Transforms at the edges of their options: what is drawn, from where, and what stays as it is. */
import assert from 'node:assert/strict';

import { manualSeed } from '../../../../src/engine/random';
import * as tf from '../../../../src/engine/tf';
import * as transforms from '../../../../src/helpers/data/transforms';
import { firstValid } from '../../../../src/helpers/data/transforms/crop';
import { boxMask } from '../../../../src/helpers/data/transforms/erasing';
import type { Geometric } from '../../../../src/helpers/data/transforms/geometric';
import { assertClose } from '../../../support/close';

const counting = (h: number, w: number, c = 1) => tf.reshape(tf.range(1, h * w * c + 1), [1, h, w, c]);
const matrix = (transform: Geometric, size: [number, number]) =>
  tf.tidy(() => [...transform.matrix(1, size).dataSync()]);

describe('What a transform leaves alone', () => {
  const x = counting(2, 3, 3);

  it('ToTensor: floats; ColorJitter without a strength: everything', () => {
    assert.equal(new transforms.ToTensor().forward(x), x);
    assert.equal(new transforms.ColorJitter().forward(x), x);
    assert.equal(new transforms.ColorJitter({ brightness: 0, contrast: [1, 1], hue: [0, 0] }).forward(x), x);
  });

  it('with a probability of 0: every image; with 1: none', () => {
    const kinds = [transforms.RandomHorizontalFlip, transforms.RandomVerticalFlip];
    for (const Kind of kinds) {
      assert.deepEqual(new Kind(0).forward(x).dataSync(), x.dataSync());
      assert.notDeepEqual(new Kind(1).forward(x).dataSync(), x.dataSync());
    }
    const erasing = (p: number) => new transforms.RandomErasing({ p, scale: [0.3, 0.5], ratio: [1, 1] });
    const image = tf.ones([1, 8, 8, 1]);
    assert.equal(Math.min(...erasing(0).forward(image).dataSync()), 1);
    assert.equal(Math.min(...erasing(1).forward(image).dataSync()), 0);
  });

  it('shapes and values of colours: all of [b, h, w, c] in 0 … 1, one factor or one an image', () => {
    const image = tf.div(x, 18);
    const half = tf.tensor1d([0.5]);
    for (const change of [
      transforms.adjustBrightness,
      transforms.adjustContrast,
      transforms.adjustSaturation,
      transforms.adjustHue,
    ]) {
      // prettier-ignore
      assert.deepEqual(change(image, half).shape, image.shape);
      assertClose(change(image, half).dataSync(), change(image, 0.5).dataSync(), 1e-6);
    }
    assertClose(transforms.adjustHue(image, 1).dataSync(), image.dataSync(), 1e-5); // a whole turn
    assertClose(transforms.adjustSaturation(image, 1).dataSync(), image.dataSync(), 1e-6);
    const bright = transforms.adjustBrightness(image, 3).dataSync();
    assert.deepEqual([Math.max(...bright), Math.min(...bright) > 0], [1, true]);
  });
});

describe('Defaults', () => {
  it('are those of torchvision', () => {
    const crop = new transforms.RandomResizedCrop(4) as unknown as Record<string, unknown>;
    assert.deepEqual(
      [crop.size, crop.scale, crop.ratio, crop.sampling],
      [[4, 4], [0.08, 1], [3 / 4, 4 / 3], { interpolation: 'bilinear', edge: 'nearest' }],
    );
    const erasing = new transforms.RandomErasing() as unknown as Record<string, unknown>;
    const { p, scale, ratio, value } = erasing;
    assert.deepEqual([p, scale, ratio, value], [0.5, [0.02, 0.33], [0.3, 3.3], 0]);
    assert.deepEqual(new transforms.RandomCrop(3).sampling, { fill: 0 });
    assert.deepEqual(
      [new transforms.RandomHorizontalFlip().p, new transforms.RandomVerticalFlip().p],
      [0.5, 0.5],
    );
  });
});

describe('Geometric transforms', () => {
  it('are sampled as asked: interpolation and fill', () => {
    const options = { interpolation: 'bilinear', fill: 0.5 } as const;
    assert.deepEqual(new transforms.RandomRotation(10, options).sampling, options);
    assert.deepEqual(new transforms.RandomAffine(10, options).sampling, options);
    const image = tf.ones([1, 5, 5, 1]);
    const turned = new transforms.RandomRotation([45, 45], { fill: 0.5 }).forward(image).dataSync();
    assert.equal(turned[0], 0.5);
  });

  it('that do nothing lead every pixel back to itself', () => {
    const still: Geometric[] = [
      new transforms.RandomRotation(0),
      new transforms.RandomAffine(0),
      new transforms.RandomAffine([0, 0], { translate: [0, 0], scale: [1, 1], shear: 0 }),
      new transforms.RandomCrop([4, 5]),
      new transforms.RandomResizedCrop([4, 5], { scale: [1, 1], ratio: [5 / 4, 5 / 4] }),
    ];
    for (const transform of still) assertClose(matrix(transform, [4, 5]), [1, 0, 0, 0, 1, 0, 0, 0, 1], 1e-5);
  });

  it('RandomAffine draws angle, shift, scale and shear from their ranges', () => {
    const options = { translate: [0.5, 0.25], scale: [2, 2], shear: [10, 10, 20, 20] } as const;
    const [xx, xy, , yx, yy] = matrix(new transforms.RandomAffine([30, 30], options), [9, 9]);
    // torchvision's matrix for angle 30, scale 2, shear (10, 20), inverted
    const [turn, sx, sy] = [30, 10, 20].map((d) => (d * Math.PI) / 180) as [number, number, number];
    const a = Math.cos(turn - sy) / Math.cos(sy);
    const b = -a * Math.tan(sx) - Math.sin(turn);
    const c = Math.sin(turn - sy) / Math.cos(sy);
    const d = -c * Math.tan(sx) + Math.cos(turn);
    assertClose([xx!, xy!, yx!, yy!], [d / 2, -b / 2, -c / 2, a / 2], 1e-5);
  });

  it('joined by Compose have the size of the last and one sampling', () => {
    const flip = new transforms.RandomHorizontalFlip(1);
    const crop = new transforms.RandomCrop([2, 3], { fill: 0.25, padding: 1 });
    const image = counting(4, 4);
    for (const steps of [
      [flip, crop],
      [crop, flip],
      [flip, flip, crop, flip],
    ]) {
      // prettier-ignore
      manualSeed(2);
      const joined = new transforms.Compose(steps).forward(image);
      manualSeed(2);
      const single = steps.reduce((y, step) => step.forward(y), image);
      assert.deepEqual([joined.shape, joined.arraySync()], [[1, 2, 3, 1], single.arraySync()]);
    }
    // two that lose pixels stay two passes: the second must not see what the first cut off
    const steps = [new transforms.RandomCrop(2), new transforms.RandomCrop(2, { padding: 1 })];
    const ones = tf.ones([1, 6, 6, 1]);
    manualSeed(4);
    const twice = new transforms.Compose(steps).forward(ones).dataSync();
    manualSeed(4);
    assert.deepEqual(twice, steps.reduce((y, step) => step.forward(y), ones).dataSync());
  });
});

describe('Windows', () => {
  it('firstValid() takes the first valid of several tries, else the fallback', () => {
    const tries = tf.tensor2d([[5, 6, 7], [5, 6, 7], [5, 6, 7]]); // prettier-ignore
    const valid = tf.tensor2d([[1, 0, 1], [0, 1, 1], [0, 0, 0]], undefined, 'bool'); // prettier-ignore
    assert.deepEqual([...firstValid(tries, valid, 9).dataSync()], [5, 6, 9]);
  });

  it('boxMask() is 1 from the upper to below the lower edge, for each image', () => {
    const edge = (...at: number[]) => tf.tensor1d(at);
    const mask = boxMask([2, 3], [edge(0, 1), edge(1, 0), edge(1, 2), edge(3, 1)]);
    assert.deepEqual(mask.shape, [2, 2, 3, 1]);
    assert.deepEqual([...mask.dataSync()], [0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
  });

  it('RandomResizedCrop falls back to the largest window of the nearest proportion', () => {
    /** Rows and columns of the input that a window of 10 × 10 covers. */
    const covered = (height: number, width: number, ratio: [number, number]) => {
      const crop = new transforms.RandomResizedCrop(10, { scale: [4, 4], ratio }); // larger than the image
      const [sx, , , , sy] = matrix(crop, [height, width]);
      return [sy! * 10, sx! * 10];
    };
    assertClose(covered(40, 60, [1, 1]), [40, 40], 1e-4); // too wide
    assertClose(covered(60, 40, [1, 1]), [40, 40], 1e-4); // too high
    assertClose(covered(40, 60, [2, 3]), [30, 60], 1e-4);
    assertClose(covered(60, 40, [0.2, 0.5]), [60, 30], 1e-4);
    assertClose(covered(40, 60, [1, 2]), [40, 60], 1e-4); // allowed as it is
  });

  it('RandomErasing draws boxes inside the image, of the area and proportion asked for', () => {
    manualSeed(1);
    // 16 % of 20 × 20 pixels, four times as high as wide: 16 × 4; a box as high as its image is never taken
    const erasing = (side: number) =>
      new transforms.RandomErasing({
        p: 1,
        scale: [64 / side ** 2, 64 / side ** 2],
        ratio: [4, 4],
        value: 7,
      });
    const images = erasing(20)
      .forward(tf.zeros([60, 20, 20, 2]))
      .arraySync() as number[][][][];
    const tops = new Set<number>();
    for (const image of images) {
      const rows = image.flatMap((row, y) => (row.some(([v]) => v === 7) ? [y] : []));
      const columns = image[0]!.flatMap((_, x) => (image.some((row) => row[x]![0] === 7) ? [x] : []));
      assert.deepEqual([rows.length, columns.length], [16, 4]);
      assert.ok(image.every((row) => row.every(([a, b]) => a === b))); // every channel
      tops.add(rows[0]!);
    }
    assert.deepEqual([...tops].sort(), [0, 1, 2, 3, 4]);
    assert.equal(
      Math.max(
        ...erasing(16)
          .forward(tf.zeros([5, 16, 16, 1]))
          .dataSync(),
      ),
      0,
    );
  });
});

describe('MixUp and CutMix', () => {
  it('take α = 1 for given, and mix the first image with the last', () => {
    const x = tf.tensor4d([1, 2, 3], [3, 1, 1, 1]);
    const y = tf.tensor1d([0, 1, 2], 'int32');
    const run = (options: object) => {
      manualSeed(5);
      const [images, labels] = new transforms.MixUp({ numClasses: 3, ...options }).forward(x, y);
      return [[...images.dataSync()], labels.arraySync() as number[][]] as const;
    };
    const [images, labels] = run({});
    assert.deepEqual(run({ alpha: 1 }), [images, labels]);
    const lambda = labels[0]![0]!;
    assertClose(
      images,
      [lambda + 3 * (1 - lambda), 2 * lambda + 1 - lambda, 3 * lambda + 2 * (1 - lambda)],
      1e-6,
    );
    assertClose(labels[0]!, [lambda, 0, 1 - lambda], 1e-6);
  });
});
