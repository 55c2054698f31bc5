import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { manualSeed, random } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { TensorDataset, type Tensors } from '../../../src/helpers/data/dataset';
import { DataLoader, type DataLoaderOptions } from '../../../src/helpers/data/loader';
import { ConcatDataset, Subset } from '../../../src/helpers/data/views';
import { ModuleDataset } from '../../../src/helpers/data/workers/recipe';
import { SGD } from '../../../src/helpers/optim/optimizers';
import { fit } from '../../../src/helpers/train/fit';
import * as nn from '../../../src/nn';
import { PROJECT } from '../../support/sources';

const file = require.resolve('../../support/pictures');
const pictures = (args = {}) => new ModuleDataset(file, { args: [args] });
const arrays = () => new TensorDataset(tf.range(0, 20).reshape([10, 2]), tf.range(0, 10, 1, 'int32'));

const isTensor = (value: unknown): value is tf.Tensor => value instanceof tf.Tensor; // not Tensor<any>

/** A batch as plain numbers. */
function plain(value: unknown): unknown {
  if (isTensor(value)) {
    return { dtype: value.dtype, shape: value.shape, values: value.tolist<unknown>() };
  }
  if (Array.isArray(value)) return (value as unknown[]).map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

async function walked(loader: DataLoader, most = Infinity): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const batch of loader) if (seen.push(plain(batch)) >= most) break;
  return seen;
}

describe('worker threads', () => {
  const sources: Record<string, () => unknown> = {
    'a module': () => pictures(),
    arrays,
    'a part of arrays': () => new Subset(arrays(), [-1, 2, 5, 3]),
    'parts of modules': () => new Subset(new DataLoader<Tensors>(pictures()).dataset, [3, 1, -1]),
    'arrays one after the other': () => new ConcatDataset([arrays(), new Subset(arrays(), [4, 2])]),
  };

  for (const [name, make] of Object.entries(sources)) {
    it(`give the same batches, bit for bit and in order: ${name}`, async () => {
      const epochs = async (options: DataLoaderOptions<Tensors>) => {
        manualSeed(5);
        const loader = new DataLoader(make() as never, { batchSize: 3, shuffle: true, ...options });
        const seen = [await walked(loader), await walked(loader)];
        loader.dispose();
        return [...seen, random()];
      };
      const expected = await epochs({});
      assert.deepEqual(await epochs({ numWorkers: 2, persistentWorkers: true }), expected);
    });
  }

  it('hand single samples to a collateFn, and go on where a loop was left', async () => {
    const collateFn = (samples: { label: number }[]) => samples.map(({ label }) => label);
    const options = { batchSize: 2, seed: 3, shuffle: true, collateFn, numWorkers: 1, prefetchFactor: 4 };
    const loader = new DataLoader(pictures(), options);
    const seen: number[][] = [];
    let state: unknown;
    for await (const labels of loader) {
      if (seen.push(labels) === 2) state = loader.stateDict();
      if (seen.length === 3) break;
    }
    const resumed = new DataLoader(pictures(), { ...options, numWorkers: 0 });
    resumed.loadStateDict(state as never);
    assert.deepEqual([...resumed][0], seen[2]);
  });

  it('say what went wrong in the sample’s own sentence', async () => {
    const loader = new DataLoader(pictures({ broken: 7 }), { batchSize: 2, numWorkers: 2 });
    await assert.rejects(walked(loader), /^RangeError: Cannot read picture 7: expected a file, got none$/);
    const fatal = new DataLoader(pictures({ fatal: 4 }), { batchSize: 2, numWorkers: 1 });
    await assert.rejects(walked(fatal), /Cannot load a batch: worker thread 0 ended with code 3/);
  });

  it('refuse what cannot be sent, with a sentence', async () => {
    const own = { length: 2, getItem: (i: number) => i };
    await assert.rejects(
      walked(new DataLoader(own, { numWorkers: 1 })),
      /^TypeError: Cannot use worker threads: expected a data set of arrays .*, a ModuleDataset, or a Subset or ConcatDataset of them, got Object$/,
    );
    assert.throws(() => new ModuleDataset(file, { factory: 'none' }), /expected .*pictures\.ts to export a function 'none', got /); // prettier-ignore
    assert.throws(
      () => new ModuleDataset(file, { factory: 'nothing' }),
      /to give length and getItem, got others/,
    );
  });

  it('feed fit: the run is the one without them', async () => {
    const run = async (numWorkers: number) => {
      manualSeed(1);
      const model = new nn.Linear(4, 1);
      const source = new ModuleDataset(file, { factory: 'pairs' });
      const train = new DataLoader<[tf.Tensor, tf.Tensor]>(source, {
        batchSize: 4,
        shuffle: true,
        numWorkers,
      });
      const optimizer = new SGD(model.namedParameters(), { lr: 1e-3 });
      const loss = (output: tf.Tensor, y: tf.Tensor) => nn.mseLoss(output, y);
      return (await fit(model, { epochs: 2, train, loss, optimizer, display: false })).steps.loss;
    };
    const losses = await run(0);
    assert.equal(losses.length, 6);
    assert.deepEqual(await run(2), losses);
  });

  it('keep no process, whether a loop has ended, was broken off or was left', async () => {
    const code = `
      const { DataLoader } = require('./src/helpers/data/loader');
      const { ModuleDataset } = require('./src/helpers/data/workers/recipe');
      const make = (options) => new DataLoader(new ModuleDataset(${JSON.stringify(file)}), { numWorkers: 2, ...options });
      (async () => {
        for await (const _ of make({ persistentWorkers: true }));
        for await (const _ of make()) break;
        await make()[Symbol.asyncIterator]().next();
        console.log('done');
      })();`;
    const args = ['-r', 'ts-node/register/transpile-only', '-e', code];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: join(PROJECT),
      timeout: 60_000,
    });
    assert.match(stdout, /done/);
  }).timeout(60_000);
});
