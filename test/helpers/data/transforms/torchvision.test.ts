/** The functions behind the transforms, beside torchvision's on tensors: floats to 1e-5, whole numbers to the last one. */
import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';

import { isNative } from '../../../../src/engine/backend/rawops';
import { manualSeed } from '../../../../src/engine/random';
import * as tf from '../../../../src/engine/tf';
import * as transforms from '../../../../src/helpers/data/transforms';
import { augment, bitsFrom, spaced } from '../../../../src/helpers/data/transforms/auto';
import * as functional from '../../../../src/helpers/data/transforms/functional';
import { affineAboutCentre, sample } from '../../../../src/helpers/data/transforms/matrix';
import { OPERATIONS } from '../../../../src/helpers/data/transforms/policies';
import { weighted, windowWeights } from '../../../../src/helpers/data/transforms/resize';
import { loadPhotograph } from '../../../../src/helpers/datasets/photographs';
import recorded from '../../../fixtures/transforms.json';
import { assertClose } from '../../../support/close';

type Plain = { shape: number[]; values: number[] };
type Sized = [number, number];
type Case = (x: tf.Tensor4D, full: number) => tf.Tensor;

const CORNERS = [[1, 1], [4, 0], [5, 6], [1, 7]] as const; // prettier-ignore
const displacement = (): tf.Tensor4D => tf.tensor4d(recorded.displacement, [1, 8, 6, 2]);

const pads: Record<string, Case> = Object.fromEntries([
  ...(['constant', 'edge', 'reflect', 'symmetric'] as const).map((paddingMode): [string, Case] => [
    `pad ${paddingMode}`,
    (x) => functional.pad(x, [1, 2, 3, 1], { paddingMode }),
  ]),
  ...[[5, 4], [13, 3], [3, 11], [8, 6], [11, 9]].map((size): [string, Case] => [
    `center_crop ${size.join(' ')}`,
    (x) => new transforms.CenterCrop(size as Sized).forward(x),
  ]),
  ...Array.from({ length: 10 }, (_, i): [string, Case] => [
    `ten_crop ${i}`,
    (x) => new transforms.TenCrop([3, 4]).forward(x)[i]!,
  ]),
]); // prettier-ignore

const turns: Record<string, Case> = Object.fromEntries(
  [0, 30, 90, 180, 270, -75].flatMap((angle): [string, Case][] => [
    [`rotate ${angle}`, (x) => functional.rotate(x, angle)],
    [`rotate expand ${angle}`, (x) => functional.rotate(x, angle, { expand: true })],
  ]),
);

const sizes: Record<string, Case> = Object.fromEntries(
  (['nearest', 'nearest-exact', 'bilinear', 'bicubic'] as const).flatMap((interpolation) =>
    [[3, 4], [11, 8], [2, 9], [8, 3]].flatMap((size) =>
      [true, false].map((antialias): [string, Case] => [
        `resize ${size.join(' ')} ${interpolation} ${antialias ? 'True' : 'False'}`,
        (x) => functional.resize(x, size as Sized, { interpolation, antialias }),
      ]),
    ),
  ),
); // prettier-ignore

const strengths: Record<string, Case> = Object.fromEntries([
  ...[0, 1, 3, 8].map((bits): [string, Case] => [`posterize ${bits}`, (x) => functional.posterize(x, bits)]),
  ...[0, 0.6, 1.7].flatMap((factor): [string, Case][] => {
    const name = factor === 0 ? '0.0' : String(factor);
    return [
      [`sharpness ${name}`, (x) => functional.adjustSharpness(x, factor)],
      [`brightness ${name}`, (x) => transforms.adjustBrightness(x, factor)],
      [`contrast ${name}`, (x) => transforms.adjustContrast(x, factor)],
      [`saturation ${name}`, (x) => transforms.adjustSaturation(x, factor)],
    ];
  }),
  ...[-0.4, 0.25].map((factor): [string, Case] => [`hue ${factor}`, (x) => transforms.adjustHue(x, factor)]),
  ...Object.entries(recorded.operations).map(([name, magnitude]): [string, Case] => [
    `operation ${name}`,
    (x) => {
      const operation = tf.tensor1d([OPERATIONS.indexOf(name as 'Invert')], 'int32');
      return augment(x, { operation, magnitude: tf.tensor1d([magnitude]) }, {});
    },
  ]),
]);

/** A window of an image in another size, the way `RandomResizedCrop` makes it. */
const resizedCrop =
  (top: number, left: number, height: number, width: number, [h, w]: Sized): Case =>
  (x) =>
    weighted(
      x,
      windowWeights(x, 8, h, tf.tensor1d([top]), tf.tensor1d([height])),
      windowWeights(x, 6, w, tf.tensor1d([left]), tf.tensor1d([width])),
    );

const evened = (x: tf.Tensor4D, full: number): tf.Tensor4D => {
  const [r, , b] = tf.split<tf.Tensor4D>(x, 3, 3);
  const grey = full === 100 ? tf.fill(r!.shape, 7, 'int32') : tf.fill(r!.shape, 7 / 255);
  return tf.concat([r!, grey, b!], 3);
};

