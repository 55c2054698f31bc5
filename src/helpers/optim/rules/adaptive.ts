/** Optimizers that divide by running squares: RMSprop, Adagrad, Adadelta, Adamax, NAdam, RAdam. */
import * as tf from '../../../engine/tf';
import { type RuleHyper, ruleOf, RuleOptimizer } from './rule';

const BASE = { weightDecay: 0, maximize: false };
const LEAST = [0] as const;
const SHARE = [0, 1] as const;

/** From the old value a share of the way to the new one: `torch.lerp`. */
export function towards(old: tf.Tensor, now: tf.Tensor, share: tf.Scalar): tf.Tensor {
  return tf.add(old, tf.mul(tf.sub(now, old), share));
}

/** A running square: old·keep + (share·g)·g, in this order, by which nothing overflows too early. */
function squared(old: tf.Tensor, g: tf.Tensor, keep: tf.Scalar, share: tf.Scalar): tf.Tensor {
  return tf.add(tf.mul(old, keep), tf.mul(tf.mul(g, share), g));
}

/** parameter − direction·rate. */
export function down(parameter: tf.Tensor, direction: tf.Tensor, rate: tf.Scalar): tf.Tensor {
  return tf.sub(parameter, tf.mul(direction, rate));
}

/** PyTorch's options of RMSprop and their defaults: lr 0.01, alpha 0.99, eps 1e-8. */
export interface RMSpropOptions extends RuleHyper {
  /** Decay rate of the running square. */
  alpha: number;
  eps: number;
  momentum: number;
  /** Divides by the running deviation: the square of the running mean is taken off. */
  centered: boolean;
}

const rmsprop = ruleOf<RMSpropOptions>()({
  defaults: { ...BASE, lr: 1e-2, alpha: 0.99, eps: 1e-8, momentum: 0, centered: false },
  ranges: { lr: LEAST, alpha: LEAST, eps: LEAST, momentum: LEAST, weightDecay: LEAST },
  slots: ({ momentum, centered }) => [
    'squareAvg',
    ...(momentum > 0 ? (['momentumBuffer'] as const) : []),
    ...(centered ? (['gradAvg'] as const) : []),
  ],
  numbers: ({ lr, alpha, eps, momentum }) => ({ lr, alpha, share: 1 - alpha, eps, momentum }),
  move: ({ parameter, g, slots: { squareAvg, gradAvg, momentumBuffer }, n, look, set }) => {
    let variance = set(squareAvg, squared(squareAvg, g, n.alpha, n.share));
    if (look(({ centered }) => centered)) {
      variance = tf.sub(variance, tf.square(set(gradAvg, towards(gradAvg, g, n.share))));
    }
    let direction = tf.div(g, tf.add(tf.sqrt(variance), n.eps));
    if (look(({ momentum }) => momentum > 0)) {
      direction = set(momentumBuffer, tf.add(tf.mul(momentumBuffer, n.momentum), direction));
    }
    set(parameter, down(parameter, direction, n.lr));
  },
});

/** g / (√v + eps), v the running square: Hinton's lecture 6a, 2012. Like `torch.optim.RMSprop`. */
export class RMSprop extends RuleOptimizer<RMSpropOptions> {
  static override readonly rule = rmsprop;
}

/** PyTorch's options of Adagrad and their defaults: lr 0.01, eps 1e-10, sums that start at 0. */
export interface AdagradOptions extends RuleHyper {
  /** How much the learning rate falls with each step: lr / (1 + (step − 1)·lrDecay). */
  lrDecay: number;
  initialAccumulatorValue: number;
  eps: number;
}

const adagrad = ruleOf<AdagradOptions>()({
  defaults: { ...BASE, lr: 1e-2, lrDecay: 0, initialAccumulatorValue: 0, eps: 1e-10 },
  ranges: { lr: LEAST, lrDecay: LEAST, weightDecay: LEAST, initialAccumulatorValue: LEAST, eps: LEAST },
  slots: ({ initialAccumulatorValue }) => [{ name: 'sum', initial: initialAccumulatorValue }],
  numbers: ({ lr, lrDecay, eps }, step) => ({ rate: lr / (1 + (step - 1) * lrDecay), eps }),
  move: ({ parameter, g, slots: { sum }, n, set }) => {
    const total = set(sum, tf.add(sum, tf.square(g)));
    set(parameter, down(parameter, tf.div(g, tf.add(tf.sqrt(total), n.eps)), n.rate));
  },
});

