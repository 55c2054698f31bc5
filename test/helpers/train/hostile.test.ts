/** Checkpoints that are not what they should be, steps that throw, callbacks that throw: nothing is half done. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

import { manualSeed, randomState } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { TensorDataset } from '../../../src/helpers/data/dataset';
import { DataLoader } from '../../../src/helpers/data/loader';
import { Adam } from '../../../src/helpers/optim/optimizers';
import { StepLR } from '../../../src/helpers/optim/schedulers';
import { checkpoint } from '../../../src/helpers/train/callbacks';
import { loadCheckpoint, saveCheckpoint } from '../../../src/helpers/train/checkpoint';
import { fit } from '../../../src/helpers/train/fit';
import * as nn from '../../../src/nn';
import { temporaryFolder } from '../../support/folder';

const x = tf.randomNormal([8, 4]);
const y = tf.randomNormal([8, 2]);
const mse = (output: tf.Tensor, target: tf.Tensor) => nn.mseLoss(output, target);

/** A run that has made two steps, so that every part has a state. */
function run(seed: number, { bias = true } = {}) {
  manualSeed(seed);
  const model = new nn.Sequential(new nn.Linear(4, 3, { bias }), new nn.BatchNorm1d(3), new nn.Linear(3, 2));
  const optimizer = new Adam(model.namedParameters(), { lr: 0.01 });
  const scheduler = new StepLR(optimizer, { stepSize: 1, gamma: 0.5 });
  const loader = new DataLoader(new TensorDataset(x, y), { batchSize: 2, shuffle: true });
  for (const [a, b] of [...loader].slice(0, 2)) optimizer.minimize(() => mse(model.forward(a), b)).dispose();
  scheduler.step();
  return { model, optimizer, scheduler, loader };
}

type Run = ReturnType<typeof run>;

/** Everything that a checkpoint restores, as it is. */
function everything({ model, optimizer, scheduler, loader }: Run): unknown {
  const { state, paramGroups } = optimizer.stateDict();
  const tensors = Object.entries(state).map(([name, { step, tensors: slots }]) => [
    name,
    step,
    Object.entries(slots).map(([slot, tensor]) => [slot, [...tensor.dataSync()]]),
  ]);
  const weights = [...model.stateDict()].map(([name, variable]) => [name, [...variable.dataSync()]]);
  return structuredClone([
    weights,
    tensors,
    paramGroups,
    scheduler.stateDict(),
    loader.stateDict(),
    randomState(),
  ]);
}

interface Header {
  __metadata__: { tsdl: string };
  [name: string]: object;
}

/** A safetensors file with another header. */
function withHeader(bytes: Buffer, change: (header: Header, state: Saved) => void): Buffer {
  const length = Number(bytes.readBigUInt64LE(0));
  const all = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Header;
  const saved = JSON.parse(all.__metadata__.tsdl) as Saved;
  change(all, saved);
  if ('__metadata__' in all) all.__metadata__.tsdl = JSON.stringify(saved);
  const text = Buffer.from(JSON.stringify(all));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, bytes.subarray(8 + length)]);
}

interface SavedGroup {
  lr: number;
  params: string[];
}

/** What a file says of a run beside its tensors. */
interface Saved {
  optimizer: { steps: Record<string, unknown>; paramGroups: [SavedGroup, ...SavedGroup[]] };
  loader: { batch: number };
  random: { seed: unknown; stream: unknown[] };
  [part: string]: unknown;
}

type Damage = (bytes: Buffer) => Buffer;
const state = (change: (state: Saved) => void): Damage => {
  return (bytes) => withHeader(bytes, (_, all) => change(all));
};
const header = (change: (header: Header) => void): Damage => {
  return (bytes) => withHeader(bytes, change);
};
const first = (all: Header, part: string): string =>
  Object.keys(all).find((name) => name.includes(part)) ?? '';

