/**
 * The guide's text classifier: words as vectors, a two-layer bidirectional LSTM, a linear layer on its last hidden
 * states, after Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997.
 */
import * as tf from '../engine/tf';
import * as nn from '../nn';

/** The sizes of the classifier; `outputDim` is the number of classes. */
export interface LSTMModelOptions {
  readonly vocabSize: number;
  readonly embeddingDim: number;
  /** Width of the hidden state in each direction. */
  readonly hiddenDim: number;
  readonly outputDim: number;
}

/** Maps token ids int32 `[b, t]` to logits `[b, outputDim]`. */
export class LSTMModel extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly lstm: nn.LSTM;
  readonly fc: nn.Linear;
  readonly dropout = new nn.Dropout(0.5);

  constructor({ vocabSize, embeddingDim, hiddenDim, outputDim }: LSTMModelOptions) {
    super();
    this.embedding = new nn.Embedding(vocabSize, embeddingDim);
    this.lstm = new nn.LSTM(embeddingDim, hiddenDim, {
      numLayers: 2,
      bidirectional: true,
      dropout: 0.5,
      batchFirst: true,
    });
    this.fc = new nn.Linear(hiddenDim * 2, outputDim);
  }

  /**
   * Reads whole texts and classifies them.
   * @param options.lengths number of words in each text, int32 `[b]`, where texts are padded to one length
   */
  forward(text: tf.Tensor2D, { lengths }: nn.SequenceOptions = {}): tf.Tensor2D {
    const embedded = this.dropout.forward(this.embedding.forward(text)); // [b, t, embeddingDim]
    const [, [hidden]] = this.lstm.forward(embedded, undefined, { lengths }); // [layers · 2, b, hiddenDim]
    const [forward, backward] = tf.unstack(hidden).slice(-2) as [tf.Tensor2D, tf.Tensor2D];
    const last = tf.concat([forward, backward], 1); // [b, hiddenDim · 2]
    return this.fc.forward(this.dropout.forward(last));
  }
}
