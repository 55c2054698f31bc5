import assert from 'node:assert/strict';

import { compile } from '../../../src/engine/compile';
import * as tf from '../../../src/engine/tf';
import { assertClose } from '../../support/close';
import { inJavaScript } from '../../support/javascript';

const points = [-2, -0.5, 0, 0.25, 3];

interface Expected {
  readonly f: (x: tf.Tensor) => tf.Tensor;
  readonly first: (x: number) => number;
  readonly second: (x: number) => number;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

// derivatives by hand; ReLU's is 0 at 0, as PyTorch's
const activations: Readonly<Record<string, Expected>> = {
  relu: { f: (x) => tf.relu(x), first: (x) => (x > 0 ? 1 : 0), second: () => 0 },
  tanh: {
    f: (x) => tf.tanh(x),
    first: (x) => 1 - Math.tanh(x) ** 2,
    second: (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2),
  },
  sigmoid: {
    f: (x) => tf.sigmoid(x),
    first: (x) => sigmoid(x) * (1 - sigmoid(x)),
    second: (x) => sigmoid(x) * (1 - sigmoid(x)) * (1 - 2 * sigmoid(x)),
  },
};

/** x² in front, so that a gradient of the gradient also flows through f′: d/dx f(x)·x. */
const timesInput = (f: Expected['f']) => (x: tf.Tensor) => tf.mul(f(x), x);

function check({ f, first, second }: Expected): void {
  const x = tf.tensor1d(points);
  assertClose(tf.grad(f)(x).dataSync(), points.map(first), 1e-6);
  assertClose(tf.grad(tf.grad(f))(x).dataSync(), points.map(second), 1e-6);
  const product = points.map((p) => 2 * first(p) + p * second(p));
  assertClose(
    tf
      .grad(tf.grad(timesInput(f)))(x)
      .dataSync(),
    product,
    1e-6,
  );
}

describe('gradients of activations', () => {
  for (const [name, expected] of Object.entries(activations)) {
    it(`${name}: first and second derivative`, () => tf.tidy(() => check(expected)));
  }

  it('are the same on the plain-JavaScript backend', () =>
    inJavaScript(() => {
      for (const { f, first } of Object.values(activations)) {
        assertClose(tf.grad(f)(tf.tensor1d(points)).dataSync(), points.map(first), 1e-6);
      }
    }));

  it("leave ReLU's input unread, so that TensorFlow can fuse it with what is before", function () {
    if (tf.getBackend() !== 'tensorflow') this.skip();
    const ops: string[] = [];
    const { binding } = tf.backend() as unknown as { binding: Record<string, unknown> };
    const spied = Object.assign(Object.create(binding) as typeof binding, {
      executeOp: (...args: [string, ...unknown[]]) => {
        ops.push(args[0]);
        return (binding.executeOp as (...args: unknown[]) => unknown)(...args);
      },
    });
    const backend = tf.backend() as unknown as { binding: unknown };
    backend.binding = spied;
    try {
      tf.tidy(() =>
        tf
          .grad((x) => tf.relu(x))(tf.tensor1d(points))
          .dataSync(),
      );
    } finally {
      backend.binding = binding;
    }
    assert.deepEqual(
      ops.filter((op) => /Relu|Select|Greater|IsNan/.test(op)),
      ['Relu', 'ReluGrad'],
    );
  });

  it('compile, and their replays keep no tensor', () => {
    const step = compile((x: tf.Tensor) => tf.grad(timesInput((y) => tf.tanh(tf.relu(y))))(x));
    const x = tf.tensor1d(points);
    step(x).dispose();
    const before = tf.memory().numTensors;
    const slope = step(x);
    const expected = points.map((p) => (p > 0 ? Math.tanh(p) + p * (1 - Math.tanh(p) ** 2) : 0));
    assertClose(slope.dataSync(), expected, 1e-6);
    slope.dispose();
    assert.equal(tf.memory().numTensors, before);
    step.dispose();
    x.dispose();
  });
});
