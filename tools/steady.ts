/**
 * npm run steady [-- --steps N]: whether thousands of compiled steps leave anything behind. Trains the MLP and the CNN
 * for N steps each (default 10,000) on batches made anew for every step, and compares tensors and resident memory
 * after a tenth of the steps with those at the end. Exit code 1 if a tensor is left or memory grew by more than 5 %.
 */
import { parseArgs } from 'node:util';

import { compile } from '../src/engine/compile';
import { manualSeed, normal } from '../src/engine/random';
import * as tf from '../src/engine/tf';
import { Adam } from '../src/helpers/optim/optimizers';
import { CNN } from '../src/models/cnn';
import { MLP } from '../src/models/mlp';
import * as nn from '../src/nn';

const ALLOWED = 0.05;
const BATCH = 64;

interface Classifier extends nn.Module {
  forward(x: tf.Tensor): tf.Tensor2D;
}

/** TensorFlow's own count of tensors beside TensorFlow.js's. */
const nativeTensors = (): number =>
  (tf.backend() as unknown as { binding: { getNumOfTensors(): number } }).binding.getNumOfTensors();

const megabytes = (): number => process.memoryUsage.rss() / 2 ** 20;

/** Trains and prints one line a tenth; tells whether memory stayed flat. */
function steady(name: string, model: Classifier, shape: number[], steps: number): boolean {
  const optimizer = new Adam(model.namedParameters(), { lr: 1e-4 });
  const step = compile((x: tf.Tensor, y: tf.Tensor1D) =>
    optimizer.minimize(() => nn.crossEntropy(model.forward(x), y)),
  );
  const part = Math.max(1, Math.floor(steps / 10));
  const marks: { js: number; native: number; mb: number }[] = [];
  for (let i = 1; i <= steps; i++) {
    tf.tidy(() => {
      const labels = Int32Array.from({ length: BATCH }, (_, j) => (i + j) % 10);
      step(normal([BATCH, ...shape] as [number]), tf.tensor1d(labels, 'int32')).dataSync();
    });
    if (i % part !== 0) continue;
    const mark = { js: tf.memory().numTensors, native: nativeTensors(), mb: megabytes() };
    marks.push(mark);
    console.log(`${name} ${i}: ${mark.js} / ${mark.native} tensors, RSS ${mark.mb.toFixed(1)} MiB`);
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
  const { values } = parseArgs({ options: { steps: { type: 'string', default: '10000' } } });
  const steps = Number(values.steps);
  if (!Number.isInteger(steps) || steps < 10) {
    throw new RangeError(
      `Cannot run steady: expected --steps to be an integer of at least 10, got ${values.steps}`,
    );
  }
  manualSeed(0);
  const flat = [
    steady('MLP', new MLP(784, 256, 10), [784], steps),
    steady('CNN', new CNN(), [28, 28, 1], steps),
  ];
  process.exitCode = flat.every(Boolean) ? 0 : 1;
}

main();
