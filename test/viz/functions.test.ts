import assert from 'node:assert/strict';

import * as tf from '../../src/engine/tf';
import { functionPlot } from '../../src/viz/charts/functions';
import { assertCompiles, valuesOf } from '../support/spec';

describe('functionPlot', () => {
  it('draws f and its derivative without leaking a tensor', () => {
    const before = tf.memory().numTensors;
    const chart = functionPlot(
      { square: (x) => tf.square(x) },
      { domain: [0, 2], samples: 3, derivative: true },
    );
    assertCompiles(chart);
    const [values, slopes] = (chart.spec.concat as Record<string, unknown>[]).map(valuesOf);
    assert.deepEqual(
      values?.map((v) => v.y),
      [0, 1, 4],
    );
    assert.deepEqual(
      slopes?.map((v) => v.y),
      [0, 2, 4],
    );
    assert.equal(tf.memory().numTensors, before);
  });

  it('refuses an empty interval', () => {
    assert.throws(() => functionPlot({ relu: tf.relu }, { domain: [1, 1] }), /expected domain \[from, to\]/);
    assert.throws(() => functionPlot({ relu: tf.relu }, { samples: 1 }), /samples of 2 or more, got 1/);
  });
});
