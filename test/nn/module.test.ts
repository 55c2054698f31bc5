import assert from 'node:assert/strict';
import { inspect } from 'node:util';

import { compile } from '../../src/engine/compile';
import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { MLP } from '../../src/models/mlp';
import * as nn from '../../src/nn';
import { assertClose } from '../support/close';

class Pair extends nn.Module {
  readonly runningMean = nn.buffer(tf.zeros([2]));
  readonly fcOne = new nn.Linear(2, 2);
  readonly W_q = new nn.Linear(2, 2, { bias: false });
  readonly scale = nn.parameter(tf.ones([2]));
  readonly again = this.fcOne;

  forward(x: tf.Tensor2D): tf.Tensor2D {
    return tf.mul(this.W_q.forward(this.fcOne.forward(x)), this.scale);
  }
}

describe('Module', () => {
  const names = ['scale', 'running_mean', 'fc_one.weight', 'fc_one.bias', 'W_q.weight'];

  it('names its state by property path: parameters, buffers, children', () => {
    const keys = [...new Pair().stateDict().keys()];
    assert.deepEqual(keys, [...names, 'again.weight', 'again.bias']);
  });

  it('counts a shared weight once among its parameters, as PyTorch', () => {
    const pair = new Pair();
    assert.deepEqual(
      pair.namedParameters().map(([name]) => name),
      names.filter((name) => name !== 'running_mean'),
    );
    assert.deepEqual(
      pair.namedBuffers().map(([name]) => name),
      ['running_mean'],
    );
    assert.deepEqual(
      pair.namedModules().map(([name]) => name),
      ['', 'fc_one', 'W_q'],
    );
  });

  it('sets training mode for all modules below', () => {
    const model = new MLP(4, 3, 2).eval();
    assert.deepEqual(
      model.namedModules().map(([, module]) => module.training),
      [false, false, false, false, false],
    );
    assert.equal(model.train().layer1.training, true);
  });

  it('freezes all parameters, and gradients then leave them out', () => {
    const model = new MLP(4, 3, 2);
    model.layer1.requiresGrad(false);
    const { value, grads } = tf.variableGrads(() => tf.mean(model.forward(tf.ones([2, 4]))));
    assert.equal(model.layer1.weight.name in grads, false);
    assert.equal(model.layer2.weight.name in grads, true);
    tf.dispose([value, grads]);
  });

  it('copies a state from another model of its kind', () => {
    const [a, b] = [new MLP(4, 3, 2), new MLP(4, 3, 2)];
    b.loadStateDict(a.stateDict());
    const x = tf.ones([1, 4]);
    assert.deepEqual(b.forward(x).arraySync(), a.forward(x).arraySync());
  });

  it('keeps its values when the model they came from is disposed', () => {
    const [a, b] = [new nn.Linear(2, 2), new nn.Linear(2, 2)];
    const expected = a.weight.arraySync();
    b.loadStateDict(a.stateDict());
    a.dispose();
    assert.deepEqual(b.weight.arraySync(), expected);
  });

  it('lists everything that does not fit, and then loads nothing', () => {
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(3, 1));
    const before = model.stateDict().get('0.bias')?.arraySync();
    const state = new Map<string, tf.Tensor>([
      ['0.weight', tf.zeros([2, 3])],
      ['0.bias', tf.ones([3])],
      ['1.weight', tf.zeros([1, 3])],
      ['head.bias', tf.zeros([1])],
    ]);
    assert.throws(
      () => model.loadStateDict(state),
      new TypeError(
        'Cannot load state into Sequential:\n' +
          '  missing (1): 1.bias\n' +
          '  unexpected (1): head.bias\n' +
          '  wrong shape (1): 0.weight expected [3, 2], got [2, 3]',
      ),
    );
    assert.deepEqual(model.stateDict().get('0.bias')?.arraySync(), before);
  });

  it('loads a batch norm without its batch counter, which files older than PyTorch 0.4.1 lack', () => {
    const model = new nn.Sequential(new nn.BatchNorm2d(2));
    const state = new Map([...model.stateDict()].filter(([name]) => !name.endsWith('num_batches_tracked')));
    assert.equal(state.size, 4);
    assert.deepEqual(model.loadStateDict(state), { missingKeys: [], unexpectedKeys: [] });
    state.delete('0.running_mean');
    assert.throws(() => model.loadStateDict(state), /missing \(1\): 0\.running_mean$/);
  });

  it('reports other names instead of refusing them when not strict', () => {
    const model = new nn.Linear(2, 1);
    const report = model.loadStateDict(new Map([['gain', tf.ones([1])]]), { strict: false });
    assert.deepEqual(report, { missingKeys: ['weight', 'bias'], unexpectedKeys: ['gain'] });
  });

  it('thaws by default, and lists its buffers once', () => {
    const pair = new Pair();
    pair.requiresGrad(false).requiresGrad();
    assert.ok(pair.parameters().every(({ trainable }) => trainable));
    assert.deepEqual(pair.buffers(), [pair.runningMean]);
    assert.equal(pair.runningMean.trainable, false);
  });

  it('shows what it says of itself above its children, in console.log too', () => {
    class Titled extends Pair {
      protected override extraRepr(): string {
        return 'a title';
      }
    }
    const linear = 'Linear(in_features=2, out_features=2, bias';
    const tree = `Titled(\n  a title\n  (fc_one): ${linear}=True)\n  (W_q): ${linear}=False)\n  (again): ${linear}=True)\n)`;
    assert.equal(String(new Titled()), tree);
    assert.equal(inspect(new Titled()), tree);
  });

  it('prints the tree of PyTorch', () => {
    assert.equal(
      String(new MLP(784, 256, 10)),
      [
        'MLP(',
        '  (layer1): Linear(in_features=784, out_features=256, bias=True)',
        '  (relu): ReLU()',
        '  (layer2): Linear(in_features=256, out_features=256, bias=True)',
        '  (layer3): Linear(in_features=256, out_features=10, bias=True)',
        ')',
      ].join('\n'),
    );
  });

  it('frees all its variables', () => {
    const before = tf.memory().numTensors;
    new Pair().dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  it('starts from the same weights after the same seed', () => {
    manualSeed(7);
    const first = new nn.Linear(3, 2).weight.arraySync();
    manualSeed(7);
    assert.deepEqual(new nn.Linear(3, 2).weight.arraySync(), first);
  });

  const held: Record<string, (layer: nn.Linear) => unknown> = {
    'an array': (layer) => [layer],
    'an array of arrays': (layer) => [[1, [layer]]],
    'a Map': (layer) => new Map([['a', layer]]),
    'a Set': (layer) => new Set([layer]),
    'an object': (layer) => ({ head: { layer } }),
  };
  for (const [what, hold] of Object.entries(held)) {
    it(`refuses a layer that only ${what} holds, with a sentence that names ModuleList`, () => {
      class Stack extends nn.Module {
        readonly layers = hold(new nn.Linear(1, 1));
        forward(): void {}
      }
      for (const ask of ['parameters', 'stateDict', 'train', 'toString'] as const) {
        assert.throws(
          () => new Stack()[ask](),
          new TypeError(
            "Cannot list the modules of Stack: expected a ModuleList (or properties of their own) for 'layers', " +
              `got ${what.replace(' of arrays', '')} with a Linear, whose parameters would not be found`,
          ),
        );
      }
    });
  }

  it('takes an array of layers that have properties of their own, a ModuleList, and lists of other things', () => {
    class Net extends nn.Module {
      readonly list = new nn.ModuleList([new nn.Linear(1, 1)]);
      readonly last = new nn.Linear(1, 1);
      readonly order: readonly unknown[] = [this.list.at(0), this.last, this];
      readonly words = ['a', 'b'];
      readonly nothing = null;
      forward(): void {}
    }
    assert.deepEqual(
      [...new Net().stateDict().keys()],
      ['list.0.weight', 'list.0.bias', 'last.weight', 'last.bias'],
    );
  });

  it('does not see a private field: a teacher is no part of its pupil', () => {
    class Pupil extends nn.Module {
      readonly #teacher = new nn.Linear(1, 1);
      readonly fc = new nn.Linear(1, 1);
      forward(x: tf.Tensor2D): tf.Tensor2D {
        return tf.sub(this.fc.forward(x), this.#teacher.forward(x));
      }
    }
    assert.deepEqual([...new Pupil().stateDict().keys()], ['fc.weight', 'fc.bias']);
  });
});

describe('a recorded function', () => {
  before(function () {
    if (tf.device.kind === 'js') this.skip(); // no graphs
  });

  class Net extends nn.Module {
    scale = nn.parameter(tf.scalar(2));
    layer: nn.Layer = new nn.Sequential();
    readonly list = new nn.ModuleList<nn.Layer>([new nn.ReLU()]);

    forward(x: tf.Tensor): tf.Tensor {
      const y = [...this.list].reduce((value, layer) => layer.forward(value), x);
      return tf.mul(this.layer.forward(y), this.scale);
    }
  }

  it('notices that a variable, a child or an item of a list was put in the place of another', () => {
    const net = new Net();
    const run = compile((x: tf.Tensor) => net.forward(x));
    const x = tf.tensor1d([-1, 1]);
    const seen = () => [...run(x).dataSync()];
    assert.deepEqual([seen(), run.recordings], [[0, 2], 1]);
    net.scale = nn.parameter(tf.scalar(3));
    assert.deepEqual(seen(), [0, 3]);
    net.layer = new nn.Sequential(new nn.Sigmoid());
    const thrice = (...values: number[]) => values.map((v) => 3 / (1 + Math.exp(-v)));
    assertClose(seen(), thrice(0, 1), 1e-6);
    (net.list as unknown as { items: nn.Layer[] }).items[0] = new nn.Tanh();
    assertClose(seen(), thrice(Math.tanh(-1), Math.tanh(1)), 1e-6);
    seen();
    assert.equal(run.recordings, 4); // one for each change
    run.dispose();
  });
});
