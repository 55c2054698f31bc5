/**
 * Optimizers with PyTorch's names, defaults and arithmetic: SGD, Adam, AdamW.
 * @example
 * const optimizer = new Adam(model.namedParameters(), { lr: 1e-3 });
 * const loss = optimizer.minimize(() => nn.crossEntropy(model.forward(x), y));
 */
import { adamScalars, applyAdam, applySgd } from '../../engine/ops/apply';
import { type Gate, gated } from '../../engine/ops/select';
import { guard } from '../../engine/recording/guards';
import * as tf from '../../engine/tf';
import { checkOption, type Group, type GroupSpec, type Hyper, type Parameters } from './groups';
import { Optimizer } from './optimizer';
import { slopeOf } from './slope';
import type { Move } from './state';

export { gradients, type Gradients } from './gradients';
export type { Group, GroupSpec, NamedParameter, Parameters } from './groups';
export { LBFGS, type LBFGSOptions } from './lbfgs';
export * from './rules';
export { type GivenGradients, Optimizer, type ScaledStep } from './optimizer';
export type { OptimizerState } from './state';

/** The options of one parameter group; PyTorch's defaults: lr 1e-3 and everything else 0 or off. */
export interface SGDOptions extends Hyper {
  momentum: number;
  /** Share of the gradient kept out of the running sum, from the second step on. */
  dampening: number;
  nesterov: boolean;
  /** Factor of the parameter that is added to its gradient (L2 penalty). */
  weightDecay: number;
  /** Climbs instead of descending. */
  maximize: boolean;
}

const SGD_DEFAULTS: SGDOptions = {
  ...{ lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0 },
  ...{ nesterov: false, maximize: false },
};

/**
 * Stochastic gradient descent: b ← momentum·b + (1 − dampening)·g, p ← p − lr·b; with Nesterov's momentum
 * p ← p − lr·(g + momentum·b) (Sutskever et al., "On the importance of initialization and momentum in deep
 * learning", 2013). The buffer b starts as the first gradient. Like `torch.optim.SGD`.
 */
export class SGD extends Optimizer<SGDOptions> {
  /** @throws RangeError unless Nesterov has momentum and no dampening; a group may go without */
  constructor(params: Parameters | Iterable<GroupSpec<SGDOptions>>, options: Partial<SGDOptions> = {}) {
    super(params, { ...SGD_DEFAULTS, ...options });
    const { momentum, dampening, nesterov } = this.defaults;
    if (!nesterov || (momentum > 0 && dampening === 0)) return;
    const actual = `momentum ${momentum}, dampening ${dampening}`;
    throw new RangeError(`Cannot build SGD: expected nesterov with momentum and no dampening, got ${actual}`);
  }

  protected override check(group: Group<SGDOptions>): void {
    for (const key of ['lr', 'momentum', 'weightDecay'] as const) checkOption('SGD', key, group[key], 0);
  }

  protected override slots({ momentum }: Group<SGDOptions>): readonly string[] {
    return momentum === 0 ? [] : ['momentumBuffer'];
  }

  protected override update(group: Group<SGDOptions>, moves: readonly Move[], gate: Gate): void {
    let step = 0;
    const rate = () => ((step = this.count(moves, gate)), group.lr);
    const lr = gated(gate, rate, 0);
    const moving = guard(() => group.momentum !== 0);
    const momentum = moving ? gated(gate, () => group.momentum, 1) : undefined;
    // PyTorch's buffer starts as a copy of the first gradient: that one is not dampened.
    const dampens = guard(() => group.dampening !== 0);
    const share =
      moving &&
      (dampens || gate !== undefined) &&
      gated(gate, () => (step === 1 ? 1 : 1 - group.dampening), 0);
    const nesterov = guard(() => group.nesterov);
    const slope = slopeOf(group);
    for (const { parameter, gradient, memory } of moves) {
      const direction = slope(parameter, gradient);
      const buffer = memory.tensors.momentumBuffer;
      if (share && dampens && nesterov && momentum && buffer) {
        // TensorFlow's step adds the gradient itself as it adds it to the buffer, where alone it is dampened
        tf.tidy(() => {
          buffer.assign(tf.add(tf.mul(buffer, momentum), tf.mul(direction, share)));
          parameter.assign(tf.sub(parameter, tf.mul(lr, tf.add(direction, tf.mul(buffer, momentum)))));
        });
        continue;
      }
      applySgd(parameter, share ? tf.mul(direction, share) : direction, { lr, momentum, buffer, nesterov });
    }
  }
}

