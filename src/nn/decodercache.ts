/** What a decoder beside an encoder keeps of the tokens it has written and of what it reads, so that a token more costs one token. */
import * as tf from '../engine/tf';
import { causalMask } from './attention';
import { checkedCount } from './checks';
import type { KeyValues, LayerPast, Past } from './keyvalues';

/** The past of all layers, for one call of the stack: their own positions, and the encoder's. */
export interface DecoderPast extends Past {
  /** Keys and values of what each layer reads of the encoder. */
  readonly memory: readonly LayerPast[];
}

/**
 * Keys and values of a `TransformerDecoder`, as many as it was given so far: for a program that is not recorded. (A
 * recording wants shapes that stay, as those of a `KeyValueCache` do.) Those of the encoder's output are made once; all
 * calls have to be given the same.
 * @example
 * const model = new models.Translator({ vocabSize: 9, dModel: 8, numHeads: 2, numLayers: 1 }).eval();
 * const source = tf.tensor2d([[3, 4, 5]], [1, 3], 'int32');
 * const memory = model.encode(source);
 * const cache = new nn.DecoderCache(model.decoder.numLayers);
 * const first = model.decode(tf.tensor2d([[1]], [1, 1], 'int32'), memory, source, cache);
 * const second = model.decode(tf.tensor2d([[1, 4]], [1, 2], 'int32'), memory, source, cache); // [1, 1, 9]
 */
export class DecoderCache {
  private seen = 0;
  private readonly own: Kept[];
  private readonly memory: Kept[];

  /** @throws RangeError unless the number of layers is a whole number */
  constructor(layers: number) {
    checkedCount('DecoderCache', 'layers', layers, 0);
    const each = (): Kept[] => Array.from({ length: layers }, () => new Kept());
    [this.own, this.memory] = [each(), each()];
  }

  /** How many positions have been seen. */
  get length(): number {
    return this.seen;
  }

  /** The past of `count` positions that follow; from now on they have been seen. */
  advance(count: number): DecoderPast {
    const position = tf.scalar(this.seen, 'int32');
    this.seen += count;
    // one position, the last of all, may see all
    const mask = count === 1 ? undefined : tf.slice(causalMask(this.seen), [this.seen - count, 0]); // [t, s]
    return {
      position,
      layers: this.own.map((kept) => ({ recall: (given) => kept.add(given), ...(mask && { mask }) })),
      memory: this.memory.map((kept) => ({ known: kept.all, recall: (given) => kept.add(given) })),
    };
  }

  /** Frees the memory; the cache is of no use afterwards. */
  dispose(): void {
    for (const kept of [...this.own, ...this.memory]) kept.dispose();
  }
}

/** Keys and values that outlive the call that made them. */
class Kept {
  all: KeyValues | undefined;

  /** Puts more positions behind those that are there, and gives all. */
  add(given: KeyValues): KeyValues {
    const [keys, values] = given.map((one, i) => {
      const before = this.all?.[i];
      return tf.keep(before ? tf.concat([before, one], 2) : tf.clone(one));
    }) as [tf.Tensor4D, tf.Tensor4D];
    this.dispose();
    return (this.all = [keys, values]);
  }

  dispose(): void {
    tf.dispose(this.all as tf.TensorContainer);
    this.all = undefined;
  }
}
