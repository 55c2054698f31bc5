import assert from 'node:assert/strict';

import { enableGrad, grad, isGradEnabled, noGrad } from '../../../src/engine/autograd';
import { compile } from '../../../src/engine/compile';
import { tensor } from '../../../src/engine/tensor';
import * as tf from '../../../src/engine/tf';

const leaf = (...values: number[]) => tensor(values, { requiresGrad: true });
const values = (x: tf.Tensor | null) => (x ? [...x.dataSync()] : null);

describe('backward()', () => {
  it('adds up in grad, in place, until it is forgotten', () => {
    const x = leaf(1, 2);
    x.mul(x).sum().backward();
    const held = x.grad;
    x.mul(3).sum().backward();
    assert.deepEqual(values(x.grad), [5, 7]);
    assert.equal(x.grad, held);
    x.grad = null;
    x.sum().backward();
    assert.deepEqual([values(x.grad), values(held)], [[1, 1], [5, 7]]); // prettier-ignore
  });

  it('starts from a given gradient, and from a scalar alone without one', () => {
    const x = leaf(1, 2);
    x.mul(x).backward({ gradient: tensor([1, 10]) });
    assert.deepEqual(values(x.grad), [2, 40]);
    assert.throws(
      () => x.mul(2).backward(),
      /grad can be implicitly created only for scalar outputs, got \[2\]/,
    );
    assert.throws(
      () => x.mul(2).backward({ gradient: tensor([1]) }),
      /expected a gradient of shape \[2\], got \[1\]/,
    );
  });

  it('says that a graph is gone after the first time, and goes again where it was retained', () => {
    const x = leaf(2);
    const y = x.mul(x).sum();
    y.backward({ retainGraph: true });
    y.backward();
    assert.deepEqual(values(x.grad), [8]);
    assert.throws(() => y.backward(), /through the graph a second time: .*retainGraph: true/);
  });

  it('says that nothing requires grad', () => {
    assert.throws(() => tensor([1]).sum().backward(), /does not require grad and does not have a gradFn/);
    assert.throws(() => noGrad(() => leaf(1).sum()).backward(), /does not require grad/);
    assert.throws(() => leaf(1).detach().sum().backward(), /does not require grad/);
    assert.throws(() => grad(leaf(1).sum(), leaf(1)), /input 0 was not used in the graph/);
    assert.deepEqual(grad(leaf(1).sum(), leaf(1), { allowUnused: true }), [null]);
  });

  it('reaches frozen parameters no more, and thawed ones again', () => {
    const [x, w] = [leaf(2), leaf(3)];
    w.requiresGrad = false;
    x.mul(w).sum().backward();
    assert.deepEqual([values(x.grad), w.grad], [[3], null]);
    w.requiresGrad_();
    x.mul(w).sum().backward();
    assert.deepEqual(values(w.grad), [2]);
    assert.throws(() => x.mul(w).requiresGrad_(false), /you can only change it for leaves/);
    assert.throws(
      () => tensor([1], { dtype: 'int32' }).requiresGrad_(),
      /expected a float32 tensor, got int32/,
    );
  });

  it('calls hooks with whole gradients, takes what they give, and keeps what is asked to be kept', () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.retainGrad();
    const seen: unknown[] = [];
    const remove = x.registerHook((gradient) => {
      seen.push(values(gradient));
      return gradient.mul(10);
    });
    y.add(y).sum().backward();
    remove();
    y.detach();
    assert.deepEqual([seen, values(x.grad), values(y.grad)], [[[4, 4]], [40, 40], [2, 2]]);
    assert.throws(() => tensor([1]).registerHook(() => undefined), /does not require grad/);
  });

  it('knows leaves from results, by name', () => {
    const x = leaf(1);
    const y = x.mul(2);
    assert.deepEqual(
      [x.isLeaf, x.gradFn, y.isLeaf, y.gradFn, y.requiresGrad],
      [true, null, false, 'Multiply', true],
    );
    assert.deepEqual(
      [y.detach().requiresGrad, y.gt(0).requiresGrad, y.argmax().requiresGrad],
      [false, false, false],
    );
    assert.equal(String(x), 'tensor([1.], requiresGrad=true)');
    assert.equal(String(y), 'tensor([2.], gradFn=<Multiply>)');
  });

  it('goes through a tensor and its own detached copy apart', () => {
    const x = leaf(3);
    const y = x.mul(x.detach()).sum();
    const [slope] = grad(y, x, { createGraph: true });
    assert.deepEqual(values(slope), [3]);
    assert.equal(slope.requiresGrad, false);
  });

  it('is right where the caller turns round the list of parts that an operation gave', () => {
    const weighted = (parts: tf.Tensor[]) => {
      parts.reverse();
      return tf.sum(tf.add(tf.mul(parts[0]!, 3), parts[1]!));
    };
    for (const cut of [(x: tf.Tensor) => tf.unstack(x, -1), (x: tf.Tensor) => tf.split(x, 2, -1)]) {
      const of = (x: tf.Tensor) => weighted(cut(x));
      const x = tf.tensor2d([[1, 2]]).requiresGrad_();
      of(x).backward();
      assert.deepEqual(x.grad!.tolist(), [[1, 3]]);
      assert.deepEqual(
        tf
          .grad(of)(tf.tensor2d([[1, 2]]))
          .tolist(),
        [[1, 3]],
      );
    }
  });

  it('is told of an operation without gradient', () => {
    const x = leaf(1, 2);
    const y = tf.tidy(() => tf.unique(x).values);
    assert.throws(() => y.sum().backward(), /Cannot go backward through Unique: it has no gradient/);
  });
});

