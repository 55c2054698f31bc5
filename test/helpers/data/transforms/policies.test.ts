/** Transforms that choose and draw: what each image of a batch gets, on both backends and in compiled functions. */
import assert from 'node:assert/strict';

import { compile } from '../../../../src/engine/compile';
import { manualSeed } from '../../../../src/engine/random';
import * as tf from '../../../../src/engine/tf';
import * as transforms from '../../../../src/helpers/data/transforms';
import * as functional from '../../../../src/helpers/data/transforms/functional';
import { POLICIES } from '../../../../src/helpers/data/transforms/policies';
import { assertClose } from '../../../support/close';

const rows = (x: tf.Tensor): number[][] => x.reshape([x.shape[0], -1]).arraySync() as number[][];
const batch = (n: number, h = 7, w = 8, dtype: 'float32' | 'int32' = 'float32'): tf.Tensor4D => {
  const one = Array.from({ length: h * w * 3 }, (_, i) => (i * 37) % 256);
  const values = Array.from({ length: n }, () => one).flat();
  const x = tf.tensor4d(values, [n, h, w, 3], 'int32');
  return dtype === 'int32' ? x : tf.div(x, tf.scalar(255));
};
const kindsOf = (x: tf.Tensor) => new Set(rows(x).map((row) => row.join())).size;
const share = (hits: boolean[]) => hits.filter(Boolean).length / hits.length;
const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected about ${expected}`);

/** Every transform that draws, as it comes. */
const ALL: Record<string, () => transforms.Transform> = {
  RandomPerspective: () => new transforms.RandomPerspective({ p: 1 }),
  RandomRotation: () => new transforms.RandomRotation(40, { center: [2, 3], interpolation: 'bilinear' }),
  RandomAffine: () => new transforms.RandomAffine(20, { center: [1, 1], scale: [0.8, 1.2] }),
  RandomResizedCrop: () => new transforms.RandomResizedCrop([5, 6]),
  RandomCrop: () => new transforms.RandomCrop([5, 6], { padding: 2, paddingMode: 'reflect' }),
  GaussianBlur: () => new transforms.GaussianBlur([3, 5]),
  GaussianNoise: () => new transforms.GaussianNoise(),
  ElasticTransform: () => new transforms.ElasticTransform({ alpha: 60, sigma: 1 }),
  RandomErasing: () => new transforms.RandomErasing({ p: 1, value: 'random' }),
  RandomGrayscale: () => new transforms.RandomGrayscale(0.5),
  RandomInvert: () => new transforms.RandomInvert(),
  RandomPosterize: () => new transforms.RandomPosterize(2),
  RandomSolarize: () => new transforms.RandomSolarize(0.5),
  RandomAdjustSharpness: () => new transforms.RandomAdjustSharpness(2),
  RandomAutocontrast: () => new transforms.RandomAutocontrast(),
  RandomEqualize: () => new transforms.RandomEqualize(),
  ColorJitter: () =>
    new transforms.ColorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 }),
  AutoAugment: () => new transforms.AutoAugment(),
  RandAugment: () => new transforms.RandAugment(),
  TrivialAugmentWide: () => new transforms.TrivialAugmentWide(),
  AugMix: () => new transforms.AugMix(),
  RandomApply: () => new transforms.RandomApply([new transforms.RandomHorizontalFlip(1)]),
  RandomChoice: () =>
    new transforms.RandomChoice([new transforms.RandomInvert(1), new transforms.Identity()]),
  RandomOrder: () => new transforms.RandomOrder([new transforms.RandomInvert(1), new transforms.RandomSolarize(0.5, { p: 1 })]), // prettier-ignore
};

/** Nothing of these happens to pictures without noise in every channel. */
const RARE = new Set(['RandomAutocontrast', 'RandomEqualize']);

for (const backend of ['native', 'plain'] as const) {
  describe(`Transforms that draw, ${backend} backend`, () => {
    const old = tf.getBackend();
    before(async function () {
      if (backend === 'native' && old !== 'tensorflow') this.skip();
      if (backend === 'plain') await tf.setBackend('cpu');
    });
    after(() => tf.setBackend(old));
    beforeEach(() => manualSeed(11));

    for (const [name, build] of Object.entries(ALL)) {
      it(`${name}: each image by itself, both kinds of pixels, no tensor left`, () => {
        for (const dtype of ['float32', 'int32'] as const) {
          if (dtype === 'int32' && name === 'RandomSolarize') continue; // its threshold is one for floats
          const x = batch(6, 7, 8, dtype);
          const transform = build();
          const before = tf.memory().numTensors;
          const result = tf.tidy(() => transform.forward(x));
          assert.equal(tf.memory().numTensors, before + 1);
          assert.equal(result.dtype, dtype);
          const bound = dtype === 'int32' ? 255 : 1.0001;
          const values = result.dataSync();
          const inside = name === 'RandomErasing' || values.every((v) => v >= -1e-4 && v <= bound);
          assert.ok(inside && values.every(Number.isFinite), name);
          if (!RARE.has(name)) assert.ok(kindsOf(result) > 1, `${name} did the same to all images`);
          tf.dispose([x, result]);
        }
      });
    }
  });
}

describe('Transforms that draw, compiled', () => {
  it('give the images that they give uncompiled, new ones at every call', function () {
    if (tf.getBackend() !== 'tensorflow') this.skip();
    const steps = Object.entries(ALL).filter(
      ([name]) => name !== 'RandomResizedCrop' && name !== 'RandomCrop',
    );
    const augment = new transforms.Compose(steps.map(([, build]) => build()));
    const x = batch(3);
    const step = (images: tf.Tensor4D) => augment.forward(images);
    const compiled = compile(step);
    const draws = (run: typeof step) => {
      manualSeed(5);
      return [1, 2, 3].map(() => tf.tidy(() => [...run(x).dataSync()]));
    };
    const [eager, recorded] = [draws(step), draws(compiled)];
    assertClose(recorded, eager, 2e-2); // a step of 1/255 may fall to the other side of a level
    assert.notDeepEqual(recorded[1], recorded[2]);
    compiled.dispose();
  });
});

describe('RandomApply, RandomChoice, RandomOrder', () => {
  const add = (value: number) => new transforms.Lambda((x) => tf.add(x, value));
  const twice = new transforms.Lambda((x) => tf.mul(x, 2));
  const ones = tf.ones([400, 1, 1, 1]);
  const valuesOf = (transform: transforms.Transform) => [
    ...tf.tidy(() => transform.forward(ones).dataSync()),
  ];
  beforeEach(() => manualSeed(0));

  it('apply all or nothing, one, or all in some order', () => {
    const applied = valuesOf(new transforms.RandomApply([add(1), add(1)], { p: 0.3 }));
    near(share(applied.map((v) => v === 3)), 0.3, 0.07);
    assert.ok(applied.every((v) => v === 1 || v === 3));
    const one = valuesOf(new transforms.RandomChoice([add(1), add(2), add(3)], { p: [1, 2, 1] }));
    [2, 3, 4].forEach((v, i) => near(share(one.map((value) => value === v)), [0.25, 0.5, 0.25][i]!, 0.08));
    const ordered = valuesOf(new transforms.RandomOrder([add(1), twice]));
    near(share(ordered.map((v) => v === 4)), 0.5, 0.08);
    assert.ok(ordered.every((v) => v === 4 || v === 3));
  });

  it('never choose what has probability 0', () => {
    const only = valuesOf(new transforms.RandomChoice([add(1), add(2), add(3)], { p: [0, 1, 0] }));
    assert.ok(only.every((v) => v === 3));
  });

  it('refuse no transform, wrong probabilities', () => {
    assert.throws(() => new transforms.RandomApply([]), /at least one transform, got none/);
    assert.throws(() => new transforms.RandomApply([twice], { p: 2 }), /p in 0 … 1, got 2/);
    assert.throws(() => new transforms.RandomChoice([]), /at least one transform/);
    assert.throws(
      () => new transforms.RandomChoice([twice], { p: [1, 1] }),
      /p for each transform, got 1, 1/,
    );
    assert.throws(() => new transforms.RandomChoice([twice], { p: [0] }), /p for each transform, got 0/);
    assert.throws(() => new transforms.RandomOrder([]), /at least one transform/);
  });
});

describe('Policies', () => {
  it('are those of torchvision: 25 pairs for each data set', () => {
    for (const policies of Object.values(POLICIES)) assert.equal(policies.length, 25);
    assert.deepEqual(POLICIES.imagenet[0], [['Posterize', 0.4, 8], ['Rotate', 0.6, 9]]); // prettier-ignore
    assert.deepEqual(POLICIES.cifar10[1], [['Rotate', 0.7, 2], ['TranslateX', 0.3, 9]]); // prettier-ignore
  });

  it('RandAugment of no operation and of strength 0 of bilinear shears change nothing', () => {
    const x = batch(2, 5, 5, 'int32');
    assert.deepEqual(new transforms.RandAugment({ numOps: 0 }).forward(x).dataSync(), x.dataSync());
  });

  it('refuse what cannot be', () => {
    assert.throws(
      () => new transforms.AutoAugment('mnist' as 'svhn'),
      /expected imagenet, cifar10, svhn, got mnist/,
    );
    assert.throws(() => new transforms.RandAugment({ magnitude: 31 }), /magnitude in 0 … 30, got 31/);
    assert.throws(() => new transforms.RandAugment({ numOps: -1 }), /numOps ≥ 0, got -1/);
    assert.throws(() => new transforms.AugMix({ severity: 11 }), /severity in 1 … 10, got 11/);
  });

  it('AugMix mixes shares that add up to 1', () => {
    const grey = tf.fill([5, 4, 4, 3], 0.5);
    const space = new transforms.AugMix({ allOps: false, chainDepth: 1, severity: 1, fill: 0.5 });
    // Of an even grey no movement and no stretching changes anything; what inverts or drops bits does.
    const result = rows(space.forward(grey));
    assert.ok(result.every((row) => row.every((v) => v >= 0 && v <= 1)));
  });
});

describe('Single transforms', () => {
  it('GaussianNoise is normal about its mean, cut to the values of pixels', () => {
    manualSeed(0);
    const noise = [...new transforms.GaussianNoise({ mean: 0.1, sigma: 0.05, clip: false }).forward(tf.zeros([1, 50, 50, 1])).dataSync()]; // prettier-ignore
    const mean = noise.reduce((sum, v) => sum + v, 0) / noise.length;
    near(mean, 0.1, 0.005);
    near(Math.sqrt(noise.reduce((sum, v) => sum + (v - mean) ** 2, 0) / noise.length), 0.05, 0.004);
    const cut = new transforms.GaussianNoise({ sigma: 3 }).forward(tf.zeros([1, 9, 9, 1])).dataSync();
    assert.ok(cut.every((v) => v >= 0 && v <= 1) && cut.includes(1));
  });

  it('RandomPerspective leaves images alone with p 0, and straight with no distortion', () => {
    const x = batch(3);
    assertClose(new transforms.RandomPerspective({ p: 0 }).forward(x).dataSync(), x.dataSync(), 1e-4);
    assertClose(new transforms.RandomPerspective({ p: 1, distortionScale: 0, interpolation: 'nearest' }).forward(x).dataSync(), x.dataSync(), 1e-4); // prettier-ignore
  });

  it('RandomRotation with expand holds the whole image, one angle for the batch', () => {
    const x = batch(3, 4, 6);
    const turned = new transforms.RandomRotation([90, 90], { expand: true }).forward(x);
    assert.deepEqual(turned.shape, [3, 6, 4, 3]);
    assert.deepEqual([...tf.reverse(tf.transpose(x, [0, 2, 1, 3]), 1).dataSync()], [...turned.dataSync()]);
    const tilted = new transforms.RandomRotation([30, 60], { expand: true }).forward(x);
    assert.ok(tilted.shape[1]! > 5 && tilted.shape[2]! > 5);
    assert.equal(kindsOf(tilted), 1);
  });

  it('RandomCrop pads what is too small, on both sides', () => {
    const crop = new transforms.RandomCrop([9, 4], { padIfNeeded: true, fill: -1 });
    const result = crop.forward(tf.ones([20, 7, 8, 1]));
    assert.deepEqual(result.shape, [20, 9, 4, 1]);
    assert.ok(rows(result).every((row) => row.filter((v) => v === -1).length === 8));
    assert.throws(
      () => new transforms.RandomCrop([9, 4]).forward(tf.ones([1, 7, 8, 1])),
      /at least \[9, 4\]/,
    );
  });

  it('RandomResizedCrop takes the mean of what falls together, unless it is told not to', () => {
    const columns = tf.tile(tf.reshape(tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1]), [1, 1, 8, 1]), [1, 8, 1, 1]);
    const whole = { scale: [1, 1], ratio: [1, 1] } as const;
    const mean = new transforms.RandomResizedCrop(2, whole).forward(columns).dataSync();
    assertClose(mean, [0.5, 0.5, 0.5, 0.5], 0.05);
    const joined = new transforms.RandomResizedCrop(2, { ...whole, antialias: false });
    assertClose(joined.forward(columns).dataSync(), [0.5, 0.5, 0.5, 0.5], 0.5);
    assert.equal(joined.apart, false);
  });

  const refused: [string, () => unknown, RegExp][] = [
    ['a pad of three numbers', () => new transforms.Pad([1, 2, 3] as never), /one, two or four whole numbers, got 1, 2, 3/],
    ['a mirror wider than the image', () => functional.pad(batch(1), 8, { paddingMode: 'reflect' }), /edges of 0 … 6 for "reflect", got 8/],
    ['a fill of colours for a mirror', () => functional.pad(batch(1), 1, { paddingMode: 'edge', fill: [1, 2, 3] }), /one number as fill for "edge"/],
    ['an even kernel', () => new transforms.GaussianBlur(4), /odd numbers > 0, got 4, 4/],
    ['a sigma of 0', () => functional.gaussianBlur(batch(1), 3, 0), /expected sigma > 0, got 0, 0/],
    ['no sigma', () => new transforms.GaussianBlur(3, { sigma: [2, 1] }), /low ≤ high, got 2, 1/],
    ['noise of a negative width', () => new transforms.GaussianNoise({ sigma: -1 }), /sigma ≥ 0, got -1/],
    ['nine bits', () => new transforms.RandomPosterize(9), /0 … 8 bits, got 9/],
    ['half a bit', () => functional.posterize(batch(1), 0.5), /0 … 8 bits, got 0.5/],
    ['a threshold beyond white', () => functional.solarize(batch(1), 2), /a threshold of at most 1, got 2/],
    ['a negative sharpness', () => functional.adjustSharpness(batch(1), -1), /a factor ≥ 0, got -1/],
    ['a negative gamma', () => functional.adjustGamma(batch(1), -1), /gamma ≥ 0, got -1/],
    ['two grey channels', () => new transforms.Grayscale(2), /1 or 3 channels, got 2/],
    ['a perspective beyond the image', () => new transforms.RandomPerspective({ distortionScale: 2 }), /distortionScale in 0 … 1, got 2/],
    ['a window larger than the image', () => new transforms.FiveCrop(9).forward(batch(1)), /at least \[9, 9\], got \[7, 8\]/],
    ['a size of 0', () => new transforms.Resize([0, 4]).forward(batch(1)), /a size of at least 1, got \[0, 4\]/],
    ['maxSize beside two numbers', () => functional.resize(batch(1), [4, 4], { maxSize: 5 }), /maxSize beside one number/],
    ['maxSize below the size', () => functional.resize(batch(1), 6, { maxSize: 6 }), /maxSize above size, got 6 and 6/],
    ['no size', () => functional.resize(batch(1), undefined), /size or maxSize, got none/],
    ['a displacement of another size', () => functional.elastic(batch(1), tf.zeros([1, 7, 7, 2])), /displacement \[1, 7, 8, 2\], got \[1, 7, 7, 2\]/],
  ]; // prettier-ignore
  for (const [name, body, message] of refused) {
    it(`refuses ${name}`, () => assert.throws(() => tf.tidy(() => body() as tf.Tensor), message));
  }
});
