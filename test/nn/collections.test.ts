import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';

class Net extends nn.Module {
  readonly choices = new nn.ModuleDict({ conv: new nn.Linear(2, 2), AuxLogits: new nn.Linear(2, 1) });
  readonly scales = new nn.ParameterList([tf.ones([2]), tf.zeros([3])]);
  readonly named = new nn.ParameterDict({ left: tf.ones([2]), rightHand: tf.zeros([1]) });

  forward(x: tf.Tensor): tf.Tensor {
    return tf.add(tf.mul(this.choices.get('conv')!.forward(x), this.scales.at(0)!), this.named.get('left')!);
  }
}

describe('ModuleDict, ParameterList and ParameterDict', () => {
  it('have the names of PyTorch in the state dict, keys as they are', () => {
    assert.deepEqual(
      [...new Net().stateDict().keys()],
      [
        ...['choices.conv.weight', 'choices.conv.bias', 'choices.AuxLogits.weight', 'choices.AuxLogits.bias'],
        ...['scales.0', 'scales.1', 'named.left', 'named.rightHand'],
      ],
    );
  });

  it('print as PyTorch prints them', () => {
    assert.equal(String(new nn.ModuleDict({ x: new nn.ReLU() })), 'ModuleDict(\n  (x): ReLU()\n)');
    const size = 'Parameter containing: [torch.float32 of size 2x3]';
    assert.equal(
      String(new nn.ParameterList([tf.ones([2, 3]), tf.ones([2, 3])])),
      `ParameterList(  (0): ${size}\n  (1): ${size})`,
    );
    assert.equal(
      String(new nn.ParameterDict({ a: tf.ones([2]) })),
      'ParameterDict(  (a): Parameter containing: [torch.FloatTensor of size 2])',
    );
  });

  it('are looped over, changed and asked', () => {
    const dict = new nn.ModuleDict<nn.Layer>([['a', new nn.ReLU()]]);
    dict.set('b', new nn.Tanh());
    assert.deepEqual(
      [dict.size, dict.has('b'), dict.keys().join(), dict.values().length],
      [2, true, 'a,b', 2],
    );
    assert.equal(dict.pop('a')?.typeName(), 'ReLU');
    assert.deepEqual(
      [...dict].map(([name]) => name),
      ['b'],
    );
    assert.throws(() => dict.set('a.b', new nn.ReLU()), /expected a name without a dot, got "a.b"/);
    const list = new nn.ParameterList([tf.ones([1])]);
    assert.equal(list.append(tf.zeros([2])).length, 2);
    assert.deepEqual(
      [...list].map(({ size }) => size),
      [1, 2],
    );
    assert.equal(list.at(-1)?.size, 2);
    const params = new nn.ParameterDict({ a: tf.ones([1]) });
    assert.deepEqual([params.size, params.keys().join(), [...params].length], [1, 'a', 1]);
    for (const one of [dict, list, params])
      assert.throws(() => one.forward(), /Cannot call a \w+: expected use/);
  });

  it('are seen by compiled functions: another parameter makes them record anew', () => {
    const net = new Net();
    const step = compile((x: tf.Tensor) => net.forward(x));
    const x = tf.ones([1, 2]);
    step(x);
    net.named.set('left', tf.tensor1d([10, 20]));
    assert.deepEqual([...step(x).dataSync()], [...net.forward(x).dataSync()]);
  });
});

describe('Names in the state dict', () => {
  it('that begin with a capital stay, others can be given', () => {
    class Inception extends nn.Module {
      static override readonly stateNames = { downConv: 'downConv' };
      readonly AuxLogits = new nn.Linear(1, 1);
      readonly Mixed5b = new nn.Linear(1, 1);
      readonly downConv = new nn.Linear(1, 1);
      readonly upConv = new nn.Linear(1, 1);
      forward(x: tf.Tensor): tf.Tensor {
        return x;
      }
    }
    const names = [...new Inception().stateDict().keys()].filter((name) => name.endsWith('weight'));
    assert.deepEqual(names, ['AuxLogits.weight', 'Mixed5b.weight', 'downConv.weight', 'up_conv.weight']);
  });
});

describe('What Module cannot see', () => {
  it('is named: parameters and modules in arrays', () => {
    class Hidden extends nn.Module {
      constructor(readonly things: unknown[]) {
        super();
      }
      forward(x: tf.Tensor): tf.Tensor {
        return x;
      }
    }
    assert.throws(
      () => new Hidden([nn.parameter(tf.ones([2]))]).parameters(),
      /expected a ParameterList \(or properties of their own\) for 'things', got an array with a parameter/,
    );
    assert.throws(() => new Hidden([new nn.ReLU()]).parameters(), /expected a ModuleList .* with a ReLU/);
    const late = new Hidden([]);
    assert.deepEqual(late.parameters(), []);
    late.things.push(new nn.Linear(1, 1));
    assert.throws(() => late.parameters(), /expected a ModuleList/);
  });
});
