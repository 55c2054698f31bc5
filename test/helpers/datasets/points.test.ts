import assert from 'node:assert/strict';

import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { type Figure, figurePoints } from '../../../src/helpers/datasets/points';

const FIGURES: readonly Figure[] = ['heart', 'moons', 'spiral'];

describe('figurePoints', () => {
  for (const figure of FIGURES) {
    it(`draws a ${figure} of about unit size around the middle`, () => {
      manualSeed(1);
      const points = figurePoints(figure, 2000);
      const { mean, variance } = tf.moments(points, 0);
      assert.ok(points.dataSync().every((v) => Math.abs(v) < 2.3));
      assert.ok(
        [...mean.dataSync()].every((v) => Math.abs(v) < 0.35),
        String(mean),
      );
      assert.ok(
        [...variance.dataSync()].every((v) => v > 0.3 && v < 1.7),
        String(variance),
      );
    });
  }

  it('draws the same points after the same seed', () => {
    const draw = () => {
      manualSeed(4);
      return figurePoints('heart', 10).arraySync();
    };
    assert.deepEqual(draw(), draw());
  });

  it('strays from the curve by the noise', () => {
    const onCurve = figurePoints('moons', 200, { noise: 0 }).arraySync();
    for (const [x, y] of onCurve as [number, number][]) {
      const [u, v] = [(x / 1.7) * 1.5 + 0.5, (y / 1.7) * 1.5 + 0.25];
      const gap = Math.min(Math.abs(Math.hypot(u, v) - 1), Math.abs(Math.hypot(u - 1, v - 0.5) - 1));
      assert.ok(gap < 1e-5, String(gap));
    }
  });

  it('refuses no points', () => {
    assert.throws(
      () => figurePoints('heart', 0),
      /Cannot draw points: expected a count of at least 1, got 0/,
    );
  });
});
