import assert from 'node:assert/strict';

import { GridWorld } from '../../../../src/helpers/datasets/rl/gridworld';

const world = new GridWorld(['S.#', '.XG'], { step: -0.1, goal: 1, pit: -1 });

describe('GridWorld', () => {
  it('walks, and stays before walls and edges', () => {
    assert.deepEqual([world.rows, world.columns, world.states, world.start], [2, 3, 6, 0]);
    assert.deepEqual(world.step(0, 1), { state: 1, reward: -0.1, done: false });
    assert.deepEqual(world.step(0, 2), { state: 3, reward: -0.1, done: false });
    assert.equal(world.step(1, 1).state, 1, 'wall');
    assert.equal(world.step(0, 0).state, 0, 'upper edge');
    assert.equal(world.step(3, 3).state, 3, 'left edge, not the row above');
  });

  it('ends in goal and pit', () => {
    assert.deepEqual(world.step(4, 1), { state: 5, reward: 0.9, done: true });
    assert.deepEqual(world.step(1, 2), { state: 4, reward: -1.1, done: true });
  });

  it('refuses boards and steps that make no sense', () => {
    assert.throws(() => new GridWorld(['S.', 'G']), /^RangeError: Cannot build GridWorld: .* got S\. \/ G$/);
    assert.throws(() => new GridWorld(['SS', '.G']), /one S/);
    assert.throws(() => new GridWorld(['S?', '.G']), /one S/);
    assert.throws(() => world.step(0, 4), /action 0 … 3, got 0, 4/);
  });
});
