import assert from 'node:assert/strict';

import { manualSeed } from '../../../../src/engine/random';
import * as tf from '../../../../src/engine/tf';
import * as transforms from '../../../../src/helpers/data/transforms';
import type { Geometric } from '../../../../src/helpers/data/transforms/geometric';
import { assertClose } from '../../../support/close';

const N = 400;

/** Results of a transform on N copies of an image, as one list of numbers for each. */
function many(
  transform: transforms.Transform,
  image: number[],
  shape: [number, number, number],
  n = N,
): number[][] {
  return tf.tidy(() => {
    const x = tf.tile(tf.tensor4d(image, [1, ...shape]), [n, 1, 1, 1]);
    return transform.forward(x).reshape([n, -1]).arraySync() as number[][];
  });
}

const matrices = (transform: Geometric, size: [number, number], n = N): number[][] =>
  tf.tidy(() => transform.matrix(n, size).reshape([n, 9]).arraySync() as number[][]);

const share = (values: boolean[]) => values.filter(Boolean).length / values.length;
const near = (actual: number, expected: number, tolerance: number, what = 'value') =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what} ${actual}, expected about ${expected}`);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Values fill a range evenly: none outside, quarter points where they belong. */
function isUniform(values: number[], low: number, high: number): void {
  const sorted = [...values].sort((a, b) => a - b);
  const slack = 1e-4 * Math.max(1, Math.abs(low), Math.abs(high));
  assert.ok(sorted[0]! >= low - slack && sorted.at(-1)! <= high + slack, `${sorted[0]} … ${sorted.at(-1)}`);
  for (const quarter of [0.25, 0.5, 0.75]) {
    near(sorted[Math.floor(quarter * sorted.length)]!, low + quarter * (high - low), 0.1 * (high - low));
  }
}

beforeEach(() => manualSeed(0));

describe('random flips', () => {
  const image = [1, 2, 3, 4];

  it('mirror about p of the images and nothing else', () => {
    for (const [flip, mirrored] of [
      [new transforms.RandomHorizontalFlip(0.3), [2, 1, 4, 3]],
      [new transforms.RandomVerticalFlip(0.3), [3, 4, 1, 2]],
    ] as const) {
      const results = many(flip, image, [2, 2, 1]).map(String);
      near(share(results.map((result) => result === String(mirrored))), 0.3, 0.07, 'share');
      assert.ok(results.every((result) => result === String(mirrored) || result === String(image)));
    }
  });

  it('draw anew at every call and repeat after manualSeed()', () => {
    const flip = new transforms.RandomHorizontalFlip();
    const draw = () => String(many(flip, image, [2, 2, 1], 32));
    const [first, second] = [draw(), draw()];
    manualSeed(0);
    assert.equal(draw(), first);
    assert.notEqual(first, second);
  });

  it('refuse a probability that is none', () => {
    assert.throws(
      () => new transforms.RandomHorizontalFlip(1.5),
      /^RangeError: .*expected p in 0 … 1, got 1.5$/,
    );
  });
});

describe('RandomRotation', () => {
  it('draws angles evenly from −d … d, or from a range', () => {
    for (const [degrees, low, high] of [
      [20, -20, 20],
      [[5, 35], 5, 35],
    ] as const) {
      // The map leads back by the angle: sine at row 1, column 0.
      const angles = matrices(new transforms.RandomRotation(degrees), [9, 9]).map(
        (m) => (Math.atan2(m[3]!, m[0]!) * 180) / Math.PI,
      );
      isUniform(angles, low, high);
    }
  });

  it('turns counter-clockwise by 90°', () => {
    const turn = new transforms.RandomRotation([90, 90]);
    assert.deepEqual(many(turn, [1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3, 1], 1), [[3, 6, 9, 2, 5, 8, 1, 4, 7]]);
  });
});

describe('RandomAffine', () => {
  it('translates by whole pixels up to the given share, scales within its range', () => {
    const shifts = matrices(new transforms.RandomAffine(0, { translate: [0.2, 0.1] }), [20, 50]);
    for (const [place, most] of [
      [2, 10],
      [5, 2],
    ] as const) {
      const values = shifts.map((m) => m[place]!);
      assert.ok(values.every((v) => Math.abs(v - Math.round(v)) < 1e-4 && Math.abs(v) <= most + 1e-4));
      assert.equal(new Set(values.map(Math.round)).size, 2 * most + 1);
    }
    const scales = matrices(new transforms.RandomAffine(0, { scale: [0.5, 2] }), [9, 9]).map(
      (m) => 1 / m[0]!,
    );
    isUniform(scales, 0.5, 2);
  });

  it('shears along x by a number, along both by four', () => {
    const shear = (value: number | [number, number, number, number]) =>
      matrices(new transforms.RandomAffine(0, { shear: value }), [9, 9], 50);
    assert.ok(shear(10).every((m) => Math.abs(m[3]!) < 1e-6));
    assert.ok(shear(10).some((m) => Math.abs(m[1]!) > 0.05));
    assert.ok(shear([0, 0, 5, 10]).every((m) => Math.abs(m[3]!) > 0.05));
  });
});

describe('random crops', () => {
  const image = Array.from({ length: 30 }, (_, i) => i + 1);

  it('RandomCrop cuts windows at every place, all equally often', () => {
    const corners = many(new transforms.RandomCrop([4, 3]), image, [5, 6, 1]).map(([corner]) => corner!);
    assert.deepEqual(
      [...new Set(corners)].sort((a, b) => a - b),
      [1, 2, 3, 4, 7, 8, 9, 10],
    );
    near(share(corners.map((corner) => corner === 1)), 1 / 8, 0.06);
  });

  it('RandomCrop pads every side with fill', () => {
    const results = many(new transforms.RandomCrop([5, 6], { padding: 2, fill: -1 }), image, [5, 6, 1]);
    near(share(results.map(([corner]) => corner === -1)), 1 - 9 / 25, 0.08);
    assert.ok(results.every((result) => result.length === 30));
  });

  it('RandomCrop refuses an image smaller than its window', () => {
    assert.throws(
      () => many(new transforms.RandomCrop(8, { padding: 1 }), image, [5, 6, 1], 1),
      /expected images of at least \[8, 8\]/,
    );
  });

  it('RandomResizedCrop draws areas and proportions within their ranges and stays inside the image', () => {
    const crop = new transforms.RandomResizedCrop(10, { scale: [0.2, 0.6], ratio: [0.5, 2] });
    for (const m of matrices(crop, [40, 60])) {
      const [w, h] = [m[0]! * 10, m[4]! * 10];
      const [left, top] = [m[2]! - (m[0]! - 1) / 2, m[5]! - (m[4]! - 1) / 2];
      near(w * h, 0.4 * 2400, 0.24 * 2400, 'area');
      assert.ok(w / h > 0.45 && w / h < 2.2);
      assert.ok(left >= -1e-3 && top >= -1e-3 && left + w <= 60.001 && top + h <= 40.001);
    }
  });

  it('RandomResizedCrop takes the largest window where no random one fits', () => {
    const crop = new transforms.RandomResizedCrop(10, { scale: [1, 1], ratio: [1, 1] });
    for (const m of matrices(crop, [40, 60], 20)) assertClose([m[0]! * 10, m[4]! * 10], [40, 40], 1e-4);
  });

  it('RandomResizedCrop of a whole even picture changes nothing', () => {
    const crop = new transforms.RandomResizedCrop([5, 6], { scale: [1, 1], ratio: [1.2, 1.2] });
    assertClose(many(crop, image, [5, 6, 1], 2), [image, image], 1e-4);
  });
});

describe('ColorJitter', () => {
  it('draws factors evenly around 1', () => {
    const jitter = new transforms.ColorJitter({ brightness: 0.4 });
    isUniform(
      many(jitter, [0.5], [1, 1, 1]).map(([value]) => value! / 0.5),
      0.6,
      1.4,
    );
  });

  it('turns hues evenly around the colour itself', () => {
    const hues = many(new transforms.ColorJitter({ hue: 0.1 }), [0, 1, 1], [1, 1, 3]);
    assert.ok(hues.every(([r, g, b]) => Math.max(g!, b!) > 0.999 && r! < 0.61));
    near(mean(hues.map(([, g, b]) => g! - b!)), 0, 0.06);
  });

  it('applies its changes in a random order, each image its own', () => {
    // Brightness cuts at 1 and contrast 0 then makes an even grey: the order decides its value.
    const jitter = new transforms.ColorJitter({ brightness: [3, 3], contrast: [0, 0] });
    const greys = many(jitter, [0.1, 0.1, 0.1, 0.9], [2, 2, 1]).map(([value]) => value!);
    const brightFirst = (3 * 0.3 + 1) / 4;
    const contrastFirst = 0.9;
    for (const grey of greys)
      assert.ok(Math.min(Math.abs(grey - brightFirst), Math.abs(grey - contrastFirst)) < 1e-5);
    near(share(greys.map((grey) => Math.abs(grey - brightFirst) < 1e-5)), 0.5, 0.1);
  });

  it('applies all four in some order and keeps values in 0 … 1', () => {
    const jitter = new transforms.ColorJitter({ brightness: 0.8, contrast: 0.8, saturation: 0.8, hue: 0.5 });
    const values = many(jitter, [0.9, 0.2, 0.4, 0.1, 0.8, 0.3], [1, 2, 3]).flat();
    assert.ok(values.every((value) => value >= 0 && value <= 1.000001));
    assert.ok(new Set(values.map((value) => value.toFixed(3))).size > 200);
  });

  it('equals the single changes where only one is possible', () => {
    const image = [0.9, 0.2, 0.4, 0.1, 0.8, 0.3];
    const x = tf.tensor4d(image, [1, 1, 2, 3]);
    for (const [jitter, expected] of [
      [{ contrast: [1.5, 1.5] }, transforms.adjustContrast(x, 1.5)],
      [{ saturation: [0.3, 0.3] }, transforms.adjustSaturation(x, 0.3)],
      [{ hue: [0.2, 0.2] }, transforms.adjustHue(x, 0.2)],
    ] as const) {
      assertClose(
        many(new transforms.ColorJitter(jitter), image, [1, 2, 3], 1)[0]!,
        expected.dataSync(),
        1e-6,
      );
    }
  });

  it('refuses negative strengths and hues beyond half a turn', () => {
    assert.throws(() => new transforms.ColorJitter({ brightness: -1 }), /expected brightness ≥ 0, got -1/);
    assert.throws(() => new transforms.ColorJitter({ hue: 0.7 }), /expected hue within -0.5 … 0.5/);
  });
});

describe('RandomErasing', () => {
  it('fills one box within its area range in about p of the images', () => {
    const erase = new transforms.RandomErasing({ p: 0.4, scale: [0.1, 0.3], value: -1 });
    const areas = many(erase, new Array<number>(400).fill(1), [20, 20, 1]).map((image) =>
      share(image.map((v) => v === -1)),
    );
    near(share(areas.map((area) => area > 0)), 0.4, 0.08);
    assert.ok(areas.every((area) => area === 0 || (area > 0.07 && area < 0.34)));
  });
});
