import assert from 'node:assert/strict';
import { join } from 'node:path';

import { exportSavedModel } from '../../../src/engine/savedmodel';
import * as tf from '../../../src/engine/tf';
import { TensorDataset } from '../../../src/helpers/data/dataset';
import { DataLoader } from '../../../src/helpers/data/loader';
import { gradCam } from '../../../src/helpers/inspect/gradcam';
import { interpret } from '../../../src/helpers/inspect/interpretation';
import { lrFinder } from '../../../src/helpers/inspect/lrfinder';
import { overfitOneBatch } from '../../../src/helpers/inspect/overfit';
import { summary } from '../../../src/helpers/inspect/summary';
import { SGD } from '../../../src/helpers/optim/optimizers';
import { evaluate, predict } from '../../../src/helpers/train/evaluate';
import { fit } from '../../../src/helpers/train/fit';
import * as nn from '../../../src/nn';
import { temporaryFolder } from '../../support/folder';

class Network extends nn.Module {
  readonly conv = new nn.Conv2d(1, 2, 3);
  readonly norm = new nn.BatchNorm2d(2);
  readonly head = new nn.BatchNorm2d(2);
  readonly fc = new nn.Linear(8, 2);

  forward(x: tf.Tensor4D): tf.Tensor2D {
    return this.fc.forward(nn.flatten(this.head.forward(this.norm.forward(this.conv.forward(x)))));
  }
}

describe('a batch norm in evaluation mode', () => {
  const path = temporaryFolder();
  const images = tf.ones([8, 4, 4, 1]);
  const labels = tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1], 'int32');
  const loader = new DataLoader(new TensorDataset(images, labels), { batchSize: 4 });
  after(() => tf.dispose([images, labels]));
  const common = (model: Network) => {
    const optimizer = new SGD(model.namedParameters(), { lr: 0.1 });
    return { train: loader, loss: nn.crossEntropy, optimizer, display: false };
  };
  const image = () => tf.slice(images, 0, 1);

  const uses: Record<string, (model: Network) => unknown> = {
    fit: (model) => fit(model, { ...common(model), epochs: 2, valid: loader }),
    'fit, eager, with a callback that leaves another mode': (model) => {
      const careless = { onEpochEnd: () => void model.train().eval() };
      return fit(model, { ...common(model), epochs: 2, compile: false, callbacks: [careless] });
    },
    evaluate: (model) => evaluate(model, loader),
    predict: (model) => predict(model, loader),
    interpret: (model) => interpret(model, loader),
    lrFinder: (model) => lrFinder(model, { ...common(model), steps: 10 }),
    overfitOneBatch: (model) => overfitOneBatch(model, loader.first(), { ...common(model), steps: 3 }),
    gradCam: (model) => gradCam(model, 'conv', image()),
    summary: (model) => summary(model, [1, 4, 4, 1]),
    exportSavedModel: (model) => exportSavedModel(model, join(path('saved')), image()),
  };

  for (const [name, use] of Object.entries(uses)) {
    it(`does not move and stays in it: ${name}`, async () => {
      const model = new Network();
      model.norm.eval();
      await use(model);
      assert.deepEqual([...model.norm.runningMean!.dataSync()], [0, 0]);
      const modes = model.namedModules().map(([, module]) => module.training);
      assert.deepEqual(modes, [true, true, false, true, true]);
      if (name.startsWith('fit')) assert.notDeepEqual([...model.head.runningMean!.dataSync()], [0, 0]);
    });
  }
});
