import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

import { compile } from '../../../src/engine/compile';
import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { TensorDataset } from '../../../src/helpers/data/dataset';
import { DataLoader } from '../../../src/helpers/data/loader';
import { saveSafetensors } from '../../../src/helpers/io/safetensors';
import { loadStateDict } from '../../../src/helpers/io/state';
import { Adam, AdamW, Optimizer, SGD } from '../../../src/helpers/optim/optimizers';
import {
  CosineAnnealingLR,
  LRScheduler,
  OneCycleLR,
  ReduceLROnPlateau,
  Scheduler,
} from '../../../src/helpers/optim/schedulers';
import { loadCheckpoint, saveCheckpoint } from '../../../src/helpers/train/checkpoint';
import * as nn from '../../../src/nn';
import { temporaryFolder } from '../../support/folder';

/**
 * Everything that has a state: convolution kernels, running statistics, dropout; and a bias before the batch norm,
 * whose gradient is nothing but rounding, which Adam turns into steps: any call that rounds otherwise shows.
 */
class Network extends nn.Module {
  readonly conv = new nn.Conv2d(1, 4, 3, { padding: 1 });
  readonly norm = new nn.BatchNorm2d(4);
  readonly dropout = new nn.Dropout(0.5);
  readonly fc = new nn.Linear(64, 3);

  forward(x: tf.Tensor4D): tf.Tensor2D {
    const maps = tf.relu(this.norm.forward(this.conv.forward(x)));
    return this.fc.forward(this.dropout.forward(nn.flatten(maps)));
  }
}

interface Training {
  model: Network;
  optimizer: Optimizer;
  scheduler: Scheduler;
  loader: DataLoader<[tf.Tensor4D, tf.Tensor1D]>;
  step: (x: tf.Tensor4D, y: tf.Tensor1D) => tf.Scalar;
}

const SAMPLES = 20;
const BATCH = 4;

function data() {
  const images = Float32Array.from({ length: SAMPLES * 16 }, (_, i) => Math.sin(i * i));
  const labels = Int32Array.from({ length: SAMPLES }, (_, i) => i % 3);
  return { images, labels };
}

type Build = (model: Network) => { optimizer: Optimizer; scheduler: Scheduler };

function start(
  build: Build,
  dataset: TensorDataset<[tf.Tensor4D, tf.Tensor1D]>,
  compiled: boolean,
): Training {
  const model = new Network();
  const { optimizer, scheduler } = build(model);
  const loader = new DataLoader(dataset, { batchSize: BATCH, shuffle: true });
  const eager = (x: tf.Tensor4D, y: tf.Tensor1D) =>
    optimizer.minimize(() => nn.crossEntropy(model.forward(x), y), { clipNorm: 1 });
  return { model, optimizer, scheduler, loader, step: compiled ? compile(eager) : eager };
}

/** Some batches of endless epochs; gives the losses. */
function train({ loader, scheduler, step }: Training, batches: number): number[] {
  const losses: number[] = [];
  while (losses.length < batches) {
    for (const [x, y] of loader) {
      const loss = step(x, y);
      losses.push(loss.dataSync()[0]!);
      loss.dispose();
      if (scheduler instanceof LRScheduler) scheduler.step();
      else scheduler.step(losses.at(-1));
      if (losses.length === batches) break;
    }
  }
  return losses;
}

const weights = ({ model }: Training) =>
  [...model.stateDict()].map(([name, variable]) => [name, variable.dataSync().slice()]);

