import assert from 'node:assert/strict';

import { isNative } from '../../../../src/engine/backend/rawops';
import { compile } from '../../../../src/engine/compile';
import { manualSeed } from '../../../../src/engine/random';
import * as tf from '../../../../src/engine/tf';
import * as transforms from '../../../../src/helpers/data/transforms';

const image = tf.reshape(tf.div(tf.range(0, 2 * 8 * 6 * 3), 288), [2, 8, 6, 3]);

/** Heights and widths of many draws, each once, in order. */
function sizesOf(transform: transforms.Transform, times = 60): string[] {
  manualSeed(0);
  const drawn = Array.from({ length: times }, () => transform.forward(image).shape.slice(1, 3).join('×'));
  return [...new Set(drawn)].sort();
}

describe('Sizes drawn at random', () => {
  it('RandomResize: the shorter edge from minSize to below maxSize', () => {
    assert.deepEqual(sizesOf(new transforms.RandomResize(3, 6)), ['4×3', '5×4', '6×5']);
  });

  it('RandomShortestSize: one of the lengths, less where the longer edge would pass maxSize', () => {
    assert.deepEqual(sizesOf(new transforms.RandomShortestSize([3, 12])), ['16×12', '4×3']);
    assert.deepEqual(sizesOf(new transforms.RandomShortestSize([3, 12], 10)), ['10×7', '4×3']);
    assert.deepEqual(sizesOf(new transforms.RandomShortestSize(6)), ['8×6']);
  });

  it('ScaleJitter: fits the target, times the factor, in torchvision’s order of its numbers', () => {
    assert.deepEqual(sizesOf(new transforms.ScaleJitter([12, 8], { scaleRange: [1, 1] })), ['8×6']);
    assert.deepEqual(sizesOf(new transforms.ScaleJitter([3, 8], { scaleRange: [1, 1] })), ['4×3']);
    const heights = sizesOf(new transforms.ScaleJitter([16, 16])).map((size) => parseInt(size));
    assert.ok(Math.min(...heights) >= 1 && Math.max(...heights) <= 32 && heights.length > 10);
  });

  it('RandomZoomOut: the images stand whole somewhere on the canvas, with probability p', () => {
    manualSeed(2);
    const zoom = new transforms.RandomZoomOut({ fill: -1, sideRange: [1.5, 2.5], p: 0.5 });
    const places = new Set<string>();
    let same = 0;
    for (let i = 0; i < 60; i++) {
      const result = zoom.forward(image);
      const [, h = 0, w = 0] = result.shape;
      if (h === 8 && w === 6) same++;
      else assert.ok(h >= 12 && h <= 20 && w >= 9 && w <= 15);
      const inside = tf.greaterEqual(result, 0);
      assert.deepEqual(tf.sum(tf.cast(inside, 'int32')).dataSync()[0], image.size);
      assert.ok(Math.abs(tf.sum(tf.relu(result)).dataSync()[0]! - tf.sum(image).dataSync()[0]!) < 1e-2);
      places.add(String(tf.argMax(tf.cast(tf.reshape(inside, [-1]), 'int32')).dataSync()[0]));
    }
    assert.ok(same > 18 && same < 42 && places.size > 10);
  });

  it('are refused in a step that is recorded', function () {
    if (!isNative()) this.skip();
    for (const transform of [
      new transforms.RandomResize(3, 6),
      new transforms.RandomShortestSize(3),
      new transforms.ScaleJitter([4, 4]),
      new transforms.RandomZoomOut(),
    ]) {
      const step = compile((x: tf.Tensor4D) => transform.forward(x));
      assert.throws(() => step(image), /expected plain code, since the size of its result is drawn/);
    }
  });

  it('are refused where the range is none', () => {
    assert.throws(() => new transforms.RandomResize(6, 6), /^RangeError: .*minSize < maxSize, got 6 and 6$/);
    assert.throws(() => new transforms.RandomShortestSize([]), /^RangeError: .*at least 1, got none$/);
    assert.throws(
      () => new transforms.RandomZoomOut({ sideRange: [0.5, 2] }),
      /^RangeError: .*got 0\.5 … 2$/,
    );
  });
});
