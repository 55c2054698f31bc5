import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { clipGradNorm, clipGradValue } from '../../../src/helpers/optim/clip';
import { Adam, type Optimizer, SGD } from '../../../src/helpers/optim/optimizers';
import { GradScaler } from '../../../src/helpers/optim/scaler';
import { refuses } from '../../support/refusals';

const w = tf.variable(tf.zeros([3, 2]), true, 'refused/w');
const b = tf.variable(tf.zeros([2]), true, 'refused/b');
const grads = () => new Map([['w', tf.ones([3, 2])]]);

describe('SGD', () => {
  const build = (options: object) => () => new SGD([w], options);
  refuses([
    ['RangeError: Cannot build SGD: expected lr at least 0, got -1', build({ lr: -1 })],
    ['RangeError: Cannot build SGD: expected lr at least 0, got NaN', build({ lr: NaN })],
    ['RangeError: Cannot build SGD: expected momentum at least 0, got -0.1', build({ momentum: -0.1 })],
    ['RangeError: Cannot build SGD: expected weightDecay at least 0, got -1', build({ weightDecay: -1 })],
    [
      'RangeError: Cannot build SGD: expected nesterov with momentum and no dampening, got momentum 0, dampening 0',
      build({ nesterov: true }),
    ],
    [
      'RangeError: Cannot build SGD: expected nesterov with momentum and no dampening, got momentum 0.9, dampening 0.1',
      build({ nesterov: true, momentum: 0.9, dampening: 0.1 }),
    ],
  ]);
});

describe('Adam', () => {
  const build = (options: object) => () => new Adam([w], options);
  refuses([
    ['RangeError: Cannot build Adam: expected lr at least 0, got -1', build({ lr: -1 })],
    ['RangeError: Cannot build Adam: expected betas[0] in [0, 1), got 1', build({ betas: [1, 0.9] })],
    ['RangeError: Cannot build Adam: expected betas[1] in [0, 1), got -0.1', build({ betas: [0, -0.1] })],
    ['RangeError: Cannot build Adam: expected eps at least 0, got -1', build({ eps: -1 })],
    ['RangeError: Cannot build Adam: expected weightDecay at least 0, got -1', build({ weightDecay: -1 })],
  ]);
});

describe('parameter groups', () => {
  const build = (...params: unknown[]) => new SGD(params as tf.Variable[]);
  const more = (...params: unknown[]) =>
    new SGD([['w', w]]).addParamGroup({ params: params as tf.Variable[] });
  const cannot = 'Cannot add parameter group: expected';
  refuses([
    [`RangeError: ${cannot} at least one parameter, got none`, () => build()],
    [`RangeError: ${cannot} each parameter in one group, once, got "1" again`, () => build(w, w)],
    [`RangeError: ${cannot} each parameter in one group, once, got "v" again`, () => more(['v', w])],
    [`RangeError: ${cannot} each name once, got "w" again`, () => build(['w', w], ['w', b])],
    [`RangeError: ${cannot} each name once, got "w" again`, () => more(['w', b])],
    [
      `TypeError: ${cannot} "w" to be a float32 leaf that requires gradients, got a tensor of int32 that does not`,
      () => build(['w', tf.variable(tf.zeros([1], 'int32'))]),
    ],
    [
      `TypeError: ${cannot} "w" to be a float32 leaf that requires gradients, got a tensor of float32 that does not`,
      () => build(['w', tf.zeros([1])]),
    ],
    [
      `TypeError: ${cannot} "0" to be a float32 leaf that requires gradients, got string`,
      () => build('weight'),
    ],
    [
      `TypeError: ${cannot} "0" to be a float32 leaf that requires gradients, got object`,
      () => build({ params: [w] }, b),
    ],
  ]);
});

describe('step()', () => {
  const cannot = "Cannot step: expected gradients of the optimizer's parameters, got one of";
  refuses([
    [`RangeError: ${cannot} "v"`, () => new SGD([['w', w]]).step(new Map([['v', tf.ones([2])]]))],
    [`RangeError: ${cannot} "refused/b"`, () => new SGD([['w', w]]).step(new Map([[b, tf.ones([2])]]))],
  ]);
});

