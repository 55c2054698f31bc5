import assert from 'node:assert/strict';

import { compile, CompileError } from '../../../src/engine/compile';
import * as tf from '../../../src/engine/tf';
import { tensorsLeft } from '../../support/memory';

const x = tf.tensor1d([1, 2, 3]);

/** The line of this file that a function starts on, plus one: where the offending expression stands. */
function lineOf(fragment: string): RegExp {
  return new RegExp(`errors\\.test\\.ts:\\d+:\\d+.*${fragment}`);
}

describe('what cannot be compiled', () => {
  for (const [what, read] of Object.entries({
    dataSync: (t: tf.Tensor): unknown => t.dataSync(),
    arraySync: (t: tf.Tensor): unknown => t.arraySync(),
    print: (t: tf.Tensor): unknown => t.print(),
    'a branch on data': (t: tf.Tensor): unknown => (t.max().dataSync()[0]! > 0 ? t : t.neg()),
    bufferSync: (t: tf.Tensor): unknown => t.bufferSync(),
  })) {
    it(`names the line of a value read by ${what}`, () => {
      const fn = compile((t: tf.Tensor) => {
        read(tf.square(t));
        return t;
      });
      assert.throws(
        () => fn(x),
        (error) => error instanceof CompileError && lineOf('return the tensor').test(error.message),
      );
    });
  }

  it('refuses reading an argument and a variable', () => {
    const v = tf.variable(tf.scalar(1));
    assert.throws(() => compile((t: tf.Tensor) => t.dataSync())(x), CompileError);
    assert.throws(() => compile(() => v.dataSync())(), CompileError);
  });

  it('refuses a value read that nobody waits for', () => {
    const fn = compile((t: tf.Tensor) => {
      t.data().catch(() => undefined);
      return tf.square(t);
    });
    assert.throws(() => fn(x), CompileError);
  });

  it('refuses random numbers of plain JavaScript', () => {
    assert.throws(
      () => compile((t: tf.Tensor) => tf.mul(t, Math.random()))(x),
      lineOf('take random tensors'),
    );
    assert.throws(() => compile((t: tf.Tensor) => tf.dropout(t, 0.5))(x), CompileError);
    assert.ok(Math.random() < 1, 'Math.random works as before afterwards');
  });

  it('refuses async functions', () => {
    // eslint-disable-next-line @typescript-eslint/require-await
    assert.throws(() => compile(async (t: tf.Tensor) => t), /the function is async/);
    const fn = compile((t: tf.Tensor) => Promise.resolve(t));
    assert.throws(() => fn(x), /the function is async/);
  });

  it('refuses arrays of numbers, whose contents it could not follow', () => {
    const fn = compile((values: Float32Array) => tf.tensor1d(values));
    assert.throws(() => fn(new Float32Array(2)), /pass a tensor/);
  });

  it('refuses results that would keep the tensors of the recorded call', () => {
    class Pair {
      constructor(readonly y: tf.Tensor) {}
    }
    const before = tf.memory().numTensors;
    assert.throws(() => compile((t: tf.Tensor) => new Pair(tf.neg(t)))(x), /tensors in an object of Pair/);
    assert.throws(() => compile((t: tf.Tensor) => new Map([['y', tf.neg(t)]]))(x), /returns a Map or a Set/);
    assert.equal(tf.memory().numTensors, before);
  });

  it('runs eagerly instead where a fallback is given, and says why once', () => {
    const reasons: string[] = [];
    const v = tf.variable(tf.scalar(0));
    const fn = compile(
      (t: tf.Tensor) => {
        v.assign(tf.add(v, 1));
        return tf.mul(t, t.max().dataSync()[0]!);
      },
      { onFallback: (reason) => reasons.push(reason) },
    );
    for (const round of [1, 2, 3]) {
      assert.deepEqual(Array.from(fn(x).dataSync()), [3, 6, 9]);
      assert.equal(v.dataSync()[0], round, 'every call ran once');
    }
    assert.equal(reasons.length, 1);
    assert.match(reasons[0]!, /the value of a tensor is read/);
  });

  it('lets errors of the function through and leaves nothing behind', () => {
    let fail = true;
    const fn = compile((t: tf.Tensor) => {
      const y = tf.square(t);
      if (fail) throw new RangeError('mine');
      return y;
    });
    const before = tf.memory().numTensors;
    assert.throws(() => fn(x), /RangeError: mine/);
    assert.equal(tf.memory().numTensors, before);
    fail = false;
    assert.deepEqual(Array.from(fn(x).dataSync()), [1, 4, 9]);
  });
});

describe('tensors from outside', () => {
  it('are used as they are, and a new one is taken when the old is disposed', () => {
    let mask = tf.tensor1d([1, 0, 1]);
    const fn = compile((t: tf.Tensor) => tf.mul(t, mask));
    fn(x);
    assert.deepEqual(Array.from(fn(x).dataSync()), [1, 0, 3]);
    mask.dispose();
    mask = tf.tensor1d([0, 1, 0]);
    assert.deepEqual(Array.from(fn(x).dataSync()), [0, 2, 0]);
    assert.equal(fn.recordings, 1);
  });
});

describe('gather', () => {
  it('is recorded without reading its indices, and still checks them', () => {
    const table = tf.variable(
      tf.tensor2d([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    );
    const fn = compile((indices: tf.Tensor1D) => tf.gather(table, indices));
    for (const first of [2, 1, 0]) {
      assert.deepEqual(fn(tf.tensor1d([first, 0], 'int32')).arraySync(), [
        [2 * first + 1, 2 * first + 2],
        [1, 2],
      ]);
    }
    assert.throws(() => fn(tf.tensor1d([3, 0], 'int32')), /expected places from 0 to 2, got 3/);
  });
});

describe('memory', () => {
  it('stays flat over many calls', async () => {
    const v = tf.variable(tf.zeros([8]));
    const step = compile((t: tf.Tensor) => {
      const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(tf.sub(v, t))), [v]);
      v.assign(tf.sub(v, tf.mul(grads[v.name]!, 0.1)));
      return value;
    });
    const t = tf.ones([8]);
    step(t).dispose();
    step(t).dispose();
    const before = await tensorsLeft();
    for (let i = 0; i < 200; i++) step(t).dispose();
    assert.ok((await tensorsLeft(before)) <= before);
  });
});
