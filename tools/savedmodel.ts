/**
 * npm run savedmodel -- --python PATH: a CNN trained here on the embedded digits, exported with `exportSavedModel`,
 * loaded by TensorFlow in Python (PATH, with tensorflow or tensorflow-cpu installed), asked for the logits of digits it
 * has not seen, by its signature and after the checkpoint was restored anew. Exit code 1 if any logit differs by more
 * than 1e-5 of the largest one.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { say } from '../bin/bootstrap/language';
import { manualSeed } from '../src/engine/random';
import { exportSavedModel } from '../src/engine/savedmodel';
import * as tf from '../src/engine/tf';
import { DataLoader } from '../src/helpers/data/loader';
import { MNIST } from '../src/helpers/datasets/mnist';
import { Adam } from '../src/helpers/optim/optimizers';
import { fit } from '../src/helpers/train/fit';
import { CNN } from '../src/models/cnn';
import * as nn from '../src/nn';
import { askedPython } from './askedpython';

const TOLERANCE = 1e-5;
const IMAGES = 100;

/** What tools/savedmodel.py prints. */
interface Answer {
  readonly tensorflow: string;
  readonly variables: readonly string[];
  readonly logits: Record<string, readonly number[]>;
}

const digits = (train: boolean) => new MNIST({ source: 'embedded', announce: () => undefined, train });

async function trained(): Promise<CNN> {
  manualSeed(0);
  const model = new CNN();
  const history = await fit(model, {
    epochs: 1,
    train: new DataLoader(digits(true), { batchSize: 64, shuffle: true }),
    valid: new DataLoader(digits(false), { batchSize: 1000 }),
    loss: nn.crossEntropy,
    optimizer: new Adam(model.namedParameters(), { lr: 1e-3 }),
    display: false,
  });
  console.log(
    say({
      zh: `训练 1 轮后的验证准确率 ${((history.last?.validAccuracy ?? NaN) * 100).toFixed(2)}%`,
      en: `validation accuracy after one epoch ${((history.last?.validAccuracy ?? NaN) * 100).toFixed(2)}%`,
    }),
  );
  return model.eval();
}

/** Largest difference between what Python gives and what the network gives here, relative to the largest logit. */
function compare(own: Float32Array, other: readonly number[]): number {
  if (own.length !== other.length) return Infinity;
  const scale = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return own.reduce((most, value, i) => Math.max(most, Math.abs(value - (other[i] ?? NaN))), 0) / scale;
}

/** Prints how far each way of reading is from `own`; true where all are near. */
function report(answer: Answer, own: Float32Array): boolean {
  console.log(
    say({
      zh: `TensorFlow ${answer.tensorflow}（Python）读到的变量：${answer.variables.join(' ')}`,
      en: `variables that TensorFlow ${answer.tensorflow} (Python) read: ${answer.variables.join(' ')}`,
    }),
  );
  const rows = Object.entries(answer.logits).map(([way, logits]) => [way, compare(own, logits)] as const);
  for (const [way, difference] of rows)
    console.log(
      say({
        zh: `${way}：logits 相对最大差 ${difference.toExponential(1)}`,
        en: `${way}: largest relative difference of logits ${difference.toExponential(1)}`,
      }),
    );
  const ok = rows.length > 0 && rows.every(([, difference]) => difference <= TOLERANCE);
  console.log(
    ok
      ? say({ zh: '通过', en: 'passed' })
      : say({ zh: `失败（允许 ${TOLERANCE}）`, en: `failed (limit ${TOLERANCE})` }),
  );
  return ok;
}

async function main(): Promise<void> {
  const python = askedPython('savedmodel', 'tensorflow');
  if (python === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'tsdl-savedmodel-'));
  try {
    const model = await trained();
    exportSavedModel(model, join(folder, 'cnn'), tf.zeros([1, 28, 28, 1]));
    const [x] = new DataLoader(digits(false), { batchSize: IMAGES }).first();
    writeFileSync(join(folder, 'x.bin'), Buffer.from(x.dataSync().slice().buffer));
    const own = tf.tidy(() => model.forward(x).dataSync() as Float32Array);
    execFileSync(python, [resolve(__dirname, 'savedmodel.py'), folder, String(IMAGES)], { stdio: 'inherit' });
    const answer = JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8')) as Answer;
    process.exitCode = report(answer, own) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
