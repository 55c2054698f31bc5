import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import * as tf from '../../../src/engine/tf';
import * as F from '../../../src/nn/functional';
import { assertClose } from '../../support/close';

const draw = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

/** Both gradients of Σ y² of two functions of one input and one kernel are the same. */
function assertSameSlopes(
  x: tf.Tensor,
  w: tf.Tensor,
  [actual, expected]: readonly ((x: tf.Tensor, w: tf.Tensor) => tf.Tensor)[],
): void {
  const of = (call: (x: tf.Tensor, w: tf.Tensor) => tf.Tensor) =>
    tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.mean(tf.square(call(a, b))))([x, w]);
  assertClose(actual!(x, w).dataSync(), expected!(x, w).dataSync(), 1e-4);
  of(actual!).forEach((slope, i) => assertClose(slope.dataSync(), of(expected!)[i]!.dataSync(), 1e-5));
}

describe('Gradients of convolutions that TensorFlow.js has none of', () => {
  it('taps that lie apart: images, depthwise, volumes', () => {
    const image = draw([2, 7, 8, 3], 1);
    assertSameSlopes(image, draw([3, 2, 3, 4], 2), [
      (x, w) => tf.conv2d(x, w, 1, 'valid', 'NHWC', [2, 3]),
      (x, w) => F.conv2d(x, w, undefined, { dilation: [2, 3] }),
    ]);
    assertSameSlopes(image, draw([3, 3, 3, 2], 3), [
      (x, w) => tf.depthwiseConv2d(x, w, 1, 'same', 'NHWC', 2),
      (x, w) => F.conv2d(x, tf.reshape(w, [3, 3, 1, 6]), undefined, { dilation: 2, padding: 2, groups: 3 }),
    ]);
    assertSameSlopes(draw([1, 5, 5, 5, 2], 4), draw([2, 2, 2, 2, 3], 5), [
      (x, w) => tf.conv3d(x as never, w as never, 1, 'valid', 'NDHWC', 1),
      (x, w) => F.conv3d(x, w),
    ]);
  });

  it('transposed convolutions of volumes', () => {
    assertSameSlopes(draw([2, 2, 3, 2, 2], 6), draw([2, 2, 2, 3, 2], 7), [
      (x, w) => tf.conv3dTranspose(x as never, w as never, [2, 4, 6, 4, 3], 2, 'valid'),
      (x, w) => F.convTranspose3d(x, w, undefined, { stride: 2 }),
    ]);
  });
});

describe('Convolutions and pools of no images', () => {
  it('have the right shapes and gradients of 0, plain and recorded, and end no process', function () {
    if (tf.getBackend() !== 'tensorflow') this.skip();
    this.timeout(120_000);
    const file = join(__dirname, '../../support/empties.ts');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['-r', 'ts-node/register/transpile-only', file],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr.slice(0, 2000));
    assert.deepEqual(stdout.trim().split('\n'), [
      'maxPool: [0,3,3,2] 0', 'maxPool: [0,6,6,2] [3,3,2,4] 0',
      'maxPoolSame: [0,3,3,2] 0', 'maxPoolSame: [0,6,6,2] [3,3,2,4] 0',
      'maxPool3d: [0,2,2,2,2] 0', 'maxPool3d: [0,4,4,4,2] [3,3,2,4] 0',
      'avgPool: [0,3,3,2] 0', 'avgPool: [0,6,6,2] [3,3,2,4] 0',
      'avgPool3d: [0,2,2,2,2] 0', 'avgPool3d: [0,4,4,4,2] [3,3,2,4] 0',
      'conv2d: [0,3,3,4] 0', 'conv2d: [0,6,6,2] [3,3,2,4] 0',
      'conv2dSpread: [0,2,2,4] 0', 'conv2dSpread: [0,6,6,2] [3,3,2,4] 0',
      'conv1d: [0,6,4] 0', 'conv1d: [0,6,2] [3,2,4] 0',
      'conv3d: [0,4,4,4,4] 0', 'conv3d: [0,4,4,4,2] [3,3,3,2,4] 0',
      'conv2dTranspose: [0,12,12,4] 0', 'conv2dTranspose: [0,6,6,2] [3,3,4,2] 0',
      'conv3dTranspose: [0,8,8,8,3] 0', 'conv3dTranspose: [0,4,4,4,2] [2,2,2,3,2] 0',
      'depthwise: [0,6,6,4] 0', 'depthwise: [0,6,6,2] [3,3,2,2] 0',
      'fused: [0,6,6,4] 0', 'fused: [0,6,6,2] [3,3,2,4] 0',
    ]); // prettier-ignore
  });
});
