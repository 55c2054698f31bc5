/** Text and attention. */
import { normal } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { MultiHeadAttention } from '../../src/helpers/course/guide';
import { LSTMModel } from '../../src/models/lstm';
import * as nn from '../../src/nn';
import type { Mode, Step, Workload } from '../workload';
import { answers, form, inBfloat16, labels, seeded, trainStep, words } from './harness';

/** Encoder layers over embedded tokens, the mean of their outputs classified. */
export class SmallTransformer extends nn.Module {
  readonly embedding = new nn.Embedding(1000, 128);
  readonly encoder: nn.TransformerEncoder;
  readonly fc = new nn.Linear(128, 2);

  constructor(layers = 2) {
    super();
    const options = { dimFeedforward: 512, dropout: 0.1, batchFirst: true };
    this.encoder = new nn.TransformerEncoder(() => new nn.TransformerEncoderLayer(128, 4, options), layers);
  }

  forward(text: tf.Tensor2D): tf.Tensor2D {
    const encoded = this.encoder.forward(this.embedding.forward(text));
    return this.fc.forward(tf.mean(encoded, 1));
  }
}

/** Forward and backward of one attention layer; the gradients are computed and dropped. */
function attention(mode: Mode): Step {
  const layer = new MultiHeadAttention(512, 8);
  const parameters = layer.parameters();
  const x = normal([16, 128, 512]);
  const step = form(mode, (x: tf.Tensor3D) => {
    const loss = (): tf.Scalar => tf.mean(tf.square(layer.forward(x, x, x)));
    const { value, grads } = tf.variableGrads(loss, parameters);
    return [value, ...Object.values(grads)];
  });
  return () => {
    const [loss, ...grads] = step(x);
    loss?.dataSync();
    tf.dispose([loss, ...grads].flatMap((tensor) => tensor ?? []));
  };
}

const recurrent = {
  calls: 3,
  rounds: 6,
  warmup: 10,
  variants: [], // torch.compile leaves LSTMs as they are
} as const;

const lstm = (): LSTMModel =>
  new LSTMModel({ vocabSize: 10000, embeddingDim: 100, hiddenDim: 128, outputDim: 2 });

const step: Workload = {
  ...recurrent,
  name: 'lstm',
  others: true,
  title: 'LSTMModel step (vocab 10,000, e 100, h 128, T 100, b 64)',
  setup: seeded((mode) => trainStep(lstm(), words(64, 100, 10000), labels(64, 2), mode)),
};

const mha: Workload = {
  name: 'mha',
  title: 'MultiHeadAttention forward + backward (d 512, 8 heads, T 128, b 16)',
  calls: 5,
  rounds: 8,
  warmup: 10,
  variants: ['--fused', '--compile', '--fused --compile'],
  setup: seeded(attention),
};

export const sequences: readonly Workload[] = [
  step,
  inBfloat16(step),
  {
    ...recurrent,
    name: 'lstm-answers',
    peer: 'lstm --answers',
    title: 'LSTMModel answers 64 texts of 100 words',
    setup: seeded((mode) => answers(lstm(), words(64, 100, 10000), mode)),
  },
  {
    ...recurrent,
    name: 'lstm-one',
    peer: 'lstm --answers --one',
    title: 'LSTMModel answers one text of 100 words',
    calls: 10,
    setup: seeded((mode) => answers(lstm(), words(1, 100, 10000), mode)),
  },
  mha,
  inBfloat16(mha),
  {
    name: 'transformer',
    others: true,
    title: 'Transformer step (2 layers, d 128, 4 heads, T 64, b 32)',
    calls: 5,
    rounds: 8,
    warmup: 10,
    variants: ['--compile'],
    setup: seeded((mode) => trainStep(new SmallTransformer(), words(32, 64, 1000), labels(32, 2), mode)),
  },
];