/** What can be wrong with a file, each in a part that is read after others. */
const WRONG: Readonly<Record<string, Damage>> = {
  empty: () => Buffer.alloc(0),
  'cut in the header': (bytes) => bytes.subarray(0, 40),
  'cut in the tensors': (bytes) => bytes.subarray(0, bytes.length - 3),
  'longer than it says': (bytes) => Buffer.concat([bytes, Buffer.alloc(5)]),
  'no JSON': (bytes) => Buffer.concat([bytes.subarray(0, 8), Buffer.from('x'), bytes.subarray(9)]),
  'no metadata': header((all) => Reflect.deleteProperty(all, '__metadata__')),
  'a model tensor too few': header((all) => Reflect.deleteProperty(all, first(all, 'weight'))),
  'a model tensor of another name': header((all) => {
    const name = first(all, '0.weight');
    all.other = all[name]!;
    Reflect.deleteProperty(all, name);
  }),
  'a model tensor of another shape': header((all) => Object.assign(all['0.weight']!, { shape: [4, 3] })),
  'an average too few': header((all) => Reflect.deleteProperty(all, first(all, 'optimizer:'))),
  'an average of another shape': header((all) =>
    Object.assign(all[first(all, 'optimizer:expAvg:0.w') || first(all, 'optimizer:')]!, { shape: [1, 12] }),
  ),
  'an average of halves': header((all) => Object.assign(all[first(all, 'optimizer:')]!, { dtype: 'F16' })),
  ...Object.fromEntries(
    [null, 5, 'x', [], true].flatMap((value) =>
      ['optimizer', 'scheduler', 'loader', 'random', 'version'].map((part) => [
        `${part} is ${JSON.stringify(value)}`,
        state((all) => (all[part] = value)),
      ]),
    ),
  ),
  'no optimizer': state((all) => Reflect.deleteProperty(all, 'optimizer')),
  'no scheduler': state((all) => Reflect.deleteProperty(all, 'scheduler')),
  'no loader': state((all) => Reflect.deleteProperty(all, 'loader')),
  'steps of a stranger': state((all) => (all.optimizer.steps = { nobody: 1 })),
  'steps that are text': state((all) =>
    Object.keys(all.optimizer.steps).forEach((name) => (all.optimizer.steps[name] = 'x')),
  ),
  'steps below zero': state((all) =>
    Object.keys(all.optimizer.steps).forEach((name) => (all.optimizer.steps[name] = -3)),
  ),
  'groups that are none': state((all) => Object.assign(all.optimizer, { paramGroups: 7 })),
  'groups too many': state((all) => all.optimizer.paramGroups.push(all.optimizer.paramGroups[0])),
  'a rate that is text': state((all) => Object.assign(all.optimizer.paramGroups[0], { lr: 'fast' })),
  'a weight decay below zero': state((all) =>
    Object.assign(all.optimizer.paramGroups[0], { weightDecay: -1 }),
  ),
  'a rate of nothing': state((all) => Object.assign(all.optimizer.paramGroups[0], { lr: null })),
  'parameters of another name': state((all) => (all.optimizer.paramGroups[0].params[0] = 'other')),
  'a scheduler of another kind': state((all) => (all.scheduler = { lastEpoch: 1 })),
  'a loader beyond its end': state((all) => (all.loader.batch = 99)),
  'a loader of no place': state((all) => Object.assign(all, { loader: {} })),
  'a random state of text': state((all) => (all.random.seed = 'x')),
  'a random stream too short': state((all) => all.random.stream.pop()),
};

