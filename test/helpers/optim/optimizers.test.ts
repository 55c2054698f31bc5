import assert from 'node:assert/strict';

import { compile } from '../../../src/engine/compile';
import * as tf from '../../../src/engine/tf';
import { Adam, AdamW, gradients, Optimizer, SGD } from '../../../src/helpers/optim/optimizers';
import recorded from '../../fixtures/optimizers.json';
import { assertClose } from '../../support/close';

type Name = 'weight' | 'bias';
const NAMES: Name[] = ['weight', 'bias'];
const KINDS = { SGD, Adam, AdamW } as Record<string, new (params: unknown, options: object) => Optimizer>;

const variable = (name: Name) => tf.variable(tf.tensor(recorded.start[name], recorded.shapes[name]));
const values = (tensor: tf.Tensor | undefined) => (assert.ok(tensor), tensor.dataSync());

type Run = (typeof recorded.runs)[number];

function build({ kind, options, biasOptions }: Run) {
  const params = { weight: variable('weight'), bias: variable('bias') };
  const groups = biasOptions
    ? [{ params: [['weight', params.weight]] }, { params: [['bias', params.bias]], ...biasOptions }]
    : Object.entries(params);
  return { params, optimizer: new KINDS[kind]!(groups, options) };
}

function stepAll(run: Run, { from = 0, to = 20, built = build(run), compiled = false } = {}) {
  const { params, optimizer } = built;
  const eager = (...gradients: tf.Tensor[]) => {
    optimizer.step(new Map(NAMES.map((name, i) => [name, gradients[i]!])));
    return tf.scalar(0);
  };
  const apply = compiled ? compile(eager) : eager;
  const track = recorded.gradients.slice(from, to).map((step, i) => {
    params.bias.trainable = from + i >= run.frozenSteps;
    const grads = NAMES.map((name) => tf.tensor(step[name], recorded.shapes[name]));
    tf.dispose([apply(...grads), ...grads]);
    return { weight: values(params.weight).slice(), bias: values(params.bias).slice() };
  });
  return { params, optimizer, track };
}

describe('optimizers', () => {
  const cases = recorded.runs.flatMap((run) => [false, true].map((compiled) => ({ run, compiled })));
  for (const { run, compiled } of cases) {
    it(`${run.name}${compiled ? ', compiled' : ''}: 20 steps equal PyTorch's`, () => {
      const { optimizer, track } = stepAll(run, { compiled });
      for (const name of NAMES) {
        assertClose(
          track.map((step) => step[name]),
          run.track.map((step) => step[name]),
          2e-6,
        );
        const expected = run.state[name] as Record<string, number[]>;
        const { step, tensors } = optimizer.stateDict().state[name] ?? { step: 0, tensors: {} };
        const slots = Object.keys(expected).filter((key) => key !== 'step');
        assert.deepEqual(Object.keys(tensors).sort(), slots.sort());
        for (const slot of slots) assertClose(values(tensors[slot]), expected[slot]!, 5e-6);
        if (expected.step) assert.equal(step, expected.step[0]);
      }
    });

    if (compiled) continue;
    it(`${run.name}: goes on bit by bit from a saved state`, () => {
      const whole = stepAll(run);
      const first = stepAll(run, { to: 9 });
      const second = build(run);
      for (const name of NAMES) second.params[name].assign(first.params[name]);
      second.optimizer.loadStateDict(first.optimizer.stateDict());
      const { track } = stepAll(run, { from: 9, built: second });
      assert.deepEqual(track, whole.track.slice(9));
    });
  }
});

