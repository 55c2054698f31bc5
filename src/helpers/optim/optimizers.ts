/**
 * Optimizers with PyTorch's names, defaults and arithmetic: SGD, Adam, AdamW.
 * @example
 * const optimizer = new Adam(model.namedParameters(), { lr: 1e-3 });
 * const loss = optimizer.minimize(() => nn.crossEntropy(model.forward(x), y));
 */
import { adamScalars, applyAdam, applySgd } from '../../engine/ops/apply';
import { dynamicScalar } from '../../engine/recording/dynamic';
import { guard } from '../../engine/recording/guards';
import * as tf from '../../engine/tf';
import { type Gate, gated } from './gate';
import { checkOption, Group, GroupSpec, Hyper, Parameters } from './groups';
import { Optimizer } from './optimizer';
import { Counter, Move } from './state';

export { gradients, type Gradients } from './gradients';
export type { Group, GroupSpec, NamedParameter, Parameters } from './groups';
export { Optimizer, type OptimizerState, type ScaledStep } from './optimizer';

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
  lr: 1e-3,
  momentum: 0,
  dampening: 0,
  nesterov: false,
  weightDecay: 0,
  maximize: false,
};

/**
 * Stochastic gradient descent: b ← momentum·b + (1 − dampening)·g, p ← p − lr·b; with Nesterov's momentum
 * p ← p − lr·(g + momentum·b) (Sutskever et al., "On the importance of initialization and momentum in deep
 * learning", 2013). The buffer b starts as the first gradient. Like `torch.optim.SGD`.
 */
export class SGD extends Optimizer<SGDOptions> {
  constructor(params: Parameters | Iterable<GroupSpec<SGDOptions>>, options: Partial<SGDOptions> = {}) {
    super(params, { ...SGD_DEFAULTS, ...options });
  }

  protected override check({ lr, momentum, weightDecay, dampening, nesterov }: Group<SGDOptions>): void {
    checkOption('SGD', 'lr', lr, 0);
    checkOption('SGD', 'momentum', momentum, 0);
    checkOption('SGD', 'weightDecay', weightDecay, 0);
    if (nesterov && !(momentum > 0 && dampening === 0)) {
      const actual = `momentum ${momentum}, dampening ${dampening}`;
      throw new RangeError(
        `Cannot build SGD: expected nesterov with momentum and no dampening, got ${actual}`,
      );
    }
  }

  protected override slots({ momentum }: Group<SGDOptions>): readonly string[] {
    return momentum === 0 ? [] : ['momentumBuffer'];
  }

  protected override update(
    group: Group<SGDOptions>,
    moves: readonly Move[],
    counter: Counter,
    gate: Gate,
  ): void {
    const rate = dynamicScalar(() => {
      this.count(counter, gate);
      return group.lr;
    });
    const lr = gated(gate, rate, 0);
    const cycled = guard(() => group.baseMomentum !== undefined);
    const given = cycled ? dynamicScalar(() => group.momentum) : guard(() => group.momentum);
    const momentum = given === 0 ? given : gated(gate, given, 1);
    const kept = gate && momentum !== 0 ? tf.cast<tf.Scalar>(gate, 'float32') : undefined;
    const dampening = guard(() => group.dampening);
    // PyTorch's buffer starts as a copy of the first gradient: that one is not dampened.
    const damped = momentum !== 0 && dampening !== 0;
    const share = damped && dynamicScalar(() => (counter.steps === 1 ? 1 : 1 - group.dampening));
    const nesterov = guard(() => group.nesterov);
    for (const { parameter, gradient, slots } of moves) {
      let direction = decayed(group, parameter, gradient);
      if (share) direction = tf.mul(direction, share);
      if (kept) direction = tf.mul(direction, kept); // weight decay is not to reach the buffer either
      applySgd(parameter, direction, { lr, momentum, buffer: slots.momentumBuffer, nesterov });
    }
  }
}

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
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
  decoupledWeightDecay: false,
};

/**
 * Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, https://arxiv.org/abs/1412.6980):
 * p ← p − lr · m̂ / (√v̂ + eps), m̂ and v̂ the bias-corrected running averages of g and g². Weight decay is added to
 * the gradient. Like `torch.optim.Adam`.
 */
export class Adam extends Optimizer<AdamOptions> {
  constructor(params: Parameters | Iterable<GroupSpec<AdamOptions>>, options: Partial<AdamOptions> = {}) {
    super(params, { ...ADAM_DEFAULTS, ...options });
  }

  protected override check({ lr, betas, eps, weightDecay }: Group<AdamOptions>): void {
    const name = this.constructor.name;
    checkOption(name, 'lr', lr, 0);
    checkOption(name, 'betas[0]', betas[0], 0, 1);
    checkOption(name, 'betas[1]', betas[1], 0, 1);
    checkOption(name, 'eps', eps, 0);
    checkOption(name, 'weightDecay', weightDecay, 0);
  }

  protected override slots({ amsgrad }: Group<AdamOptions>): readonly string[] {
    return amsgrad ? ['expAvg', 'expAvgSq', 'maxExpAvgSq'] : ['expAvg', 'expAvgSq'];
  }

  protected override update(
    group: Group<AdamOptions>,
    moves: readonly Move[],
    counter: Counter,
    gate: Gate,
  ): void {
    const cycled = guard(() => group.baseMomentum !== undefined);
    const beta1 = cycled ? dynamicScalar(() => group.betas[0]) : guard(() => group.betas[0]);
    const beta2 = guard(() => group.betas[1]);
    const betas = [gated(gate, beta1, 1), gated(gate, beta2, 1)] as const;
    const options = { betas: [group.betas[0], beta2] as const, eps: guard(() => group.eps) };
    const read = () => ({ lr: group.lr, step: this.count(counter, gate), beta1: group.betas[0] });
    const { stepSize, epsilon } = adamScalars(read, options);
    // a shut step divides by 1, whatever the averages are
    const scalars = { stepSize: gated(gate, stepSize, 0), epsilon: gated(gate, epsilon, 1) };
    const decoupled = guard(() => group.decoupledWeightDecay && group.weightDecay !== 0);
    const shrink = decoupled && dynamicScalar(() => 1 - group.lr * group.weightDecay);
    const kept = shrink && gated(gate, shrink, 1);
    const amsgrad = guard(() => group.amsgrad);
    for (const { parameter, gradient, slots } of moves) {
      const { expAvg, expAvgSq, maxExpAvgSq } = slots;
      if (!expAvg || !expAvgSq)
        throw new Error(`Cannot step: running averages of "${parameter.name}" are missing`);
      const direction = decayed(group, parameter, gradient, decoupled);
      if (kept) parameter.assign(tf.mul(parameter, kept));
      const largest = amsgrad ? maxExpAvgSq : undefined;
      applyAdam(parameter, direction, { betas, expAvg, expAvgSq, maxExpAvgSq: largest, ...scalars });
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

/** The gradient to descend: turned round when maximizing, weight decay added unless it is decoupled. */
function decayed(
  group: { readonly weightDecay: number; readonly maximize: boolean },
  parameter: tf.Variable,
  gradient: tf.Tensor,
  decoupled = false,
): tf.Tensor {
  const uphill = guard(() => group.maximize);
  const weightDecay = guard(() => group.weightDecay);
  const direction = uphill ? tf.neg(gradient) : gradient;
  if (decoupled || weightDecay === 0) return direction;
  return tf.add(direction, tf.mul(parameter, weightDecay));
}