describe('values changed in place', () => {
  it('go on in the graph, except those of a leaf', () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.add_(1).mul_(y.detach());
    y.sum().backward();
    assert.deepEqual(values(x.grad), [6, 10]);
    assert.throws(() => x.add_(1), /a leaf that requires grad is being used in an in-place operation/);
    noGrad(() => x.sub_(x.grad ?? 0, { alpha: 0.5 }));
    assert.deepEqual(values(x), [-2, -3]);
  });

  it('leave what was saved before as it was', () => {
    const x = leaf(2);
    const y = x.mul(3);
    const z = y.mul(y).sum();
    y.zero_();
    z.backward();
    assert.deepEqual([values(x.grad), values(y)], [[36], [0]]);
  });

  it('are of the same shape and type', () => {
    const x = tensor([1, 2]);
    assert.deepEqual([...x.fill_(7).clamp_(null, 5).dataSync()], [5, 5]);
    assert.deepEqual(
      [
        ...x
          .copy_(tensor([3, 4]))
          .maskedFill_(x.gt(3), 0)
          .div_(2)
          .dataSync(),
      ],
      [1.5, 0],
    );
    assert.throws(() => x.add_(tensor([[1], [2]])), /expected a result of shape \[2\], got \[2, 2\]/); // prettier-ignore
    const whole = tensor([1, 2], { dtype: 'int32' });
    assert.deepEqual([whole.add_(1).dtype, ...whole.dataSync()], ['int32', 2, 3]);
  });
});

describe('grad mode', () => {
  it('is off within noGrad, on within enableGrad, and as before afterwards, also after an error', () => {
    const x = leaf(1);
    assert.equal(
      noGrad(() => x.mul(2).requiresGrad),
      false,
    );
    assert.equal(
      noGrad(() => enableGrad(() => x.mul(2).requiresGrad)),
      true,
    );
    assert.throws(() => noGrad(() => assert.fail('on purpose')), /on purpose/);
    assert.ok(isGradEnabled());
    {
      // eslint-disable-next-line @typescript-eslint/no-unused-vars -- its end is what it is for
      using _ = noGrad();
      assert.ok(!isGradEnabled());
    }
    assert.ok(isGradEnabled());
    assert.throws(
      () => noGrad(async () => Promise.resolve()),
      /expected a synchronous function, got an async one/,
    );
  });

  it('is part of what a compiled function is recorded for', () => {
    const x = leaf(2);
    const double = compile((y: tf.Tensor) => x.mul(y));
    const input = tensor([3]);
    assert.throws(
      () => double(input).sum().backward(),
      /result of a compiled function: .*call backward\(\) inside/,
    );
    assert.equal(noGrad(() => double(input)).requiresGrad, false);
    const through = tensor([3], { requiresGrad: true });
    double(through.mul(1)).sum().backward();
    assert.deepEqual(values(through.grad), [2]);
  });
});
