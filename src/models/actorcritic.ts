/**
 * Actor and critic: one hidden layer, from which one head says how good each action looks (logits of the policy π) and
 * the other how good the state is (its value V); Sutton and Barto, "Reinforcement Learning: An Introduction", 2018,
 * chapter 13. Trained by `policyLoss` of helpers/train/policy.
 */
import { uniform } from '../engine/random';
import * as tf from '../engine/tf';
import * as nn from '../nn';

/** What the agent sees and can do; `hidden` is the width of the layer that both heads share, 64 unless given. */
export interface ActorCriticOptions {
  /** Numbers in an observation. */
  readonly features: number;
  readonly actions: number;
  readonly hidden?: number;
}

/** Observations `[b, features]` → the policy's logits and the state's values. */
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
  greedyAction(x: tf.Tensor2D): tf.Tensor1D {
    return tf.argMax(this.forward(x)[0], 1);
  }

  /** Actions drawn from the policy, int32 `[b]`. */
  sample(x: tf.Tensor2D): tf.Tensor1D {
    const [logits] = this.forward(x);
    // The largest of logits + Gumbel noise is distributed as softmax(logits).
    const u = uniform(logits.shape, 1e-6, 1 - 1e-6);
    return tf.argMax(tf.sub(logits, tf.log(tf.neg(tf.log(u)))), 1);
  }
}
