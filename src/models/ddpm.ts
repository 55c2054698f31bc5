/**
 * Diffusion: noise is added to the data step by step until nothing else is left, a network learns to see the noise,
 * and sampling takes it out again. Ho, Jain and Abbeel, "Denoising Diffusion Probabilistic Models" (DDPM), 2020,
 * https://arxiv.org/abs/2006.11239; few steps by Song, Meng and Ermon, "Denoising Diffusion Implicit Models" (DDIM),
 * 2021, https://arxiv.org/abs/2010.02502; the cosine schedule by Nichol and Dhariwal, "Improved Denoising Diffusion
 * Probabilistic Models", 2021, https://arxiv.org/abs/2102.09672. The networks are in `denoiser.ts`.
 */
import { inferenceMode } from '../engine/autograd';
import { compile } from '../engine/compile';
import { normal, uniform } from '../engine/random';
import * as tf from '../engine/tf';
import * as nn from '../nn';

/** A network that sees the noise (or the data) in `x`; the times `t` int32 `[b]` count from 1. */
export interface Denoiser {
  /** What is asked of it (the noise or the data), of noisy data `x` at times `t` `[b]`. */
  forward(x: tf.Tensor, t: tf.Tensor1D, label?: tf.Tensor1D): tf.Tensor;
}

/** What is asked of the networks that are trained and sampled with one schedule. */
export interface DiffusionOptions {
  /**
   * What networks are asked for: the noise, as in the paper, or the data, which small networks learn faster, because
   * data have less to them than noise. Each follows from the other and x_t.
   */
  readonly predicts?: 'noise' | 'data';
}

/** How samples are drawn; by default all steps, each without fresh noise. */
export interface SampleOptions {
  /** What is to be drawn, int32 `[b]`, for networks that were told what they saw. */
  readonly label?: tf.Tensor1D;
  /** Steps from noise to data, at most the schedule's (and that many unless given). */
  readonly steps?: number;
  /** Share of fresh noise in each step: 1 is DDPM, 0 is DDIM, whose results depend on the first noise alone. */
  readonly eta?: number;
  /** Largest absolute value of the data; guesses of the data are cut there. */
  readonly clip?: number;
  /** Sees what there is before the first step and after each; the tensor lives until it returns. */
  readonly onStep?: (x: tf.Tensor, t: number) => void;
}

/**
 * Variances of the noise, growing evenly: the paper's, rescaled so that fewer steps add as much noise as its 1000.
 * @throws RangeError unless there is at least one step
 */
export function linearBetas(steps: number): number[] {
  checkSteps('build linearBetas', steps);
  const [from, to] = [0.1 / steps, 20 / steps];
  const at = (i: number) => (steps === 1 ? to : from + ((to - from) * i) / (steps - 1));
  return Array.from({ length: steps }, (_, i) => Math.min(at(i), 0.999));
}

/**
 * Variances that make ᾱ fall like cos²: noise grows gently at both ends.
 * @throws RangeError unless there is at least one step
 */
