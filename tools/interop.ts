/**
 * npm run interop -- --python PATH: files between tsdl and PyTorch in both directions, for every model of the guide.
 * PyTorch saves each model as .pth (zip form), .pth (older form) and .safetensors, which have to give its logits here;
 * a model made here is saved and has to load there with strict=True and give the same logits. PATH is a Python that has
 * torch, torchvision and safetensors. Exit code 1 if any logit differs by more than 1e-4.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { say } from '../bin/bootstrap/language';
import * as tf from '../src/engine/tf';
import { readSafetensors, saveSafetensors } from '../src/helpers/io/safetensors';
import { loadStateDict, saveStateDict } from '../src/helpers/io/state';
import { CNN } from '../src/models/cnn';
import { LSTMModel } from '../src/models/lstm';
import { MLP } from '../src/models/mlp';
import { resnet18 } from '../src/models/resnet';
import { TransformerClassifier, TransformerLM } from '../src/models/transformer';
import type * as nn from '../src/nn';
import { residualNet } from '../test/support/models';
import { askedPython } from './askedpython';

const TOLERANCE = 1e-4;
const FORMS = ['pth', 'legacy.pth', 'safetensors'];

const transformer = { vocabSize: 200, dModel: 32, numHeads: 4, numLayers: 2, maxLen: 16 };

/** The same models as in interop.py. */
const MODELS: Record<string, () => nn.Module> = {
  mlp: () => new MLP(784, 256, 10),
  cnn: () => new CNN(),
  residual: residualNet,
  lstm: () => new LSTMModel({ vocabSize: 200, embeddingDim: 32, hiddenDim: 24, outputDim: 3 }),
  classifier: () => new TransformerClassifier({ ...transformer, numClasses: 3 }),
  decoder: () => new TransformerLM(transformer),
  resnet18: () => resnet18(),
};

const logitsOf = (model: nn.Module, x: tf.Tensor): tf.Tensor =>
  tf.tidy(() => model.forward(x as never) as tf.Tensor);

/** Largest difference between PyTorch's logits and those of a file of PyTorch's loaded here. */
async function fromTorch(
  folder: string,
  name: string,
  build: () => nn.Module,
  form: string,
): Promise<number> {
  const { tensors } = readSafetensors(join(folder, `${name}.truth.safetensors`));
  const [x, truth] = [tensors.get('x'), tensors.get('logits')];
  if (!x || !truth) throw new Error(`Cannot compare ${name}: expected x and logits from PyTorch, got none`);
  const model = build().eval();
  await loadStateDict(model, join(folder, `${name}.${form}`));
  const logits = logitsOf(model, x);
  const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(logits, truth))).dataSync()[0]);
  saveOwn(folder, name, build, x);
  tf.dispose([logits, ...tensors.values()]);
  model.dispose();
  return difference ?? NaN;
}

/** Saves a model made here, with its logits, for PyTorch to compare. */
function saveOwn(folder: string, name: string, build: () => nn.Module, x: tf.Tensor): void {
  const model = build();
  logitsOf(model.train(), x).dispose(); // moves running statistics
  const logits = logitsOf(model.eval(), x);
  saveStateDict(model, join(folder, `${name}.tsdl.safetensors`));
  const truth = new Map([
    ['x', x],
    ['logits', logits],
  ]);
  saveSafetensors(truth, join(folder, `${name}.tsdl.truth.safetensors`));
  logits.dispose();
  model.dispose();
}

async function main(): Promise<void> {
  const python = askedPython('interop', 'torch, torchvision, safetensors');
  if (python === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'tsdl-interop-'));
  const script = (command: string) =>
    execFileSync(python, [resolve(__dirname, 'interop.py'), command, folder], { encoding: 'utf8' });
  try {
    script('save');
    const rows: Record<string, Record<string, number>> = {};
    for (const [name, build] of Object.entries(MODELS)) {
      const row: Record<string, number> = {};
      for (const form of FORMS) row[`torch → tsdl .${form}`] = await fromTorch(folder, name, build, form);
      rows[name] = row;
    }
    const back = JSON.parse(script('check')) as Record<string, number>;
    for (const [name, row] of Object.entries(rows)) row['tsdl → torch (strict)'] = back[name] ?? NaN;
    console.table(rows);
    const worst = Math.max(...Object.values(rows).flatMap((row) => Object.values(row)));
    const ok = worst <= TOLERANCE;
    console.log(
      say({
        zh: `${ok ? '通过' : '失败'}：logits 最大差 ${worst.toExponential(1)}（允许 ${TOLERANCE}）`,
        en: `${ok ? 'passed' : 'failed'}: largest difference of logits ${worst.toExponential(1)} (limit ${TOLERANCE})`,
      }),
    );
    process.exitCode = ok ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
