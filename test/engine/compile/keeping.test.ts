import assert from 'node:assert/strict';

import { inferenceMode, noGrad } from '../../../src/engine/autograd';
import { nativeBackend } from '../../../src/engine/backend/native';
import { compile } from '../../../src/engine/compile';
import { Keeping } from '../../../src/engine/compile/keeping';
import { usesOneDnn } from '../../../src/engine/graph/onednn';
import { manualSeed, normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { SGD } from '../../../src/helpers/optim/optimizers';
import * as nn from '../../../src/nn';
import { assertClose } from '../../support/close';

describe('Keeping', () => {
  const calls = (keeping: Keeping, changes: readonly boolean[]): string =>
    changes.map((changed) => `${keeping.next(changed) ? '!' : ''}${keeping.now ? 'k' : '-'}`).join(' ');
  const unchanged = (count: number): boolean[] => Array.from({ length: count }, () => false);

  it('keeps from the first call on until something changes', () => {
    assert.equal(calls(new Keeping(true), [true, false, false, true, false, true]), 'k k k !- - -');
  });

  it('keeps again after many calls without a change, after another change twice as many', () => {
    const keeping = new Keeping(true);
    calls(keeping, [true, true]);
    assert.equal(calls(keeping, unchanged(64)), `${'- '.repeat(63)}!k`);
    assert.equal(calls(keeping, [false, true]), 'k !-');
    assert.equal(calls(keeping, [...unchanged(127), true, ...unchanged(128)]), `${'- '.repeat(255)}!k`);
  });

  it('never keeps where there is nothing to keep', () => {
    assert.equal(calls(new Keeping(false), [true, ...unchanged(300)]).includes('k'), false);
  });
});

describe('a compiled function that keeps filters', () => {
  before(function () {
    const backend = nativeBackend();
    if (!backend || !usesOneDnn()) this.skip();
  });

  class Net extends nn.Module {
    readonly conv1 = new nn.Conv2d(3, 8, 3, { stride: 2, padding: 1 });
    readonly bn1 = new nn.BatchNorm2d(8);
    readonly conv2 = new nn.Conv2d(8, 8, 3, { padding: 1, groups: 8 });
    readonly conv3 = new nn.Conv2d(8, 8, 1);
    readonly fc = new nn.Linear(8, 2);

    forward(x: tf.Tensor): tf.Tensor {
      let y: tf.Tensor = tf.relu(this.bn1.forward(this.conv1.forward(x)));
      y = tf.relu(tf.add(this.conv3.forward(tf.relu6(this.conv2.forward(y))), y));
      return this.fc.forward(tf.mean(y, [1, 2]));
    }
  }

  /** A network in evaluation mode, one like it that is never recorded, and whether both answer alike. */
  function pair() {
    manualSeed(11);
    const [net, plain] = [new Net().eval(), new Net().eval()];
    const answer = compile((x: tf.Tensor) => net.forward(x));
    const x = normal([2, 8, 8, 3]);
    const same = (): void => {
      plain.loadStateDict(net.stateDict());
      for (let i = 0; i < 3; i++) {
        const [own, wanted] = inferenceMode(() => [answer(x), plain.forward(x)] as const);
        assertClose(own.dataSync(), wanted.dataSync(), 1e-5);
      }
    };
    same();
    return { net, answer, x, same };
  }

  const halve = (net: nn.Module): void => {
    for (const one of net.parameters()) one.assign(tf.tidy(() => tf.mul(one, 0.5)));
  };
  const learning = (net: Net, x: tf.Tensor): (() => void) => {
    const optimizer = new SGD(net.namedParameters(), { lr: 0.1, momentum: 0.9 });
    return () => optimizer.minimize(() => tf.mean(tf.square(net.forward(x)))).dispose();
  };
  const ways: Record<string, (net: Net, x: tf.Tensor) => () => void> = {
    assign: (net) => () => halve(net),
    copy_: (net) => () => void noGrad(() => net.conv1.weight.copy_(tf.ones(net.conv1.weight.shape))),
    'a method in place': (net) => () => void noGrad(() => net.conv2.weight.mul_(-1)),
    loadStateDict: (net) => () => void net.loadStateDict(new Net().stateDict()),
    'an optimizer': learning,
    'a compiled optimizer': (net, x) => compile(learning(net, x)),
    'another compiled function': (net) => compile(() => halve(net)),
    'statistics of another compiled function': (net, x) => {
      const train = compile((x: tf.Tensor) => net.forward(x));
      return () => {
        net.train();
        train(x).dispose();
        net.eval();
      };
    },
  };

  for (const [name, make] of Object.entries(ways)) {
    it(`is never stale after ${name}, now and when it keeps them again`, () => {
      const { net, answer, x, same } = pair();
      const change = make(net, x);
      for (let i = 0; i < 3; i++) {
        change();
        same();
      }
      inferenceMode(() => {
        for (let i = 0; i < 600; i++) answer(x).dispose();
      });
      same();
      change();
      same();
      answer.dispose();
    });
  }

  it('gives the same bits whether it keeps them or not', () => {
    const { net, answer, x } = pair();
    const bits = (): Buffer => Buffer.from(inferenceMode(() => answer(x)).dataSync().buffer);
    const kept = bits();
    const before = tf.clone(net.fc.weight);
    net.fc.weight.assign(tf.zerosLike(before)); // any variable that is only read
    assert.notDeepEqual(bits(), kept);
    net.fc.weight.assign(before);
    assert.deepEqual(bits(), kept);
  });

  it('trains what is not frozen, a step at a time or after other weights were loaded', () => {
    const trajectory = (recorded: boolean): number[] => {
      manualSeed(13);
      const net = new Net().eval();
      net.requiresGrad(false);
      net.fc.requiresGrad(true);
      const x = normal([4, 8, 8, 3]);
      const optimizer = new SGD(net.fc.namedParameters(), { lr: 0.05, momentum: 0.9 });
      const step = (x: tf.Tensor) => optimizer.minimize(() => tf.mean(tf.square(tf.sub(net.forward(x), 1))));
      const run = recorded ? compile(step) : step;
      return Array.from({ length: 8 }, (_, i) => {
        if (i === 4) net.conv1.weight.assign(normal(net.conv1.weight.shape));
        return run(x).dataSync()[0] ?? NaN;
      });
    };
    assertClose(trajectory(true), trajectory(false), 1e-5);
  });
});
