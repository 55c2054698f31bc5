/** What the tests of several workers train: here in their own process, and as a program of each worker. */
import { createHash } from 'node:crypto';

import { noGrad } from '../../../src/engine/autograd';
import { compile } from '../../../src/engine/compile';
import { manualSeed, normal, randomState } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { DataLoader, TensorDataset } from '../../../src/helpers/data';
import { lrFinder, overfitOneBatch } from '../../../src/helpers/inspect';
import { Adam, LBFGS, SGD } from '../../../src/helpers/optim';
import { ReduceLROnPlateau } from '../../../src/helpers/optim/schedulers';
import {
  type Callback,
  checkpoint,
  csvLog,
  earlyStopping,
  evaluate,
  f1,
  fit,
  type FitOptions,
  jsonLog,
  saveBest,
  schedule,
  topK,
} from '../../../src/helpers/train';
import * as nn from '../../../src/nn';

/** What came of a training; `weights` is a hash of their bits. */
export interface Trained {
  readonly losses: readonly number[];
  readonly epochs: readonly number[];
  readonly weights: string;
  readonly random: unknown;
}

const SAMPLES = 53; // batches of 16, 16, 16 and 5
const CLASSES = 4;

function dataset(shape: readonly number[]): TensorDataset<[tf.Tensor, tf.Tensor]> {
  const x = normal<tf.Rank>([SAMPLES, ...shape]);
  const flat = tf.reshape<tf.Rank.R2>(x, [SAMPLES, -1]);
  const truth = tf.argMax(
    tf.matMul(flat, normal<tf.Rank.R2>([tf.util.sizeFromShape([...shape]), CLASSES])),
    1,
  );
  return new TensorDataset(x, tf.cast<tf.Tensor>(truth, 'int32'));
}

function hashOf(model: nn.Module): string {
  const hash = createHash('sha256');
  for (const variable of model.stateDict().values()) {
    const values = variable.dataSync();
    hash.update(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
}

const mlp = () => new nn.Sequential(new nn.Linear(12, 16), new nn.ReLU(), new nn.Linear(16, CLASSES));
const cnn = () =>
  new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Dropout(0.3),
    new nn.Linear(4 * 36, CLASSES),
  );
const normed = () =>
  new nn.Sequential(new nn.Linear(12, 16), new nn.BatchNorm1d(16), new nn.ReLU(), new nn.Linear(16, CLASSES));

const crossEntropy = nn.crossEntropy;

async function fitted(
  model: nn.Module,
  shape: readonly number[],
  options: Partial<FitOptions> = {},
): Promise<Trained> {
  const samples = dataset(shape);
  const history = await fit(model, {
    epochs: 2,
    train: new DataLoader(samples, { batchSize: 16, shuffle: true }),
    valid: new DataLoader(samples, { batchSize: 40 }),
    loss: crossEntropy,
    optimizer: new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 }),
    display: false,
    ...options,
  });
  const { loss = NaN } = await evaluate(model, new DataLoader(samples, { batchSize: 3 }), {
    loss: crossEntropy,
  });
  const epochs = history.epochs.flatMap((log) => [log.loss, log.accuracy, log.validLoss, log.validAccuracy]);
  return {
    losses: [...history.steps.loss, loss],
    epochs: epochs as number[],
    weights: hashOf(model),
    random: randomState(),
  };
}

/** PyTorch's loop, each batch by a function that goes backward. */
function looped(
  step: (model: nn.Module, optimizer: SGD) => (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
): Trained {
  const model = mlp();
  const optimizer = new SGD(model.parameters(), { lr: 0.1 });
  const train = step(model, optimizer);
  const losses: number[] = [];
  for (const [x, y] of new DataLoader(dataset([12]), { batchSize: 16, shuffle: true })) {
    losses.push(train(x, y).dataSync()[0] ?? NaN);
  }
  return { losses, epochs: [], weights: hashOf(model), random: randomState() };
}

/** Callbacks that decide by the numbers, and an evaluation in one of them. */
async function fitUntilNothingImproves(): Promise<Trained> {
  const model = mlp();
  const optimizer = new SGD(model.parameters(), { lr: 0.5 });
  const seen: number[] = [];
  const samples = dataset([12]);
  const look: Callback = {
    async onEpochEnd({ lr }) {
      const metrics = [topK(2), f1()];
      const result = await evaluate(model, new DataLoader(samples, { batchSize: 10 }), { metrics });
      seen.push(lr, ...Object.values(result));
    },
  };
  const trained = await fitted(model, [12], {
    ...{ optimizer, epochs: 12 },
    callbacks: [
      look,
      schedule(new ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.5 })),
      earlyStopping({ patience: 1, minDelta: 0.03 }),
    ],
  });
  return { ...trained, epochs: [...trained.epochs, ...seen] };
}

