import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { ComponentSegmenter } from '../../../src/helpers/course/segmenter';

/** A picture of a bar or a block at a place of a black canvas. */
function drawn(side: number, x: number, y: number, width: number, height: number, light: number): number[][] {
  return Array.from({ length: side }, (_, j) =>
    Array.from({ length: side }, (_, i) => (i >= x && i < x + width && j >= y && j < y + height ? light : 0)),
  );
}
/** A ring: a block with a hole, so that what is cut to the strokes differs from a block. */
function ring(side: number, x: number, y: number, size: number): number[][] {
  const rows = drawn(side, x, y, size, size, 1);
  for (let j = y + 2; j < y + size - 2; j++)
    for (let i = x + 2; i < x + size - 2; i++) (rows[j] ?? [])[i] = 0;
  return rows;
}
const pictures = (...all: number[][][]): tf.Tensor => tf.expandDims(tf.tensor(all), 3);

describe('ComponentSegmenter', () => {
  const known = pictures(drawn(12, 2, 2, 8, 8, 1), ring(12, 1, 2, 9));
  const segmenter = new ComponentSegmenter(known, tf.tensor1d([3, 0], 'int32'));

  it('cuts known digits to their strokes', () => {
    assert.deepEqual(segmenter.gallery.shape, [2, 256]);
    assert.equal(Math.min(...tf.slice(segmenter.gallery, 0, 1).dataSync()), 1); // nothing but ink is left of a block
  });

  it('names the pixels of what it finds, wherever it lies, and leaves the rest background', async () => {
    const canvas = ring(20, 9, 1, 9).map((row, j) =>
      row.map((v, i) => v + (drawn(20, 1, 11, 7, 7, 0.9)[j]?.[i] ?? 0)),
    );
    const classes = (await segmenter.segment(pictures(canvas), 0.5).array()) as number[][][];
    assert.equal(classes[0]?.[1]?.[9], 1); // the ring, digit 0
    assert.equal(classes[0]?.[5]?.[13], 0); // its hole
    assert.equal(classes[0]?.[14]?.[4], 4); // the block, digit 3
    const flat = classes.flat(2);
    assert.equal(flat.filter((k) => k === 4).length, 49);
    assert.equal(flat.filter((k) => k === 1).length, 81 - 25);
  });

  it('takes small specks for noise and an empty canvas for background', async () => {
    const speck = drawn(20, 5, 5, 3, 3, 1);
    const classes = (await segmenter
      .segment(pictures(speck, drawn(20, 0, 0, 0, 0, 1)), 0.5)
      .array()) as number[][][];
    assert.ok(classes.flat(2).every((k) => k === 0));
  });
});
