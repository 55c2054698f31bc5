/**
 * npm run steady [-- --steps N] [--only mlp,cnn,lstm,transformer]: whether thousands of compiled steps leave anything
 * behind. Trains each for N steps (default 10,000) in one turn of the event loop, on batches made anew for every step, and
 * compares tensors and resident memory after a tenth of the steps with those at the end, each after a collection: how
 * much garbage waits is V8's choice. Exit code 1 if a tensor is left or memory grew by more than 5 %.
 */
import { parseArgs } from 'node:util';

import { memory } from '../src/engine/backend/lifetimes';
import { compile } from '../src/engine/compile';
import { manualSeed, normal, randint } from '../src/engine/random';
import * as tf from '../src/engine/tf';
import { Adam } from '../src/helpers/optim/optimizers';
import { CNN, LSTMModel, MLP, TransformerClassifier } from '../src/models';
import * as nn from '../src/nn';

const ALLOWED = 0.05;
const BATCH = 64;
const CLASSES = 10;
const WORDS = 1000;
const images = (...shape: number[]) => normal([BATCH, ...shape]);
const texts = () => randint(0, WORDS, [BATCH, 32], { dtype: 'int32' });

/** What is trained, and on what. */
const trained: Readonly<Record<string, () => readonly [Classifier, () => tf.Tensor]>> = {
  mlp: () => [new MLP(784, 256, CLASSES), () => images(784)],
  cnn: () => [new CNN(), () => images(28, 28, 1)],
  lstm: () => {
    const sizes = { vocabSize: WORDS, embeddingDim: 32, hiddenDim: 64, outputDim: CLASSES };
    return [new LSTMModel(sizes), texts];
  },
  transformer: () => {
    const sizes = { vocabSize: WORDS, dModel: 64, numHeads: 4, numLayers: 2, numClasses: CLASSES };
    return [new TransformerClassifier(sizes), texts];
  },
};

interface Classifier extends nn.Module {
  forward(x: tf.Tensor): tf.Tensor;
}

/** TensorFlow's own count of tensors beside TensorFlow.js's. */
const nativeTensors = (): number =>
  (tf.backend() as unknown as { binding: { getNumOfTensors(): number } }).binding.getNumOfTensors();

const megabytes = (): number => process.memoryUsage.rss() / 2 ** 20;

/** Trains and prints one line a tenth; tells whether memory stayed flat. */
function steady(name: string, steps: number): boolean {
  const [model, batch] = trained[name]?.() ?? [];
  if (!model || !batch)
    throw new RangeError(
      `Cannot run steady: expected --only of ${Object.keys(trained).join(', ')}, got ${name}`,
    );
  const optimizer = new Adam(model.namedParameters(), { lr: 1e-4 });
  const step = compile((x: tf.Tensor, y: tf.Tensor1D) =>
    optimizer.minimize(() => nn.crossEntropy(model.forward(x), y)),
  );
  const part = Math.max(1, Math.floor(steps / 10));
  const marks: { js: number; native: number; mb: number }[] = [];
  for (let i = 1; i <= steps; i++) {
    tf.tidy(() => {
      const labels = Int32Array.from({ length: BATCH }, (_, j) => (i + j) % CLASSES);
      step(batch(), tf.tensor1d(labels, 'int32')).dataSync();
    });
    if (i % part !== 0) continue;
    const before = megabytes();
    memory(); // collects
    const mark = { js: tf.memory().numTensors, native: nativeTensors(), mb: megabytes() };
    marks.push(mark);
    console.log(
      `${name} ${i}: ${mark.js} / ${mark.native} tensors, RSS ${mark.mb.toFixed(1)} MiB (${before.toFixed(1)} with garbage)`,
    );
  }
  step.dispose();
  const [first, last] = [marks[0], marks.at(-1)];
  if (!first || !last) return false;
  const growth = last.mb / first.mb - 1;
  const left = Math.max(last.js - first.js, last.native - first.native);
  console.log(`${name}: ${left} tensors left, memory ${(growth * 100).toFixed(1)} %`);
  return left === 0 && growth <= ALLOWED;
}

function main(): void {
  const all = Object.keys(trained).join();
  const { values } = parseArgs({
    options: { steps: { type: 'string', default: '10000' }, only: { type: 'string', default: all } },
  });
  const steps = Number(values.steps);
  if (!Number.isInteger(steps) || steps < 10) {
    throw new RangeError(
      `Cannot run steady: expected --steps to be an integer of at least 10, got ${values.steps}`,
    );
  }
  manualSeed(0);
  const flat = values.only.split(',').map((name) => steady(name, steps));
  process.exitCode = flat.every(Boolean) ? 0 : 1;
}

main();
