import assert from 'node:assert/strict';

import { normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { EarlyStopping, guideLog, MultiHeadAttention } from '../../../src/helpers/course/guide';
import { DataLoader } from '../../../src/helpers/data/loader';
import { SGD } from '../../../src/helpers/optim/optimizers';
import type { Callback } from '../../../src/helpers/train/callbacks';
import { fit } from '../../../src/helpers/train/fit';
import type { EpochLog, History } from '../../../src/helpers/train/history';
import * as nn from '../../../src/nn';
import { blobs, TinyNet } from '../../support/blobs';
import { assertClose } from '../../support/close';
import { tensorsLeft } from '../../support/memory';

describe("The guide's multi-head attention", () => {
  const x = normal([2, 5, 8]);

  it('loads PyTorch’s in_proj form into the guide’s form, and back', () => {
    const theirs = new nn.MultiheadAttention(8, 2, { batchFirst: true });
    const guide = new MultiHeadAttention(8, 2);
    guide.loadStateDict(theirs.stateDict());
    assertClose(guide.forward(x, x, x).dataSync(), theirs.forward(x, x, x)[0].dataSync(), 1e-6);
    const back = new nn.MultiheadAttention(8, 2, { batchFirst: true });
    back.loadStateDict(guide.stateDict());
    assert.deepEqual(back.inProjWeight!.arraySync(), theirs.inProjWeight!.arraySync());
  });

  it('loads the guide’s form deep inside another model, and keeps no tensor', async () => {
    const layer = new nn.TransformerEncoderLayer(8, 2);
    const guide = new MultiHeadAttention(8, 2);
    const state = new Map<string, tf.Tensor>(layer.stateDict());
    for (const name of [...state.keys()]) if (name.startsWith('self_attn')) state.delete(name);
    for (const [name, value] of guide.stateDict()) state.set(`self_attn.${name}`, value);
    const before = await tensorsLeft();
    layer.loadStateDict(state);
    assert.ok((await tensorsLeft(before)) <= before);
    assertClose(
      tf.slice(layer.selfAttn.inProjWeight!, [8, 0], [8, 8]).dataSync(),
      guide.W_k.weight.dataSync(),
      0,
    );
  });

  it('weights of every query sum to 1, and hidden keys get none', () => {
    const guide = new MultiHeadAttention(8, 2);
    const heads = normal([2, 2, 5, 4]);
    const mask = tf.tensor2d([[1, 1, 0, 1, 0]]);
    const weights = guide.attentionWeights(heads, heads, mask);
    assertClose(tf.sum(weights, -1).dataSync(), new Array(20).fill(1), 1e-6);
    assertClose(tf.gather(weights, [2, 4], 3).dataSync(), new Array(40).fill(0), 0);
  });

  it('refuses a width that the heads do not divide', () => {
    assert.throws(
      () => new MultiHeadAttention(10, 4),
      new RangeError('Cannot build MultiHeadAttention: the width must be divisible by 4 heads, got 10'),
    );
  });
});

describe("EarlyStopping, the guide's class", () => {
  it('stops after `patience` losses that are not lower by `minDelta`', () => {
    const stopper = new EarlyStopping(2, 0.1);
    const seen = [1, 0.95, 0.8, 0.75, 0.71].map((loss) => {
      stopper.call(loss);
      return [stopper.counter, stopper.earlyStop];
    });
    assert.deepEqual(seen, [
      [0, false],
      [1, false],
      [0, false],
      [1, false],
      [2, true],
    ]);
    assert.equal(stopper.bestLoss, 0.8);
  });

  it('has the defaults of the guide', () => {
    const { patience, minDelta, bestLoss } = new EarlyStopping();
    assert.deepEqual([patience, minDelta, bestLoss], [7, 0, null]);
  });
});

/** Trains a tiny network for one epoch. */
async function logged(callbacks: Callback[]): Promise<History> {
  const loader = new DataLoader(blobs(32), { batchSize: 16 });
  const model = new TinyNet();
  const optimizer = new SGD(model.namedParameters(), { lr: 0.1 });
  const options = {
    epochs: 1,
    train: loader,
    valid: loader,
    loss: nn.crossEntropy,
    optimizer,
    display: false,
  };
  return fit(model, { ...options, callbacks });
}

describe('guideLog()', () => {
  it('prints the lines of the guide', async () => {
    const lines: string[] = [];
    const history = await logged([guideLog({ every: 2, print: (line) => lines.push(line) })]);
    const { loss = 0, accuracy = 0, validLoss = 0, validAccuracy = 0 } = history.last as EpochLog;
    const share = (value: number) => `${Math.round(value * 32)}/32 (${(100 * value).toFixed(2)}%)`;
    assert.deepEqual(lines, [
      `Train Epoch: 1 [0/32 (0%)]\tLoss: ${history.steps.loss[0]?.toFixed(6)}`,
      `\nTrain set: Average loss: ${loss.toFixed(4)}, Accuracy: ${share(accuracy)}\n`,
      `Test set: Average loss: ${validLoss.toFixed(4)}, Accuracy: ${share(validAccuracy)}\n`,
      `Training completed! Best test loss: ${validLoss.toFixed(4)}`,
    ]);
  });
});
