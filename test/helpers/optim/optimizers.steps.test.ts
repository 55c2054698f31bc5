/** What optimizers carry from one step to the next, and what may change between two of them. */
import assert from 'node:assert/strict';

import { compile } from '../../../src/engine/compile';
import * as tf from '../../../src/engine/tf';
import { clipGradNorm, clipGradValue } from '../../../src/helpers/optim/clip';
import { Adam, AdamW, type Optimizer, SGD } from '../../../src/helpers/optim/optimizers';
import { GradScaler } from '../../../src/helpers/optim/scaler';
import { CyclicLR } from '../../../src/helpers/optim/schedulers';
import { assertClose } from '../../support/close';

const START = [1, -2, 3];
let w: tf.Variable;
let b: tf.Variable;

/** New variables for every test of a suite. */
function withVariables(): void {
  beforeEach(() => {
    w = tf.variable(tf.tensor1d(START));
    b = tf.variable(tf.tensor1d(START));
  });
  afterEach(() => tf.dispose([w, b]));
}

/** The loss g · w, whose gradient is `g`. */
const pulling = (g: readonly number[]) => () => tf.sum(tf.mul(w, tf.tensor1d([...g])));
const moved = () => [...w.dataSync()].map((value, i) => START[i]! - value);
const stepsOf = (optimizer: Optimizer) =>
  Object.fromEntries(Object.entries(optimizer.stateDict().state).map(([name, { step }]) => [name, step]));

describe('optimizers by default', () => {
  withVariables();
  it('have the options of PyTorch', () => {
    const rest = { weightDecay: 0, maximize: false };
    const sgd = { lr: 1e-3, momentum: 0, dampening: 0, nesterov: false, ...rest };
    assert.deepEqual(new SGD([w]).defaults, sgd);
    const adam = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, amsgrad: false, decoupledWeightDecay: false };
    assert.deepEqual(new Adam([w]).defaults, { ...adam, ...rest });
    const adamw = { ...adam, ...rest, weightDecay: 0.01, decoupledWeightDecay: true };
    assert.deepEqual(new AdamW([w]).defaults, adamw);
    const scaler = {
      scale: 65536,
      growthFactor: 2,
      backoffFactor: 0.5,
      growthInterval: 2000,
      growthTracker: 0,
    };
    assert.deepEqual(new GradScaler().stateDict(), scaler);
  });

  it('take an option given as undefined for one not given, and count unnamed parameters on', () => {
    const third = tf.variable(tf.zeros([1]));
    const optimizer = new SGD([w, b], { lr: 0.5 });
    optimizer.addParamGroup({ params: [third], lr: undefined });
    assert.equal(optimizer.paramGroups[1]?.lr, 0.5);
    assert.deepEqual(
      optimizer.stateDict().paramGroups.map(({ params }) => params),
      [['0', '1'], ['2']],
    );
    third.dispose();
  });
});

describe('minimize() with clipping', () => {
  withVariables();
  const clipped = [
    [{}, [3, -4, 0]],
    [{ clipValue: 3.5 }, [3, -3.5, 0]],
    [{ clipNorm: 1 }, [0.6, -0.8, 0]],
    [{ clipNorm: 10 }, [3, -4, 0]],
    [{ clipValue: 3, clipNorm: Math.SQRT2 }, [1, -1, 0]], // values first, then the norm
    [{ clipValue: 0 }, [0, 0, 0]],
    [{ clipNorm: 0 }, [0, 0, 0]],
  ] as const;
  for (const [options, expected] of clipped) {
    it(`moves by gradients cut to ${JSON.stringify(options)}, scaled or not`, () => {
      new SGD([w], { lr: 1 }).minimize(pulling([3, -4, 0]), options).dispose();
      assertClose(moved(), expected, 1e-5);
      w.assign(tf.tensor1d(START));
      const scaled = new SGD([w], { lr: 1 }).minimizeScaled(pulling([3, -4, 0]), new GradScaler(), options);
      assertClose(moved(), expected, 1e-5);
      tf.dispose([scaled.loss, scaled.finite]);
    });
  }

  it('clips what has no gradient to nothing', () => {
    const none = new Map<string, tf.Tensor>();
    clipGradValue(none, 1);
    assert.equal(clipGradNorm(none, 1).dataSync()[0], 0);
  });
});