async function searchRate(): Promise<Trained> {
  const model = mlp();
  const optimizer = new SGD(model.parameters(), { lr: 0.1 });
  const train = new DataLoader(dataset([12]), { batchSize: 16, shuffle: true });
  const found = await lrFinder(model, { train, loss: crossEntropy, optimizer, startLr: 1e-3, steps: 20 });
  const batches = noGrad(() => [...train]); // of somebody else: cut by rank
  const again = await lrFinder(model, {
    train: batches,
    loss: crossEntropy,
    optimizer,
    startLr: 1e-3,
    steps: 20,
  });
  return {
    losses: [...found.loss, ...again.loss],
    epochs: [found.suggestion, again.suggestion],
    weights: hashOf(model),
    random: randomState(),
  };
}

const backward = (model: nn.Module, optimizer: SGD) => (x: tf.Tensor, y: tf.Tensor) => {
  optimizer.zeroGrad();
  const loss = crossEntropy(model.forward(x as never) as tf.Tensor, y);
  loss.backward();
  optimizer.step();
  return loss;
};

/** Every kind of training. */
const KINDS: Readonly<Record<string, () => Promise<Trained> | Trained>> = {
  'fit with Adam and clipping': () => {
    const model = mlp();
    return fitted(model, [12], { optimizer: new Adam(model.parameters(), { lr: 0.01 }), clipNorm: 1 });
  },
  'fit with dropout': () => fitted(cnn(), [6, 6, 1]),
  'fit with batch norm': () => fitted(normed(), [12]),
  'fit not compiled': () => fitted(normed(), [12], { compile: false }),
  'fit on an array of batches': () => {
    const batches = noGrad(() => [...new DataLoader(dataset([12]), { batchSize: 21 })]);
    return fitted(mlp(), [12], { train: batches });
  },
  'fit on an array of shares': () => {
    const batches = [...new DataLoader(dataset([12]), { batchSize: 21 })];
    return fitted(mlp(), [12], { train: batches });
  },
  'fit that stops early and lowers its rate': fitUntilNothingImproves,
  'fit with L-BFGS': () => {
    const model = mlp();
    return fitted(model, [12], {
      optimizer: new LBFGS(model.parameters(), { maxIter: 3 }),
      compile: false,
      nanGuard: false,
    });
  },
  'a search for the rate': searchRate,
  'one batch by heart': async () => {
    const model = mlp();
    const [batch] = noGrad(() => [...new DataLoader(dataset([12]), { batchSize: 21 })]);
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const { losses } = await overfitOneBatch(model, batch as [tf.Tensor, tf.Tensor], {
      ...{ loss: crossEntropy, optimizer, steps: 8 },
    });
    return { losses, epochs: [], weights: hashOf(model), random: randomState() };
  },
  'a loop': () => looped(backward),
  'a compiled loop': () => looped((model, optimizer) => compile(backward(model, optimizer))),
};

/** Those in which workers depend on each other most. */
export const FEW = ['fit with dropout', 'fit with batch norm', 'a compiled loop'];

/** All kinds, or some, one after the other. */
export async function trainAll(kinds = Object.keys(KINDS)): Promise<Record<string, Trained>> {
  const results: Record<string, Trained> = {};
  for (const [name, train] of Object.entries(KINDS)) {
    if (!kinds.includes(name)) continue;
    manualSeed(11);
    results[name] = await train();
  }
  return results;
}

/** What workers come to when the last of them alone asks for a stop, after the third step. */
export async function stopped(last: boolean): Promise<Trained> {
  manualSeed(29);
  const alone: Callback = {
    local: true,
    onBatchEnd: ({ step }) => (last && step === 3 ? 'stop' : undefined),
  };
  return fitted(mlp(), [12], { callbacks: [alone] });
}

/** The files of every callback that writes, under a name that each worker has for itself. */
export async function writing(path: string): Promise<void> {
  await fitted(mlp(), [12], {
    callbacks: [
      csvLog(`${path}.csv`),
      jsonLog(`${path}.json`),
      saveBest(`${path}.best`),
      checkpoint(`${path}.last`),
    ],
  });
}

/** A run with checkpoints, in which worker 1 may meet its fate after its sixth step. */
export async function trainOn(file: string, fate?: NodeJS.Signals): Promise<Trained> {
  const blow: Callback = {
    onBatchEnd: ({ step }) => {
      if (fate !== undefined && step === 6) process.kill(process.pid, fate);
    },
  };
  manualSeed(23);
  const model = cnn();
  return fitted(model, [6, 6, 1], {
    epochs: 4,
    optimizer: new Adam(model.parameters(), { lr: 0.01 }),
    callbacks: [checkpoint(file), blow],
  });
}