describe('loadCheckpoint()', () => {
  const path = temporaryFolder();

  for (const [name, damage] of Object.entries(WRONG)) {
    it(`takes nothing from a file with ${name}`, () => {
      saveCheckpoint(path('good'), { ...run(1), epoch: 3, extra: { kept: tf.tensor1d([1, 2]) } });
      writeFileSync(path('bad'), damage(readFileSync(path('good'))));
      const other = run(2);
      const before = everything(other);
      const tensors = tf.memory().numTensors;
      assert.throws(
        () => loadCheckpoint(path('bad'), other),
        (error: Error) => {
          assert.match(error.message, /^Cannot (?!read properties)/, error.stack);
          return ['SyntaxError', 'RangeError', 'TypeError'].includes(error.name);
        },
      );
      assert.deepEqual(everything(other), before);
      assert.equal(tf.memory().numTensors, tensors);
    });
  }

  it('takes all of a good one', () => {
    const one = run(1);
    saveCheckpoint(path('good'), { ...one, epoch: 3 });
    const saved = everything(one);
    const other = run(2);
    assert.equal(loadCheckpoint(path('good'), other).epoch, 3);
    assert.deepEqual(everything(other), saved);
  });

  it('within fit: a file without a history leaves the model as it is', async () => {
    saveCheckpoint(path('other'), run(1));
    const other = run(2);
    const before = [...other.model.stateDict().values()].map((variable) => [...variable.dataSync()]);
    const options = { epochs: 1, train: other.loader, loss: mse, optimizer: other.optimizer, display: false };
    await assert.rejects(
      fit(other.model, { ...options, resume: path('other') }),
      /expected a file of the callback checkpoint/,
    );
    assert.deepEqual(
      [...other.model.stateDict().values()].map((variable) => [...variable.dataSync()]),
      before,
    );
  });
});

describe('fit()', () => {
  const path = temporaryFolder();
  const fitted = (more: object) => {
    const { model, optimizer, loader: train } = run(1);
    return { model, options: { epochs: 2, train, loss: mse, optimizer, display: false, ...more } };
  };

  for (const compile of [true, false]) {
    for (const where of ['forward', 'loss', 'gradient', 'metric'] as const) {
      it(`keeps nothing of a step that throws in ${where}${compile ? ', compiled' : ''}`, async () => {
        class Failing extends nn.Module {
          readonly fc = new nn.Linear(4, 30);
          readonly out = new nn.Linear(30, 2);

          forward(input: tf.Tensor): tf.Tensor {
            const hidden = tf.relu(this.fc.forward(input));
            if (where === 'forward') throw new Error('boom');
            return this.out.forward(hidden);
          }
        }
        const model = new Failing();
        const optimizer = new Adam(model.namedParameters());
        const loss = (output: tf.Tensor, target: tf.Tensor): tf.Scalar => {
          const value = mse(output, target);
          if (where === 'loss') throw new Error('boom');
          const failing = tf.customGrad((z) => ({
            value: (z as tf.Tensor).clone(),
            gradFunc: () => {
              throw new Error('boom');
            },
          }));
          return where === 'gradient' ? failing(value) : value;
        };
        const tally = (): tf.Tensor1D => {
          throw new Error('boom');
        };
        const metrics = [
          ...(where === 'metric' ? [{ name: 'bad', keys: ['bad'], tally, result: () => ({ bad: 0 }) }] : []),
        ] as never;
        // the same tensors again and again: batches of a loader are freed when the garbage is
        const train = {
          length: 2,
          *[Symbol.iterator]() {
            yield [x, y] as const;
            yield [x, y] as const;
          },
        } as never;
        const attempt = () =>
          fit(model, { epochs: 1, train, loss, optimizer, metrics, compile, display: false });
        await assert.rejects(attempt());
        const before = tf.memory();
        for (let i = 0; i < 3; i++) await assert.rejects(attempt());
        assert.equal(tf.memory().numTensors, before.numTensors);
        assert.equal(tf.memory().numBytes, before.numBytes);
      });
    }
  }

  it('tells what went wrong in a step, not in the end of a callback after it', async () => {
    const ended: string[] = [];
    const { model, options } = fitted({
      callbacks: [
        {
          onBatchEnd: () => {
            throw new Error('the real one');
          },
          onEnd: () => {
            throw new Error('another');
          },
        },
        { onEnd: () => void ended.push('second') },
      ],
    });
    await assert.rejects(fit(model, options), /the real one/);
    assert.deepEqual(ended, ['second']);
  });

  it('writes its checkpoint though another callback throws at the end, and tells that', async () => {
    const { model, options } = fitted({
      callbacks: [
        {
          onEnd: () => {
            throw new Error('at the end');
          },
        },
        checkpoint(path('last'), { every: 100 }),
      ],
    });
    await assert.rejects(fit(model, options), /at the end/);
    const other = run(5);
    assert.equal(loadCheckpoint(path('last'), { model: other.model, optimizer: other.optimizer }).epoch, 2);
  });
});
