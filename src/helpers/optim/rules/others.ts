/** Optimizers of other kinds: ASGD averages, Rprop takes signs, Adafactor and Muon look at whole matrices. */
import * as tf from '../../../engine/tf';
import { torchOrder } from '../../../nn/parameter';
import { down, towards } from './adaptive';
import { type RuleHyper, ruleOf, RuleOptimizer } from './rule';

const LEAST = [0] as const;
const SCALAR = (): number[] => [];

/** What a running value that starts as the learning rate of the first step has of it, and of itself. */
const beginning = (lr: number, step: number) => ({ first: step === 1 ? lr : 0, own: step === 1 ? 0 : 1 });

const begun = <T extends tf.Tensor>(value: T, n: Readonly<Record<'first' | 'own', tf.Scalar>>): T =>
  tf.add<T>(tf.mul(value, n.own), n.first);

/** PyTorch's options of ASGD and their defaults: lr 0.01, lambd 1e-4, alpha 0.75, t0 10⁶. */
export interface ASGDOptions extends RuleHyper {
  /** How much parameters shrink at each step, times the rate. */
  lambd: number;
  /** Power by which the rate falls. */
  alpha: number;
  /** From which step on the mean of the parameters is taken. */
  t0: number;
}

const asgd = ruleOf<ASGDOptions>()({
  defaults: { lr: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0, maximize: false },
  ranges: { lr: LEAST, weightDecay: LEAST },
  slots: ({ lr }) => [
    'ax',
    { name: 'eta', shape: SCALAR, initial: lr },
    { name: 'mu', shape: SCALAR, initial: 1 },
  ],
  numbers: ({ lr, lambd, alpha, t0 }, step) => ({
    ...{ lambd, eta: lr / (1 + lambd * lr * step) ** alpha, mu: 1 / Math.max(1, step - t0) },
    ...beginning(lr, step),
  }),
  move: ({ parameter, g, slots: { ax, eta, mu }, n, set }) => {
    const rate = begun<tf.Scalar>(eta, n);
    const shrunk = tf.mul(parameter, tf.sub(1, tf.mul(n.lambd, rate)));
    const moved = set(parameter, down(shrunk, g, rate));
    set(ax, towards(ax, moved, mu));
    set(eta, n.eta);
    set(mu, n.mu);
  },
});

/** Gradient descent beside a running mean of the parameters: Polyak and Juditsky, 1992. Like `torch.optim.ASGD`. */
export class ASGD extends RuleOptimizer<ASGDOptions> {
  static override readonly rule = asgd;
}

/** PyTorch's options of Rprop and their defaults: lr 0.01, etas 0.5 and 1.2, steps from 1e-6 to 50; no weight decay. */
export interface RpropOptions extends RuleHyper {
  /** By what a step is multiplied where the slope has turned, and where it has not. */
  etas: readonly [number, number];
  /** Shortest and longest step. */
  stepSizes: readonly [number, number];
}

const rprop = ruleOf<RpropOptions>()({
  defaults: { lr: 1e-2, etas: [0.5, 1.2], stepSizes: [1e-6, 50], weightDecay: 0, maximize: false },
  ranges: { lr: LEAST },
  refuse: ({ etas: [minus, plus], weightDecay }) => {
    if (weightDecay !== 0) return `no weightDecay, got ${weightDecay}`;
    return minus > 0 && minus < 1 && plus > 1
      ? undefined
      : `etas in (0, 1) and above 1, got ${minus} and ${plus}`;
  },
  slots: ({ lr }) => ['prev', { name: 'stepSize', initial: lr }],
  numbers: ({ lr, etas: [minus, plus], stepSizes: [low, high] }, step) => ({
    ...{ minus: minus - 1, plus: plus - 1, low, high },
    ...beginning(lr, step),
  }),
  move: ({ parameter, g, slots: { prev, stepSize }, n, set }) => {
    const product = tf.mul(g, prev);
    const stayed = tf.cast(tf.greater(product, 0), 'float32');
    const turned = tf.cast(tf.less(product, 0), 'float32');
    const factor = tf.add(1, tf.add(tf.mul(stayed, n.plus), tf.mul(turned, n.minus)));
    const before = begun(stepSize, n);
    const length = set(stepSize, tf.minimum(tf.maximum(tf.mul(before, factor), n.low), n.high));
    const counted = tf.mul(g, tf.sub(1, turned)); // where the slope has turned, this step is left out
    set(parameter, tf.sub(parameter, tf.mul(tf.sign(counted), length)));
    set(prev, counted);
  },
});

