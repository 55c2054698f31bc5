/**
 * Run by each worker of the soak: `MODEL FILE EPOCHS` trains a small model with checkpoints. Prints `HASH` of the bits of its
 * weights at the end and, where EPOCHS are many, memory and threads meanwhile.
 */
import './pid';

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { manualSeed, normal } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { DataLoader, TensorDataset } from '../../src/helpers/data';
import { Adam } from '../../src/helpers/optim';
import { type Callback, checkpoint, fit } from '../../src/helpers/train';
import { LSTMModel } from '../../src/models/lstm';
import * as nn from '../../src/nn';

const SAMPLES = 53; // batches of 16, 16, 16 and 5
const [CLASSES, WORDS] = [4, 20];
const MANY = 100;

class Encoder extends nn.Module {
  readonly embedding = new nn.Embedding(WORDS, 8);
  readonly layer = new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
  readonly fc = new nn.Linear(8, CLASSES);

  forward(x: tf.Tensor2D): tf.Tensor2D {
    const encoded = this.layer.forward(this.embedding.forward(x)); // [b, t, 8]
    return this.fc.forward(tf.mean<tf.Tensor2D>(encoded, 1));
  }
}

const convolution = (): nn.Module =>
  new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1 }),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Dropout(0.3),
    new nn.Linear(4 * 36, CLASSES),
  );

const words = (): tf.Tensor =>
  tf.cast(tf.clipByValue(tf.abs(tf.mul(normal([SAMPLES, 9]), 5)), 0, WORDS - 1), 'int32');
const dense = (): nn.Module =>
  new nn.Sequential(new nn.Linear(12, 16), new nn.ReLU(), new nn.Linear(16, CLASSES));

const KINDS: Readonly<Record<string, readonly [data: () => tf.Tensor, model: () => nn.Module]>> = {
  mlp: [() => normal([SAMPLES, 12]), dense],
  cnn: [() => normal([SAMPLES, 6, 6, 1]), convolution],
  lstm: [words, () => new LSTMModel({ vocabSize: WORDS, embeddingDim: 6, hiddenDim: 5, outputDim: CLASSES })],
  transformer: [words, () => new Encoder()],
};

const telling: Callback = {
  looksOn: true,
  onBatchEnd({ step }) {
    if (step % 1000 !== 0) return;
    const threads = /Threads:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    console.log(`STEP ${step} ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} ${threads}`);
  },
};

async function train(kind: string, file: string, epochs: number): Promise<string> {
  const [data, build] = KINDS[kind] ?? [];
  if (!data || !build) throw new RangeError(`Cannot soak: expected a model, got ${kind}`);
  manualSeed(7);
  const x = data();
  const y = tf.cast<tf.Tensor1D>(
    tf.clipByValue(tf.abs(tf.mul(normal([SAMPLES]), 1.5)), 0, CLASSES - 1),
    'int32',
  );
  const model = build();
  await fit(model, {
    epochs,
    train: new DataLoader(new TensorDataset(x, y), { batchSize: 16, shuffle: true }),
    loss: nn.crossEntropy,
    optimizer: new Adam(model.parameters(), { lr: 0.01 }),
    display: false,
    callbacks: [epochs > MANY ? telling : checkpoint(file)],
  });
  const hash = createHash('sha256');
  for (const variable of model.stateDict().values())
    hash.update(Buffer.from(variable.dataSync().slice().buffer));
  return hash.digest('hex').slice(0, 16);
}

const [kind = 'mlp', file = '', epochs = '4'] = process.argv.slice(2);
void train(kind, file, Number(epochs)).then((hash) => console.log(`HASH ${hash}`));