describe('Optimizer', () => {
  const slope = (w: tf.Variable, b: tf.Variable) => () =>
    tf.tidy(() => tf.add(tf.sum(tf.square(w)), tf.sum(b)).asScalar());
  let w: tf.Variable;
  let b: tf.Variable;

  beforeEach(() => {
    w = variable('weight');
    b = variable('bias');
  });

  afterEach(() => tf.dispose([w, b]));

  it('minimize() returns the loss before the step and lowers it', () => {
    const optimizer = new Adam([w, b], { lr: 0.1 });
    const losses = Array.from({ length: 10 }, () => optimizer.minimize(slope(w, b)).dataSync()[0]!);
    losses.slice(1).forEach((loss, i) => assert.ok(loss < losses[i]!, losses.join(' ')));
  });

  it('minimize() keeps no tensors but the loss it returns', () => {
    const optimizer = new Adam([w, b], { amsgrad: true, weightDecay: 0.1 });
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) optimizer.minimize(slope(w, b), { clipNorm: 1, clipValue: 1 }).dispose();
    assert.equal(tf.memory().numTensors, before);
    optimizer.dispose();
    assert.equal(tf.memory().numTensors, before - 6);
  });

  it('leaves frozen parameters alone and starts them when they are thawed', () => {
    b.trainable = false;
    const optimizer = new SGD([w, b], { lr: 0.1, momentum: 0.9, weightDecay: 0.1 });
    optimizer.minimize(slope(w, b)).dispose();
    assertClose(values(b), recorded.start.bias, 0);
    assert.equal(optimizer.stateDict().state['1'], undefined);
    b.trainable = true;
    optimizer.minimize(slope(w, b)).dispose();
    assertClose(
      values(b),
      recorded.start.bias.map((v) => v - 0.1 * (1 + 0.1 * v)),
    );
    assert.equal(optimizer.stateDict().state['1']?.step, 1);
  });

  it('refuses to minimize when every parameter is frozen', () => {
    w.trainable = b.trainable = false;
    assert.throws(() => new SGD([w, b]).minimize(slope(w, b)), {
      name: 'RangeError',
      message:
        'Cannot compute gradients: expected a trainable parameter, got 2 frozen; set variable.trainable = true',
    });
  });

  it('lr is that of the first group and sets that of all', () => {
    const optimizer = new SGD([{ params: [w], lr: 0.5 }, { params: [b] }], { lr: 0.1 });
    assert.deepEqual([optimizer.lr, ...optimizer.paramGroups.map((group) => group.lr)], [0.5, 0.5, 0.1]);
    optimizer.lr = 0.2;
    assert.deepEqual(
      optimizer.paramGroups.map((group) => group.lr),
      [0.2, 0.2],
    );
  });

  it('addParamGroup() adds parameters with options of their own', () => {
    const optimizer = new SGD([['w', w]], { lr: 1 });
    optimizer.addParamGroup({ params: [['b', b]], lr: 0.5 });
    optimizer.step(new Map([['b', tf.ones([2])]]));
    assertClose(
      values(b),
      recorded.start.bias.map((v) => v - 0.5),
    );
    assertClose(values(w), recorded.start.weight, 0);
  });

  it('refuses a parameter twice, a name twice, an empty group, what is no variable, options out of range', () => {
    const build = (params: unknown, options = {}) => new Adam(params as tf.Variable[], options);
    assert.throws(() => build([w, w]), /RangeError|each parameter in one group, once, got "1" again/);
    assert.throws(
      () =>
        build([
          ['w', w],
          ['w', b],
        ]),
      /each name once, got "w" again/,
    );
    assert.throws(() => build([]), /expected at least one parameter, got none/);
    assert.throws(() => build([['w', tf.ones([1])]]), { name: 'TypeError' });
    assert.throws(() => build([w], { betas: [0.9, 1] }), {
      name: 'RangeError',
      message: 'Cannot build Adam: expected betas[1] in [0, 1), got 1',
    });
    assert.throws(() => build([w], { lr: -1 }), /expected lr at least 0, got -1/);
    assert.throws(() => new SGD([w], { nesterov: true }), /expected nesterov with momentum/);
  });

  it('step() refuses gradients of parameters it does not have', () => {
    const optimizer = new SGD([['w', w]]);
    assert.throws(() => optimizer.step(new Map([['v', tf.ones([2])]])), /got one of "v"/);
    assert.throws(() => optimizer.step(new Map([[b, tf.ones([2])]])), RangeError);
  });

  it('reads every option anew in each step, recorded once', () => {
    const kinds = {
      sgd: (v: tf.Variable) => new SGD([v], { lr: 0.1, momentum: 0.9, dampening: 0.1, weightDecay: 0.1 }),
      adam: (v: tf.Variable) => new Adam([v], { weightDecay: 0.1 }),
      adamw: (v: tf.Variable) => new AdamW([v]),
    };
    for (const make of Object.values(kinds)) {
      const after = [false, true].map((compiled) => {
        const v = variable('weight');
        const optimizer = make(v) as Optimizer;
        const plain = () => optimizer.minimize(() => tf.sum(tf.square(v)));
        const step = compiled ? compile(plain) : plain;
        for (let i = 0; i < 4; i++) {
          const [group] = optimizer.paramGroups as unknown as [Record<string, unknown>];
          Object.assign(group, { lr: 0.1 / (i + 1), weightDecay: 0.1 + i / 10 });
          if ('betas' in group) Object.assign(group, { betas: [0.9 - i / 10, 0.99 - i / 10], eps: i / 1e3 });
          else Object.assign(group, { momentum: 0.9 - i / 10, dampening: 0.1 + i / 10 });
          step().dispose();
        }
        if (compiled && tf.device.kind !== 'js')
          assert.equal((step as { recordings?: number }).recordings, 1);
        return v.dataSync().slice();
      });
      assertClose(after[1]!, after[0]!, 2e-6);
    }
  });

  it('steps a parameter that lags behind by its own count, and one with the others after loading', () => {
    b.trainable = false;
    const optimizer = new Adam([w, b], { lr: 0.1 });
    const step = compile(() => optimizer.minimize(slope(w, b)));
    for (let i = 0; i < 3; i++) step().dispose();
    b.trainable = true;
    step().dispose();
    const steps = () => Object.values(optimizer.stateDict().state).map((state) => state.step);
    assert.deepEqual(steps(), [4, 1]);
    const { state, paramGroups } = optimizer.stateDict();
    optimizer.loadStateDict({ state: { 0: state[0]!, 1: { ...state[1]!, step: 4 } }, paramGroups });
    step().dispose();
    assert.deepEqual(steps(), [5, 5]);
    const moved = values(b).slice();
    optimizer.dispose(); // the averages begin anew, in other variables
    step().dispose();
    assert.deepEqual(steps(), [1, 1]);
    assertClose(
      values(b),
      moved.map((v) => v - 0.1),
      1e-5,
    );
  });

  it('loadStateDict() takes what schedulers note, and refuses options of another kind', () => {
    const optimizer = new SGD([w], { lr: 0.1 });
    const { state, paramGroups } = optimizer.stateDict();
    const load = (options: object) => () =>
      optimizer.loadStateDict({ state, paramGroups: [{ ...paramGroups[0]!, ...options }] });
    load({ initialLr: 0.5, lr: 0.25 })();
    assert.equal(optimizer.lr, 0.25);
    assert.equal((optimizer.paramGroups[0] as { initialLr?: number }).initialLr, 0.5);
    const wrong = [
      { lr: '1' },
      { nesterov: 1 },
      { betas: [0.9, 0.99] },
      { names: 1 },
      { momentum: undefined },
    ];
    for (const options of wrong) {
      assert.throws(load(options), {
        name: 'TypeError',
        message: /Cannot load optimizer state: expected opt/,
      });
    }
    assert.throws(load({ lr: NaN }), RangeError);
    load({ lr: -1e-17 })(); // the end of a line to 0, a rounding below
    load({ lr: 0.25 })();
    const other = new Adam([w]).stateDict();
    assert.throws(() => optimizer.loadStateDict(other), /expected option momentum as number, got undefined/);
    assert.equal(optimizer.lr, 0.25);
  });

  it('loadStateDict() refuses other names and other shapes', () => {
    const saved = new Adam([['w', w]]).stateDict();
    assert.throws(() => new Adam([['v', w]]).loadStateDict(saved), {
      name: 'RangeError',
      message: 'Cannot load optimizer state: expected parameter groups [v], got [w]',
    });
    assert.throws(() => new Adam([['w', b]]).loadStateDict(saved), /expAvg of "w" as \[2\], got \[3, 2\]/);
  });
});

describe('gradients', () => {
  it('gives the loss and the gradients of trainable parameters it depends on', () => {
    const [x, y, frozen] = [3, 4, 5].map((v) => tf.variable(tf.scalar(v)));
    frozen!.trainable = false;
    const { loss, grads } = gradients(() => tf.mul(tf.square(x!), frozen!), [x!, y!, frozen!]);
    assert.equal(loss.dataSync()[0], 45);
    assert.deepEqual([...grads.keys()], [x]);
    assert.equal(values(grads.get(x!))[0], 30);
  });
});