/** Steps by the sign of the gradient, longer where it stays: Riedmiller and Braun, 1993. Like `torch.optim.Rprop`. */
export class Rprop extends RuleOptimizer<RpropOptions> {
  static override readonly rule = rprop;
}

/** PyTorch's options of Adafactor and their defaults: lr 0.01, beta2Decay −0.8, eps (none, 1e-3), d 1. */
export interface AdafactorOptions extends RuleHyper {
  beta2Decay: number;
  /** Least square (`null`: the smallest step of float32) and least size of a parameter. */
  eps: readonly [number | null, number];
  /** Longest update in the root mean square. */
  d: number;
}

/** Root mean square of all elements. */
const rms = (x: tf.Tensor): tf.Scalar => tf.sqrt(tf.mean(tf.square(x)));

const adafactor = ruleOf<AdafactorOptions>()({
  defaults: { lr: 1e-2, beta2Decay: -0.8, eps: [null, 1e-3], d: 1, weightDecay: 0, maximize: false },
  ranges: { lr: LEAST, eps: LEAST, d: [1], weightDecay: LEAST },
  refuse: ({ beta2Decay }) => (beta2Decay <= 0 ? undefined : `beta2Decay at most 0, got ${beta2Decay}`),
  decoupled: () => 'own',
  slots: () => [
    { name: 'rowVar', of: isMatrix, shape: (p) => [...torchShape(p).slice(0, -1), 1] },
    { name: 'colVar', of: isMatrix, shape: (p) => withoutRows(torchShape(p)) },
    { name: 'variance', of: (p) => !isMatrix(p) },
  ],
  numbers: ({ lr, beta2Decay, eps: [eps1, eps2], d, weightDecay }, step) => {
    const least = eps1 ?? 2 ** -23;
    const rate = Math.min(lr, 1 / Math.sqrt(step));
    return {
      share: step ** beta2Decay,
      rate,
      least,
      least2: least ** 2,
      eps2,
      d,
      kept: 1 - lr * weightDecay,
    };
  },
  move: ({ parameter, g, slots: { rowVar, colVar, variance }, n, set }) => {
    const order = torchOrder(parameter);
    const gradient = order ? tf.transpose(g, order.to) : g;
    const squares = tf.square(gradient);
    let estimate: tf.Tensor;
    if (gradient.rank > 1) {
      const rows = set(rowVar, towards(rowVar, tf.mean(squares, -1, true), n.share));
      const columns = set(colVar, towards(colVar, tf.mean(squares, -2, true), n.share));
      estimate = tf.div(tf.mul(rows, columns), tf.maximum(tf.mean(rows, -2, true), n.least));
    } else {
      estimate = set(variance, towards(variance, squares, n.share));
    }
    const update = tf.mul(tf.rsqrt(tf.maximum(estimate, n.least2)), gradient);
    const shortened = tf.div(update, tf.maximum(1, tf.div(rms(update), n.d)));
    const turned = order ? tf.transpose(shortened, order.from) : shortened;
    const rate = tf.mul<tf.Scalar>(tf.maximum(rms(parameter), n.eps2), n.rate);
    set(parameter, down(tf.mul(parameter, n.kept), turned, rate));
  },
});

/**
 * Adam's square by the means of its rows and columns alone: Shazeer and Stern, 2018, https://arxiv.org/abs/1804.04235.
 * Rows and columns are those of PyTorch's order of axes. Like `torch.optim.Adafactor`.
 */
export class Adafactor extends RuleOptimizer<AdafactorOptions> {
  static override readonly rule = adafactor;
}

const isMatrix = ({ rank }: tf.Variable): boolean => rank > 1;

