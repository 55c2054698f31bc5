import assert from 'node:assert/strict';

import { isNative } from '../../../src/engine/backend/rawops';
import { compile } from '../../../src/engine/compile';
import { allowCudnn, packWeights, usesCudnn } from '../../../src/engine/ops/cudnn';
import {
  CUDNN_LIMIT,
  cudnnDifference,
  cudnnLimit,
  forgetCudnn,
  prepareCudnn,
} from '../../../src/engine/ops/cudnncheck';
import type { Weights } from '../../../src/engine/ops/recurrent';
import { manualSeed, normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';
import { maxDiff } from '../../support/close';
import { withFakeCudnn } from '../../support/cudnn';

/** Runs `body` and gives what it printed. */
async function printed(body: () => void | Promise<void>): Promise<string[]> {
  const { log } = console;
  const lines: string[] = [];
  console.log = (line: string) => void lines.push(line);
  try {
    await body();
  } finally {
    console.log = log;
  }
  return lines;
}

describe('cuDNN’s parameters', () => {
  it('lie in the documented order: matrices of all directions, then biases, gate by gate', () => {
    const [h, input] = [2, 3];
    const name = (base: number, rows: number, columns: number) =>
      tf.tensor2d(
        Array.from({ length: rows * columns }, (_, i) => base + i),
        [rows, columns],
      );
    const weights = [0, 1000].map((base) => ({
      input: name(base, 4 * h, input),
      hidden: name(base + 100, 4 * h, h),
      inputBias: tf.tensor1d(Array.from({ length: 4 * h }, (_, i) => base + 200 + i)),
      hiddenBias: tf.tensor1d(Array.from({ length: 4 * h }, (_, i) => base + 300 + i)),
    }));
    const span = (from: number, size: number) => Array.from({ length: size }, (_, i) => from + i);
    // each direction: W of i, f, g, o, then R of i, f, g, o; at the end the biases of W and of R
    const matrices = [0, 1000].flatMap((d) => [
      ...[0, 1, 2, 3].flatMap((gate) => span(d + gate * h * input, h * input)),
      ...[0, 1, 2, 3].flatMap((gate) => span(d + 100 + gate * h * h, h * h)),
    ]);
    const biases = [0, 1000].flatMap((d) => [...span(d + 200, 4 * h), ...span(d + 300, 4 * h)]);
    assert.deepEqual(Array.from(packWeights('lstm', weights).dataSync()), [...matrices, ...biases]);
  });

  it('are zero where there is no bias', () => {
    const weights: Weights[] = [{ input: tf.ones([3, 2]), hidden: tf.ones([3, 1]) }];
    const packed = Array.from(packWeights('gru', weights).dataSync());
    assert.deepEqual(packed, [...Array<number>(9).fill(1), ...Array<number>(6).fill(0)]);
  });
});

describe('LSTM and GRU by cuDNN', () => {
  before(function () {
    if (!isNative()) this.skip(); // the plain backend has the stepwise form alone
  });
  afterEach(() => forgetCudnn());

  for (const cell of ['lstm', 'gru'] as const) {
    for (const directions of [1, 2] as const) {
      it(`agrees with the stepwise form, gradients included: ${cell}, ${directions} direction(s)`, async () => {
        const calls = await withFakeCudnn(() => {
          const before = tf.memory().numTensors;
          assert.ok(cudnnDifference(cell, directions) <= CUDNN_LIMIT.float32);
          assert.equal(tf.memory().numTensors, before);
        });
        assert.deepEqual(calls, ['CudnnRNNV3', 'CudnnRNNV3', 'CudnnRNNBackpropV3']);
      });
    }
  }

  it('is used after its check, and not before', async () => {
    await withFakeCudnn(() => {
      assert.equal(usesCudnn('lstm'), false);
      assert.equal(prepareCudnn('lstm', 'cpu'), undefined);
      assert.equal(usesCudnn('lstm'), false);
      assert.equal(prepareCudnn('lstm', 'gpu'), undefined);
      assert.deepEqual([usesCudnn('lstm'), usesCudnn('gru')], [true, false]);
    });
  });

  it('is left out, with one line, where the numbers differ', async () => {
    const lines = await printed(async () => {
      await withFakeCudnn(
        () => {
          assert.match(prepareCudnn('lstm', 'gpu') ?? '', /相差/);
          assert.equal(prepareCudnn('lstm', 'gpu'), undefined); // told once
        },
        { gates: [0, 1, 3, 2] },
      );
    });
    assert.equal(usesCudnn('lstm'), false);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /cuDNN 的 LSTM 没有通过自检/);
  });

  it('is left out, with one line, where cuDNN fails', async () => {
    const fail = (op: string) => {
      if (op === 'CudnnRNNBackpropV3') throw new Error('CUDNN_STATUS_EXECUTION_FAILED');
    };
    const lines = await printed(async () => {
      await withFakeCudnn(() => void prepareCudnn('gru', 'gpu'), { onCall: fail });
    });
    assert.equal(usesCudnn('gru'), false);
    assert.match(lines.join('\n'), /GRU .*CUDNN_STATUS_EXECUTION_FAILED/);
  });

  it('takes 1e-4 with full float32, more where TF32 computes', () => {
    assert.equal(cudnnLimit({ NVIDIA_TF32_OVERRIDE: '0' }), 1e-4);
    assert.equal(cudnnLimit({}), 1e-2);
  });

  /** Outputs, states and gradients of a module in one list. */
  function outcome(model: nn.LSTM | nn.GRU, x: tf.Tensor3D, first: tf.Tensor3D): tf.Tensor[] {
    const forward = (): tf.Tensor[] => {
      manualSeed(3); // dropout between layers
      if (model instanceof nn.GRU) return [...model.forward(x, first)];
      const [output, states] = model.forward(x, [first, tf.mul(first, 0.5)]);
      return [output, ...states];
    };
    const loss = () => tf.addN(forward().map((value) => tf.mean(tf.square(value))));
    const { grads } = tf.variableGrads(loss, model.parameters());
    return [...forward(), ...model.parameters().map(({ name }) => grads[name] as tf.Tensor)];
  }

  const options = { numLayers: 2, bidirectional: true, batchFirst: true, dropout: 0.5 };
  for (const [name, make] of [
    ['LSTM', () => new nn.LSTM(3, 4, options)],
    ['GRU', () => new nn.GRU(3, 4, { ...options, bias: false })],
  ] as const) {
    it(`gives ${name}’s numbers over two layers in two directions, with a first state, training and not`, async () => {
      manualSeed(1);
      const model = make();
      const x = normal([2, 5, 3]);
      const first = normal([4, 2, 4]);
      for (const training of [true, false]) {
        model.train(training);
        const expected = outcome(model, x, first);
        const calls = await withFakeCudnn(() => {
          allowCudnn(name === 'LSTM' ? 'lstm' : 'gru', true);
          const found = outcome(model, x, first);
          expected.forEach((tensor, i) =>
            assert.ok(maxDiff(found[i]?.dataSync() ?? [], tensor.dataSync()) < 1e-5),
          );
        });
        allowCudnn(name === 'LSTM' ? 'lstm' : 'gru', false);
        assert.equal(calls.filter((op) => op === 'CudnnRNNV3').length, 4, 'two layers, twice');
        assert.equal(calls.filter((op) => op === 'CudnnRNNBackpropV3').length, 2);
      }
    });
  }

  it('leaves sequences of different lengths to the stepwise form', async () => {
    const model = new nn.LSTM(3, 4, { batchFirst: true });
    const calls = await withFakeCudnn(() => {
      allowCudnn('lstm', true);
      model.forward(tf.ones([2, 5, 3]), undefined, { lengths: tf.tensor1d([5, 2], 'int32') });
    });
    assert.deepEqual(calls, []);
  });

  it('is recorded as a graph that TensorFlow accepts, gradient included', async () => {
    const model = new nn.LSTM(3, 4, { batchFirst: true });
    const step = compile((x: tf.Tensor3D) => {
      const loss = () => tf.mean(model.forward(x)[0]);
      const { grads } = tf.variableGrads(loss, model.parameters());
      return Object.values(grads);
    });
    const calls = await withFakeCudnn(() => {
      allowCudnn('lstm', true);
      // the graph is well-formed and loads; only the card that would run it is missing
      assert.throws(() => step(tf.ones([2, 5, 3])), /No OpKernel was registered to support Op 'CudnnRNN/);
    });
    assert.deepEqual(calls, ['CudnnRNNV3', 'CudnnRNNBackpropV3']);
    step.dispose();
  });
});
