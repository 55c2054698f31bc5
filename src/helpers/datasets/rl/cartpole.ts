/**
 * The cart-pole: a pole on a cart that is pushed left or right and must stay up. Barto, Sutton and Anderson, "Neuronlike
 * Adaptive Elements That Can Solve Difficult Learning Control Problems", 1983; constants and limits are those of
 * Gymnasium's CartPole-v1, https://gymnasium.farama.org/environments/classic_control/cart_pole/.
 * @module tsdl/helpers/datasets/rl/cartpole
 */
import { Sfc32 } from '../../../engine/random/sfc32';
import type { Environments } from './episodes';

/** Position of the cart (m), its speed (m/s), angle of the pole from upright (rad, right positive), its speed (rad/s). */
export type CartPoleState = readonly [x: number, speed: number, angle: number, spin: number];

/** The physics of Gymnasium's CartPole-v1, in SI units. */
export const CART_POLE = {
  /** m/s² */
  gravity: 9.8,
  /** kg */
  cartMass: 1,
  poleMass: 0.1,
  /** Half of the pole's length, m. */
  halfLength: 0.5,
  /** N */
  force: 10,
  /** Seconds between two decisions. */
  tau: 0.02,
  /** An episode ends when the cart is further out, m. */
  maxX: 2.4,
  /** … or the pole leans further, rad: 12 degrees. */
  maxAngle: (12 * Math.PI) / 180,
  maxSteps: 500,
} as const;

/**
 * The state 0.02 s later (Euler's method); action 0 pushes left, 1 right.
 * @throws RangeError unless `action` is 0 or 1
 */
export function cartPoleStep([x, speed, angle, spin]: CartPoleState, action: number): CartPoleState {
  if (action !== 0 && action !== 1) {
    throw new RangeError(`Cannot push the cart: expected action 0 (left) or 1 (right), got ${action}`);
  }
  const { gravity, cartMass, poleMass, halfLength, force, tau } = CART_POLE;
  const mass = cartMass + poleMass;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const push = ((action === 1 ? force : -force) + poleMass * halfLength * spin ** 2 * sin) / mass;
  const spinUp = (gravity * sin - cos * push) / (halfLength * (4 / 3 - (poleMass * cos ** 2) / mass));
  const speedUp = push - (poleMass * halfLength * spinUp * cos) / mass;
  return [x + tau * speed, speed + tau * speedUp, angle + tau * spin, spin + tau * spinUp];
}

/** Whether the cart has left its track or the pole has fallen. */
export const hasFallen = ([x, , angle]: CartPoleState): boolean =>
  Math.abs(x) > CART_POLE.maxX || Math.abs(angle) > CART_POLE.maxAngle;

/** Many cart-poles stepped as one batch. A step's reward is 1 while the episode lasts, the last step included. */
export class CartPoles implements Environments {
  readonly features = 4;
  readonly actions = 2;
  readonly maxSteps = CART_POLE.maxSteps;
  private readonly random: Sfc32;
  private states: CartPoleState[] = [];
  private over: boolean[] = [];
  private steps = 0;

  /**
   * @param options.seed decides all starting states, episode after episode
   * @throws RangeError unless `count` is a whole number of at least 1
   */
  constructor(
    readonly count: number,
    { seed = 0 } = {},
  ) {
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(`Cannot build CartPoles: expected a whole number of them ≥ 1, got ${count}`);
    }
    this.random = Sfc32.from(seed, 13);
    this.reset();
  }

  /** New episodes: every part of the state uniform in ±0.05. */
  reset(): void {
    const part = () => 0.1 * this.random.next() - 0.05;
    this.states = Array.from({ length: this.count }, () => [part(), part(), part(), part()]);
    this.over = this.states.map(() => false);
    this.steps = 0;
  }

  get observations(): Float32Array {
    return Float32Array.from(this.states.flat());
  }

  get done(): readonly boolean[] {
    return this.over;
  }

  /** Where each one is. */
  get current(): readonly CartPoleState[] {
    return this.states;
  }

  /** @throws RangeError unless there is one action for each cart */
  step(actions: ArrayLike<number>): Float32Array {
    if (actions.length !== this.count) {
      throw new RangeError(
        `Cannot step: expected ${this.count} actions, one for each cart, got ${actions.length}`,
      );
    }
    this.steps += 1;
    const rewards = Float32Array.from(this.over, (over) => (over ? 0 : 1));
    this.states = this.states.map((state, i) =>
      this.over[i] ? state : cartPoleStep(state, actions[i] ?? -1),
    );
    this.over = this.states.map(
      (state, i) => this.over[i] || hasFallen(state) || this.steps >= this.maxSteps,
    );
    return rewards;
  }
}
