import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { yieldEvery } from '../../../src/helpers/notebook/pause';
import { Average } from '../../../src/helpers/train/average';
import { type Batch, splitBatch } from '../../../src/helpers/train/batches';
import { evaluate, predict, walk } from '../../../src/helpers/train/evaluate';
import { accuracy, binaryAccuracy, talliesOf, topK } from '../../../src/helpers/train/metrics';
import { restoreState, saveState } from '../../../src/helpers/train/weights';
import * as nn from '../../../src/nn';
import { TinyNet } from '../../support/blobs';
import { assertClose } from '../../support/close';
import { tensorsLeft } from '../../support/memory';

/** Adds its two inputs; notes how many samples it was given. */
class Sum extends nn.Module {
  readonly #sizes: number[] = []; // a field that changes is a reason to record anew

  get sizes(): number[] {
    return this.#sizes;
  }

  forward(x: tf.Tensor, y?: tf.Tensor): tf.Tensor {
    this.#sizes.push(x.shape[0] ?? 0);
    return y ? tf.add(x, y) : tf.mul(x, 2);
  }
}

const rows = (...values: number[]) => tf.tensor2d(values, [values.length, 1]);
const batches: Batch[] = [
  [rows(1, 2), rows(10, 20), tf.tensor1d([11, 22])],
  [rows(3), rows(30), tf.tensor1d([34])],
];

describe('evaluate()', () => {
  const mse = (output: tf.Tensor, y: tf.Tensor) => nn.mseLoss(output, tf.reshape(y, output.shape));

  it('weighs batches by their samples, and hands all inputs to the model', async () => {
    for (const compile of [true, false]) {
      assert.deepEqual(await evaluate(new Sum(), batches, { loss: mse, compile }), { loss: 1 / 3 });
    }
    assert.deepEqual(await evaluate(new Sum(), batches), {}); // no loss, nothing to count
  });

  it('takes the metrics that it is given', async () => {
    const close = { ...accuracy(), name: 'close', tally: (o: tf.Tensor, y: tf.Tensor) => tf.stack([tf.sum(tf.cast(tf.equal(tf.reshape(o, [-1]), y), 'float32')), tf.scalar(y.size)]) }; // prettier-ignore
    assertClose((await evaluate(new Sum(), batches, { metrics: [close] })).close!, 2 / 3, 1e-6);
  });

  it('is not recorded again for the same model, loss and metrics', async () => {
    const model = new Sum();
    const walks = async (times: number) => {
      model.sizes.length = 0;
      for (let i = 0; i < times; i++) await evaluate(model, batches, { loss: mse });
      return model.sizes.length; // two sizes of batch
    };
    assert.ok((await walks(17)) <= 36, 'one call in all, and a check of each walk');
    assert.ok((await walks(40)) <= 40, 'then checks of some');
  });
});

describe('walk()', () => {
  const step = {
    run: (batch: Batch) => ({ size: batch[0]!.shape[0] ?? 0, loss: 0, tallies: [] }),
    dispose: () => undefined,
  };

  it('ends at its limit, and early with nothing when interrupted', async () => {
    assert.equal((await walk(step, batches))?.count, 3);
    assert.equal((await walk(step, batches, { limit: 1 }))?.count, 2);
    assert.equal((await walk(step, batches, { limit: 2 }))?.count, 3);
    assert.equal(await walk(step, batches, { signal: AbortSignal.abort() }), undefined);
    assert.equal((await walk(step, batches, { signal: AbortSignal.abort(), limit: 1 }))?.count, 2);
  });
});

describe('predict()', () => {
  it('takes a tensor in parts of batchSize, 256 by default, or a loader, whose targets it leaves out', async () => {
    const model = new Sum();
    const outputs = await predict(model, tf.ones([600, 1]), { compile: false });
    assert.deepEqual([outputs.shape, model.sizes.splice(0)], [[600, 1], [256, 256, 88]]); // prettier-ignore
    await predict(model, tf.ones([4, 1]), { compile: false, batchSize: 2 });
    assert.deepEqual(model.sizes.splice(0), [2, 2]);
    assert.deepEqual([...(await predict(model, batches)).dataSync()], [11, 22, 33]);
    assert.deepEqual([...(await predict(model, [[rows(5)]])).dataSync()], [10]); // no target
  });

  it('gives probabilities when asked, and keeps no tensor but the result', async () => {
    const model = new TinyNet();
    const x = tf.ones([3, 2]);
    for (const compile of [false, true]) {
      (await predict(model, x, { softmax: true, compile })).dispose();
      const before = await tensorsLeft();
      const outputs = await predict(model, x, { softmax: true, compile, batchSize: 2 });
      assertClose(tf.sum(outputs, 1).dataSync(), [1, 1, 1], 1e-6);
      const [logits] = [await predict(model, x, { compile })];
      assertClose(tf.softmax(logits).dataSync(), outputs.dataSync(), 1e-6);
      tf.dispose([outputs, logits]);
      assert.ok((await tensorsLeft(before)) <= before);
    }
  });
});

