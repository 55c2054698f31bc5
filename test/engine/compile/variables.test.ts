import assert from 'node:assert/strict';

import { compile } from '../../../src/engine/compile';
import { Session } from '../../../src/engine/graph/session';
import { applySgd } from '../../../src/engine/ops/apply';
import * as tf from '../../../src/engine/tf';

const value = (tensor: tf.Tensor): number => tensor.dataSync()[0]!;

describe('variables of compiled functions', () => {
  it('are current when read after a call, whichever way the function wrote them', () => {
    const v = tf.variable(tf.scalar(0));
    const one = tf.scalar(1);
    const plain = compile(() => v.assign(tf.add(v, 1)));
    const fused = compile(() => applySgd(v, one, { lr: tf.scalar(-1) }));
    for (let i = 1; i <= 6; i++) {
      (i % 3 === 0 ? fused : plain)();
      assert.equal(value(v), i);
      assert.equal(value(tf.mul(v, 2)), 2 * i);
    }
  });

  it('written in JavaScript between calls are seen by the next call', () => {
    const v = tf.variable(tf.scalar(1));
    const double = compile(() => {
      v.assign(tf.mul(v, 2));
      return v.clone();
    });
    assert.equal(value(double()), 2);
    assert.equal(value(double()), 4);
    v.assign(tf.scalar(10));
    assert.equal(value(double()), 20);
    v.assign(tf.add(v, 1));
    assert.equal(value(double()), 42);
    assert.equal(value(v), 42);
  });

  it('are brought in few runs where many are read', () => {
    const many = Array.from({ length: 40 }, (_, i) => tf.variable(tf.scalar(i)));
    const grow = compile(() => many.forEach((v) => v.assign(tf.add(v, 100))));
    const run = Reflect.get(Session.prototype, 'run');
    let reads = 0;
    Session.prototype.run = function (this: Session, ...args) {
      if (args[1] === '') reads += 1; // nothing is fed
      return run.apply(this, args);
    };
    try {
      for (const round of [1, 2, 3]) {
        grow();
        reads = 0;
        many[0]!.assign(tf.scalar(100 * round)); // what was written since is left alone
        many.forEach((v, i) => assert.equal(value(v), i + 100 * round));
        assert.ok(reads <= 10, `${reads} runs`);
      }
    } finally {
      Session.prototype.run = run;
    }
  });

  it('are shared by several compiled functions', () => {
    const v = tf.variable(tf.tensor1d([1, 2]));
    const grow = compile((x: tf.Tensor) => v.assign(tf.add(v, x)));
    const shrink = compile((x: tf.Tensor) => applySgd(v, x, { lr: tf.scalar(0.5) }));
    const read = compile(() => tf.sum(v));
    let sum = 3;
    const x = tf.tensor1d([2, 4]);
    for (let i = 0; i < 12; i++) {
      if (i % 3 === 0) {
        grow(x);
        sum += 6;
      }
      if (i % 2 === 0) {
        shrink(x);
        sum -= 3;
      }
      assert.equal(value(read()), sum, `round ${i}`);
      if (i === 7) {
        v.assign(tf.tensor1d([0, 1]));
        sum = 1;
      }
    }
  });

  it('leave earlier copies as they were', () => {
    const v = tf.variable(tf.scalar(1));
    const step = compile(() => v.assign(tf.add(v, 1)));
    const copies = Array.from({ length: 5 }, () => {
      step();
      return v.clone();
    });
    v.assign(tf.scalar(100));
    step();
    assert.deepEqual(copies.map(value), [2, 3, 4, 5, 6]);
    assert.equal(value(v), 101);
  });

  it('that share one value are told apart', () => {
    const a = tf.variable(tf.scalar(1));
    const b = tf.variable(tf.scalar(0));
    b.assign(a);
    const fn = compile(() => tf.add(tf.mul(a, 10), b));
    assert.equal(value(fn()), 11);
    b.assign(tf.scalar(2));
    assert.equal(value(fn()), 12);
    const swap = compile(() => {
      const old = a.clone();
      a.assign(b);
      b.assign(old);
    });
    for (const expected of [21, 12, 21]) {
      swap();
      assert.equal(value(fn()), expected);
    }
  });

  it('made inside the function are made once', () => {
    const made: tf.Variable[] = [];
    const count = compile((x: tf.Tensor) => {
      const total = made[0] ?? (made[0] = tf.variable(tf.zeros([])));
      total.assign(tf.add(total, x));
      return total.clone();
    });
    assert.deepEqual(
      [1, 2, 3].map((x) => value(count(tf.scalar(x)))),
      [1, 3, 6],
    );
    assert.equal(value(made[0]!), 6);
  });

  it('keep their values when the functions are disposed', () => {
    const v = tf.variable(tf.scalar(1));
    const step = compile(() => v.assign(tf.add(v, 1)));
    step();
    step();
    step.dispose();
    assert.equal(value(v), 3);
    assert.throws(() => step(), /Cannot call a compiled function: it was disposed/);
    const again = compile(() => v.assign(tf.add(v, 1)));
    again();
    again();
    assert.equal(value(v), 5);
  });

  it('of integer and boolean type work too', () => {
    const n = tf.variable(tf.scalar(1, 'int32'));
    const flag = tf.variable(tf.scalar(true, 'bool'));
    const step = compile(() => {
      n.assign(tf.add(n, tf.scalar(2, 'int32')));
      flag.assign(tf.logicalNot(flag));
    });
    for (let i = 1; i <= 4; i++) {
      step();
      assert.equal(value(n), 1 + 2 * i);
      assert.equal(value(flag), i % 2 === 0 ? 1 : 0);
    }
  });

  it('disposed between calls lead to a new recording', () => {
    let weight = tf.variable(tf.scalar(2));
    const fn = compile((x: tf.Tensor) => tf.mul(x, weight));
    fn(tf.scalar(3));
    assert.equal(value(fn(tf.scalar(3))), 6);
    weight.dispose();
    weight = tf.variable(tf.scalar(5));
    assert.equal(value(fn(tf.scalar(3))), 15);
  });
});
