import assert from 'node:assert/strict';

import { type Box, boxArea, boxIou, nms } from '../../src/nn/boxes';
import { recordedVision } from '../support/vision';

describe('boxes', () => {
  it('have an area, none when turned round', () => {
    assert.equal(boxArea([1, 2, 4, 4]), 6);
    assert.equal(boxArea([4, 2, 1, 4]), 0);
  });

  it('overlap by what is common over what is covered', () => {
    assert.equal(boxIou([0, 0, 4, 4], [2, 2, 6, 6]), 4 / 28);
    assert.equal(boxIou([0, 0, 4, 4], [0, 0, 4, 4]), 1);
    assert.equal(boxIou([0, 0, 2, 2], [2, 0, 4, 2]), 0);
    assert.equal(boxIou([1, 1, 1, 1], [1, 1, 1, 1]), 0);
  });

  it('overlap and are suppressed as in torchvision', () => {
    const { boxes, scores, iou, kept } = recordedVision.boxes as {
      boxes: Box[];
      scores: number[];
      iou: number[][];
      kept: Record<string, number[]>;
    };
    boxes.forEach((a, i) =>
      boxes.forEach((b, j) => assert.ok(Math.abs(boxIou(a, b) - (iou[i]?.[j] ?? NaN)) < 1e-6)),
    );
    for (const [threshold, expected] of Object.entries(kept)) {
      assert.deepEqual(nms(boxes, scores, Number(threshold)), expected, threshold);
    }
  });

  it('that overlap by just the threshold are both kept', () => {
    const halves: Box[] = [[0, 0, 4, 4], [0, 0, 4, 2]]; // prettier-ignore
    assert.deepEqual(nms(halves, [0.1, 0.9], 0.5), [1, 0]);
    assert.deepEqual(nms(halves, [0.1, 0.9], 0.499), [1]);
  });

  it('need one score each', () => {
    assert.throws(
      () => nms([[0, 0, 1, 1]], [], 0.5),
      /^RangeError: Cannot suppress boxes: .*expected 1 scores.*got 0/,
    );
  });
});
