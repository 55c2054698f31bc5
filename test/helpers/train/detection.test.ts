import assert from 'node:assert/strict';

import { averagePrecision, detectionScores } from '../../../src/helpers/train/detection';

const truth = [
  [
    { box: [0, 0, 10, 10], label: 1 },
    { box: [20, 20, 30, 30], label: 2 },
  ],
  [{ box: [5, 5, 15, 15], label: 1 }],
] as const;

describe('detectionScores()', () => {
  it('counts hits of the right class and place, each object once', () => {
    const predicted = [
      [
        { box: [0, 0, 10, 10], label: 1, score: 0.9 }, // exact
        { box: [0, 0, 10, 8], label: 1, score: 0.8 }, // the same object again
        { box: [20, 20, 30, 30], label: 3, score: 0.7 }, // the wrong class
      ],
      [{ box: [5, 5, 15, 13], label: 1, score: 0.6 }], // IoU 0.8
    ] as const;
    const scores = detectionScores(predicted, truth);
    assert.equal(scores.precision, 2 / 4);
    assert.equal(scores.recall, 2 / 3);
    assert.equal(scores.meanIou, (1 + 0.8) / 2);
    // Class 1: hit, miss, hit → precision 1 up to recall ½, ⅔ up to 1. Class 2 was not found.
    assert.ok(Math.abs(scores.meanAveragePrecision - (0.5 + 0.5 * (2 / 3)) / 2) < 1e-12);
  });

  it('counts an overlap of just the threshold as a hit', () => {
    const half = [[{ box: [0, 0, 10, 5], label: 1, score: 1 }]] as const;
    const one = [[{ box: [0, 0, 10, 10], label: 1 }]] as const;
    assert.equal(detectionScores(half, one).recall, 1);
    assert.equal(detectionScores(half, one, { iouThreshold: 0.501 }).recall, 0);
  });

  it('gives zeros where nothing is predicted', () => {
    const zero = { precision: 0, recall: 0, meanIou: 0, meanAveragePrecision: 0 };
    assert.deepEqual(detectionScores([[], []], truth), zero);
  });

  it('refuses lists that do not fit', () => {
    assert.throws(
      () => detectionScores([[]], truth),
      /^RangeError: Cannot score detections: .* got 1 lists, 2 images/,
    );
    assert.throws(() => detectionScores([[]], [[]]), /at least one object/);
  });
});

describe('averagePrecision()', () => {
  it('takes the best precision at a recall or beyond', () => {
    assert.equal(averagePrecision([true, true], 2), 1);
    assert.equal(averagePrecision([false, true, true], 2), 2 / 3);
    assert.equal(averagePrecision([true, false], 2), 0.5);
  });
});
