/**
 * Writing with a language model, one token after the other: temperature and top-k after Radford et al., "Language
 * Models are Unsupervised Multitask Learners" (GPT-2), 2019, and Fan et al., "Hierarchical Neural Story Generation",
 * 2018, https://arxiv.org/abs/1805.04833.
 */
import { inferenceMode } from '../../engine/autograd';
import { random } from '../../engine/random';
import * as tf from '../../engine/tf';
import { type CachedModel, withContinuation } from './continuation';

/** How boldly the next token is drawn; by default from the model's own distribution. */
export interface SamplingOptions {
  /** Divides the logits: below 1 bolder, above 1 more even; 0 always takes the likeliest. */
  readonly temperature?: number;
  /** Only the k likeliest tokens are drawn from; default all. */
  readonly topK?: number;
}

/** How long the text becomes and what may stand in it. */
export interface GenerateOptions extends SamplingOptions {
  /** Most tokens to write. */
  readonly count: number;
  /** Most tokens the model sees at a time: the last ones. */
  readonly window: number;
  /** Id of the token that ends the text; not part of the result. */
  readonly eosId?: number;
  /** Called before each token with what is there; tokens it names cannot come next. */
  readonly forbid?: (ids: readonly number[]) => readonly number[];
}

/**
 * Draws a token from softmax(logits / temperature) over the k likeliest. Tokens of logit −∞ are never drawn.
 * @param draw a number in [0, 1)
 * @throws RangeError when nothing can be drawn, or for a temperature below 0 or k below 1
 */
export function sample(
  logits: ArrayLike<number>,
  { temperature = 1, topK = Infinity }: SamplingOptions = {},
  draw: () => number = random,
): number {
  checkOptions(temperature, topK);
  const order = Array.from(logits, (_, id) => id).filter((id) => (logits[id] ?? NaN) > -Infinity);
  order.sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
  const [first] = order;
  if (first === undefined) throw new RangeError('Cannot sample: expected a finite logit, got none');
  if (temperature === 0) return first;
  const kept = order.slice(0, topK);
  const best = logits[first] ?? 0; // the largest exponent is 0, so that nothing overflows
  const weights = kept.map((id) => Math.exp(((logits[id] ?? 0) - best) / temperature));
  let rest = draw() * weights.reduce((sum, weight) => sum + weight, 0);
  const at = weights.findIndex((weight) => (rest -= weight) < 0);
  return kept[at] ?? first; // rounding may leave a rest after the last
}

/** A model that maps token ids int32 `[1, t]` to logits `[1, t, k]`, each position seeing only those before. */
export type CausalForward = (ids: tf.Tensor2D) => tf.Tensor3D;

/**
 * Continues a text and returns it whole, `start` included.
 *
 * A model with `cache()` reads each token once, recorded, until the text is longer than `window`: then each token costs
 * a whole window, since all places have moved. A function is always given `window` tokens, filled up with zeros behind:
 * so a compiled one is recorded once, and a causal one never sees the filling. Both write the same.
 * @throws RangeError if `start` is empty
 * @example
 * generate(languageModel, vocabulary.encode(['春']), { count: 31, window: 64, temperature: 0.8 })
 */
export function generate(
  model: CausalForward | CachedModel,
  start: readonly number[],
  options: GenerateOptions,
): number[] {
  if (start.length === 0) throw new RangeError('Cannot generate: expected a first token, got none');
  const { window } = options;
  if (typeof model === 'function') return written((ids) => nextLogits(model, ids, window), start, options);
  return withContinuation(model, window, (text) => written((ids) => text.logits(ids), start, options));
}

function written(
  logitsOf: (ids: readonly number[]) => Float32Array,
  start: readonly number[],
  options: GenerateOptions,
): number[] {
  const { count, eosId, forbid } = options;
  const ids = [...start];
  for (let i = 0; i < count; i++) {
    const logits = logitsOf(ids);
    for (const id of forbid?.(ids) ?? []) logits[id] = -Infinity;
    const next = sample(logits, options);
    if (next === eosId) break;
    ids.push(next);
  }
  return ids;
}

/** The logits of what follows the last of `ids`. */
function nextLogits(forward: CausalForward, ids: readonly number[], window: number): Float32Array {
  const seen = ids.slice(-window);
  return inferenceMode(() => {
    const filled = [...seen, ...new Array<number>(window - seen.length).fill(0)];
    const logits = forward(tf.tensor2d([filled], [1, window], 'int32')); // [1, window, k]
    return tf.slice(logits, [0, seen.length - 1, 0], [1, 1, -1]).dataSync<'float32'>();
  });
}

function checkOptions(temperature: number, topK: number): void {
  if (!(temperature >= 0)) {
    throw new RangeError(`Cannot sample: expected a temperature of at least 0, got ${temperature}`);
  }
  if (!(topK >= 1)) throw new RangeError(`Cannot sample: expected topK of at least 1, got ${topK}`);
}
