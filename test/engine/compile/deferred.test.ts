import assert from 'node:assert/strict';

import { requiresGrad } from '../../../src/engine/autograd';
import { nativeBackend } from '../../../src/engine/backend/native';
import { livingShapeGraphs } from '../../../src/engine/backend/shapes';
import { compile } from '../../../src/engine/compile';
import { deferring } from '../../../src/engine/compile/deferred';
import * as tf from '../../../src/engine/tf';
import { assertClose } from '../../support/close';
import { executedBy } from '../../support/executed';

const opsOf = (body: () => void): string[] => executedBy(body).map(({ op }) => op);

/** Runs `body`, its operations put off, and says which were computed meanwhile. */
const computedBy = (body: () => void): string[] => opsOf(() => deferring(nativeBackend()!, body));

describe('deferring', () => {
  before(function () {
    if (!nativeBackend()) this.skip();
  });

  it('computes nothing of which nobody asks for the value, and knows its shape', () => {
    const x = tf.ones([4, 3]);
    const ops = computedBy(() =>
      tf.tidy(() => {
        const y = tf.reshape(tf.matMul(x, tf.transpose(x)), [2, -1]);
        assert.deepEqual(tf.concat([y, tf.mul(y, 2)], 1).shape, [2, 16]);
        assert.deepEqual(
          tf.split(y, 4, 1).map(({ shape }) => shape),
          Array(4).fill([2, 2]),
        );
      }),
    );
    assert.deepEqual(ops, []);
  });

  it('leaves no graph of shapes behind, though no turn of the event loop comes, nor where it fails', () => {
    const before = livingShapeGraphs();
    for (let i = 0; i < 3; i++) computedBy(() => tf.tidy(() => tf.exp(tf.ones([2]))));
    assert.throws(() => computedBy(() => tf.tidy(() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3])))));
    const step = compile((x: tf.Tensor) => tf.square(x));
    for (let i = 0; i < 10; i++) tf.dispose(step(tf.ones([i + 1])));
    step.dispose();
    assert.equal(livingShapeGraphs(), before);
  });

  it('computes what is read, once, and what outlives it', () => {
    let kept: tf.Tensor | undefined;
    const ops = computedBy(() =>
      tf.tidy(() => {
        const y = tf.exp(tf.tensor1d([0, 0]));
        assert.deepEqual(Array.from(tf.neg(y).dataSync()), [-1, -1]);
        assert.deepEqual(Array.from(y.dataSync()), [1, 1]);
        kept = tf.keep(tf.square(y));
        tf.sin(y);
      }),
    );
    assert.deepEqual(ops, ['Exp', 'Neg', 'Square']);
    assert.deepEqual(Array.from(kept!.dataSync()), [1, 1]);
  });

  it('computes at once what a shape depends on', () => {
    const ops = computedBy(() => {
      const { values } = tf.unique(tf.abs(tf.tensor1d([1, -1, 2])));
      assert.deepEqual(values.shape, [2]);
    });
    assert.deepEqual(ops, ['Abs', 'UniqueV2']);
  });

  it('computes nothing that a gradient would need when a recorded function gives a result with a graph', () => {
    const [w, x] = [tf.variable(tf.ones([3, 3])), tf.ones([2, 3])];
    const step = compile((a: tf.Tensor) => [tf.sum(tf.exp(tf.relu(tf.matMul(a, w))))]);
    const results: tf.Tensor[] = [];
    const recording = () => results.push(...step(x));
    // a variable that shares its data is given data of its own
    const computed = () => opsOf(recording).filter((op) => op !== 'Identity');
    assert.deepEqual(computed(), []);
    assert.ok(requiresGrad(results[0]!));
    step.recheck();
    assert.deepEqual(computed(), []);
    assertClose(tf.stack(results).dataSync(), [6 * Math.exp(3), 6 * Math.exp(3)], 1e-3);
    step.dispose();
  });

  it('says what TensorFlow says of an operation that it refuses', () => {
    assert.throws(() =>
      computedBy(() => {
        tf.engine().runKernel('BatchMatMul', { a: tf.ones([2, 3]), b: tf.ones([2, 3]) });
      }),
    );
  });

  it('leaves no tensor behind', () => {
    const numbers = (): number => nativeBackend()!.binding.getNumOfTensors();
    const x = tf.ones([4]);
    const step = compile((a: tf.Tensor) => tf.sum(tf.mul(tf.exp(a), 2)), { checked: false });
    step(x).dispose();
    const before = numbers();
    for (let i = 0; i < 5; i++) {
      const other = tf.ones([5 + i]);
      step(other).dispose();
      other.dispose();
    }
    assert.equal(numbers(), before);
    step.dispose();
  });

  it('follows a long chain without running out of stack', () => {
    let last = 0;
    computedBy(() =>
      tf.tidy(() => {
        let x: tf.Tensor = tf.scalar(0);
        for (let i = 0; i < 5_000; i++) x = tf.add(x, 1);
        [last] = x.dataSync() as unknown as [number];
      }),
    );
    assert.equal(last, 5_000);
  });
});
