import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';

import { compile } from '../../../src/engine/compile';
import { adamScalars, applyAdam, applySgd } from '../../../src/engine/ops/apply';
import { dynamicScalar } from '../../../src/engine/recording/dynamic';
import { guard } from '../../../src/engine/recording/guards';
import * as tf from '../../../src/engine/tf';
import { assertClose } from '../../support/close';
import { tensorsLeft } from '../../support/memory';

const values = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());

describe('compile', () => {
  it('returns what the function returns, for arguments of any structure', () => {
    const fn = compile(({ a, b }: { a: tf.Tensor; b: tf.Tensor[] }, scale: number) => ({
      sum: tf.add(a, b[0]!).mul(scale),
      rest: [b[1]!.square(), 'note', 3],
    }));
    for (const offset of [0, 1, 2]) {
      const a = tf.tensor1d([1 + offset, 2]);
      const result = fn({ a, b: [tf.tensor1d([3, 4]), tf.tensor2d([[5 + offset]])] }, 10);
      assert.deepEqual(values(result.sum), [40 + 10 * offset, 60]);
      assert.deepEqual(values(result.rest[0] as tf.Tensor), [(5 + offset) ** 2]);
      assert.deepEqual(result.rest.slice(1), ['note', 3]);
    }
    assert.equal(fn.recordings, 1);
  });

  it('takes object literals of another realm apart, too', () => {
    const fn = compile(({ x, k }: { x: tf.Tensor; k: number }) => tf.mul(x, k));
    const literal = runInNewContext('(x, k) => ({ x, k })') as (
      x: tf.Tensor,
      k: number,
    ) => Parameters<typeof fn>[0];
    assert.deepEqual(
      [1, 2, 3].map((x) => fn(literal(tf.scalar(x), 2)).dataSync()[0]),
      [2, 4, 6],
    );
    assert.equal(fn.recordings, 1);
  });

  it('tells plain arguments apart that look alike', () => {
    const seen: unknown[] = [];
    const fn = compile((x: tf.Tensor, argument: unknown) => {
      seen.push(argument);
      return tf.neg(x);
    });
    const alike = [1, 1n, '1', true, 'true', null, 'null', -0, 0, [1], [[1]], Symbol('a'), Symbol('a')];
    const objects = [{ 'a:1,b': 2 }, { a: 1, b: 2 }, { a: '1,b:2' }];
    for (const argument of [...alike, ...objects]) fn(tf.scalar(1), argument);
    assert.deepEqual(seen, [...alike, ...objects]);
  });

  it('keeps a recording for each shape, type and plain argument', () => {
    const fn = compile((x: tf.Tensor, power: number) => tf.pow(x, power));
    for (const repeat of [1, 2]) {
      assert.deepEqual(values(fn(tf.tensor1d([2, 3]), 2)), [4, 9], `round ${repeat}`);
      assert.deepEqual(values(fn(tf.tensor1d([2, 3, 4]), 2)), [4, 9, 16]);
      assert.deepEqual(values(fn(tf.tensor1d([2, 3]), 3)), [8, 27]);
    }
    assert.equal(fn.recordings, 3);
  });

  it('takes the same tensor twice without mistaking it for one argument', () => {
    const fn = compile((x: tf.Tensor, y: tf.Tensor) => tf.sub(x, y));
    const x = tf.tensor1d([5]);
    fn(x, x);
    assert.deepEqual(values(fn(x, tf.tensor1d([3]))), [2]);
  });

  it('returns arguments and variables themselves, and copies of them as copies', () => {
    const variable = tf.variable(tf.scalar(1));
    const fn = compile((x: tf.Tensor) => {
      variable.assign(tf.add(variable, 1));
      return { x, variable, same: x.clone(), value: variable.clone() };
    });
    const x = tf.scalar(7);
    for (const round of [1, 2, 3]) {
      const result = fn(x);
      assert.equal(result.x, x);
      assert.equal(result.variable, variable);
      assert.notEqual(result.same, x);
      assert.equal(result.same.dataSync()[0], 7);
      assert.equal(result.value.dataSync()[0], 1 + round);
    }
  });

  it('reads and writes variables in the order of the program', () => {
    const v = tf.variable(tf.scalar(1));
    const lr = tf.scalar(1);
    const fn = compile((x: tf.Tensor) => {
      const before = v.clone();
      const doubled = tf.mul(v, 2);
      applySgd(v, x, { lr }); // v − x
      const between = tf.mul(v, 10);
      v.assign(tf.add(v, doubled)); // 3·v₀ − x
      applySgd(v, x, { lr }); // 3·v₀ − 2x
      return [before, doubled, between, v.clone()] as const;
    });
    let expected = 1;
    for (let i = 0; i < 5; i++) {
      const x = 0.5 + i;
      const [before, doubled, between, after] = fn(tf.scalar(x)).map((t) => t.dataSync()[0]!);
      assertClose(
        [before!, doubled!, between!, after!],
        [expected, 2 * expected, 10 * (expected - x), 3 * expected - 2 * x],
        1e-3,
      );
      expected = 3 * expected - 2 * x;
      assertClose(v.dataSync(), [expected], 1e-3);
    }
  });

  it('trains a small network as eagerly', () => {
    const run = (wrap: typeof compile | undefined): number[] => {
      const w1 = tf.variable(tf.randomNormal([4, 8], 0, 0.5, 'float32', 1));
      const w2 = tf.variable(tf.randomNormal([8, 3], 0, 0.5, 'float32', 2));
      const state = [w1, w2].map(
        (v) => [tf.variable(tf.zerosLike(v)), tf.variable(tf.zerosLike(v))] as const,
      );
      const betas = [0.9, 0.999] as const;
      let step = 0;
      const train = (x: tf.Tensor2D, y: tf.Tensor2D): tf.Scalar => {
        const { value, grads } = tf.variableGrads(
          () => tf.losses.softmaxCrossEntropy(y, tf.matMul(tf.relu(tf.matMul(x, w1)), w2)),
          [w1, w2],
        );
        const scalars = adamScalars(() => ({ lr: 0.05 / (1 + step / 10), betas, eps: 1e-8, step: ++step }));
        const decays = [tf.scalar(betas[0]), tf.scalar(betas[1])] as const;
        [w1, w2].forEach((v, i) =>
          applyAdam(v, grads[v.name]!, {
            betas: decays,
            expAvg: state[i]![0],
            expAvgSq: state[i]![1],
            ...scalars,
          }),
        );
        return value;
      };
      const fn = wrap ? wrap(train) : (x: tf.Tensor2D, y: tf.Tensor2D) => tf.tidy(() => train(x, y));
      const losses = Array.from({ length: 50 }, (_, i) => {
        const x: tf.Tensor2D = tf.randomNormal([16, 4], 0, 1, 'float32', i + 1);
        const y = tf.oneHot(tf.argMax(x.slice([0, 0], [16, 3]), 1), 3);
        return fn(x, tf.cast(y, 'float32')).dataSync()[0]!;
      });
      return [...losses, ...values(w1), ...values(w2)];
    };
    const eager = run(undefined);
    const compiled = run(compile);
    assert.ok(eager[49]! < eager[0]! / 3);
    assertClose(compiled, eager, 1e-5);
  });

  it('makes every call by replays: the first gives the same bits as a later one from the same state', () => {
    const v = tf.variable(tf.randomNormal([64, 64], 0, 1, 'float32', 1));
    const before = v.clone();
    const x = tf.randomNormal([64, 64], 0, 1, 'float32', 2);
    let calls = 0;
    const fn = compile((x: tf.Tensor2D) => {
      const y = tf.relu(
        tf.add(
          tf.matMul(x, v as tf.Tensor),
          dynamicScalar(() => ++calls / 3),
        ),
      );
      const held = v.clone();
      v.assign(tf.sub(tf.div(v, tf.sqrt(tf.add(tf.mean(tf.square(y)), 1e-8))), tf.mul(held, 0.1)));
      return [tf.mean(y), held];
    });
    const numbers = (): number[] => {
      calls = 0;
      v.assign(before);
      const results = fn(x);
      assert.equal(calls, 1, 'a call reads its dynamic values once');
      return [...results.flatMap((tensor) => [...tensor.dataSync()]), ...values(v)];
    };
    const first = numbers();
    assert.equal(fn.recordings, 1);
    assert.deepEqual(first.slice(1, 1 + before.size), values(before));
    assert.deepEqual(numbers(), first);
    assert.deepEqual(numbers(), first);
  });

  it('runs plainly, once, where the function disposes of a variable it uses', async () => {
    const total = tf.variable(tf.scalar(0));
    const fn = compile((x: tf.Tensor) => {
      const own = tf.variable(x);
      own.assign(tf.mul(own, 2));
      total.assign(tf.add(total, own));
      own.dispose();
      return total.clone();
    });
    const call = (expected: number): void => {
      tf.tidy(() => assert.equal(fn(tf.scalar(3)).dataSync()[0], expected));
      assert.equal(fn.recordings, 0);
    };
    [6, 12, 18].forEach(call);
    const before = await tensorsLeft(); // V8 may hold what the last call has used
    [24, 30, 36, 42, 48, 54].forEach(call);
    assert.ok((await tensorsLeft(before)) <= before);
  });

  it('leaves no tensor of the recorded run behind', async () => {
    const v = tf.tidy(() => tf.variable(tf.scalar(1)));
    const x = tf.scalar(2);
    const before = await tensorsLeft();
    const fn = compile((x: tf.Tensor) => {
      v.assign(tf.mul(v, x));
      return tf.add(v, 1);
    });
    fn(x).dispose();
    assert.ok((await tensorsLeft(before)) <= before);
  });

  it('records anew when a guarded flag or a frozen parameter changes', () => {
    const v = tf.variable(tf.scalar(2));
    const mode = { training: true };
    const fn = compile((x: tf.Tensor) => {
      const on = guard(() => mode.training);
      return on ? tf.mul(x, v) : x.add(0);
    });
    const read = (): number => fn(tf.scalar(3)).dataSync()[0]!;
    assert.deepEqual([read(), read()], [6, 6]);
    mode.training = false;
    assert.deepEqual([read(), read()], [3, 3]);
    mode.training = true;
    assert.deepEqual([read(), read()], [6, 6]);
    assert.equal(fn.recordings, 2);
    v.trainable = false;
    assert.equal(read(), 6);
    assert.equal(fn.recordings, 3);
  });

  it('reads dynamic values at every call', () => {
    let lr = 1;
    const fn = compile((x: tf.Tensor) =>
      tf.mul(
        x,
        dynamicScalar(() => lr),
      ),
    );
    for (lr = 1; lr < 5; lr++) assert.equal(fn(tf.scalar(3)).dataSync()[0], 3 * lr);
  });
});