describe('saveCheckpoint, loadCheckpoint', () => {
  const path = temporaryFolder();
  let dataset: TensorDataset<[tf.Tensor4D, tf.Tensor1D]>;

  before(() => {
    const { images, labels } = data();
    dataset = new TensorDataset(tf.tensor4d(images, [SAMPLES, 4, 4, 1]), tf.tensor1d(labels, 'int32'));
  });

  const builds: [string, Build][] = [
    [
      'Adam with amsgrad and a cosine',
      (model) => {
        const optimizer = new Adam(model.namedParameters(), { lr: 0.01, amsgrad: true });
        return { optimizer, scheduler: new CosineAnnealingLR(optimizer, { tMax: 7 }) };
      },
    ],
    [
      'SGD with groups, momentum and a plateau',
      (model) => {
        const head = model.fc.namedParameters().map(([name, v]) => [`fc.${name}`, v] as const);
        const body = model.namedParameters().filter(([name]) => !name.startsWith('fc.'));
        const optimizer = new SGD([{ params: body, lr: 0.01 }, { params: head }], { lr: 0.1, momentum: 0.9 });
        return { optimizer, scheduler: new ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.5 }) };
      },
    ],
    [
      'AdamW under a cycle that moves its betas',
      (model) => {
        const optimizer = new AdamW(model.namedParameters());
        return { optimizer, scheduler: new OneCycleLR(optimizer, { maxLr: 0.01, totalSteps: 40 }) };
      },
    ],
  ];

  for (const compiled of [false, true]) {
    for (const [name, build] of builds) {
      it(`goes on bit by bit in new objects: ${name}${compiled ? ', compiled' : ''}`, () => {
        manualSeed(3);
        const first = start(build, dataset, compiled);
        train(first, 10); // two epochs
        saveCheckpoint(path('run.safetensors'), { ...first, epoch: 2, bestMetric: 0.5 });
        const expected = { losses: train(first, 12), weights: weights(first) };
        manualSeed(99);
        const second = start(build, dataset, compiled);
        const { epoch, bestMetric } = loadCheckpoint(path('run.safetensors'), second);
        assert.deepEqual([epoch, bestMetric], [2, 0.5]);
        assert.deepEqual({ losses: train(second, 12), weights: weights(second) }, expected);
      });
    }
  }

  it('goes on in the middle of an epoch', () => {
    const build = builds[0]![1];
    const stepOn = (training: Training, saveAt: number) => {
      const losses: number[] = [];
      for (const [x, y] of training.loader) {
        losses.push(training.step(x, y).dataSync()[0]!);
        if (losses.length === saveAt) saveCheckpoint(path('middle.safetensors'), { ...training });
      }
      return losses;
    };
    manualSeed(4);
    const whole = stepOn(start(build, dataset, false), 2);
    manualSeed(5);
    const second = start(build, dataset, false);
    loadCheckpoint(path('middle.safetensors'), second);
    assert.deepEqual(stepOn(second, 0), whole.slice(2));
  });

  it('gives back history and extra, numbers that JSON has no word for included', () => {
    const notes = { history: { loss: [1, NaN, -Infinity] }, extra: { note: '你好' }, bestMetric: Infinity };
    saveCheckpoint(path('notes.safetensors'), notes);
    assert.deepEqual(loadCheckpoint(path('notes.safetensors'), {}), {
      ...notes,
      epoch: undefined,
      report: undefined,
    });
  });

  it('leaves the random state alone when only the model is loaded', () => {
    const model = new Network();
    saveCheckpoint(path('model.safetensors'), { model });
    manualSeed(1);
    const expected = tf.tidy(() => new Network().fc.weight.dataSync());
    manualSeed(1);
    loadCheckpoint(path('model.safetensors'), { model });
    assert.deepEqual(
      tf.tidy(() => new Network().fc.weight.dataSync()),
      expected,
    );
  });

  it('is a file that loadStateDict reads too when it holds a model alone', async () => {
    const [model, other] = [new Network(), new Network()];
    saveCheckpoint(path('model.safetensors'), { model, epoch: 3 });
    await loadStateDict(other, path('model.safetensors'));
    assert.deepEqual(other.fc.weight.dataSync(), model.fc.weight.dataSync());
  });

  it('refuses what is no checkpoint and what does not fit', () => {
    const model = new Network();
    saveSafetensors(new Map([['a', tf.scalar(1)]]), path('plain'));
    assert.throws(() => loadCheckpoint(path('plain'), { model }), {
      name: 'SyntaxError',
      message: /expected metadata "tsdl", got none; loadStateDict reads plain weights/,
    });
    saveCheckpoint(path('model'), { model });
    const optimizer = new SGD(model.namedParameters(), { momentum: 0.9 });
    assert.throws(() => loadCheckpoint(path('model'), { model, optimizer }), {
      name: 'RangeError',
      message: /expected a checkpoint with optimizer, got one without/,
    });
    saveCheckpoint(path('sgd'), { model, optimizer });
    const adam = new Adam(model.namedParameters());
    assert.throws(
      () => loadCheckpoint(path('sgd'), { model, optimizer: adam }),
      /Cannot load optimizer state/,
    );
    const other = new nn.Linear(2, 2);
    assert.throws(() => loadCheckpoint(path('model'), { model: other }), /unexpected/);
  });

  it('refuses metadata that were tampered with', () => {
    const model = new Network();
    const optimizer = new SGD(model.namedParameters(), { lr: 0.5, momentum: 0.9 });
    saveCheckpoint(path('good'), { model, optimizer });
    const text = readFileSync(path('good'), 'latin1');
    const changes: [string, string, RegExp][] = [
      ['\\"version\\":2', '\\"version\\":3', /expected version 1 or 2, got 3/],
      ['\\"version\\":2', '\\"version\\",2', /metadata in JSON/],
      ['\\"seed\\":', '\\"sead\\":', /a random state/],
      ['\\"momentum\\":0.9', '\\"momentum\\":-99', /expected momentum at least 0, got -99/],
      ['\\"lr\\":0.5', '\\"lr\\":[1]', /expected option lr as number, got object/],
      ['\\"nesterov\\":', '\\"__class_\\":', /expected option nesterov as boolean, got undefined/],
    ];
    for (const [from, to, message] of changes) {
      assert.equal(to.length, from.length, to);
      writeFileSync(path('bad'), text.replace(from, to), 'latin1');
      assert.throws(() => loadCheckpoint(path('bad'), { model, optimizer }), message);
    }
    assert.equal(optimizer.lr, 0.5);
  });
});
