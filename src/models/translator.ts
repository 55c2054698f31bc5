/**
 * The encoder-decoder Transformer, for translating short sequences, after Vaswani et al., "Attention Is All You Need",
 * 2017, https://arxiv.org/abs/1706.03762. Both languages share one vocabulary and one embedding, as in the paper.
 */
import { inferenceMode } from '../engine/autograd';
import * as tf from '../engine/tf';
import * as nn from '../nn';
import type { TransformerOptions } from './transformer';

/** `numLayers` counts those of the encoder, and as many of the decoder. */
export interface TranslatorOptions extends TransformerOptions {
  /** Id of the padding token; its positions are not seen. Default 0. */
  readonly padId?: number;
}

/** Maps a source int32 `[b, s]` and the target so far int32 `[b, t]` to logits of the next tokens `[b, t, vocabSize]`. */
export class Translator extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly position: nn.PositionalEncoding;
  readonly encoder: nn.TransformerEncoder;
  readonly decoder: nn.TransformerDecoder;
  readonly head: nn.Linear;
  readonly padId: number;

  constructor(options: TranslatorOptions) {
    super();
    const { vocabSize, dModel, numHeads, numLayers, dimFeedforward = 4 * dModel } = options;
    const { maxLen = 64, dropout = 0.1, padId = 0 } = options;
    const layer = { dimFeedforward, dropout, normFirst: true, batchFirst: true };
    const norm = () => ({ norm: new nn.LayerNorm(dModel) });
    this.embedding = new nn.Embedding(vocabSize, dModel);
    this.position = new nn.PositionalEncoding(dModel, { maxLen, dropout });
    this.encoder = new nn.TransformerEncoder(
      () => new nn.TransformerEncoderLayer(dModel, numHeads, layer),
      numLayers,
      norm(),
    );
    this.decoder = new nn.TransformerDecoder(
      () => new nn.TransformerDecoderLayer(dModel, numHeads, layer),
      numLayers,
      norm(),
    );
    this.head = new nn.Linear(dModel, vocabSize);
    this.padId = padId;
  }

  /** What the encoder makes of a source, `[b, s, dModel]`. */
  encode(source: tf.Tensor2D): tf.Tensor3D {
    return this.encoder.forward(this.embed(source), { keyPaddingMask: this.isPadding(source) });
  }

  /**
   * Logits of the token after each one of `target`, `[b, t, vocabSize]`.
   * @param memory of `encode(source)`
   * @param cache of earlier calls with a beginning of `target`: the logits are those of what is new in it
   * @throws RangeError for more tokens than there are places
   */
  decode(
    target: tf.Tensor2D,
    memory: tf.Tensor3D,
    source: tf.Tensor2D,
    cache?: nn.DecoderCache,
  ): tf.Tensor3D {
    this.checkPlaces(target);
    const [own, other] = this.masks(target, source);
    const fresh = cache ? tf.slice(target, [0, cache.length]) : target; // [b, t]
    const past = cache?.advance(fresh.shape[1] ?? 0);
    const x = this.embed(fresh, past?.position);
    return this.head.forward(this.decoder.forward(x, memory, own, other, past));
  }

  forward(source: tf.Tensor2D, target: tf.Tensor2D): tf.Tensor3D {
    return this.decode(target, this.encode(source), source);
  }

  /**
   * How much each target position looks at each source position, `[b, t, s]`: the mean over the heads of the last
   * decoder layer. The model should be in evaluation mode.
   * @throws RangeError for a model without decoder layers
   */
  crossAttention(source: tf.Tensor2D, target: tf.Tensor2D): tf.Tensor3D {
    return inferenceMode(() => {
      const memory = this.encode(source);
      const [own, other] = this.masks(target, source);
      const layers = [...this.decoder.layers];
      const last = layers.pop();
      if (!last) throw new RangeError('Cannot read cross-attention: expected a decoder layer, got none');
      let x = this.embed(target);
      for (const layer of layers) x = layer.forward(x, memory, own, other);
      // The layer's forward keeps the output alone: its way up to the weights, once more.
      const normed = last.norm1.forward(x);
      x = tf.add(x, last.selfAttn.forward(normed, normed, normed, own)[0]);
      return last.multiheadAttn.forward(last.norm2.forward(x), memory, memory, other)[1];
    });
  }

  /** For the decoder's own positions, and for the encoder's. */
  private masks(target: tf.Tensor2D, source: tf.Tensor2D): [nn.MaskOptions, nn.MaskOptions] {
    return [
      { isCausal: true, keyPaddingMask: this.isPadding(target) },
      { keyPaddingMask: this.isPadding(source) },
    ];
  }

  private embed(ids: tf.Tensor2D, start?: tf.Scalar): tf.Tensor3D {
    return this.position.forward(this.embedding.forward(ids), start);
  }

  private checkPlaces({ shape: [, length = 0] }: tf.Tensor2D): void {
    const [places = 0] = this.position.pe.shape;
    if (length <= places) return;
    throw new RangeError(
      `Cannot decode: expected targets of at most ${places} tokens (maxLen), got ${length}`,
    );
  }

  private isPadding(ids: tf.Tensor2D): tf.Tensor2D {
    return tf.equal(ids, this.padId);
  }
}

/** Where greedy decoding begins and where it ends. */
export interface DecodeOptions {
  /** Id of the token before the first of a text. */
  readonly bosId: number;
  /** Id of the token after the last. */
  readonly eosId: number;
  /** Most tokens to write. */
  readonly maxLen: number;
}

/**
 * Translates sources int32 `[b, s]`, each time taking the likeliest token; neither `bosId` nor `eosId` is in the results.
 * The source is encoded once, and each token read once. A text that has no end after `maxLen` tokens is cut there.
 */
export function greedyDecode(
  model: Translator,
  source: tf.Tensor2D,
  { bosId, eosId, maxLen }: DecodeOptions,
): number[][] {
  const rows = Array.from({ length: source.shape[0] }, () => [bosId]);
  const done = new Set<number>();
  const memory = inferenceMode(() => model.encode(source));
  const cache = new nn.DecoderCache(model.decoder.numLayers);
  try {
    for (let t = 1; t <= maxLen && done.size < rows.length; t++) {
      const next = inferenceMode(() => {
        const target = tf.tensor2d(rows, [rows.length, t], 'int32');
        return tf.argMax(model.decode(target, memory, source, cache), 2).dataSync(); // of [b, 1, k]
      });
      rows.forEach((row, i) => {
        row.push(next[i] ?? eosId);
        if (next[i] === eosId) done.add(i);
      });
    }
  } finally {
    cache.dispose();
    memory.dispose();
  }
  return rows.map((row) => {
    const at = row.indexOf(eosId, 1);
    return row.slice(1, at < 0 ? row.length : at);
  });
}