describe('a step counts', () => {
  withVariables();
  const gradient = () => tf.tensor1d([1, 1, 1]);

  it('for the parameters that have a gradient, each by itself', () => {
    const optimizer = new Adam([['w', w], ['b', b]], { lr: 0.1 }); // prettier-ignore
    const step = (...names: string[]) => optimizer.step(new Map(names.map((name) => [name, gradient()])));
    step('w', 'b');
    step('w');
    assert.deepEqual(stepsOf(optimizer), { w: 2, b: 1 });
    step('b');
    step('w', 'b');
    assert.deepEqual(stepsOf(optimizer), { w: 3, b: 3 });
    // the same three gradients each: the same way, whatever the other did in between
    assertClose(b.dataSync(), w.dataSync(), 1e-7);
  });

  it('not where it was scaled and its gradients were not finite, and only that one is taken back', () => {
    const optimizer = new Adam([['w', w]], { lr: 0.1 });
    const scaler = new GradScaler();
    const scaled = () => {
      const { loss, finite } = optimizer.minimizeScaled(pulling([1, 1, 1]), scaler);
      tf.dispose([loss, finite]);
    };
    optimizer.settle(scaler, false); // no step yet: only the scale adapts
    assert.deepEqual([scaler.scale, stepsOf(optimizer)], [32768, { w: 0 }]);
    scaled(); // failed before it was settled
    scaled();
    optimizer.settle(scaler, false);
    assert.deepEqual(stepsOf(optimizer), { w: 1 });
    optimizer.settle(scaler, false);
    assert.deepEqual(stepsOf(optimizer), { w: 1 });
    scaled();
    optimizer.minimize(pulling([1, 1, 1])).dispose();
    optimizer.settle(scaler, false);
    assert.deepEqual(stepsOf(optimizer), { w: 2 });
  });
});

describe('a recorded step', () => {
  withVariables();
  before(function () {
    if (tf.device.kind === 'js') this.skip(); // no graphs
  });

  type Options = Record<string, unknown>;
  const changes: readonly (readonly [string, () => Optimizer, readonly Options[]])[] = [
    [
      'SGD',
      () => new SGD([w], { lr: 0.1, momentum: 0.9 }),
      [
        { lr: 0.2 },
        { momentum: 0.5 },
        { dampening: 0.5 },
        { dampening: 0, nesterov: true },
        { nesterov: false, weightDecay: 0.1 },
        { maximize: true },
        { momentum: 0 },
      ],
    ],
    [
      'Adam',
      () => new Adam([w], { lr: 0.1, amsgrad: true }),
      [
        { lr: 0.2 },
        { betas: [0.5, 0.999] },
        { betas: [0.5, 0.9] },
        { eps: 0.1 },
        { weightDecay: 0.1 },
        { decoupledWeightDecay: true },
        { weightDecay: 0.2 },
        { maximize: true },
        { amsgrad: false },
      ],
    ],
  ];

  /** The parameters after every step; before the second, fourth, … the next options come into force. */
  function track(make: () => Optimizer, options: readonly Options[], compiled: boolean): number[][] {
    w.assign(tf.tensor1d(START));
    const optimizer = make();
    const eager = (g: tf.Tensor1D) => optimizer.minimize(() => tf.sum(tf.mul(w, tf.mul(w, g))));
    const step = compiled ? compile(eager) : eager;
    const g = tf.tensor1d([1, 0.5, -2]);
    const rows = [{}, ...options].flatMap((changed) => {
      Object.assign(optimizer.paramGroups[0]!, changed);
      return [1, 2].map(() => (step(g).dispose(), [...w.dataSync()]));
    });
    tf.dispose(g);
    optimizer.dispose();
    return rows;
  }

  for (const [name, make, options] of changes) {
    it(`of ${name} follows every option that changes`, () => {
      const eager = track(make, options, false);
      assertClose(track(make, options, true), eager, 1e-5);
      // each change shows: without it the way would be another
      options.forEach((changed, i) => {
        const without = track(make, options.toSpliced(i, 1, {}), false);
        assert.notDeepEqual(without[2 * i + 3], eager[2 * i + 3], JSON.stringify(changed));
      });
    });
  }

  for (const [name, make] of [
    ['SGD', () => new SGD([w], { lr: 0.1, momentum: 0.5 })],
    ['Adam', () => new Adam([w], { lr: 0.1 })],
  ] as const) {
    it(`of ${name} is recorded once, however a scheduler moves its momentum`, () => {
      const run = (compiled: boolean) => {
        w.assign(tf.tensor1d(START));
        const optimizer = make();
        const scheduler = new CyclicLR(optimizer, { baseLr: 0.01, maxLr: 0.1, stepSizeUp: 3 });
        const eager = () => optimizer.minimize(() => tf.sum(tf.square(w)));
        const step = compile(eager);
        const rows = Array.from({ length: 8 }, () => {
          (compiled ? step : eager)().dispose();
          scheduler.step();
          return [...w.dataSync()];
        });
        const { recordings } = step;
        step.dispose();
        return { rows, recordings };
      };
      const recorded = run(true);
      assertClose(recorded.rows, run(false).rows, 1e-5);
      assert.equal(recorded.recordings, 1);
    });
  }

  it('is recorded once for parameters that step together, and sees counters that part in a loaded state', () => {
    const run = (compiled: boolean) => {
      w.assign(tf.tensor1d(START));
      b.assign(tf.tensor1d(START));
      const optimizer = new Adam([['w', w], ['b', b]], { lr: 0.1 }); // prettier-ignore
      const eager = () => optimizer.minimize(() => tf.sum(tf.add(tf.square(w), tf.square(b))));
      const step = compile(eager);
      const once = () => (compiled ? step : eager)().dispose();
      for (let i = 0; i < 3; i++) once();
      const before = step.recordings;
      const { state, paramGroups } = optimizer.stateDict();
      optimizer.loadStateDict({ paramGroups, state: { ...state, b: { ...state.b!, step: 0 } } });
      for (let i = 0; i < 3; i++) once();
      const rows = [[...w.dataSync()], [...b.dataSync()]];
      step.dispose();
      return { rows, steps: stepsOf(optimizer), before };
    };
    const [recorded, eager] = [run(true), run(false)];
    assertClose(recorded.rows, eager.rows, 1e-5);
    assert.deepEqual([recorded.steps, recorded.before], [{ w: 6, b: 3 }, 1]);
    assert.deepEqual(eager.steps, { w: 6, b: 3 });
  });
});

