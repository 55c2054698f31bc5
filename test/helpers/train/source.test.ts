import assert from 'node:assert/strict';

import { changeable, type NativeBackend } from '../../../src/engine/backend/native';
import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { ArrayDataset, type Dataset } from '../../../src/helpers/data/dataset';
import { DataLoader } from '../../../src/helpers/data/loader';
import { residentOf, spaceObstacle } from '../../../src/helpers/data/resident';
import { ConcatDataset, Subset } from '../../../src/helpers/data/views';
import { MNIST } from '../../../src/helpers/datasets/mnist';
import { Adam } from '../../../src/helpers/optim/optimizers';
import type { Batches } from '../../../src/helpers/train/batches';
import { fit, type FitOptions, resume } from '../../../src/helpers/train/fit';
import type { History } from '../../../src/helpers/train/history';
import { sourceOf } from '../../../src/helpers/train/source';
import { saveState } from '../../../src/helpers/train/weights';
import * as nn from '../../../src/nn';
import { blobs, TinyNet } from '../../support/blobs';

type Data = Dataset<[tf.Tensor, tf.Tensor]>;

function setup(data: Data, options: Partial<FitOptions> = {}) {
  manualSeed(7);
  const model = new TinyNet(0.2);
  const all: FitOptions = {
    epochs: 3,
    train: new DataLoader(data, { batchSize: 16, shuffle: true }),
    valid: new DataLoader(blobs(50, 2), { batchSize: 20 }),
    loss: nn.crossEntropy,
    optimizer: new Adam(model.namedParameters(), { lr: 0.02 }),
    display: false,
    ...options,
  };
  return { model, all };
}

/** Everything a run leaves behind, times aside. */
function outcome(model: nn.Module, history: History) {
  const epochs = history.epochs.map((epoch) => ({ ...epoch, seconds: 0 }));
  const weights = [...saveState(model).values()].map((values) => [...values]);
  return { epochs, losses: history.steps.loss, weights };
}

async function trained(data: Data, options: Partial<FitOptions>) {
  const { model, all } = setup(data, options);
  return outcome(model, await fit(model, all));
}

/** The same samples, but nobody says that they stay the same. */
class Unfixed implements Data {
  constructor(private readonly data: Data) {}
  get length(): number {
    return this.data.length;
  }
  gather(indices: ArrayLike<number>): [tf.Tensor, tf.Tensor] {
    return this.data.gather(indices);
  }
}

const subset = () =>
  new Subset(
    blobs(150),
    Int32Array.from({ length: 70 }, (_, i) => (i * 37) % 150),
  );

