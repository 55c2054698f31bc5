/**
 * Playing episodes, many at a time, and what each step was worth in the end.
 * @module tsdl/helpers/datasets/rl/episodes
 */

/** Equal environments stepped together; those whose episode is over stand still until `reset`. */
export interface Environments {
  readonly count: number;
  /** Numbers in one observation. */
  readonly features: number;
  /** Actions to choose from. */
  readonly actions: number;
  /** Longest episode. */
  readonly maxSteps: number;
  /** What is seen now, `[count, features]`. */
  readonly observations: Float32Array;
  readonly done: readonly boolean[];
  /** Begins a new episode in every environment. */
  reset(): void;
  /** Does one action in each; gives the rewards, 0 where the episode was over. */
  step(actions: ArrayLike<number>): Float32Array;
}

/** Complete episodes side by side, padded to `maxSteps`: step t of episode i is at position t · count + i. */
export interface Episodes {
  readonly count: number;
  /** `[maxSteps, count, features]` */
  readonly observations: Float32Array;
  /** `[maxSteps, count]` */
  readonly actions: Int32Array;
  readonly rewards: Float32Array;
  /** 1 where the step was played, 0 in the padding. */
  readonly played: Float32Array;
  /** Sum of the rewards of each episode. */
  readonly totals: readonly number[];
}

/**
 * Plays one episode in each environment from a fresh start to its end.
 * @param act one action for each row of the observations `[count, features]`
 */
export function playEpisodes(
  environments: Environments,
  act: (observations: Float32Array) => ArrayLike<number>,
): Episodes {
  const { count, features, maxSteps } = environments;
  const observations = new Float32Array(maxSteps * count * features);
  const actions = new Int32Array(maxSteps * count);
  const rewards = new Float32Array(maxSteps * count);
  const played = new Float32Array(maxSteps * count);
  const totals = new Array<number>(count).fill(0);
  environments.reset();
  for (let t = 0; t < maxSteps && environments.done.includes(false); t++) {
    const seen = environments.observations;
    const running = environments.done.map((done) => (done ? 0 : 1));
    const chosen = act(seen);
    const earned = environments.step(chosen);
    observations.set(seen, t * count * features);
    actions.set(chosen, t * count);
    rewards.set(earned, t * count);
    played.set(running, t * count);
    earned.forEach((reward, i) => (totals[i] = (totals[i] ?? 0) + reward));
  }
  return { count, observations, actions, rewards, played, totals };
}

/**
 * What each step was worth: its reward and all later ones, those k steps later times gamma^k.
 * @returns `[maxSteps, count]`, as the episodes lie
 * @throws RangeError unless `gamma` is in 0 … 1
 */
export function discountedReturns({ rewards, count }: Episodes, gamma: number): Float32Array {
  if (!(gamma >= 0 && gamma <= 1)) {
    throw new RangeError(`Cannot discount rewards: expected gamma in 0 … 1, got ${gamma}`);
  }
  const returns = Float32Array.from(rewards);
  for (let at = returns.length - count - 1; at >= 0; at--) {
    returns[at] = (returns[at] ?? 0) + gamma * (returns[at + count] ?? 0);
  }
  return returns;
}