/** g / (√Σg² + eps): Duchi, Hazan and Singer, "Adaptive Subgradient Methods", 2011. Like `torch.optim.Adagrad`. */
export class Adagrad extends RuleOptimizer<AdagradOptions> {
  static override readonly rule = adagrad;
}

/** PyTorch's options of Adadelta and their defaults: lr 1, rho 0.9, eps 1e-6. */
export interface AdadeltaOptions extends RuleHyper {
  /** Decay rate of both running squares. */
  rho: number;
  eps: number;
}

const adadelta = ruleOf<AdadeltaOptions>()({
  defaults: { ...BASE, lr: 1, rho: 0.9, eps: 1e-6 },
  ranges: { lr: LEAST, rho: [0, 1 + Number.EPSILON], eps: LEAST, weightDecay: LEAST },
  slots: () => ['squareAvg', 'accDelta'],
  numbers: ({ lr, rho, eps }) => ({ lr, rho, share: 1 - rho, eps }),
  move: ({ parameter, g, slots: { squareAvg, accDelta }, n, set }) => {
    const square = set(squareAvg, squared(squareAvg, g, n.rho, n.share));
    const deviation = (x: tf.Tensor) => tf.sqrt(tf.add(x, n.eps));
    const delta = tf.mul(tf.div(deviation(accDelta), deviation(square)), g);
    set(accDelta, squared(accDelta, delta, n.rho, n.share));
    set(parameter, down(parameter, delta, n.lr));
  },
});

/** Steps as long as the running squares of steps and gradients say: Zeiler, 2012. Like `torch.optim.Adadelta`. */
export class Adadelta extends RuleOptimizer<AdadeltaOptions> {
  static override readonly rule = adadelta;
}

/** PyTorch's options of Adamax and their defaults: lr 2e-3, betas 0.9 and 0.999, eps 1e-8. */
export interface AdamaxOptions extends RuleHyper {
  betas: readonly [number, number];
  eps: number;
}

const adamax = ruleOf<AdamaxOptions>()({
  defaults: { ...BASE, lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8 },
  ranges: { lr: LEAST, betas: SHARE, eps: LEAST, weightDecay: LEAST },
  slots: () => ['expAvg', 'expInf'],
  numbers: ({ lr, betas: [b1, b2], eps }, step) => ({ share: 1 - b1, b2, eps, rate: lr / (1 - b1 ** step) }),
  move: ({ parameter, g, slots: { expAvg, expInf }, n, set }) => {
    const mean = set(expAvg, towards(expAvg, g, n.share));
    const largest = set(expInf, tf.maximum(tf.mul(expInf, n.b2), tf.add(tf.abs(g), n.eps)));
    set(parameter, down(parameter, tf.div(mean, largest), n.rate));
  },
});

/** Adam with the largest gradient in the place of the running square (Kingma and Ba, 2015). Like `torch.optim.Adamax`. */
export class Adamax extends RuleOptimizer<AdamaxOptions> {
  static override readonly rule = adamax;
}

/** PyTorch's options of NAdam and their defaults: lr 2e-3, betas 0.9 and 0.999, eps 1e-8, momentum decay 4e-3. */
export interface NAdamOptions extends AdamaxOptions {
  momentumDecay: number;
  /** AdamW's weight decay: shrinks the parameter itself. */
  decoupledWeightDecay: boolean;
}

