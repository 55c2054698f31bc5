/**
 * Actor and critic: one hidden layer, from which one head says how good each action looks (logits of the policy π) and
 * the other how good the state is (its value V), trained by REINFORCE with V as baseline; Williams, "Simple Statistical
 * Gradient-Following Algorithms for Connectionist Reinforcement Learning", 1992,
 * https://doi.org/10.1007/BF00992696; Sutton and Barto, "Reinforcement Learning: An Introduction", 2018, chapter 13.
 */
import { uniform } from '../engine/random';
import * as tf from '../engine/tf';
import * as nn from '../nn';

export interface ActorCriticOptions {
  /** Numbers in an observation. */
  readonly features: number;
  readonly actions: number;
  readonly hidden?: number;
}

export class ActorCritic extends nn.Module {
  readonly fc: nn.Linear;
  readonly actor: nn.Linear;
  readonly critic: nn.Linear;

  constructor({ features, actions, hidden = 64 }: ActorCriticOptions) {
    super();
    this.fc = new nn.Linear(features, hidden);
    this.actor = new nn.Linear(hidden, actions);
    this.critic = new nn.Linear(hidden, 1);
  }

  /** Observations `[b, features]` → logits of the actions `[b, actions]` and values `[b]`. */
  forward(x: tf.Tensor2D): [logits: tf.Tensor2D, values: tf.Tensor1D] {
    const h = tf.tanh(this.fc.forward(x)); // [b, hidden]
    return [this.actor.forward(h), tf.squeeze(this.critic.forward(h), [1])];
  }

  /** The action with the largest logit, int32 `[b]`. */
  best(x: tf.Tensor2D): tf.Tensor1D {
    return tf.argMax(this.forward(x)[0], 1);
  }

  /** Actions drawn from the policy, int32 `[b]`. */
  sample(x: tf.Tensor2D): tf.Tensor1D {
    const [logits] = this.forward(x);
    // The largest of logits + Gumbel noise is distributed as softmax(logits).
    const u = uniform<tf.Rank.R2>(logits.shape, 1e-6, 1 - 1e-6);
    return tf.argMax(tf.sub(logits, tf.log(tf.neg(tf.log(u)))), 1);
  }
}

/** What was played and what it was worth. */
export interface Played {
  /** `[b, features]` */
  readonly observations: tf.Tensor2D;
  /** int32 `[b]` */
  readonly actions: tf.Tensor1D;
  /** Discounted rewards from each step on, `[b]`. */
  readonly returns: tf.Tensor1D;
  /** 1, or 0 for steps that do not count, `[b]`. */
  readonly weights: tf.Tensor1D;
}

export interface PolicyLossOptions {
  /** Weight of the critic's squared error. */
  readonly value?: number;
  /** Weight of the policy's entropy: more keeps it trying things out for longer. */
  readonly entropy?: number;
}

/** How much better each return was than the critic expected, with mean 0 and standard deviation 1 where it counts. */
export function advantages(model: ActorCritic, { observations, returns, weights }: Played): tf.Tensor1D {
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
  model: ActorCritic,
  { observations, actions, returns, weights }: Played,
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
