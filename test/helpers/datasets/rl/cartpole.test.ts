import assert from 'node:assert/strict';

import {
  CART_POLE,
  CartPoles,
  type CartPoleState,
  cartPoleStep,
  hasFallen,
} from '../../../../src/helpers/datasets/rl/cartpole';
import { discountedReturns, playEpisodes } from '../../../../src/helpers/datasets/rl/episodes';
import { cartPolePicture } from '../../../../src/helpers/datasets/rl/picture';

const close = (actual: readonly number[], expected: readonly number[]) =>
  actual.forEach((value, i) => assert.ok(Math.abs(value - (expected[i] ?? NaN)) < 1e-6, `${actual.join()}`));

describe('cartPoleStep()', () => {
  it('moves as the example in the documentation of Gymnasium', () => {
    close(
      cartPoleStep([0.0273956, -0.00611216, 0.03585979, 0.0197368], 1),
      [0.02727336, 0.18847767, 0.03625453, -0.26141977],
    );
  });

  it('is the same left and right', () => {
    const state: CartPoleState = [0.3, -0.5, 0.1, 0.7];
    const mirrored = cartPoleStep(state.map((v) => -v) as unknown as CartPoleState, 0);
    close(
      mirrored.map((v) => -v),
      cartPoleStep(state, 1),
    );
  });

  it('refuses other actions', () => {
    assert.throws(() => cartPoleStep([0, 0, 0, 0], 2), /expected action 0 \(left\) or 1 \(right\), got 2/);
  });
});

describe('CartPoles', () => {
  it('start near upright, the same for the same seed', () => {
    const [a, b, c] = [
      new CartPoles(3, { seed: 5 }),
      new CartPoles(3, { seed: 5 }),
      new CartPoles(3, { seed: 6 }),
    ];
    assert.deepEqual(a.observations, b.observations);
    assert.notDeepEqual(a.observations, c.observations);
    assert.ok(a.observations.every((value) => Math.abs(value) <= 0.05));
  });

  it('end when the pole falls; those that fell stand still and earn nothing', () => {
    const carts = new CartPoles(2, { seed: 1 });
    const { totals, played } = playEpisodes(carts, () => [1, 1]); // pushed right for ever the pole falls left
    assert.ok(
      totals.every((total) => total >= 8 && total <= 11),
      totals.join(),
    );
    assert.ok(carts.current.every(hasFallen));
    assert.equal(
      played.reduce((sum, one) => sum + one),
      (totals[0] ?? 0) + (totals[1] ?? 0),
    );
    const before = carts.observations;
    assert.deepEqual(carts.step([0, 0]), Float32Array.of(0, 0));
    assert.deepEqual(carts.observations, before);
  });

  it('end after 500 steps under a hand-made controller', () => {
    const lean = (seen: Float32Array) =>
      Array.from({ length: seen.length / 4 }, (_, i) => {
        const [x = 0, speed = 0, angle = 0, spin = 0] = seen.subarray(4 * i, 4 * i + 4);
        return 0.1 * x + 0.2 * speed + angle * 5 + spin > 0 ? 1 : 0;
      });
    assert.deepEqual(
      playEpisodes(new CartPoles(4, { seed: 2 }), lean).totals,
      Array(4).fill(CART_POLE.maxSteps),
    );
  });

  it('want one action each', () => {
    assert.throws(() => new CartPoles(2).step([1]), /expected 2 actions, one for each cart, got 1/);
    assert.throws(() => new CartPoles(0), /^RangeError: Cannot build CartPoles: .* got 0$/);
  });
});

describe('discountedReturns()', () => {
  it('add later rewards, each step further discounted', () => {
    const rewards = Float32Array.of(1, 0, 2, 5, 4, 0); // three steps of two episodes
    const episodes = {
      count: 2,
      rewards,
      observations: rewards,
      actions: new Int32Array(6),
      played: rewards,
      totals: [],
    };
    close([...discountedReturns(episodes, 0.5)], [3, 2.5, 4, 5, 4, 0]);
    assert.throws(() => discountedReturns(episodes, 1.1), /expected gamma in 0 … 1, got 1.1/);
  });
});

describe('cartPolePicture()', () => {
  it('shows the pole where it leans', () => {
    const size = { width: 60, height: 40 };
    const [left, right] = [-0.2, 0.2].map((angle) => cartPolePicture([0, 0, angle, 0], size));
    assert.deepEqual(left?.shape, [40, 60]);
    const mass = ({ values }: { values: Float32Array }) => {
      // Dark pixels, weighted by how far right of the middle they are.
      return values.reduce((sum, value, at) => sum + (1 - value) * ((at % 60) - 29.5), 0);
    };
    assert.ok(left && right && mass(left) < -5 && mass(right) > 5);
  });
});
