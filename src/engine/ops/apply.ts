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
  /** PyTorch's `momentum` where it is not 0; needs `buffer`. */
  readonly momentum?: tf.Scalar | undefined;
  /** The running sum of gradients, zeros before the first step. */
  readonly buffer?: tf.Variable | undefined;
  readonly nesterov?: boolean;
}

/** The scalars of one Adam step, shared by all parameters that have made equally many steps. */
export interface AdamScalars {
  readonly stepSize: tf.Scalar;
  readonly epsilon: tf.Scalar;
}

/** How `applyAdam` moves a parameter. */
export interface AdamOptions extends AdamScalars {
  readonly betas: readonly [tf.Scalar, tf.Scalar];
  /** PyTorch's `exp_avg`, zeros before the first step. */
  readonly expAvg: tf.Variable;
  /** PyTorch's `exp_avg_sq`, zeros before the first step. */
  readonly expAvgSq: tf.Variable;
  /** AMSGrad's largest `expAvgSq` so far, PyTorch's `max_exp_avg_sq`; given, it takes the place of `expAvgSq`. */
  readonly maxExpAvgSq?: tf.Variable | undefined;
}

/** Writes variables in place: by one operation of TensorFlow where this is recorded, else by `eager`. */
export function update(fused: FusedUpdate, eager: () => void): void {
  const inTidy = (): void => tf.tidy(eager);
  const recording = activeRecording();
  if (recording) recording.update(fused, inTidy);
  else inTidy();
}

/**
 * One step of stochastic gradient descent. Weight decay and dampening change the gradient: apply them to it before
 * (`gradient + weightDecay · parameter`, `(1 − dampening) · gradient`).
 * @throws TypeError for momentum without a buffer
 */
export function applySgd(parameter: tf.Variable, gradient: tf.Tensor, options: SgdOptions): void {
  const { lr, momentum, buffer, nesterov = false } = options;
  if (!momentum) {
    const fused = { op: 'ResourceApplyGradientDescent', inputs: [lr, gradient] };
    update({ ...fused, variables: [parameter], attributes: {} }, () =>
      parameter.assign(tf.sub(parameter, tf.mul(lr, gradient))),
    );
    return;
  }
  if (!buffer) {
    throw new TypeError('Cannot apply SGD: expected a buffer variable with momentum, got none');
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
 * returns the options and the number of this step, counted from 1.
 * @example
 * let steps = 0;
 * const scalars = adamScalars(() => ({ lr: optimizer.lr, betas: [0.9, 0.999], eps: 1e-8, step: ++steps }));
 */
export function adamScalars(
  read: () => { lr: number; betas: readonly [number, number]; eps: number; step: number },
): AdamScalars {
  let epsilon = NaN;
  const stepSize = dynamicScalar(() => {
    const { lr, betas, eps, step } = read();
    const root = Math.sqrt(1 - Math.fround(betas[1]) ** step);
    epsilon = eps * root;
    return (lr * root) / (1 - Math.fround(betas[0]) ** step);
  });
  return { stepSize, epsilon: dynamicScalar(() => epsilon) };
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
    expAvg.assign(tf.add(expAvg, tf.mul(tf.sub(gradient, expAvg), tf.sub(1, beta1))));
    expAvgSq.assign(tf.add(expAvgSq, tf.mul(tf.sub(tf.square(gradient), expAvgSq), tf.sub(1, beta2))));
    maxExpAvgSq?.assign(tf.maximum(maxExpAvgSq, expAvgSq));
    const denominator = tf.add(tf.sqrt(maxExpAvgSq ?? expAvgSq), epsilon);
    parameter.assign(tf.sub(parameter, tf.div(tf.mul(stepSize, expAvg), denominator)));
  });
}
