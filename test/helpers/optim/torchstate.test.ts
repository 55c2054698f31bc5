import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import * as optim from '../../../src/helpers/optim';
import * as nn from '../../../src/nn';
import { assertClose } from '../../support/close';
import { configurations } from '../../support/configurations';
import { type Configuration, optionsOf, unpack } from '../../support/packed';

type Run = Extract<Configuration, { kind: 'optimizer' }>;
type Kind = new (params: unknown, options: object) => optim.Optimizer;

const runs = configurations.filter((one): one is Run => one.kind === 'optimizer' && one.saved !== undefined);

function built(run: Run): { optimizer: optim.Optimizer; params: tf.Variable[] } {
  const params = run.start.map((value) => tf.variable(unpack(value)));
  const Made = (optim as unknown as Record<string, Kind>)[run.name]!;
  return { optimizer: new Made(params, optionsOf(run.options)), params };
}

/** PyTorch's state as it was recorded, with tensors. */
function recorded({ saved }: Run): optim.TorchOptimizerState {
  const state = Object.entries(saved!.state).map(([number, values]) => {
    const tensors = Object.entries(values).map(([name, value]) => {
      const packed = typeof value === 'object' && value !== null;
      return [name, packed ? unpack(value as Parameters<typeof unpack>[0]) : value] as const;
    });
    return [number, Object.fromEntries(tensors)] as const;
  });
  return { state: Object.fromEntries(state), param_groups: saved!.param_groups };
}

function assertSame(
  own: optim.TorchOptimizerState,
  theirs: optim.TorchOptimizerState,
  tolerance: number,
): void {
  const [a, b] = [own.state, theirs.state] as Record<string, Record<string, tf.Tensor | number | null>>[];
  for (const [number, values] of Object.entries(b!)) {
    for (const [name, value] of Object.entries(values)) {
      const ours = a![number]?.[name];
      if (value === null || (name === 'momentum_buffer' && ours === undefined)) continue;
      assert.ok(ours !== undefined && ours !== null, `${number} has no ${name}`);
      const numbers = (x: tf.Tensor | number) => (typeof x === 'number' ? [x] : x.dataSync());
      assertClose(numbers(ours), numbers(value), tolerance);
    }
  }
  const [group] = own.param_groups as Record<string, unknown>[];
  for (const [name, value] of Object.entries(theirs.param_groups[0] as Record<string, unknown>)) {
    assert.deepEqual(group?.[name], value, name);
  }
}

describe("States of optimizers in PyTorch's form", () => {
  for (const run of runs) {
    it(`${run.name}(${JSON.stringify(run.options)}): given and taken`, () => {
      const theirs = recorded(run);
      const { optimizer, params } = built(run);
      for (const gradients of run.gradients!) {
        optimizer.step(new Map(params.map((p, i) => [p, unpack(gradients[i]!)])));
      }
      assertSame(optimizer.torchStateDict(), theirs, 1e-4);

      const second = built(run);
      second.optimizer.loadStateDict(theirs);
      assertSame(second.optimizer.torchStateDict(), theirs, 0);
      const gradients = run.gradients![0]!;
      second.params.forEach((p, i) => p.assign(params[i]!));
      for (const one of [{ optimizer, params }, second]) {
        one.optimizer.step(new Map(one.params.map((p, i) => [p, unpack(gradients[i]!)])));
      }
      second.params.forEach((p, i) => assertClose(p.dataSync(), params[i]!.dataSync(), 1e-5));
    });
  }

  it('takes the Maps of a .pth file, and turns the averages of kernels', () => {
    const conv = new nn.Conv2d(2, 3, [4, 5], { bias: false });
    const optimizer = new optim.Adam(conv.namedParameters());
    const average = tf.reshape(tf.range(0, 120), [3, 2, 4, 5]);
    const zeros = tf.zeros([3, 2, 4, 5]);
    const state = new Map([
      [
        0,
        new Map<string, unknown>(Object.entries({ step: tf.scalar(3), exp_avg: average, exp_avg_sq: zeros })),
      ],
    ]);
    const [options] = optimizer.torchStateDict().param_groups;
    optimizer.loadStateDict(
      new Map<string, unknown>([
        ['state', state],
        ['param_groups', [new Map(Object.entries(options as Record<string, unknown>))]],
      ]),
    );
    const own = optimizer.stateDict().state.weight!;
    assert.equal(own.step, 3);
    assert.deepEqual(own.tensors.expAvg!.shape, [4, 5, 2, 3]);
    const back = optimizer.torchStateDict().state as Record<string, Record<string, tf.Tensor>>;
    assert.deepEqual(back[0]!.exp_avg!.arraySync(), average.arraySync());
  });

  it('takes the names of parameters that PyTorch was given, and a rate in a tensor', () => {
    const p = tf.variable(tf.zeros([2]));
    const optimizer = new optim.SGD([['w', p]], { lr: 0.5, momentum: 0.9 });
    const [group] = optimizer.torchStateDict().param_groups as Record<string, unknown>[];
    const state = { 0: { momentum_buffer: tf.ones([2]) } };
    optimizer.loadStateDict({
      state,
      param_groups: [{ ...group, param_names: ['a.weight'], lr: tf.scalar(0.25) }],
    });
    assert.deepEqual([optimizer.lr, optimizer.paramGroups[0]!.names], [0.25, ['w']]);
    assert.equal(optimizer.stateDict().state.w!.step, 1);
  });

  it('refuses groups of other sizes, and the form of LBFGS', () => {
    const [run] = runs;
    const other = new optim.Adam([tf.variable(tf.zeros([2]))]);
    assert.throws(
      () => other.loadStateDict(recorded(run!)),
      /Cannot load optimizer state: expected groups of 1 parameters, got 2/,
    );
    const lbfgs = new optim.LBFGS([tf.variable(tf.zeros([2]))]);
    assert.throws(() => lbfgs.torchStateDict(), /Cannot give the state of LBFGS/);
  });
});