/** The options of one parameter group; PyTorch's defaults: lr 1e-3, betas 0.9 and 0.999, eps 1e-8. */
export interface AdamOptions extends Hyper {
  /** Decay rates of the running averages of the gradient and of its square. */
  betas: readonly [number, number];
  /** Added to the root of the second average after bias correction. */
  eps: number;
  weightDecay: number;
  /** Divides by the largest second average so far (Reddi, Kale and Kumar, 2018, https://arxiv.org/abs/1904.09237). */
  amsgrad: boolean;
  /** Climbs instead of descending. */
  maximize: boolean;
  /** AdamW's weight decay: shrinks the parameter itself instead of adding to its gradient. */
  decoupledWeightDecay: boolean;
}

const ADAM_DEFAULTS: AdamOptions = {
  ...{ lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 },
  ...{ amsgrad: false, maximize: false, decoupledWeightDecay: false },
};

/** The last is AMSGrad's alone. */
const AVERAGES = ['expAvg', 'expAvgSq', 'maxExpAvgSq'] as const;

/**
 * Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, https://arxiv.org/abs/1412.6980):
 * p ← p − lr · m̂ / (√v̂ + eps), m̂ and v̂ the bias-corrected running averages of g and g². Weight decay is added to
 * the gradient. Like `torch.optim.Adam`.
 */
export class Adam extends Optimizer<AdamOptions> {
  constructor(params: Parameters | Iterable<GroupSpec<AdamOptions>>, options: Partial<AdamOptions> = {}) {
    super(params, { ...ADAM_DEFAULTS, ...options });
  }

  protected override check({ betas, ...group }: Group<AdamOptions>): void {
    const { name } = this.constructor;
    for (const key of ['lr', 'eps', 'weightDecay'] as const) checkOption(name, key, group[key], 0);
    betas.forEach((beta, i) => checkOption(name, `betas[${i}]`, beta, 0, 1));
  }

  protected override slots({ amsgrad }: Group<AdamOptions>): readonly string[] {
    return amsgrad ? AVERAGES : AVERAGES.slice(0, 2);
  }

  protected override update(group: Group<AdamOptions>, moves: readonly Move[], gate: Gate): void {
    const { stepSize, epsilon } = adamScalars(() => {
      return { lr: group.lr, betas: group.betas, eps: group.eps, step: this.count(moves, gate) };
    });
    // a shut step divides by 1, whatever the averages are
    const scalars = { stepSize: gated(gate, stepSize, 0), epsilon: gated(gate, epsilon, 1) };
    const betas = [gated(gate, () => group.betas[0], 1), gated(gate, () => group.betas[1], 1)] as const;
    const decoupled = guard(() => group.decoupledWeightDecay);
    const shrink = decoupled && guard(() => group.weightDecay !== 0);
    const kept = shrink && gated(gate, () => 1 - group.lr * group.weightDecay, 1);
    const amsgrad = guard(() => group.amsgrad);
    const slope = slopeOf(group, decoupled);
    for (const { parameter, gradient, memory } of moves) {
      const { expAvg, expAvgSq, maxExpAvgSq } = memory.tensors as Record<
        (typeof AVERAGES)[number],
        tf.Variable
      >;
      const direction = slope(parameter, gradient);
      if (kept) parameter.assign(tf.mul(parameter, kept));
      const averages = { expAvg, expAvgSq, ...(amsgrad && { maxExpAvgSq }) };
      applyAdam(parameter, direction, { betas, ...averages, ...scalars });
    }
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019,
 * https://arxiv.org/abs/1711.05101): p ← p·(1 − lr·weightDecay) before Adam's step. Like `torch.optim.AdamW`,
 * whose weight decay is 0.01 unless said otherwise.
 */
export class AdamW extends Adam {
  constructor(params: Parameters | Iterable<GroupSpec<AdamOptions>>, options: Partial<AdamOptions> = {}) {
    super(params, { weightDecay: 1e-2, ...options, decoupledWeightDecay: true });
  }
}