const nadam = ruleOf<NAdamOptions>()({
  defaults: {
    ...{ ...BASE, lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8 },
    ...{ momentumDecay: 4e-3, decoupledWeightDecay: false },
  },
  ranges: { lr: LEAST, betas: SHARE, eps: LEAST, weightDecay: LEAST, momentumDecay: LEAST },
  decoupled: ({ decoupledWeightDecay }) => decoupledWeightDecay,
  slots: () => ['expAvg', 'expAvgSq', { name: 'muProduct', shape: () => [], initial: 1 }],
  numbers: ({ lr, betas: [b1, b2], eps, momentumDecay }, step) => {
    const momentum = (at: number): number => b1 * (1 - 0.5 * 0.96 ** (at * momentumDecay));
    const [mu, next] = [momentum(step), momentum(step + 1)];
    const rates = { now: lr * (1 - mu), then: lr * next };
    return { share: 1 - b1, b2, share2: 1 - b2, eps, mu, next, root: Math.sqrt(1 - b2 ** step), ...rates };
  },
  move: ({ parameter, g, slots: { expAvg, expAvgSq, muProduct }, n, set }) => {
    const product = set(muProduct, tf.mul(muProduct, n.mu));
    const mean = set(expAvg, towards(expAvg, g, n.share));
    const square = set(expAvgSq, squared(expAvgSq, g, n.b2, n.share2));
    const deviation = tf.add(tf.div(tf.sqrt(square), n.root), n.eps);
    const now = tf.div<tf.Scalar>(n.now, tf.sub(1, product));
    const then = tf.div<tf.Scalar>(n.then, tf.sub(1, tf.mul(product, n.next)));
    set(parameter, down(down(parameter, tf.div(g, deviation), now), tf.div(mean, deviation), then));
  },
});

/** Adam with Nesterov's momentum, which grows with the steps: Dozat, 2016. Like `torch.optim.NAdam`. */
export class NAdam extends RuleOptimizer<NAdamOptions> {
  static override readonly rule = nadam;
}

/** PyTorch's options of RAdam and their defaults: lr 1e-3, betas 0.9 and 0.999, eps 1e-8. */
export interface RAdamOptions extends AdamaxOptions {
  /** AdamW's weight decay: shrinks the parameter itself. */
  decoupledWeightDecay: boolean;
}

const radam = ruleOf<RAdamOptions>()({
  defaults: { ...BASE, lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decoupledWeightDecay: false },
  ranges: { lr: LEAST, betas: SHARE, eps: LEAST, weightDecay: LEAST },
  decoupled: ({ decoupledWeightDecay }) => decoupledWeightDecay,
  slots: () => ['expAvg', 'expAvgSq'],
  numbers: ({ lr, betas: [b1, b2], eps }, step) => {
    const correction = 1 - b2 ** step;
    const most = 2 / (1 - b2) - 1;
    const rho = most - (2 * step * b2 ** step) / correction;
    const trusted = rho > 5;
    const r = Math.sqrt(((rho - 4) * (rho - 2) * most) / ((most - 4) * (most - 2) * rho));
    // where the square is not trusted yet, 0 is divided by more than 1, and 1 added
    const factors = { adaptive: trusted ? r * Math.sqrt(correction) : 0, plain: trusted ? 0 : 1 };
    const floor = eps + factors.plain;
    return { share: 1 - b1, b2, share2: 1 - b2, floor, rate: lr / (1 - b1 ** step), ...factors };
  },
  move: ({ parameter, g, slots: { expAvg, expAvgSq }, n, set }) => {
    const mean = set(expAvg, towards(expAvg, g, n.share));
    const square = set(expAvgSq, squared(expAvgSq, g, n.b2, n.share2));
    const factor = tf.add(tf.div(n.adaptive, tf.add(tf.sqrt(square), n.floor)), n.plain);
    set(parameter, down(parameter, tf.mul(mean, factor), n.rate));
  },
});

/**
 * Adam that takes plain momentum until its running square can be trusted: Liu et al., "On the Variance of the Adaptive
 * Learning Rate and Beyond", 2020, https://arxiv.org/abs/1908.03265. Like `torch.optim.RAdam`.
 */
export class RAdam extends RuleOptimizer<RAdamOptions> {
  static override readonly rule = radam;
}
