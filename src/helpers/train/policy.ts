/**
 * The loss of a policy that learns from its own play: REINFORCE with the critic's value as baseline; Williams, "Simple
 * Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning", 1992,
 * https://doi.org/10.1007/BF00992696; Sutton and Barto, "Reinforcement Learning: An Introduction", 2018, chapter 13.
 */
import * as tf from '../../engine/tf';
import * as nn from '../../nn';

/** What the loss needs of a network: a policy's logits `[b, actions]` and values `[b]` of observations `[b, features]`. */
export interface PolicyNetwork {
  /** Logits of the actions and the value of each observation. */
  forward(observations: tf.Tensor2D): [logits: tf.Tensor2D, values: tf.Tensor1D];
}

/** What was played and what it was worth. */
export interface Rollout {
  /** `[b, features]` */
  readonly observations: tf.Tensor2D;
  /** int32 `[b]` */
  readonly actions: tf.Tensor1D;
  /** Discounted rewards from each step on, `[b]`. */
  readonly returns: tf.Tensor1D;
  /** 1, or 0 for steps that do not count, `[b]`. */
  readonly weights: tf.Tensor1D;
}

/** Weights of the parts of the loss; by default 0.5 and 0.01. */
export interface PolicyLossOptions {
  /** Weight of the critic's squared error. */
  readonly value?: number;
  /** Weight of the policy's entropy: more keeps it trying things out for longer. */
  readonly entropy?: number;
}

/** How much better each return was than the critic expected, with mean 0 and standard deviation 1 where it counts. */
export function advantages(model: PolicyNetwork, { observations, returns, weights }: Rollout): tf.Tensor1D {
  const gain = tf.sub(returns, model.forward(observations)[1]);
  const count = tf.maximum(tf.sum(weights), 1);
  const centred = tf.sub(gain, tf.div(tf.sum(tf.mul(gain, weights)), count));
  const variance = tf.div(tf.sum(tf.mul(tf.square(centred), weights)), count);
  return tf.div(centred, tf.sqrt(tf.add(variance, 1e-8)));
}

/**
 * −A·log π(a|s) + value·(G − V(s))² − entropy·H(π(·|s)), in the mean over the steps that count. The advantages A are
 * given, so that no gradient flows through them.
 */
export function policyLoss(
  model: PolicyNetwork,
  { observations, actions, returns, weights }: Rollout,
  advantage: tf.Tensor1D,
  { value = 0.5, entropy = 0.01 }: PolicyLossOptions = {},
): tf.Scalar {
  const [logits, values] = model.forward(observations);
  const logPi = tf.logSoftmax(logits);
  const chosen = tf.neg(nn.crossEntropy(logits, actions, { reduction: 'none' })); // log π(a|s), [b]
  const spread = tf.neg(tf.sum(tf.mul(tf.exp(logPi), logPi), 1));
  const loss = tf.addN([
    tf.neg(tf.mul(advantage, chosen)),
    tf.mul(tf.square(tf.sub(returns, values)), value),
    tf.mul(spread, -entropy),
  ]);
  return tf.div(tf.sum(tf.mul(loss, weights)), tf.maximum(tf.sum(weights), 1));
}
