/** What the examples of the docstrings take for granted: a network, batches, an optimizer, results of a run. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import {
  data,
  images as pictures,
  inspect,
  io,
  manualSeed,
  models,
  nn,
  optim,
  tf,
  train as training,
} from '../../src';
import type { KernelHost } from '../../src/helpers/notebook';

manualSeed(0);

export const model = new models.CNN();
export const x = tf.randomUniform([8, 28, 28, 1]);
export const y = tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7], 'int32');
export const image = tf.randomUniform([1, 28, 28, 1]);
export const labels = [0, 1, 0, 1, 0, 1, 0, 1];
export const digits = Array.from({ length: 10 }, (_, i) => String(i));

export const train = new data.TensorDataset<[tf.Tensor4D, tf.Tensor1D]>(x, y);
export const loader = new data.DataLoader(train, { batchSize: 4 });
export const [trainLoader, testLoader] = [loader, loader];

export const optimizer = new optim.Adam(model.namedParameters(), { lr: 1e-4 });
export const scheduler = new optim.lrScheduler.ReduceLROnPlateau(optimizer);
export const step = (images: tf.Tensor4D, classes: tf.Tensor1D): tf.Scalar =>
  optimizer.minimize(() => nn.crossEntropy(model.forward(images), classes));

export const [epoch, bestLoss, validLoss] = [3, 0.5, 0.5];
export const trainLosses = [0.9, 0.5, 0.3];
export const validLosses = [0.8, 0.6, 0.5];
export const [ours, pytorch] = [
  [1, 2],
  [1, 2.0000001],
];

export const vocabulary = new data.Vocabulary([['春', '江', '花', '月', '夜']]);
export const languageModel = new models.TransformerLM({
  vocabSize: vocabulary.length,
  dModel: 8,
  numHeads: 2,
  numLayers: 1,
});
export const classifier = new nn.Linear(2, 1);
export const trainOnce = (): void => classifier.weight.assign(tf.add(classifier.weight, 0.01));

export const points = tf.randomNormal([8, 2]);
export const features = tf.randomNormal([8, 4]);
export const weights = tf.softmax(tf.randomNormal([2, 3, 3]));
export const path = [points, points];
export const states = [points, points];
export const samples = [tf.randomUniform([28, 28]), tf.zeros([28, 28])];

export let history: training.History;
export let interpretation: inspect.Interpretation;

/** Saves the network, trains for a moment and is interrupted, so that there is a history to draw and to resume. */
export async function prepare(): Promise<void> {
  copyFileSync(resolve(__dirname, '../fixtures/io/beside.pth'), 'checkpoint.pth');
  for (const name of ['cat', 'dog']) {
    mkdirSync(`pictures/${name}`, { recursive: true });
    pictures.saveImage(image, `pictures/${name}/0.png`);
  }
  pictures.saveImage(image, 'cat.jpg');
  io.saveStateDict(model, 'model.safetensors');
  const stop = new AbortController();
  history = await training.fit(model, {
    epochs: 2,
    train: trainLoader,
    valid: testLoader,
    loss: nn.crossEntropy,
    optimizer,
    display: false,
    signal: stop.signal,
    callbacks: [{ onEpochEnd: () => stop.abort() }],
  });
  interpretation = await inspect.interpret(model, testLoader);
}

/** A notebook that shows nothing and answers every question. */
export const notebook: KernelHost = {
  display: () => undefined,
  clearOutput: () => undefined,
  signal: () => new AbortController().signal,
  input: () => Promise.resolve('an answer'),
};
