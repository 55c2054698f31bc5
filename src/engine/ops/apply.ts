/**
 * Optimizer updates with PyTorch's arithmetic: plain tensor operations when run eagerly, one fused TensorFlow
 * operation per parameter when recorded by `compile()`.
 *
 * Adam after Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, https://arxiv.org/abs/1412.6980.
 * PyTorch adds eps after the bias correction: p −= lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + eps). TensorFlow adds it before,
 * so both forms here take `stepSize` = lr·√(1−β₂ᵗ)/(1−β₁ᵗ) and `epsilon` = eps·√(1−β₂ᵗ), worked out in double
 * precision, and compute p −= stepSize · m / (√v + epsilon), which is the same number. The eager form makes
 * TensorFlow's roundings (β as float32, its order of operations), so that the two stay close over many steps.
 */
import { activeRecording, type FusedUpdate } from '../recording/active';
import { dynamicScalar } from '../recording/dynamic';
import * as tf from '../tf';

/** How `applySgd` moves a parameter. */
export interface SgdOptions {
  readonly lr: tf.Scalar;
  /** PyTorch's `momentum`; other than 0 it needs `buffer`. A scalar where a scheduler changes it every step. */
  readonly momentum?: number | tf.Scalar;
  /** The running sum of gradients, zeros before the first step. */
  readonly buffer?: tf.Variable;
  readonly nesterov?: boolean;
}

/** The scalars of one Adam step, shared by all parameters that have made equally many steps. */
export interface AdamScalars {
  readonly stepSize: tf.Scalar;
  readonly epsilon: tf.Scalar;
}

/** How `applyAdam` moves a parameter. */
export interface AdamOptions extends AdamScalars {
  /** Scalars where a scheduler changes them every step, or a step may be left out. */
  readonly betas: readonly [number | tf.Scalar, number | tf.Scalar];
  /** PyTorch's `exp_avg`, zeros before the first step. */
  readonly expAvg: tf.Variable;
  /** PyTorch's `exp_avg_sq`, zeros before the first step. */
  readonly expAvgSq: tf.Variable;
  /** AMSGrad's largest `expAvgSq` so far, PyTorch's `max_exp_avg_sq`; given, it takes the place of `expAvgSq`. */
  readonly maxExpAvgSq?: tf.Variable;
}

function update(fused: FusedUpdate, eager: () => void): void {
  const inTidy = (): void => tf.tidy(eager);
  const recording = activeRecording();
  if (recording) recording.update(fused, inTidy);
  else inTidy();
}

/**
 * One step of stochastic gradient descent. Weight decay and dampening change the gradient: apply them to it before
 * (`gradient + weightDecay · parameter`, `(1 − dampening) · gradient`).
 */
export function applySgd(parameter: tf.Variable, gradient: tf.Tensor, options: SgdOptions): void {
  const { lr, momentum = 0, buffer, nesterov = false } = options;
  if (momentum === 0) {
    const fused = { op: 'ResourceApplyGradientDescent', inputs: [lr, gradient] };
    update({ ...fused, variables: [parameter], attributes: {} }, () =>
      parameter.assign(tf.sub(parameter, tf.mul(lr, gradient))),
    );
    return;
  }
  if (!buffer) {
    throw new TypeError(`Cannot apply SGD: momentum ${String(momentum)} needs a buffer variable, got none`);
  }
  const fused: FusedUpdate = {
    op: 'ResourceApplyMomentum',
    variables: [parameter, buffer],
    inputs: [lr, gradient, momentum],
    attributes: { use_nesterov: nesterov },
  };
  update(fused, () => {
    buffer.assign(tf.add(tf.mul(buffer, momentum), gradient));
    const direction = nesterov ? tf.add(gradient, tf.mul(buffer, momentum)) : buffer;
    parameter.assign(tf.sub(parameter, tf.mul(lr, direction)));
  });
}

/**
 * The scalars of Adam's next step. `read` is called once per step, also in every replay of a compiled function, and
 * returns the learning rate, the number of this step, counted from 1, and β₁ where it changes from step to step.
 * @example
 * let steps = 0;
 * const scalars = adamScalars(() => ({ lr: optimizer.lr, step: ++steps }), { betas: [0.9, 0.999], eps: 1e-8 });
 */
export function adamScalars(
  read: () => { lr: number; step: number; beta1?: number },
  { betas: [fixed, beta2], eps }: { betas: readonly [number, number]; eps: number },
): AdamScalars {
  let root = NaN;
  const stepSize = dynamicScalar(() => {
    const { lr, step, beta1 = fixed } = read();
    root = Math.sqrt(1 - Math.fround(beta2) ** step);
    return (lr * root) / (1 - Math.fround(beta1) ** step);
  });
  return { stepSize, epsilon: dynamicScalar(() => eps * root) };
}

/**
 * One step of Adam. Weight decay changes the gradient before (Adam) or the parameter before (AdamW): apply it there.
 */
export function applyAdam(parameter: tf.Variable, gradient: tf.Tensor, options: AdamOptions): void {
  const { betas, expAvg, expAvgSq, maxExpAvgSq, stepSize, epsilon } = options;
  const [beta1, beta2] = betas;
  const fused: FusedUpdate = {
    op: maxExpAvgSq ? 'ResourceApplyAdamWithAmsgrad' : 'ResourceApplyAdam',
    variables: [parameter, expAvg, expAvgSq, ...(maxExpAvgSq ? [maxExpAvgSq] : [])],
    // β powers of 0 switch TensorFlow's own bias correction off: stepSize and epsilon hold it
    inputs: [0, 0, stepSize, beta1, beta2, epsilon, gradient],
    attributes: maxExpAvgSq ? {} : { use_nesterov: false },
  };
  update(fused, () => {
    const share = (beta: number | tf.Scalar) =>
      typeof beta === 'number' ? 1 - Math.fround(beta) : tf.sub<tf.Scalar>(1, beta);
    const [share1, share2] = [share(beta1), share(beta2)];
    expAvg.assign(tf.add(expAvg, tf.mul(tf.sub(gradient, expAvg), share1)));
    expAvgSq.assign(tf.add(expAvgSq, tf.mul(tf.sub(tf.square(gradient), expAvgSq), share2)));
    maxExpAvgSq?.assign(tf.maximum(maxExpAvgSq, expAvgSq));
    const denominator = tf.add(tf.sqrt(maxExpAvgSq ?? expAvgSq), epsilon);
    parameter.assign(tf.sub(parameter, tf.div(tf.mul(stepSize, expAvg), denominator)));
  });
}