const torchShape = (parameter: tf.Variable): number[] => {
  const order = torchOrder(parameter)?.to;
  return order ? order.map((axis) => parameter.shape[axis] ?? 0) : [...parameter.shape];
};

const withoutRows = (shape: readonly number[]): number[] =>
  shape.map((size, i) => (i === shape.length - 2 ? 1 : size));

/** PyTorch's options of Muon and their defaults: lr 1e-3, weight decay 0.1, Nesterov's momentum 0.95, five iterations. */
export interface MuonOptions extends RuleHyper {
  momentum: number;
  nesterov: boolean;
  nsCoefficients: readonly [number, number, number];
  eps: number;
  nsSteps: number;
  /** How the rate goes with the matrix: by its height over its width, or as long as AdamW's steps. */
  adjustLrFn: 'original' | 'match_rms_adamw' | null;
}

const muon = ruleOf<MuonOptions>()({
  defaults: {
    ...{ lr: 1e-3, weightDecay: 0.1, momentum: 0.95, nesterov: true, maximize: false },
    ...{ nsCoefficients: [3.4445, -4.775, 2.0315], eps: 1e-7, nsSteps: 5, adjustLrFn: null },
  },
  ranges: { lr: LEAST, momentum: LEAST, weightDecay: LEAST, nsSteps: [0, 100] },
  refuse: ({ params, maximize, adjustLrFn }) => {
    const other = params.find(({ rank }) => rank !== 2);
    if (other) return `matrices [n, m], got a parameter [${other.shape.join(', ')}]`;
    if (![null, 'original', 'match_rms_adamw'].includes(adjustLrFn)) {
      return `adjustLrFn original, match_rms_adamw or null, got ${String(adjustLrFn)}`;
    }
    return maximize ? 'no maximize, got true' : undefined;
  },
  decoupled: () => true,
  slots: () => ['momentumBuffer'],
  numbers: ({ lr, momentum, nsCoefficients: [a, b, c], eps }) => ({
    lr,
    momentum,
    share: 1 - momentum,
    a,
    b,
    c,
    eps,
  }),
  move: ({ parameter, g, slots: { momentumBuffer }, n, look, set }) => {
    const mean = set(momentumBuffer, towards(momentumBuffer, g, n.share));
    const direction = look(({ nesterov }) => nesterov) ? towards(g, mean, n.momentum) : mean;
    const steps = look(({ nsSteps }) => nsSteps);
    const [height = 1, width = 1] = parameter.shape;
    const matched = look(({ adjustLrFn }) => adjustLrFn === 'match_rms_adamw');
    const ratio = matched ? 0.2 * Math.sqrt(Math.max(height, width)) : Math.sqrt(Math.max(1, height / width));
    set(parameter, down(parameter, orthogonal(direction, n, steps), tf.mul<tf.Scalar>(n.lr, ratio)));
  },
});

/**
 * Momentum made orthogonal by Newton and Schulz's iteration, for matrices alone: Jordan et al., 2024,
 * https://kellerjordan.github.io/posts/muon/. Like `torch.optim.Muon`, which multiplies in bfloat16; here in float32.
 */
export class Muon extends RuleOptimizer<MuonOptions> {
  static override readonly rule = muon;
}

/** The nearest matrix with orthogonal rows, nearly: x ← a·x + (b·xxᵀ + c·(xxᵀ)²)·x. */
function orthogonal(
  matrix: tf.Tensor,
  n: Readonly<Record<'a' | 'b' | 'c' | 'eps', tf.Scalar>>,
  steps: number,
): tf.Tensor {
  const [height = 1, width = 1] = matrix.shape;
  const tall = height > width;
  let x = tall ? tf.transpose(matrix) : matrix;
  x = tf.div(x, tf.maximum(tf.norm(x), n.eps));
  for (let i = 0; i < steps; i++) {
    const gram = tf.matMul(x, x, false, true);
    const bent = tf.add(tf.mul(gram, n.b), tf.mul(tf.matMul(gram, gram), n.c));
    x = tf.add(tf.mul(x, n.a), tf.matMul(bent, x));
  }
  return tall ? tf.transpose(x) : x;
}
