/**
 * Two small transformers: an encoder that classifies a text and a decoder that continues one, after Vaswani et al.,
 * "Attention Is All You Need", 2017, https://arxiv.org/abs/1706.03762, and Radford et al., "Language Models are
 * Unsupervised Multitask Learners" (GPT-2), 2019.
 */
import { normal } from '../engine/random';
import * as tf from '../engine/tf';
import * as nn from '../nn';

/**
 * The sizes of a stack of Transformer layers; `numHeads` divides `dModel`, sequences have up to 512 tokens unless
 * given.
 */
export interface TransformerOptions {
  readonly vocabSize: number;
  /** Width of the residual stream. */
  readonly dModel: number;
  readonly numHeads: number;
  readonly numLayers: number;
  /** Width inside the feed-forward part; four times dModel unless given. */
  readonly dimFeedforward?: number;
  /** Longest sequence. */
  readonly maxLen?: number;
  readonly dropout?: number;
}

/** Maps token ids int32 `[b, t]` to logits `[b, numClasses]` through the mean of all positions. */
export class TransformerClassifier extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly position: nn.PositionalEncoding;
  readonly encoder: nn.TransformerEncoder;
  readonly fc: nn.Linear;

  constructor({ numClasses, ...options }: TransformerOptions & { readonly numClasses: number }) {
    super();
    const { vocabSize, dModel, numLayers, maxLen = 512, dropout = 0.1 } = options;
    this.embedding = new nn.Embedding(vocabSize, dModel);
    this.position = new nn.PositionalEncoding(dModel, { maxLen, dropout });
    this.encoder = new nn.TransformerEncoder(() => block(options), numLayers);
    this.fc = new nn.Linear(dModel, numClasses);
  }

  /**
   * Reads whole texts and classifies them.
   * @param options.keyPaddingMask bool `[b, t]`, true where a position is padding: neither seen nor averaged
   */
  forward(
    text: tf.Tensor2D,
    { keyPaddingMask }: { readonly keyPaddingMask?: tf.Tensor2D } = {},
  ): tf.Tensor2D {
    const embedded = this.position.forward(this.embedding.forward(text)); // [b, t, dModel]
    const encoded = this.encoder.forward(embedded, keyPaddingMask ? { keyPaddingMask } : {});
    return this.fc.forward(keyPaddingMask ? meanOfWords(encoded, keyPaddingMask) : tf.mean(encoded, 1));
  }
}

/** Maps token ids int32 `[b, t]` to logits of the next word at every position, `[b, t, vocabSize]`. */
export class TransformerLM extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly position: nn.LearnedPositions;
  readonly dropout: nn.Dropout;
  readonly decoder: nn.TransformerEncoder;
  readonly head: nn.Linear;

  /** @param options.tieWeights the head's weights are the embedding's, as in GPT-2 */
  constructor({ tieWeights = false, ...options }: TransformerOptions & { readonly tieWeights?: boolean }) {
    super();
    const { vocabSize, dModel, numLayers, maxLen = 512, dropout = 0.1 } = options;
    this.embedding = new nn.Embedding(vocabSize, dModel);
    this.position = new nn.LearnedPositions(maxLen, dModel);
    this.dropout = new nn.Dropout(dropout);
    // A decoder without an encoder beside it is a stack of encoder layers that see only what comes before.
    const build = () => block({ ...options, activation: 'gelu', normFirst: true });
    this.decoder = new nn.TransformerEncoder(build, numLayers, { norm: new nn.LayerNorm(dModel) });
    this.head = new nn.Linear(dModel, vocabSize, { bias: false });
    if (tieWeights) share(this.head, this.embedding.weight);
    // GPT-2's small start keeps the first logits nearly even, so that the first loss is about log(vocabSize).
    for (const { weight } of [this.embedding, this.position.embedding]) restart(weight, 0.02);
  }

  /**
   * Scores each word of the vocabulary as the next one behind every position; `[b, t]` → `[b, t, vocabSize]`.
   * @param cache of `cache()`: what earlier calls with it were given stands before `text`
   */
  forward(text: tf.Tensor2D, cache?: nn.KeyValueCache): tf.Tensor3D {
    const past = cache?.advance(text.shape[1] ?? 0);
    const placed = this.position.forward(this.embedding.forward(text), past?.position); // [b, t, dModel]
    return this.head.forward(this.decoder.forward(this.dropout.forward(placed), { isCausal: true }, past));
  }

  /**
   * Room for what `forward` sees of `batch` texts, so that writing a token costs one token.
   * @param length most positions; all that the model has places for unless given
   * @throws RangeError for more than those
   */
  cache(batch = 1, length = this.maxLen): nn.KeyValueCache {
    if (length > this.maxLen) {
      throw new RangeError(`Cannot make a cache: expected at most ${this.maxLen} positions, got ${length}`);
    }
    const [first] = this.decoder.layers;
    const { numHeads: heads = 1, embedDim = 1 } = first?.selfAttn ?? {};
    const layers = this.decoder.numLayers;
    return new nn.KeyValueCache({ layers, batch, heads, headSize: embedDim / heads, maxLen: length });
  }

  private get maxLen(): number {
    return this.position.embedding.weight.shape[0] ?? 0;
  }
}

function block(options: TransformerOptions & nn.TransformerLayerOptions): nn.TransformerEncoderLayer {
  const { dModel, numHeads, dimFeedforward = 4 * dModel, dropout = 0.1, activation, normFirst } = options;
  const rest = { activation, normFirst, batchFirst: true };
  return new nn.TransformerEncoderLayer(dModel, numHeads, { dimFeedforward, dropout, ...rest });
}

/** The mean over positions that are not padding, `[b, t, e]` → `[b, e]`. */
function meanOfWords(encoded: tf.Tensor3D, padding: tf.Tensor2D): tf.Tensor2D {
  const kept = tf.expandDims(tf.cast(tf.logicalNot(padding), 'float32'), 2); // [b, t, 1]
  return tf.div(tf.sum(tf.mul(encoded, kept), 1), tf.sum(kept, 1));
}

/** PyTorch's `head.weight = embedding.weight`: one variable, trained from both sides. */
function share(head: nn.Linear, weight: tf.Variable): void {
  head.weight.dispose();
  Object.assign(head, { weight });
}

function restart(weight: tf.Variable, std: number): void {
  tf.tidy(() => weight.assign(normal(weight.shape, 0, std)));
}
