/** After PyTorch's examples `time_sequence_prediction` and `imagenet`, small: each statement a line, with PyTorch's losses. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  arange,
  cat,
  data,
  datasets,
  models,
  nn,
  noGrad,
  optim,
  split,
  type Tensor,
  tensor,
  zeros,
} from '../../src';
import { isNative } from '../../src/engine/backend/rawops';
import { fillByFormula } from '../../src/helpers/course';
import * as transforms from '../../src/helpers/data/transforms';
import { readImage, writePng } from '../../src/helpers/images';
import recorded from '../fixtures/programs.json';

class Sequence extends nn.Module {
  readonly lstm1 = new nn.LSTMCell(1, 12);
  readonly lstm2 = new nn.LSTMCell(12, 12);
  readonly linear = new nn.Linear(12, 1);

  forward(input: Tensor, future = 0): Tensor {
    const outputs: Tensor[] = [];
    const [b = 0] = input.shape;
    let [hT, cT, hT2, cT2] = [zeros(b, 12), zeros(b, 12), zeros(b, 12), zeros(b, 12)];
    let output = input;
    for (const inputT of split(input, 1, 1)) {
      [hT, cT] = this.lstm1.forward(inputT, [hT, cT]);
      [hT2, cT2] = this.lstm2.forward(hT, [hT2, cT2]);
      output = this.linear.forward(hT2);
      outputs.push(output);
    }
    for (let i = 0; i < future; i++) {
      [hT, cT] = this.lstm1.forward(output, [hT, cT]);
      [hT2, cT2] = this.lstm2.forward(hT, [hT2, cT2]);
      output = this.linear.forward(hT2);
      outputs.push(output);
    }
    return cat(outputs, 1);
  }
}

function near(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  const far = expected.map((value, i) => Math.abs((actual[i] ?? NaN) - value));
  assert.ok(
    actual.length === expected.length && far.every((one) => one <= tolerance),
    `off by ${far.join()}`,
  );
}

describe('the time_sequence_prediction example', function () {
  this.timeout(60_000);
  it('has the losses of PyTorch through three steps of L-BFGS, and goes on as PyTorch does', () => {
    const i = arange(6).view(6, 1).mul(7);
    const waves = arange(40).view(1, 40).add(i).div(5).sin();
    const [input, target] = [waves.index([2], [0, -1]), waves.index([2], [1])];
    const [testInput, testTarget] = [waves.index([0, 2], [0, -1]), waves.index([0, 2], [1])];
    const seq = fillByFormula(new Sequence());
    const criterion = new nn.MSELoss();
    const optimizer = new optim.LBFGS(seq.parameters(), { lr: 0.8, maxIter: 5 });
    const [losses, tests]: [number[], number[]] = [[], []];
    let pred = input;
    for (let step = 0; step < 3; step++) {
      const closure = () => {
        optimizer.zeroGrad();
        const out = seq.forward(input);
        const loss = criterion.forward(out, target);
        losses.push(loss.item());
        loss.backward();
        return loss;
      };
      optimizer.step(closure);
      noGrad(() => {
        pred = seq.forward(testInput, 8);
        const loss = criterion.forward(pred.index(null, [0, -8]), testTarget);
        tests.push(loss.item());
      });
    }
    near(losses, recorded.timeSequence.losses, 2e-5);
    near(tests, recorded.timeSequence.tests, 2e-5);
    near(pred.index(0, [-8]).tolist<number[]>(), recorded.timeSequence.future, 1e-4);
  });
});

/** Stripes of class k, the n-th picture. */
function picture(k: number, n: number, height: number, width: number): Tensor {
  const values = Array.from({ length: height * width * 3 }, (_, i) => {
    const [y, x, c] = [Math.floor(i / (3 * width)), Math.floor(i / 3) % width, i % 3];
    return (x * (k + 1) * 9 + y * (3 - k) * 7 + c * 40 + n * 31) % 256;
  });
  return tensor(values, { dtype: 'int32' }).view(height, width, 3);
}

describe('the imagenet example', function () {
  this.timeout(60_000);
  let root = '';
  before(function () {
    if (!isNative()) this.skip(); // plain JavaScript decodes no pictures
    root = mkdtempSync(join(tmpdir(), 'tsdl-pictures-'));
    for (const [k, name] of ['ant', 'bee', 'cat'].entries()) {
      mkdirSync(join(root, name));
      for (let n = 0; n < 4; n++) writePng(picture(k, n, 44 + 3 * n, 52), join(root, name, `${n}.png`));
    }
  });
  after(() => root && rmSync(root, { recursive: true }));

  it('has the losses of PyTorch over a folder of pictures, in training and in validation', () => {
    const normalize = new transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
    const transform = new transforms.Compose([
      new transforms.ToDtype('float32', { scale: true }),
      new transforms.Resize(40),
      new transforms.CenterCrop(32),
      normalize,
    ]);
    const dataset = new datasets.ImageFolder(root, { transform, loader: (path) => readImage(path) });
    const loader = new data.DataLoader(dataset, { batchSize: 6 });
    const model = fillByFormula(models.resnet18({ numClasses: 3 }));
    const criterion = new nn.CrossEntropyLoss();
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.001, momentum: 0.9, weightDecay: 1e-4 });
    const scheduler = new optim.lrScheduler.StepLR(optimizer, { stepSize: 1, gamma: 0.1 });
    const [losses, validated]: [number[], number[]] = [[], []];
    for (let epoch = 0; epoch < 2; epoch++) {
      model.train();
      for (const [images, target] of loader) {
        const output = model.forward(images);
        const loss = criterion.forward(output, target);
        losses.push(loss.item());
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
      }
      model.eval();
      noGrad(() => {
        for (const [images, target] of loader)
          validated.push(criterion.forward(model.forward(images), target).item());
      });
      scheduler.step();
    }
    assert.deepEqual(dataset.classes, recorded.imagenet.classes);
    near(losses.slice(0, 1), recorded.imagenet.losses.slice(0, 1), 2e-5);
    near(losses, recorded.imagenet.losses, 5e-3); // batch norm over six values: PyTorch's own float32 is 0.05 off
    near(validated, recorded.imagenet.validated, 2e-2);
  });
});