describe('loadStateDict() of an optimizer', () => {
  type State = ReturnType<Optimizer['stateDict']>;
  const made = () => new SGD([['w', w]], { momentum: 0.9 });
  /** Loads the state that the optimizer gives, with this change. */
  const load = (change: (state: State) => unknown) => () => {
    const optimizer = made();
    optimizer.loadStateDict(change(optimizer.stateDict()) as State);
  };
  const option = (options: object) =>
    load(({ state, paramGroups: [group] }) => ({ state, paramGroups: [{ ...group, ...options }] }));
  const steps = (step: unknown) =>
    load(({ paramGroups }) => ({ paramGroups, state: { w: { step, tensors: {} } } }));
  const shape = (...sizes: number[]) =>
    load(({ paramGroups }) => {
      const tensors = { momentumBuffer: tf.zeros(sizes) };
      return { paramGroups, state: { w: { step: 1, tensors } } };
    });
  const cannot = 'Cannot load optimizer state: expected';
  refuses([
    [`RangeError: ${cannot} parameter groups [w], got `, load(({ state }) => ({ state }))],
    [
      `RangeError: ${cannot} parameter groups [w], got [v, u] [w]`,
      load(() => ({ state: {}, paramGroups: [{ params: ['v', 'u'] }, { params: ['w'] }] })),
    ],
    [`TypeError: ${cannot} option lr as number, got string`, option({ lr: '0.1' })],
    [`TypeError: ${cannot} option nesterov as boolean, got number`, option({ nesterov: 1 })],
    [`TypeError: ${cannot} option maxLr as number, got string`, option({ maxLr: '1' })],
    // a scheduler may have noted a number of any name; anything else is another optimizer's
    [`TypeError: ${cannot} option betas as number, got object`, option({ betas: [0.9, 0.99] })],
    ['RangeError: Cannot build SGD: expected lr at least 0, got NaN', option({ lr: NaN })],
    ['RangeError: Cannot build SGD: expected momentum at least 0, got -1', option({ momentum: -1 })],
    [`RangeError: ${cannot} whole steps of "w", got 1.5`, steps(1.5)],
    [`RangeError: ${cannot} whole steps of "w", got -1`, steps(-1)],
    [`RangeError: ${cannot} whole steps of "w", got NaN`, steps(NaN)],
    [`TypeError: ${cannot} momentumBuffer of "w" as [3, 2], got [3]`, shape(3)],
    [`TypeError: ${cannot} momentumBuffer of "w" as [3, 2], got [3, 2, 1]`, shape(3, 2, 1)],
    [`TypeError: ${cannot} momentumBuffer of "w" as [3, 2], got [3, 4]`, shape(3, 4)],
    [`TypeError: ${cannot} momentumBuffer of "w" as [3, 2], got [2, 3]`, shape(2, 3)],
  ]);

  it('changes nothing when a later group does not fit', () => {
    const two = () => new SGD([{ params: [['w', w]] }, { params: [['b', b]] }], { momentum: 0.9 });
    const optimizer = two();
    const { state, paramGroups } = two().stateDict();
    const wrong = paramGroups.map((group, i) => ({ ...group, lr: i === 0 ? 0.5 : NaN }));
    assert.throws(() => optimizer.loadStateDict({ state, paramGroups: wrong }), RangeError);
    assert.deepEqual(
      optimizer.paramGroups.map(({ lr }) => lr),
      [1e-3, 1e-3],
    );
  });
});

describe('clipping', () => {
  const cannot = 'RangeError: Cannot clip gradients: expected';
  refuses([
    [`${cannot} maxNorm at least 0, got -1`, () => clipGradNorm(grads(), -1)],
    [`${cannot} maxNorm at least 0, got NaN`, () => clipGradNorm(grads(), NaN)],
    [`${cannot} normType to be a number, got NaN`, () => clipGradNorm(grads(), 1, { normType: NaN })],
    [`${cannot} clipValue at least 0, got -1`, () => clipGradValue(grads(), -1)],
    [`${cannot} clipValue at least 0, got NaN`, () => clipGradValue(grads(), NaN)],
  ]);
});

describe('GradScaler', () => {
  const build = (options: object) => () => new GradScaler(options);
  const cannot = 'RangeError: Cannot build GradScaler: expected';
  refuses([
    [`${cannot} initScale to be a number above 0, got 0`, build({ initScale: 0 })],
    [`${cannot} growthFactor to be a number above 1, got 1`, build({ growthFactor: 1 })],
    [`${cannot} backoffFactor to be a number between 0 and 1, got 0`, build({ backoffFactor: 0 })],
    [`${cannot} backoffFactor to be a number between 0 and 1, got 1`, build({ backoffFactor: 1 })],
    [`${cannot} growthInterval to be a whole number of steps ≥ 1, got 0`, build({ growthInterval: 0 })],
    [`${cannot} growthInterval to be a whole number of steps ≥ 1, got 1.5`, build({ growthInterval: 1.5 })],
  ]);
});