export function cosineBetas(steps: number): number[] {
  checkSteps('build cosineBetas', steps);
  const alphaBar = (t: number) => Math.cos(((t / steps + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
  return Array.from({ length: steps }, (_, i) => Math.min(1 - alphaBar(i + 1) / alphaBar(i), 0.999));
}

/** The noising of data and its reversal, for variances β₁ … β_T. Time 0 is the data, T the noise. */
export class GaussianDiffusion extends nn.Module {
  /** ᾱ₀ = 1, ᾱ₁, … ᾱ_T: the share of the data's variance left at each time, `[T + 1]`. */
  readonly alphasCumprod: tf.Variable;
  readonly steps: number;
  readonly predicts: 'noise' | 'data';

  /** @throws RangeError unless there are variances, all between 0 and 1 */
  constructor(betas: readonly number[], { predicts = 'noise' }: DiffusionOptions = {}) {
    super();
    const wrong = betas.find((beta) => !(beta > 0 && beta < 1));
    if (betas.length === 0 || wrong !== undefined) {
      const got = betas.length === 0 ? 'none' : String(wrong);
      throw new RangeError(`Cannot build GaussianDiffusion: expected variances between 0 and 1, got ${got}`);
    }
    [this.steps, this.predicts] = [betas.length, predicts];
    const products = [1];
    for (const beta of betas) products.push((products.at(-1) ?? 1) * (1 - beta));
    this.alphasCumprod = nn.buffer(tf.tensor1d(products));
  }

  /** q(x_t | x₀) in one step: √ᾱ·x₀ + √(1 − ᾱ)·ε, with t int32 `[b]` and ε of the data's shape. */
  forward<T extends tf.Tensor>(x: T, t: tf.Tensor1D, noise: T): T {
    const alphaBar = this.alphasCumprodAt(t, x.rank);
    return tf.add(tf.mul(tf.sqrt(alphaBar), x), tf.mul(tf.sqrt(tf.sub(1, alphaBar)), noise));
  }

  /** ‖ε − ε̂‖² at random times, the paper's simple loss (algorithm 1), or ‖x₀ − x̂₀‖². */
  loss(denoiser: Denoiser, x: tf.Tensor, label?: tf.Tensor1D): tf.Scalar {
    const b = x.shape[0] ?? 0;
    const late = tf.sub(this.steps, uniform([b], 0, this.steps)); // in (0, T]
    const t = tf.cast(tf.ceil(late), 'int32');
    const noise = normal(x.shape as [number]);
    const seen = denoiser.forward(this.forward(x, t, noise), t, label);
    return nn.mseLoss(seen, this.predicts === 'noise' ? noise : x);
  }

  /**
   * One step back from time `from` to an earlier time `to`, both int32 `[b]` (DDIM's equation 12): takes the
   * network's answer for the data, then puts the noise of time `to` back in, a share of it fresh.
   */
  stepBack<T extends tf.Tensor>(
    x: T,
    predicted: T,
    times: { readonly from: tf.Tensor1D; readonly to: tf.Tensor1D },
    { eta = 0, clip }: Pick<SampleOptions, 'eta' | 'clip'> = {},
  ): T {
    const [now, next] = [times.from, times.to].map((t) => this.alphasCumprodAt(t, x.rank)) as [
      tf.Tensor,
      tf.Tensor,
    ];
    const noisy = tf.sqrt(tf.sub(1, now));
    let data = predicted;
    if (this.predicts === 'noise') data = tf.div(tf.sub(x, tf.mul(noisy, predicted)), tf.sqrt(now));
    if (clip !== undefined) data = tf.clipByValue(data, -clip, clip);
    const noise = tf.div<T>(tf.sub(x, tf.mul(tf.sqrt(now), data)), noisy); // differs where data was cut
    const whole = tf.sub(1, next);
    const variance = tf.mul(tf.mul(eta * eta, tf.div(whole, tf.sub(1, now))), tf.sub(1, tf.div(now, next)));
    const kept = tf.sqrt(tf.relu(tf.sub(whole, variance))); // relu: rounding may leave −1e-8
    const y = tf.add<T>(tf.mul(tf.sqrt(next), data), tf.mul(kept, noise));
    return eta === 0 ? y : tf.add(y, tf.mul(tf.sqrt(variance), normal(x.shape as [number])));
  }

  /** Draws samples of `shape` by taking the noise out of pure noise; each step is one compiled call. */
  sample(denoiser: Denoiser, shape: readonly number[], options: SampleOptions = {}): tf.Tensor {
    const { steps = this.steps, label, onStep } = options;
    checkSteps('sample', steps, this.steps);
    const b = shape[0] ?? 0;
    const step = compile((x: tf.Tensor, from: tf.Tensor1D, to: tf.Tensor1D, label?: tf.Tensor1D) =>
      this.stepBack(x, denoiser.forward(x, from, label), { from, to }, options),
    );
    let x: tf.Tensor = normal([...shape] as [number]);
    onStep?.(x, this.steps);
    for (let i = steps; i > 0; i--) {
      const [from, to] = [i, i - 1].map((k) => Math.round((k * this.steps) / steps)) as [number, number];
      const next = inferenceMode(() => step(x, times(b, from), times(b, to), label));
      x.dispose();
      x = next;
      onStep?.(x, to);
    }
    step.dispose();
    return x;
  }

  /** ᾱ at the times, shaped to multiply tensors of a rank. */
  private alphasCumprodAt(t: tf.Tensor1D, rank: number): tf.Tensor {
    return tf.reshape(tf.gather(this.alphasCumprod, t), [-1, ...new Array<number>(rank - 1).fill(1)]);
  }
}

/** The same time for all of a batch. */
const times = (b: number, t: number) => tf.fill([b], t, 'int32');

function checkSteps(what: string, steps: number, most = Infinity): void {
  if (Number.isInteger(steps) && steps >= 1 && steps <= most) return;
  const range = most === Infinity ? 'at least 1 step' : `1 to ${most} steps`;
  throw new RangeError(`Cannot ${what}: expected ${range}, got ${steps}`);
}
