import {
  hsvToRgb,
  type Interpolation,
  projectiveTransform,
  rgbToHsv,
  type SampleOptions,
} from '../../../src/engine/ops/image';
import { uniform } from '../../../src/engine/random';
import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { assertClose } from '../../support/close';

const [HERE, PLAIN] = [tf.getBackend(), 'cpu'];

/** The values of an operation on the backend of this run and on the plain one. */
function both(make: () => tf.Tensor): [Float32Array, Float32Array] {
  const values = [HERE, PLAIN].map((name) => {
    void tf.setBackend(name);
    return tf.tidy(() => make().dataSync<'float32'>().slice());
  });
  void tf.setBackend(HERE);
  return values as [Float32Array, Float32Array];
}

describe('operations on images: the plain form equals TensorFlow', () => {
  before(function () {
    if (HERE !== 'tensorflow') this.skip(); // nothing to compare with; the values are tested elsewhere
  });

  const images = () => {
    manualSeed(5);
    return uniform([3, 6, 5, 3], 0, 1).dataSync().slice();
  };
  // Turned, perspective, shifted by half pixels: one row an image.
  const matrices = [
    [0.8, -0.6, 1.3, 0.6, 0.8, -1.1, 0, 0],
    [1.1, 0.2, -0.7, -0.1, 0.9, 0.4, 0.02, -0.03],
    [1, 0, -0.5, 0, 1, -0.5, 0, 0],
  ];

  for (const interpolation of ['nearest', 'bilinear'] satisfies Interpolation[]) {
    for (const edge of ['constant', 'nearest'] satisfies SampleOptions['edge'][]) {
      for (const rows of [matrices, matrices.slice(0, 1)]) {
        it(`projectiveTransform: ${interpolation}, edge ${edge}, ${rows.length} matrices`, () => {
          const values = images();
          const [expected, plain] = both(() =>
            projectiveTransform(tf.tensor4d(values, [3, 6, 5, 3]), tf.tensor2d(rows), {
              interpolation,
              edge,
              fill: 0.25,
              size: [7, 8],
            }),
          );
          assertClose(plain, expected, 1e-5);
        });
      }
    }
  }

  it('rgbToHsv and hsvToRgb', () => {
    const values = images();
    for (const op of [rgbToHsv, hsvToRgb]) {
      const [expected, plain] = both(() => op(tf.tensor4d(values, [3, 6, 5, 3])));
      assertClose(plain, expected, 1e-5);
    }
  });
});