describe('loadStateDict()', () => {
  withVariables();
  it('makes room for averages that were not there yet, and starts parameters without a state anew', () => {
    const params = [['w', w], ['b', b]] as const; // prettier-ignore
    const saved = new SGD(params, { momentum: 0.9 });
    saved.step(new Map([['w', tf.ones([3])]]));
    w.trainable = b.trainable = false;
    const optimizer = new SGD(params, { momentum: 0.9 });
    assert.deepEqual(Object.keys(optimizer.stateDict().state), []);
    const { state, paramGroups } = saved.stateDict();
    optimizer.loadStateDict({ paramGroups, state: { w: state.w! } });
    const { w: own, b: other } = optimizer.stateDict().state;
    assert.deepEqual([own?.step, other?.step, Object.keys(other?.tensors ?? {})], [1, 0, []]);
    assert.deepEqual([...own!.tensors.momentumBuffer!.dataSync()], [1, 1, 1]);
    assert.equal((own!.tensors.momentumBuffer as tf.Variable).trainable, false);
  });

  it('begins averages anew that are there and that the state lacks', () => {
    const optimizer = new SGD([['w', w], ['b', b]], { momentum: 0.9 }); // prettier-ignore
    optimizer.step(new Map([['w', tf.ones([3])], ['b', tf.ones([3])]])); // prettier-ignore
    const { state, paramGroups } = optimizer.stateDict();
    optimizer.loadStateDict({ paramGroups, state: { w: state.w! } });
    const loaded = optimizer.stateDict().state;
    assert.deepEqual([loaded.w?.step, loaded.b?.step], [1, 0]);
    assert.deepEqual([...loaded.b!.tensors.momentumBuffer!.dataSync()], [0, 0, 0]);
  });

  it('keeps to the variables it has, and copies the values', () => {
    const [saved, optimizer] = [new Adam([['w', w]]), new Adam([['w', w]])];
    const before = tf.memory().numTensors;
    optimizer.loadStateDict(saved.stateDict());
    assert.equal(tf.memory().numTensors, before);
    saved.step(new Map([['w', tf.ones([3])]]));
    assert.deepEqual([...optimizer.stateDict().state.w!.tensors.expAvg!.dataSync()], [0, 0, 0]);
  });

  it('takes what a scheduler has put into the groups', () => {
    const scheduled = { initialLr: 0.1, maxLr: 0.2, minLr: 0.3, baseMomentum: 0.4, maxMomentum: 0.5 };
    const saved = new SGD([['w', w]], { momentum: 0.9 });
    Object.assign(saved.paramGroups[0]!, scheduled);
    const optimizer = new SGD([['w', w]], { momentum: 0.9 });
    optimizer.loadStateDict(saved.stateDict());
    assert.deepEqual({ ...optimizer.paramGroups[0], ...scheduled }, optimizer.paramGroups[0]);
  });
});
