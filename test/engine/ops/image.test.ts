import assert from 'node:assert/strict';

import { hasOwnOperations } from '../../../src/engine/backend/load';
import { execute } from '../../../src/engine/backend/rawops';
import { compile } from '../../../src/engine/compile';
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

describe('images moved by the operation of our own', () => {
  /** The same by TensorFlow's own operation. */
  function theirs(
    x: tf.Tensor4D,
    transforms: tf.Tensor2D,
    how: Required<SampleOptions>,
    size: [number, number],
  ) {
    const attributes = {
      dtype: { type: 'float32' },
      interpolation: { text: how.interpolation.toUpperCase() },
      fill_mode: { text: how.edge.toUpperCase() },
    } as const;
    const inputs = [x, transforms, tf.tensor1d(size, 'int32'), tf.scalar(how.fill as number)];
    return execute('ImageProjectiveTransformV3', attributes, inputs);
  }

  const angles = [0.1, -0.17, 1.9, Math.PI];
  const rows = angles.map((angle, i) => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    return [cos, -sin, 5.25 - i, sin, cos, 2.5 * i - 3, i === 2 ? 0.01 : 0, i === 3 ? -0.125 : 0];
  });

  for (const channels of [1, 3, 4]) {
    for (const edge of ['constant', 'nearest'] as const) {
      it(`are TensorFlow's, ${channels} channels, edge ${edge}`, function () {
        if (!hasOwnOperations()) this.skip();
        manualSeed(1);
        tf.tidy(() => {
          const x = uniform([4, 61, 47, channels]);
          const size: [number, number] = [70, 53];
          for (const transforms of [rows, rows.slice(0, 1)].map((some) => tf.tensor2d(some))) {
            for (const interpolation of ['nearest', 'bilinear'] as const) {
              const how = { interpolation, edge, fill: 0.375 };
              const ours = projectiveTransform(x, transforms, { ...how, size }).dataSync();
              const expected = theirs(x, transforms, how, size).dataSync();
              if (interpolation === 'nearest') assert.deepEqual(ours, expected);
              else assertClose(ours, expected, 1e-6);
            }
          }
        });
      });
    }
  }

  it('are those of TensorFlow in a recording and of no images', function () {
    if (!hasOwnOperations()) this.skip();
    tf.tidy(() => {
      const x = uniform([2, 9, 7, 3]);
      const transforms = tf.tensor2d(rows.slice(0, 2));
      const moved = compile((x: tf.Tensor4D) => projectiveTransform(x, transforms));
      assert.deepEqual(moved(x).dataSync(), projectiveTransform(x, transforms).dataSync());
      moved.dispose();
      const none = projectiveTransform(tf.zeros([0, 9, 7, 3]), tf.zeros([0, 8]));
      assert.deepEqual(none.shape, [0, 9, 7, 3]);
    });
  });
});

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
