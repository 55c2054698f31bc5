/**
 * A small BERT: an encoder that sees the whole text, with a head that guesses the masked tokens, after Devlin et al.,
 * "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", 2018,
 * https://arxiv.org/abs/1810.04805. Left out: the second task (next sentence) and with it the segment embeddings.
 */
import { normal } from '../engine/random';
import * as tf from '../engine/tf';
import * as nn from '../nn';
import type { TransformerOptions } from './transformer';

/** The sizes of the encoder, as in `TransformerOptions`, and which token counts as padding. */
export interface BertOptions extends TransformerOptions {
  /** Id of the padding token; its positions are not seen. Default 0. */
  readonly padId?: number;
}

/** Maps token ids int32 `[b, t]`, some of them masked, to logits of the true tokens `[b, t, vocabSize]`. */
export class BertForMaskedLM extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly position: nn.LearnedPositions;
  readonly norm: nn.LayerNorm;
  readonly dropout: nn.Dropout;
  readonly encoder: nn.TransformerEncoder;
  readonly transform: nn.Linear;
  readonly transformNorm: nn.LayerNorm;
  readonly bias: tf.Variable;
  readonly padId: number;

  constructor(options: BertOptions) {
    super();
    const { vocabSize, dModel, numHeads, numLayers, dimFeedforward = 4 * dModel } = options;
    const { maxLen = 512, dropout = 0.1, padId = 0 } = options;
    this.embedding = new nn.Embedding(vocabSize, dModel);
    this.position = new nn.LearnedPositions(maxLen, dModel);
    this.norm = new nn.LayerNorm(dModel);
    this.dropout = new nn.Dropout(dropout);
    const layer = { dimFeedforward, dropout, activation: 'gelu', batchFirst: true } as const;
    this.encoder = new nn.TransformerEncoder(
      () => new nn.TransformerEncoderLayer(dModel, numHeads, layer),
      numLayers,
    );
    this.transform = new nn.Linear(dModel, dModel);
    this.transformNorm = new nn.LayerNorm(dModel);
    this.bias = nn.parameter(tf.zeros([vocabSize]));
    this.padId = padId;
    // Small vectors at the start, as in the paper: they are the head's weights, too, and logits begin nearly even.
    for (const { weight } of [this.embedding, this.position.embedding]) {
      tf.tidy(() => weight.assign(normal(weight.shape, 0, 0.02)));
    }
  }

  forward(ids: tf.Tensor2D): tf.Tensor3D {
    const keyPaddingMask = tf.equal(ids, this.padId);
    const embedded = this.position.forward(this.embedding.forward(ids)); // [b, t, dModel]
    const x = this.encoder.forward(this.dropout.forward(this.norm.forward(embedded)), { keyPaddingMask });
    const guess = this.transformNorm.forward(nn.gelu(this.transform.forward(x))); // [b, t, dModel]
    // The head's weights are the embedding's: a guess is compared with every token's vector.
    return nn.linear(guess, this.embedding.weight, this.bias);
  }
}
