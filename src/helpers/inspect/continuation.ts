/** What follows a text by a model that keeps what it has seen: each token is read once, as long as the window suffices. */
import { inferenceMode } from '../../engine/autograd';
import { compile, type Compiled } from '../../engine/compile';
import * as tf from '../../engine/tf';
import type { KeyValueCache } from '../../nn';

/** A causal model that may be told token by token, such as `TransformerLM`. */
export interface CachedModel {
  /** Token ids int32 `[1, t]` to logits `[1, t, k]`; with a cache they stand behind what it was given before. */
  forward(ids: tf.Tensor2D, cache?: KeyValueCache): tf.Tensor3D;
  /** Room for a number of texts and positions. */
  cache(batch?: number, length?: number): KeyValueCache;
}

/** A whole window costs about as much as one in so many of its tokens, read one by one; and a recording of its own. */
const WINDOW_PER_TOKENS = 16;

type Step = (ids: tf.Tensor2D, last: tf.Scalar) => tf.Tensor;

/** One text at a time, continued by one model; recorded twice, for one token and for a whole window. */
export class Continuation {
  private readonly cache: KeyValueCache;
  private readonly step: Compiled<Parameters<Step>, tf.Tensor>;

  constructor(
    model: CachedModel,
    readonly window: number,
  ) {
    const cache = (this.cache = model.cache(1, window));
    const step: Step = (ids, last) => tf.gather(model.forward(ids, cache), last, 1); // [1, k]
    this.step = compile(step, { checked: false }); // it reads the model's fields and its arguments alone
  }

  /** Forgets the text. */
  clear(): void {
    this.cache.crop(0);
  }

  /** Logits of what follows the last of `ids`, which are those of the call before and one more, or a new text. */
  logits(ids: readonly number[]): Float32Array {
    const seen = ids.slice(-this.window);
    if (ids.length <= this.window && this.cache.length === ids.length - 1)
      return this.read(seen.slice(-1), 0);
    // the first tokens, or places that have moved: a window that is full slides
    this.clear();
    if (seen.length * WINDOW_PER_TOKENS <= this.window)
      return seen.map((id) => this.read([id], 0)).at(-1) as Float32Array;
    const filled = [...seen, ...new Array<number>(this.window - seen.length).fill(0)];
    const logits = this.read(filled, seen.length - 1);
    this.cache.crop(seen.length);
    return logits;
  }

  private read(ids: readonly number[], last: number): Float32Array {
    return inferenceMode(() =>
      tf.tidy(() => {
        const given = tf.tensor2d([[...ids]], [1, ids.length], 'int32');
        return this.step(given, tf.scalar(last, 'int32')).dataSync<'float32'>();
      }),
    );
  }
}

/** Those that are not in use. */
const idle = new WeakMap<CachedModel, Continuation[]>();

/** Lends a continuation of the model to `body`; it stays recorded for the next who asks. */
export function withContinuation<T>(model: CachedModel, window: number, body: (one: Continuation) => T): T {
  const all = idle.get(model) ?? [];
  idle.set(model, all);
  const found = all.findIndex((one) => one.window === window);
  const [one = new Continuation(model, window)] = found < 0 ? [] : all.splice(found, 1);
  try {
    one.clear(); // the weights may have changed since
    return body(one);
  } finally {
    all.push(one);
  }
}
