import assert from 'node:assert/strict';

import { compile } from '../../../../src/engine/compile';
import { manualSeed } from '../../../../src/engine/random';
import * as tf from '../../../../src/engine/tf';
import * as transforms from '../../../../src/helpers/data/transforms';
import { assertClose } from '../../../support/close';

/** Results of a transform on n copies of an image, as one list of numbers for each. */
function many(
  transform: transforms.Transform,
  image: number[],
  shape: [number, number, number],
  n: number,
): number[][] {
  return tf.tidy(() => {
    const x = tf.tile(tf.tensor4d(image, [1, ...shape]), [n, 1, 1, 1]);
    return transform.forward(x).reshape([n, -1]).arraySync() as number[][];
  });
}

const rows = (x: tf.Tensor) => x.arraySync() as number[][];
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected about ${expected}`);

beforeEach(() => manualSeed(0));

describe('MixUp and CutMix', () => {
  const x = tf.tensor4d(
    [0, 1, 2, 3].flatMap((value) => new Array<number>(64).fill(value)),
    [4, 8, 8, 1],
  );
  const y = tf.tensor1d([0, 1, 2, 0], 'int32');

  it('MixUp lays the image before over each image, labels in the same proportion', () => {
    const [images, labels] = new transforms.MixUp({ numClasses: 3 }).forward(x, y);
    const lambda = rows(labels)[1]![1]!;
    assert.ok(lambda > 0 && lambda < 1);
    assertClose(
      rows(images.reshape([4, 64])).map((image) => image[0]!),
      [3 - 3 * lambda, lambda, 1 + lambda, 2 + lambda],
      1e-5,
    );
    assertClose(rows(labels)[2]!, [0, 1 - lambda, lambda]);
    assertClose(rows(labels)[0]!, [1, 0, 0]);
  });

  it('CutMix pastes a box of the image before, labels by the pixels that are left', () => {
    const [images, labels] = new transforms.CutMix({ numClasses: 3 }).forward(x, y);
    const pixels = rows(images.reshape([4, 64]));
    const kept = mean(pixels[1]!.map((value) => Number(value === 1)));
    assert.ok(pixels[1]!.every((value) => value === 0 || value === 1));
    assertClose(rows(labels)[1]!, [1 - kept, kept, 0], 1e-6);
  });

  it('draw λ from Beta(α, α): even for 1, near the ends for small α', () => {
    const lambdas = (alpha: number) =>
      Array.from({ length: 200 }, () =>
        tf.tidy(() => rows(new transforms.MixUp({ numClasses: 3, alpha }).forward(x, y)[1])[1]![1]!),
      );
    const even = lambdas(1);
    near(mean(even), 0.5, 0.07);
    near(mean(even.map((value) => (value - 0.5) ** 2)), 1 / 12, 0.02);
    const small = lambdas(0.2);
    near(mean(small), 0.5, 0.1);
    near(mean(small.map((value) => (value - 0.5) ** 2)), 1 / (4 * 1.4), 0.04);
  });

  it('refuse an alpha of 0', () => {
    assert.throws(() => new transforms.MixUp({ numClasses: 3, alpha: 0 }), /expected alpha > 0, got 0/);
  });
});

describe('Compose', () => {
  const image = Array.from({ length: 60 }, (_, i) => (i * 7) % 60);

  it('joins movements of pixels without changing the result', () => {
    const steps = [
      new transforms.RandomVerticalFlip(1),
      new transforms.RandomRotation([25, 25]),
      new transforms.RandomHorizontalFlip(1),
      new transforms.RandomCrop([5, 6]),
      new transforms.RandomHorizontalFlip(1),
    ];
    manualSeed(3);
    const joined = many(new transforms.Compose(steps), image, [10, 6, 1], 8);
    manualSeed(3);
    const single = many(
      { forward: (x) => steps.reduce((y, step) => step.forward(y), x) },
      image,
      [10, 6, 1],
      8,
    );
    assert.deepEqual(joined, single);
  });

  it('turns whole numbers into 0 … 1 once, as the guide writes it', () => {
    const guide = new transforms.Compose([new transforms.ToTensor(), new transforms.Normalize([0.5], [0.5])]);
    const bytes = guide.forward(tf.tensor4d([0, 255, 51, 102], [1, 2, 2, 1], 'int32'));
    const floats = guide.forward(tf.tensor4d([0, 1, 0.2, 0.4], [1, 2, 2, 1]));
    assertClose(bytes.dataSync(), [-1, 1, -0.6, -0.2], 1e-6);
    assertClose(floats.dataSync(), [-1, 1, -0.6, -0.2], 1e-6);
  });

  it('keeps no tensor but its result', () => {
    const augment = new transforms.Compose([
      new transforms.RandomHorizontalFlip(),
      new transforms.RandomRotation(10),
      new transforms.ColorJitter({ brightness: 0.2, contrast: 0.2, saturation: 0.1, hue: 0.1 }),
      new transforms.RandomErasing(),
      new transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]);
    const x = tf.ones([2, 8, 8, 3]);
    const before = tf.memory().numTensors;
    augment.forward(x).dispose();
    assert.equal(tf.memory().numTensors, before);
    x.dispose();
  });

  it('Normalize refuses another number of channels and a std of 0', () => {
    assert.throws(
      () => new transforms.Normalize([0.5], [0]),
      /std > 0 for each channel, got \[0.5\] and \[0\]/,
    );
    const three = new transforms.Normalize([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);
    assert.throws(
      () => three.forward(tf.zeros([1, 2, 2, 4])),
      /^TypeError: Cannot call Normalize: expected images \[b, h, w, 3\], got \[1, 2, 2, 4\]$/,
    );
    assert.throws(
      () => three.forward(tf.zeros([1, 2, 2, 3], 'int32')),
      /expected floats, got int32; ToTensor or ToDtype/,
    );
  });

  it('Normalize broadcasts as torchvision does: one mean for all channels, a grey image to as many as there are', () => {
    const rgb = tf.tensor4d([0, 0.5, 1], [1, 1, 1, 3]);
    assertClose(new transforms.Normalize([0.5], [0.5]).forward(rgb).dataSync(), [-1, 0, 1]);
    const grey = new transforms.Normalize([0, 0.5, 1], [1, 0.5, 0.25]).forward(tf.ones([1, 1, 1, 1]));
    assert.deepEqual(grey.shape, [1, 1, 1, 3]);
    assertClose(grey.dataSync(), [1, 1, 0]);
  });

  it('gives the same images inside a compiled function, new ones at every call', function () {
    if (tf.getBackend() !== 'tensorflow') this.skip(); // recording needs the native backend
    const augment = new transforms.Compose([
      new transforms.RandomHorizontalFlip(),
      new transforms.RandomRotation(30),
      new transforms.RandomCrop([8, 6], { padding: 1 }),
      new transforms.ColorJitter({ brightness: 0.3, contrast: 0.3, saturation: 0.3, hue: 0.1 }),
      new transforms.RandomErasing(),
      new transforms.Normalize([0.5, 0.5, 0.5], [0.2, 0.2, 0.2]),
    ]);
    const mix = new transforms.CutMix({ numClasses: 3, alpha: 0.5 });
    const y = tf.tensor1d([0, 1, 2], 'int32');
    const x = tf.tensor4d(
      Float32Array.from({ length: 3 * 10 * 6 * 3 }, (_, i) => ((i * 37) % 100) / 100),
      [3, 10, 6, 3],
    );
    const step = (images: tf.Tensor4D) => mix.forward(augment.forward(images), y)[0];
    const compiled = compile(step);
    const draw = (run: typeof step) => {
      manualSeed(5);
      return [1, 2, 3].map(() => tf.tidy(() => [...run(x).dataSync()]));
    };
    const [eager, recorded] = [draw(step), draw(compiled)];
    assertClose(recorded, eager, 1e-5);
    assert.notDeepEqual(recorded[1], recorded[2]);
    compiled.dispose();
  });
});
