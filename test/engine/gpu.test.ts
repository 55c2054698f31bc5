import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { compile } from '../../src/engine/compile';
import { usesCudnn } from '../../src/engine/ops/cudnn';
import { cudnnDifference, cudnnLimit, prepareCudnn } from '../../src/engine/ops/cudnncheck';
import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { DataLoader } from '../../src/helpers/data/loader';
import { Adam } from '../../src/helpers/optim/optimizers';
import { fit } from '../../src/helpers/train/fit';
import { sourceOf } from '../../src/helpers/train/source';
import { CNN } from '../../src/models/cnn';
import * as nn from '../../src/nn';
import { blobs, TinyNet } from '../support/blobs';
import { assertClose } from '../support/close';
import { onGpu } from '../support/gpu';

/** Memory in use on the card that computes, in MB, by nvidia-smi. */
function usedMb(): number {
  const query = ['--query-gpu=memory.used,memory.total', '--format=csv,noheader,nounits'];
  const index = String(tf.device.index ?? 0);
  const [used = NaN] = execFileSync('nvidia-smi', [...query, '-i', index], { encoding: 'utf8' })
    .split(',')
    .map(Number);
  return used;
}

describe('on a GPU', () => {
  onGpu('a convolution goes to cuDNN and gives the CPU’s numbers', () => {
    const y = tf.conv2d(tf.ones([1, 8, 8, 4]), tf.ones([3, 3, 4, 8]), 1, 'valid');
    assert.deepEqual(y.shape, [1, 6, 6, 8]);
    assert.ok(y.dataSync().every((value) => value === 36));
    const loaded = readFileSync('/proc/self/maps', 'utf8');
    assert.ok(loaded.includes('libcudnn.so'), 'cuDNN was not loaded');
  });

  onGpu('integers and strings, which stay on the host, meet numbers on the card', () => {
    const order = tf.tensor1d([2, 0, 1], 'int32');
    const rows = tf.gather(
      tf.tensor2d([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      order,
    );
    assert.deepEqual(rows.arraySync(), [
      [5, 6],
      [1, 2],
      [3, 4],
    ]);
    assert.deepEqual(tf.mul(tf.cast(order, 'float32'), 2).arraySync(), [4, 0, 2]);
    assert.deepEqual(tf.argMax(rows, 1).arraySync(), [1, 1, 1]);
    assert.deepEqual(tf.add(order, tf.range(0, 3, 1, 'int32')).arraySync(), [2, 1, 3]);
    assert.deepEqual(tf.tensor1d(['深度', '学习'], 'string').arraySync(), ['深度', '学习']);
  });

  onGpu('TensorFlow leaves the card to others until it needs it', () => {
    tf.sum(tf.ones([1024])).dataSync();
    const query = ['--query-compute-apps=pid,used_memory', '--format=csv,noheader,nounits'];
    const apps = execFileSync('nvidia-smi', query, { encoding: 'utf8' });
    const own = apps.split('\n').find((line) => line.startsWith(`${process.pid},`));
    // in a container nvidia-smi may not see our process; the card as a whole then has to be mostly free
    assert.ok(Number(own?.split(',')[1] ?? usedMb()) < 4096, `uses ${own ?? `${usedMb()} MB`}`);
  });

  onGpu('recorded steps give the losses of single operations, and the card’s memory stays flat', () => {
    const x = tf.randomNormal([64, 28, 28, 1], 0, 1, 'float32', 1);
    const y = tf.tensor1d(
      Array.from({ length: 64 }, (_, i) => i % 10),
      'int32',
    );
    const [model, other] = [new CNN().eval(), new CNN().eval()];
    other.loadStateDict(model.stateDict());
    const stepOf = (net: CNN) => {
      const optimizer = new Adam(net.namedParameters(), { lr: 1e-3 });
      return (input: tf.Tensor4D, target: tf.Tensor1D) =>
        optimizer.minimize(() => nn.crossEntropy(net.forward(input), target));
    };
    const [eager, recorded] = [stepOf(other), compile(stepOf(model))];
    for (let k = 0; k < 5; k++) {
      const [a = NaN] = tf.tidy(() => eager(x, y).dataSync());
      const [b = NaN] = tf.tidy(() => recorded(x, y).dataSync());
      assert.ok(Math.abs(a - b) < 1e-3, `step ${k}: ${a} and ${b}`);
    }
    const run = (steps: number): number => {
      for (let k = 0; k < steps; k++) tf.tidy(() => recorded(x, y).dataSync());
      return usedMb();
    };
    const before = run(50);
    const after = run(300);
    assert.ok(after - before <= 16, `${before} MB, then ${after} MB`);
  });

  for (const precision of ['float16', 'bfloat16'] as const) {
    onGpu(`products in ${precision} train like float32`, () => {
      const x = tf.randomNormal([64, 28, 28, 1], 0, 1, 'float32', 1);
      const y = tf.tensor1d(
        Array.from({ length: 64 }, (_, i) => i % 10),
        'int32',
      );
      const start = new CNN().eval();
      const losses = (half?: 'float16' | 'bfloat16'): number[] => {
        const model = new CNN().eval();
        model.loadStateDict(start.stateDict());
        const optimizer = new Adam(model.namedParameters(), { lr: 1e-3 });
        const objective = () => nn.crossEntropy(model.forward(x), y);
        const step = compile(() => optimizer.minimize(objective), { precision: half });
        return Array.from({ length: 8 }, () => tf.tidy(() => step().dataSync()[0] ?? NaN));
      };
      const [full, half] = [losses(), losses(precision)];
      half.forEach((loss, i) => assert.ok(Math.abs(loss - (full[i] ?? NaN)) < 0.05, `step ${i}: ${loss}`));
      assert.notDeepEqual(half, full);
    });
  }

  onGpu('too large a tensor ends with what to do, and the card computes on', () => {
    assert.throws(() => tf.fill([200_000, 2_000, 2_000], 1).dataSync(), {
      name: 'DeviceError',
      kind: 'memory',
      message: /^Cannot compute on GPU \d+ .*out of memory/,
    });
    assert.deepEqual(tf.add([1], [2]).arraySync(), [3]);
  });

  onGpu('LSTM and GRU go to cuDNN and give the stepwise form’s numbers', () => {
    for (const cell of ['lstm', 'gru'] as const) {
      assert.equal(prepareCudnn(cell), undefined);
      assert.equal(usesCudnn(cell), true);
      for (const directions of [1, 2] as const) {
        assert.ok(cudnnDifference(cell, directions) <= cudnnLimit(), `${cell}, ${directions} direction(s)`);
      }
    }
  });

  onGpu('the data set moves to the card by itself, and the losses stay', async () => {
    const losses = async (resident: 'auto' | false): Promise<readonly number[]> => {
      const train = new DataLoader(blobs(100), { batchSize: 16, shuffle: true });
      assert.equal(sourceOf(train, { resident, compiled: true }).resident, resident === 'auto');
      manualSeed(7);
      const model = new TinyNet();
      const optimizer = new Adam(model.namedParameters(), { lr: 0.02 });
      const options = { epochs: 3, train, loss: nn.crossEntropy, optimizer, display: false, resident };
      return (await fit(model, options)).steps.loss;
    };
    assertClose(await losses('auto'), await losses(false), 1e-4);
  });
});
