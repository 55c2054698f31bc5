import assert from 'node:assert/strict';

import { manualSeed, normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { energyDistance, frechetDistance } from '../../../src/helpers/course/frechet';
import { assertClose } from '../../support/close';

/** Rows with exactly the covariance LLᵀ: scaled unit vectors and their opposites, moved. */
function shaped(l: readonly (readonly number[])[], mean: readonly number[]): tf.Tensor2D {
  const d = l.length;
  const scale = Math.sqrt((2 * d - 1) / 2);
  const rows = l[0]!.flatMap((_, k) => [1, -1].map((s) => mean.map((m, i) => m + s * scale * l[i]![k]!)));
  return tf.tensor2d(rows);
}

describe('frechetDistance', () => {
  it('is 0 to itself and the squared distance of the means where only these differ', () => {
    const a = shaped([[1, 0], [0.5, 2]], [0, 0]); // prettier-ignore
    assertClose([frechetDistance(a, a)], [0], 1e-5);
    assertClose([frechetDistance(a, tf.add(a, tf.tensor1d([3, 4])))], [25], 1e-4);
  });

  it('adds the squared differences of standard deviations along common axes', () => {
    const [a, b] = [shaped([[1, 0], [0, 2]], [0, 0]), shaped([[4, 0], [0, 3]], [0, 0])]; // prettier-ignore
    assertClose([frechetDistance(a, b)], [9 + 1], 1e-4);
  });

  it('takes the root of a product of covariances that do not commute', () => {
    const [a, b] = [shaped([[1, 0], [1, 1]], [0, 0]), shaped([[2, 0], [0, 1]], [0, 0])]; // prettier-ignore
    // Σ₁ = [[1, 1], [1, 2]], Σ₂ = diag(4, 1); of a 2 × 2 matrix M, tr M^½ = √(tr M + 2√det M).
    const root = Math.sqrt(4 * 1 + 2 * 1 + 2 * Math.sqrt(4));
    assertClose([frechetDistance(a, b)], [3 + 5 - 2 * root], 1e-4);
  });

  it('refuses samples of unlike width, and single rows', () => {
    assert.throws(() => frechetDistance(tf.zeros([3, 2]), tf.zeros([3, 4])), TypeError);
    assert.throws(() => frechetDistance(tf.zeros([1, 2]), tf.zeros([3, 2])), {
      name: 'RangeError',
      message: 'Cannot take frechetDistance: expected at least 2 rows each, got 1',
    });
  });
});

describe('energyDistance', () => {
  it('is by hand 2·E‖a − b‖ − E‖a − a′‖ − E‖b − b′‖', () => {
    // Between: (1 + 3 + 1 + 1)/4 · 2 = 3; within a: 2; within b: 2, pairs of a point with itself left out.
    const value = energyDistance(tf.tensor2d([[0], [2]]), tf.tensor2d([[1], [3]]));
    assertClose([value], [3 - 2 - 2], 1e-6);
  });

  it('is near 0 for two samples of one distribution and grows with the distance', () => {
    manualSeed(3);
    const draw = (mean: number) => normal([600, 2], mean);
    const a = draw(0);
    const [same, near, far] = [
      energyDistance(a, draw(0)),
      energyDistance(a, draw(0.5)),
      energyDistance(a, draw(2)),
    ];
    assert.ok(Math.abs(same) < 0.02, String(same));
    assert.ok(near > 0.1 && far > 4 * near, `${near} ${far}`);
  });
});