describe('Average', () => {
  const numbers = (size: number, loss: number, ...tallies: number[][]) => ({ size, loss, tallies });

  it('weighs losses by samples, adds tallies up, and begins anew', () => {
    const average = new Average();
    average.add(numbers(2, 1, [1, 2]));
    average.add(numbers(6, 5, [3, 6]));
    assert.deepEqual([average.count, average.result([accuracy()])], [8, { loss: 4, accuracy: 0.5 }]);
    const state = average.stateDict();
    average.reset();
    assert.deepEqual(average.stateDict(), { samples: 0, loss: 0, tallies: [] });
    average.add(numbers(1, 7, [1, 1]));
    assert.deepEqual(average.result([accuracy()]), { loss: 7, accuracy: 1 });
    const other = new Average();
    other.loadStateDict(state);
    other.add(numbers(8, 0, [0, 8]));
    assert.deepEqual(other.result([accuracy()]), { loss: 2, accuracy: 0.25 });
    assert.deepEqual(state, { samples: 8, loss: 32, tallies: [[4, 8]] }); // untouched
  });
});

describe('Batches', () => {
  it('are inputs and, last, the target', () => {
    const [a, b, c] = batches[0] as [tf.Tensor, tf.Tensor, tf.Tensor];
    assert.deepEqual(splitBatch([a, b, c]), { inputs: [a, b], target: c });
    assert.deepEqual(splitBatch([a, c]), { inputs: [a], target: c });
  });

  it('yieldEvery() lets the event loop turn when the last time is 50 ms old', async () => {
    const clock = performance.now.bind(performance);
    let now = 1000;
    performance.now = () => now;
    try {
      let turns = 0;
      const rest = yieldEvery();
      const taken = async () => {
        const before = turns;
        setImmediate(() => turns++);
        await rest();
        return turns > before;
      };
      now += 49;
      assert.equal(await taken(), false);
      now += 1;
      assert.equal(await taken(), true);
      now += 49;
      assert.equal(await taken(), false);
    } finally {
      performance.now = clock;
    }
  });
});

describe('Metrics at their edges', () => {
  it('binaryAccuracy() counts a threshold of its own, which itself is negative; topK() all of few classes', () => {
    const of = (metric: ReturnType<typeof accuracy>, output: tf.Tensor, y: tf.Tensor) => metric.value(metric.tally(output, y).dataSync()); // prettier-ignore
    const [output, y] = [tf.tensor1d([0, 0.5, 0.6]), tf.tensor1d([0, 0, 1])];
    assert.equal(of(binaryAccuracy(), output, y), 1);
    assertClose(of(binaryAccuracy({ threshold: 0 }), output, y), 2 / 3, 1e-6);
    const logits = tf.tensor2d([[1, 1, 0]]);
    assert.equal(of(topK(1), logits, tf.tensor1d([1], 'int32')), 1); // ties in favour
    assert.equal(of(topK(), logits, tf.tensor1d([2], 'int32')), 1);
    assert.deepEqual([topK().name, topK(3).name], ['top5', 'top3']);
  });

  it('count class numbers of several classes unless told otherwise, nothing else', () => {
    const count = (output: number[], target: tf.Tensor) =>
      talliesOf(undefined, tf.zeros(output), target).length;
    const classes = (...shape: number[]) => tf.zeros(shape, 'int32');
    assert.equal(count([4, 3], classes(4)), 1);
    assert.equal(count([4, 2, 3], classes(4, 2)), 1);
    assert.equal(count([4, 1], classes(4)), 0);
    assert.equal(count([4, 3], classes(4, 3)), 0);
    assert.equal(count([4, 3], tf.zeros([4])), 0);
  });
});

describe('saveState() and restoreState()', () => {
  it('copy values of every kind, and put them back', async () => {
    const model = new nn.Sequential(new nn.Linear(2, 1), new nn.BatchNorm1d(1));
    const saved = saveState(model);
    const before = await tensorsLeft();
    const values = () => [...model.stateDict().values()].map((variable) => [...variable.dataSync()]);
    const expected = values();
    for (const variable of model.stateDict().values()) variable.assign(tf.fill(variable.shape, 9, variable.dtype)); // prettier-ignore
    assert.deepEqual([...saved.values()].map((v) => [...v]), expected); // prettier-ignore
    restoreState(model, saved);
    assert.deepEqual(values(), expected);
    assert.equal(model.stateDict().get('1.num_batches_tracked')?.dtype, 'int32');
    assert.ok((await tensorsLeft(before)) <= before);
  });
});