describe('fit({ resident })', function () {
  this.timeout(60_000);
  const kinds: [string, () => Data][] = [
    ['a data set with a smaller last batch', () => blobs(100)],
    ['a subset', subset],
    ['joined data sets', () => new ConcatDataset([blobs(40), subset()])],
  ];
  for (const [name, make] of kinds) {
    it(`gives the same bits as batches sent one by one: ${name}`, async () => {
      assert.deepEqual(await trained(make(), { resident: true }), await trained(make(), { resident: false }));
    });
  }

  it('sends the data once: later steps are fed positions and no batch', async () => {
    const backend = tf.backend() as unknown as NativeBackend;
    const original = backend.binding;
    const feeds: string[] = [];
    backend.binding = changeable(original);
    backend.binding.runSavedModel = (session, ids, names, outputs) => {
      feeds.push(names);
      return original.runSavedModel(session, ids, names, outputs);
    };
    try {
      await trained(blobs(96), { resident: true, valid: undefined, epochs: 4 });
    } finally {
      backend.binding = original;
    }
    const stores = feeds.flatMap((names, i) => (/(^|,)s/.test(names) ? [i] : []));
    assert.deepEqual(
      stores,
      [0],
      'all variables, the data among them, are handed over before the first step',
    );
    assert.equal(feeds.filter((names) => /^a\d*(:0)?(,d|$)/.test(names)).length, 4 * 6);
  });

  it('gives the same bits operation by operation', async () => {
    const plain = await trained(blobs(100), { compile: false, resident: false });
    assert.deepEqual(await trained(blobs(100), { compile: false, resident: true }), plain);
  });

  it('takes images and labels of MNIST as they are', () => {
    const data = new Subset(new MNIST({ source: 'embedded', announce: () => undefined }), [5, 3, 900, 41]);
    const options = { resident: true, compiled: true };
    const source = sourceOf(new DataLoader(data, { batchSize: 3 }), options);
    const batches = [...new DataLoader(data, { batchSize: 3 })].length;
    let count = 0;
    for (const batch of source) {
      assert.deepEqual(batch[0]?.dtype, 'int32');
      const own = source.gather(batch);
      const expected = data.gather(Array.from(batch[0]?.dataSync() ?? []));
      own.forEach((tensor, i) => {
        assert.deepEqual(tensor.shape, expected[i]?.shape);
        assert.deepEqual(tensor.dataSync(), expected[i]?.dataSync());
      });
      tf.dispose([...own, ...expected]);
      count++;
    }
    assert.equal(count, batches);
    source.dispose();
  });

  it('goes on in the middle of an epoch with the same bits', async () => {
    const whole = await trained(blobs(100), { resident: true });
    const { model, all } = setup(blobs(100), { resident: true });
    const controller = new AbortController();
    const stop = { onBatchEnd: ({ step }: { step: number }) => void (step === 10 && controller.abort()) };
    const history = await fit(model, { ...all, callbacks: [stop], signal: controller.signal });
    assert.equal(history.ending, 'interrupted');
    await resume(history, { callbacks: [], signal: undefined });
    assert.deepEqual(outcome(model, history), whole);
  });

  it('leaves no tensor behind, after a failure neither', async () => {
    const { model, all } = setup(blobs(100), { resident: true, epochs: 1 });
    await fit(model, all);
    const before = tf.memory().numTensors;
    await fit(model, all);
    assert.equal(tf.memory().numTensors, before);
    const broken = { onBatchEnd: () => assert.fail('stop here') };
    await assert.rejects(fit(model, { ...all, callbacks: [broken] }), /stop here/);
    assert.equal(tf.memory().numTensors, before);
    await assert.rejects(fit(model, { ...all, valid: [] as Batches }), /valid on the device/);
    assert.equal(tf.memory().numTensors, before);
  });

  it('sees what was changed in the arrays before it began', async () => {
    const { columns } = blobs(100);
    const data: Data = new ArrayDataset<[tf.Tensor, tf.Tensor]>(columns);
    const { model, all } = setup(data, { resident: true, epochs: 1, valid: undefined });
    await fit(model, all);
    columns.forEach(({ values }) => values.fill(1));
    const { model: other, all: again } = setup(data, { resident: true, epochs: 1, valid: undefined });
    const changed = outcome(other, await fit(other, again));
    assert.deepEqual(changed, await trained(data, { resident: false, epochs: 1, valid: undefined }));
  });

  it('names the samples that hold NaN', async () => {
    const { columns } = blobs(100);
    columns[0]?.values.fill(NaN);
    const { model, all } = setup(new ArrayDataset<[tf.Tensor, tf.Tensor]>(columns), { resident: true });
    const before = tf.memory().numTensors;
    await assert.rejects(fit(model, all), /the batch itself holds NaN/);
    assert.ok(tf.memory().numTensors <= before + 8, 'nothing but the optimizer’s own'); // two moments a parameter
  });

  it('refuses what may change from epoch to epoch, and says why', async () => {
    const { model, all } = setup(new Unfixed(blobs(100)), { resident: true });
    await assert.rejects(fit(model, all), /Cannot keep train on the device: expected .*fixed: true/);
    const plain = await trained(new Unfixed(blobs(100)), {});
    assert.deepEqual(await trained(new Unfixed(blobs(100)), { resident: 'auto' }), plain);
    const augmented = new MNIST({
      source: 'embedded',
      announce: () => undefined,
      transform: { forward: (x) => x },
    });
    assert.equal(augmented.fixed, false);
    assert.equal(new Subset(augmented, [0]).fixed, false);
    assert.match(residentOf(new DataLoader(augmented)) as string, /fixed: true/);
  });

  it('refuses batches that are no DataLoader', async () => {
    const { model, all } = setup(blobs(100), { resident: true });
    await assert.rejects(fit(model, { ...all, train: [] as Batches }), /a DataLoader, got other batches/);
  });

  it('uses the usual way without a card unless asked', function () {
    if (tf.device.kind === 'gpu') this.skip();
    const options = { resident: 'auto', compiled: true } as const;
    assert.equal(sourceOf(new DataLoader(blobs(20)), options).resident, false);
  });
});

describe('spaceObstacle()', () => {
  const large = new ArrayDataset([{ values: new Float32Array(6 * 2 ** 20), shape: [1024] }]); // 24 MiB
  it('lets a data set take an eighth of the free memory', () => {
    assert.equal(
      spaceObstacle(large, () => 8 * 24 * 2 ** 20),
      undefined,
    );
    assert.match(spaceObstacle(large, () => 8 * 24 * 2 ** 20 - 8) ?? '', /at most 24 MiB, got 24 MiB/);
    assert.match(spaceObstacle(large, () => 2 ** 20) ?? '', /at most 1 MiB, got 24 MiB/);
  });

  it('asks nobody about a small one, and leaves a large one where nobody answers', () => {
    const never = () => assert.fail('asked');
    assert.equal(spaceObstacle(blobs(100), never), undefined);
    assert.match(spaceObstacle(large, () => undefined) ?? '', /a driver that tells/);
  });
});
