import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { hsvToRgb, rgbToHsv } from '../../../../src/engine/ops/image';
import * as tf from '../../../../src/engine/tf';
import { Normalize } from '../../../../src/helpers/data/transforms';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
} from '../../../../src/helpers/data/transforms/color';
import { affineAboutCentre, affineMatrix, sample } from '../../../../src/helpers/data/transforms/matrix';
import { assertClose } from '../../../support/close';

type Image = number[][][];
const fixture = JSON.parse(readFileSync(join(__dirname, '../../../fixtures/data.json'), 'utf8')) as {
  image: Image;
  results: Record<string, Image>;
};

/** torchvision's image, twice, so that each case also shows that a batch is more than one image. */
const batch = () => tf.tensor4d([fixture.image, fixture.image]);
const SIZE = [fixture.image.length, fixture.image[0]!.length] as const;

function equals(name: string, run: (x: tf.Tensor4D) => tf.Tensor4D, tolerance = 2e-5): void {
  it(`equals torchvision: ${name}`, () => {
    const actual = tf.tidy(() => run(batch()).arraySync() as number[][][][]);
    const expected = fixture.results[name]!;
    for (const image of actual) assertClose(image.flat(2), expected.flat(2), tolerance);
  });
}

const both = (value: number) => tf.tensor1d([value, value]);

describe('pixel movements', () => {
  const [height, width] = SIZE;
  equals('hflip', (x) => sample(x, affineMatrix(2, [-1, 0, width - 1, 0, 1, 0]), {}));
  equals('vflip', (x) => sample(x, affineMatrix(2, [1, 0, 0, 0, -1, height - 1]), {}));
  equals('rotate_30', (x) => sample(x, affineAboutCentre(2, SIZE, { angle: -30 }), {}));
  equals('rotate_-75', (x) => sample(x, affineAboutCentre(2, SIZE, { angle: both(75) }), { fill: 0.25 }));
  equals('crop', (x) => sample(x, affineMatrix(2, [1, 0, 3 - 2, 0, 1, 1 - 2]), { fill: 0.5 }, [8, 8]));

  const parameters = { angle: 20, translate: [2, -1], scale: both(1.3), shear: [10, both(-5)] } as const;
  equals('affine', (x) => sample(x, affineAboutCentre(2, SIZE, parameters), {}));

  const bilinear = { interpolation: 'bilinear' } as const;
  equals('affine_bilinear', (x) => sample(x, affineAboutCentre(2, SIZE, parameters), bilinear), 1e-4);
  equals('rotate_10_bilinear', (x) => sample(x, affineAboutCentre(2, SIZE, { angle: -10 }), bilinear), 1e-4);
});

describe('colour changes', () => {
  equals('brightness_1.4', (x) => adjustBrightness(x, 1.4));
  equals('contrast_0.3', (x) => adjustContrast(x, both(0.3)));
  equals('contrast_1.8', (x) => adjustContrast(x, 1.8));
  equals('saturation_0.2', (x) => adjustSaturation(x, 0.2));
  equals('saturation_1.7', (x) => adjustSaturation(x, both(1.7)));
  equals('hue_0.25', (x) => adjustHue(x, 0.25));
  equals('hue_-0.4', (x) => adjustHue(x, both(-0.4)));
  equals('normalize', (x) => new Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]).forward(x), 5e-5);

  it('take a factor for each image', () => {
    const dark = tf.tidy(() => adjustBrightness(batch(), tf.tensor1d([1, 0])).arraySync());
    const [first, second] = dark as number[][][][];
    assertClose(first!.flat(2), fixture.image.flat(2), 1e-5);
    assert.ok(second!.flat(2).every((value) => value === 0));
  });

  it('leave grey images without colour as they are', () => {
    const grey = tf.tensor4d([0.1, 0.5, 0.9, 1], [1, 2, 2, 1]);
    for (const change of [adjustSaturation, adjustHue]) {
      assertClose(change(grey, 0.3).dataSync(), grey.dataSync());
    }
    assertClose(adjustContrast(grey, 0).dataSync(), [0.625, 0.625, 0.625, 0.625]);
  });
});

describe('rgbToHsv() and hsvToRgb()', () => {
  const colours = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [0.5, 0.5, 0.5],
    [0, 0, 0],
    [1, 0.5, 0],
    [0.2, 0.4, 0.9],
  ];
  const expected = [
    [0, 1, 1],
    [1 / 3, 1, 1],
    [2 / 3, 1, 1],
    [0, 0, 0.5],
    [0, 0, 0],
    [1 / 12, 1, 1],
    [(4 + (0.2 - 0.4) / 0.7) / 6, 0.7 / 0.9, 0.9],
  ];

  it('give hue, saturation, value and lead back', () => {
    const rgb = tf.tensor4d(colours.flat(), [1, 1, colours.length, 3]);
    const hsv = rgbToHsv(rgb);
    assertClose(hsv.dataSync(), expected.flat(), 1e-6);
    assertClose(hsvToRgb(hsv).dataSync(), colours.flat(), 1e-6);
  });

  it('do so in plain JavaScript too', async () => {
    const chosen = tf.getBackend();
    await tf.setBackend('cpu');
    try {
      const hsv = rgbToHsv(tf.tensor4d(colours.flat(), [1, 1, colours.length, 3]));
      assertClose(hsv.dataSync(), expected.flat(), 1e-6);
      assertClose(hsvToRgb(hsv).dataSync(), colours.flat(), 1e-6);
    } finally {
      await tf.setBackend(chosen);
    }
  });
});
