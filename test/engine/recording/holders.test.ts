import assert from 'node:assert/strict';

import { compile, guard } from '../../../src/engine/compile';
import { manualSeed, normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';
import { maxDiff } from '../../support/close';

class Net extends nn.Module {
  body: nn.Sequential = new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU());
  head: nn.Linear | nn.Sequential = new nn.Linear(4, 2);
  last: nn.Layer | undefined = undefined;

  forward(x: tf.Tensor): tf.Tensor {
    const logits = this.head.forward(this.body.forward(x));
    return this.last?.forward(logits) ?? logits;
  }

  /** Not `forward`: models are also used through methods of their own. */
  score(x: tf.Tensor): tf.Tensor {
    return tf.mean(this.forward(x), -1);
  }
}

class Activation extends nn.Module {
  inner: nn.Layer = new nn.ReLU();

  forward(x: tf.Tensor): tf.Tensor {
    return this.inner.forward(x);
  }
}

type Change = (net: Net) => void;

/** Checks a compiled function against the plain one before and after each change; counts the recordings. */
function follow(net: Net, fn: (x: tf.Tensor) => tf.Tensor, changes: readonly Change[]): number {
  const compiled = compile(fn);
  const x = normal([5, 3]);
  for (const change of [() => undefined, ...changes]) {
    change(net);
    const eager = tf.tidy(() => fn(x));
    for (const run of ['recorded', 'replayed']) {
      const result = compiled(x);
      assert.deepEqual(result.shape, eager.shape, run);
      assert.ok(maxDiff(result.dataSync(), eager.dataSync()) < 1e-5, run);
    }
  }
  return compiled.recordings;
}

describe('compiled functions of a model that is rebuilt between calls', () => {
  beforeEach(() => manualSeed(4));

  it('see another child, of the same shape and of another', () => {
    const net = new Net();
    const put = (head: Net['head']) => () => void (net.head = head);
    const changes = [put(new nn.Linear(4, 2)), put(new nn.Linear(4, 7)), put(new nn.Sequential(net.head))];
    assert.equal(
      follow(net, (x) => net.forward(x), changes),
      4,
    );
  });

  it('see it through methods other than forward and in a model within a model', () => {
    const net = new Net();
    const outer = new nn.Sequential(net, new nn.Linear(2, 2));
    const put: Change = () => void (net.head = new nn.Linear(4, 2));
    follow(net, (x) => net.score(x), [put]);
    follow(net, (x) => outer.forward(x), [put]);
  });

  it('see another variable in the place of a weight', () => {
    const net = new Net();
    const put: Change = () => {
      (net.head as { weight: tf.Variable }).weight = nn.parameter(normal([2, 4]));
    };
    follow(net, (x) => net.forward(x), [put, put]);
  });

  it('see children without weights put in, replaced at any depth, and taken out', () => {
    const net = new Net();
    const activation = new Activation();
    follow(net, (x) => net.forward(x), [
      () => (net.last = activation),
      () => (activation.inner = new nn.Sigmoid()),
      () => (net.last = undefined),
    ]);
  });

  it('use what they have when an old child comes back, and are not bothered by other models', () => {
    const net = new Net();
    const other = new Net();
    const [a, b] = [net.head, new nn.Linear(4, 2)];
    const changes = [b, a, b].map((head) => () => void (net.head = head));
    const elsewhere: Change = () => void (other.head = new nn.Linear(4, 2));
    assert.equal(
      follow(net, (x) => net.forward(x), [...changes, elsewhere]),
      2,
    );
  });

  it('forget what was disposed', () => {
    const net = new Net();
    const put: Change = () => {
      net.head.dispose();
      net.head = new nn.Linear(4, 2);
    };
    assert.equal(
      follow(net, (x) => net.forward(x), [put, put]),
      1,
    );
  });

  it('see what is kept outside of modules where it is read through guard', () => {
    const net = new Net();
    let head = new nn.Linear(2, 2);
    let scale = tf.variable(tf.scalar(2));
    const fn = (x: tf.Tensor) =>
      tf.mul(
        guard(() => head).forward(net.forward(x)),
        guard(() => scale),
      );
    follow(net, fn, [() => (head = new nn.Linear(2, 2)), () => (scale = tf.variable(tf.scalar(3)))]);
  });
});
