/** What a causal stack of attention layers keeps of the positions it has seen, so that a token more costs one token. */
import { writeSlice } from '../engine/ops/writeslice';
import { dynamicScalar } from '../engine/recording/dynamic';
import * as tf from '../engine/tf';
import { hiding } from './attention';
import { checkedCount } from './checks';
import { buffer } from './parameter';

/** Keys and values of all heads, `[b, n, s, d]` each. */
export type KeyValues = readonly [keys: tf.Tensor4D, values: tf.Tensor4D];

/** What one attention layer knows of positions that are not given any more. */
export interface LayerPast {
  /** Those to attend to where they are known already: what is given is not looked at. */
  readonly known?: KeyValues | undefined;
  /** Takes the keys and values of what is given and gives those to attend to. */
  readonly recall: (given: KeyValues) => KeyValues;
  /** Added to the scores `[t, s]`: what a position must not see. */
  readonly mask?: tf.Tensor2D;
}

/** The past of all layers, for one call of the stack. */
export interface Past {
  /** The place of the first position that is given, int32. */
  readonly position: tf.Scalar;
  readonly layers: readonly LayerPast[];
}

/** The sizes of a cache: how many layers, texts, heads, positions, and features of a head. */
export interface CacheOptions {
  readonly layers: number;
  readonly batch: number;
  readonly heads: number;
  readonly headSize: number;
  /** Most positions. */
  readonly maxLen: number;
}

/**
 * Room for the keys and values of `maxLen` positions, made at once: so a function that uses it is recorded once and
 * writes in place. Each call of a model with it stands behind the earlier ones.
 * @example
 * const gpt = new models.TransformerLM({ vocabSize: 10, dModel: 8, numHeads: 2, numLayers: 1, maxLen: 16 });
 * const cache = gpt.cache();
 * const next = compile((ids: tf.Tensor2D) => gpt.forward(ids, cache));
 */
export class KeyValueCache {
  private seen = 0;
  private readonly layers: readonly (readonly [keys: tf.Variable, values: tf.Variable])[];

  /** @throws RangeError unless the sizes are whole numbers from 1 */
  constructor(readonly options: CacheOptions) {
    const { layers, batch, heads, maxLen, headSize } = options;
    for (const [name, size] of Object.entries({ layers, batch, heads, maxLen, headSize }))
      checkedCount('KeyValueCache', name, size);
    const room = () => buffer(tf.zeros([batch, heads, maxLen, headSize]));
    this.layers = Array.from({ length: layers }, () => [room(), room()]);
  }

  /** How many positions have been seen. */
  get length(): number {
    return this.seen;
  }

  /**
   * Forgets all positions from `length` on.
   * @throws RangeError for more positions than have been seen
   */
  crop(length: number): void {
    if (!Number.isInteger(length) || length < 0 || length > this.seen) {
      throw new RangeError(`Cannot crop: expected from 0 to ${this.seen} positions, got ${length}`);
    }
    this.seen = length;
  }

  /**
   * The past of `count` positions that follow; from now on they have been seen.
   * @throws RangeError where there is no room for them
   */
  advance(count: number): Past {
    let now = this.seen;
    // read once a call, in replays too
    const position = dynamicScalar(() => (now = this.take(count)), 'int32');
    const places = tf.add(tf.range(0, count, 1, 'int32'), position); // [t]
    const later = tf.greater(tf.range(0, this.options.maxLen, 1, 'int32'), tf.expandDims(places, 1));
    const mask = hiding(later); // [t, s]
    const layers = this.layers.map(([keys, values]): LayerPast => {
      const recall = (given: KeyValues): KeyValues => {
        [keys, values].forEach((all, i) =>
          writeSlice(all, given[i] as tf.Tensor, { axis: 2, start: position, now }),
        );
        return [keys, values];
      };
      return { recall, mask };
    });
    return { position, layers };
  }

  /** Frees the memory; the cache is of no use afterwards. */
  dispose(): void {
    tf.dispose(this.layers.flat());
  }

  private take(count: number): number {
    const { maxLen } = this.options;
    if (this.seen + count > maxLen) {
      throw new RangeError(
        `Cannot continue: expected at most ${maxLen} positions, got ${count} behind ${this.seen}`,
      );
    }
    this.seen += count;
    return this.seen - count;
  }
}
