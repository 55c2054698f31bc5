import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { SGD } from '../../../src/helpers/optim';
import * as nn from '../../../src/nn';

class Net extends nn.Module {
  readonly #inner = new nn.Linear(3, 3);
  readonly outer = new nn.Linear(3, 1);
  readonly teacher = (x: tf.Tensor) => this.#inner.forward(x);

  freeze(): this {
    this.#inner.requiresGrad(false);
    return this;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.outer.forward(this.#inner.forward(x));
  }
}

function warnings(run: () => void): string[] {
  const [seen, before] = [[] as string[], console.warn];
  console.warn = (text: string) => seen.push(text);
  try {
    run();
  } finally {
    console.warn = before;
  }
  return seen;
}

describe('Parameters that nobody sees', () => {
  const x = tf.ones([2, 3]);
  const loss = (net: Net) => (): tf.Scalar => tf.sum(net.forward(x));

  it('are told of once, by minimize() and after backward()', () => {
    for (const step of [
      (net: Net, optimizer: SGD) => optimizer.minimize(loss(net)).dispose(),
      (net: Net, optimizer: SGD) => {
        optimizer.zeroGrad();
        loss(net)().backward();
        optimizer.step();
      },
    ]) {
      const net = new Net();
      const optimizer = new SGD(net.parameters(), { lr: 0.1 });
      const said = warnings(() => {
        step(net, optimizer);
        step(net, optimizer);
      });
      assert.equal(said.length, 1);
      assert.match(said[0]!, /2 .*\[3, 3\].*nn\.ModuleList/s);
    }
  });

  it('of another network, whose gradients were looked at before, are no matter', () => {
    const [other, own] = [new Net(), new nn.Linear(3, 1)];
    loss(other)().backward();
    const optimizer = new SGD(own.parameters());
    const said = warnings(() => {
      optimizer.zeroGrad();
      tf.sum(own.forward(x)).backward();
      optimizer.step();
    });
    assert.deepEqual(said, []);
  });

  it('are no matter when they are frozen, listed, or no part of the loss', () => {
    const net = new Net().freeze();
    const apart = new nn.Linear(3, 1);
    const said = warnings(() => {
      new SGD(net.parameters()).minimize(loss(net)).dispose();
      const both = [new nn.Linear(3, 2), new nn.Linear(2, 1)] as const;
      const [first, second] = both.map((layer) => new SGD(layer.parameters()));
      for (const optimizer of [first!, second!]) {
        optimizer.minimize(() => tf.sum(both[1].forward(both[0].forward(x)))).dispose();
      }
    });
    assert.deepEqual(said, []);
    apart.dispose();
  });
});