const cases: Record<string, Case> = {
  ...pads,
  ...turns,
  ...sizes,
  ...strengths,
  'perspective': (x) => functional.perspective(x, CORNERS),
  'perspective nearest': (x, fill) => functional.perspective(x, CORNERS, { interpolation: 'nearest', fill }),
  'rotate center': (x, fill) => functional.rotate(x, 30, { center: [1, 2], interpolation: 'bilinear', fill }),
  'rotate expand center': (x) => functional.rotate(x, 20, { center: [1.3, 2.2], expand: true }),
  'rotate fill': (x, full) => functional.rotate(x, 40, { interpolation: 'bilinear', fill: [full, 0, full / 2] }),
  'affine center': (x) =>
    sample(
      x,
      affineAboutCentre(1, [8, 6], { angle: 15, translate: [1, -2], scale: 1.2, shear: [10, 5], center: [3, 4] }),
      { interpolation: 'bilinear' },
    ),
  'pad fill': (x, full) => functional.pad(x, 2, { fill: [full, 0, full / 2] }),
  'elastic': (x, fill) => functional.elastic(x, displacement(), { fill }),
  'elastic nearest': (x) => functional.elastic(x, displacement(), { interpolation: 'nearest' }),
  'resize short': (x) => functional.resize(x, 4),
  'resize short max': (x) => functional.resize(x, 5, { maxSize: 6 }),
  'resize max': (x) => functional.resize(x, undefined, { maxSize: 7 }),
  'resized_crop': resizedCrop(1, 1, 6, 5, [4, 3]),
  'resized_crop larger': resizedCrop(3, 2, 3, 4, [5, 7]),
  'grayscale 1': (x) => new transforms.Grayscale().forward(x),
  'grayscale 3': (x) => new transforms.Grayscale(3).forward(x),
  'invert': functional.invert,
  'solarize': (x, full) => functional.solarize(x, full === 100 ? 128 : 0.5),
  'autocontrast': functional.autocontrast,
  'equalize': functional.equalize,
  'gamma': (x) => functional.adjustGamma(x, 0.7),
  'gamma gain': (x) => functional.adjustGamma(x, 1.5, 1.4),
  'blur': (x) => functional.gaussianBlur(x, [3, 5]),
  'blur sigma': (x) => functional.gaussianBlur(x, [5, 3], [0.8, 2]),
  'to_dtype': (x) => functional.toDtype(x, x.dtype === 'int32' ? 'float32' : 'int32', true),
  'autocontrast even': (x, full) => functional.autocontrast(evened(x, full)),
  'equalize even': (x, full) => functional.equalize(evened(x, full)),
}; // prettier-ignore

/** Rounded in torchvision by arithmetic of its own: one step of 255 may part from it. */
const ROUNDED =
  /^(operation Sharpness|resize|resized|rotate (fill|center)|affine|perspective|blur|elastic|hue|gamma)/;

const image = ({ shape, values }: Plain, dtype: 'int32' | 'float32') =>
  tf.tensor4d(values, [1, ...shape] as [number, number, number, number], dtype);

for (const kind of ['float', 'whole'] as const) {
  describe(`torchvision.transforms.v2.functional, ${kind} images`, () => {
    const { image: plain, results } = recorded[kind] as { image: Plain; results: Record<string, Plain> };
    const [dtype, full] = kind === 'float' ? (['float32', 0.5] as const) : (['int32', 100] as const);

    it('every result that was recorded has its case', () => {
      assert.deepEqual(Object.keys(cases).sort(), Object.keys(results).sort());
    });

    for (const [name, { shape, values }] of Object.entries(results)) {
      it(name, () => {
        const result = tf.tidy(() => cases[name]!(image(plain, dtype), full));
        assert.deepEqual(result.shape.slice(1), shape);
        const swapped = name === 'to_dtype';
        assert.equal(result.dtype, swapped === (dtype === 'int32') ? 'float32' : 'int32');
        const whole = result.dtype === 'int32';
        assertClose(result.dataSync(), values, whole ? (ROUNDED.test(name) ? 1 : 0) : 2e-5);
        result.dispose();
      });
    }
  });
}

describe('A photograph in another size', () => {
  for (const [name, sum] of Object.entries(recorded.photographs)) {
    it(`has every byte of Pillow's: ${name}`, function () {
      if (!isNative()) this.skip();
      const [photograph = '', interpolation, height, width] = name.split(' ');
      const whole = loadPhotograph(photograph).expandDims<tf.Tensor4D>(0);
      const options = { interpolation: interpolation as 'bilinear' | 'bicubic' };
      const resized = functional.resize(whole, [Number(height), Number(width)], options);
      assert.equal(resized.dtype, 'int32');
      assert.equal(crc32(Uint8Array.from(resized.dataSync())), sum);
    });
  }
});

describe('The strengths of random policies', () => {
  it("are torchvision's", () => {
    assert.deepEqual(
      bitsFrom(8, 4, 31).map(Number),
      (recorded.spaces.RandAugment as Record<string, number[]>).Posterize,
    );
    assertClose(spaced(0, (150 / 331) * 30, 31), recorded.spaces.RandAugment.TranslateX, 1e-4);
    assert.deepEqual(bitsFrom(8, 6, 31), recorded.spaces.TrivialAugmentWide.Posterize);
    assert.deepEqual(bitsFrom(4, 4, 10), recorded.spaces.AugMix.Posterize);
  });

  it('each image of a batch has an operation of its own', () => {
    manualSeed(1);
    const one = image(recorded.whole.image, 'int32');
    const names = ['Invert', 'Identity', 'Rotate', 'Color'] as const;
    const drawn = {
      operation: tf.tensor1d(names.map((name) => OPERATIONS.indexOf(name)), 'int32'),
      magnitude: tf.tensor1d([0, 0, 25, -0.7]),
    }; // prettier-ignore
    const result = augment(tf.tile(one, [4, 1, 1, 1]), drawn, {});
    const rows = result.reshape([4, -1]).arraySync() as number[][];
    const results = recorded.whole.results as Record<string, Plain>;
    names.forEach((name, i) => assert.deepEqual(rows[i], results[`operation ${name}`]!.values, name));
  });
});
