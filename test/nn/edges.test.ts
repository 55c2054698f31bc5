import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import { tensor, zeros } from '../../src/engine/tensor';
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import * as F from '../../src/nn/functional';
import { assertClose } from '../support/close';
import { inJavaScript } from '../support/javascript';

const places = (...list: number[]): tf.Tensor => tensor(list, { dtype: 'int32' });

/** A loss and the gradient of its first input. */
function lossOf(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): [number, number[]] {
  const leaf = x.detach().requiresGrad_();
  const loss = f(leaf);
  loss.backward();
  return [loss.item(), [...leaf.grad!.dataSync()]];
}

/** Values are PyTorch 2.11's: F.cross_entropy and F.nll_loss of these rows. */
const ROWS = tensor([[NaN, 1, 2], [1, 2, 3]]); // prettier-ignore

const eagerly = (f: () => void): void => tf.tidy(f);

function ignoredRows(): void {
  const rows = tensor(ROWS.tolist<number[][]>());
  const [loss, gradient] = lossOf((x) => F.crossEntropy(x, places(-100, 1)), rows);
  assertClose([loss, ...gradient], [1.4076, 0, 0, 0, 0.09, -0.7553, 0.6652], 1e-4);
  const [smoothed, slope] = lossOf((x) => F.crossEntropy(x, places(-100, 1), { labelSmoothing: 0.1 }), rows);
  assertClose([smoothed, ...slope], [1.4076, 0, 0, 0, 0.0567, -0.6886, 0.6319], 1e-4);
  const [likelihood, step] = lossOf((x) => F.nllLoss(x, places(-100, 1)), rows);
  assertClose([likelihood, ...step], [-2, 0, 0, 0, 0, -1, 0], 1e-6);
}

function allIgnored(): void {
  const rows = tensor([[1, 2, 3], [3, 1, 2]]); // prettier-ignore
  for (const f of [F.crossEntropy, F.nllLoss]) {
    const [loss, gradient] = lossOf((x) => f(x, places(-100, -100)), rows);
    assert.ok(Number.isNaN(loss));
    assert.deepEqual(gradient, [0, 0, 0, 0, 0, 0]);
  }
}

function blindQueries(): void {
  const q = tensor([[[1, 0], [0, 1]]]); // prettier-ignore
  const mask = tensor([[true, false], [false, false]]); // prettier-ignore
  const [, gradient] = lossOf((x) => F.scaledDotProductAttention(x, q, q, { attnMask: mask }).sum(), q);
  assert.ok(gradient.every((value) => value === 0));
  const seen = F.scaledDotProductAttention(q, q, q, { attnMask: mask });
  assert.deepEqual(seen.tolist(), [[[1, 0], [0, 0]]]); // prettier-ignore
  const hidden = tensor([[0, -Infinity], [-Infinity, -Infinity]]); // prettier-ignore
  assert.deepEqual(F.scaledDotProductAttention(q, q, q, { attnMask: hidden }).tolist(), seen.tolist());
  const layer = new nn.MultiheadAttention(2, 1, { batchFirst: true, bias: false });
  const [output, weights] = layer.forward(q, q, q, { keyPaddingMask: tensor([[true, true]]) });
  assert.ok([output, weights].every((x) => x.dataSync().every((value) => value === 0)));
}

describe('edges of losses and attention', () => {
  const cases = { ignoredRows, allIgnored, blindQueries };
  for (const [name, check] of Object.entries(cases)) {
    it(`${name} are as in PyTorch`, () => eagerly(check));
    it(`${name} are so in plain JavaScript`, () => inJavaScript(check));
  }

  it('are so when they are recorded', function () {
    if (tf.getBackend() !== 'tensorflow') this.skip();
    const step = compile((x: tf.Tensor, y: tf.Tensor) => {
      const leaf = x.detach().requiresGrad_();
      F.crossEntropy(leaf, y).backward();
      return leaf.grad!;
    });
    step(ROWS, places(-100, 1));
    assertClose(step(ROWS, places(-100, 1)).dataSync(), [0, 0, 0, 0.09, -0.7553, 0.6652], 1e-4);
    assertClose(step(ROWS, places(-100, -100)).dataSync(), [0, 0, 0, 0, 0, 0], 0);
    step.dispose();
  });

  const x = zeros(1, 3, 4);
  const attention = new nn.MultiheadAttention(4, 2, { batchFirst: true });
  const mask = (attnMask: tf.Tensor) => () => attention.forward(x, x, x, { attnMask });
  const refused: [string, () => unknown, RegExp][] = [
    [
      'nllLoss',
      () => F.nllLoss(zeros(2, 3), places(1, 5)),
      /RangeError: Cannot call nllLoss: expected classes from 0 to 2, or ignoreIndex -100, got 5 at \[1\] of the target/,
    ],
    ['crossEntropy', () => F.crossEntropy(zeros(2, 3), places(-1, 1)), /crossEntropy: .* got -1 at \[0\]/],
    [
      'keyPaddingMask',
      () => attention.forward(x, x, x, { keyPaddingMask: tensor([[1, 0, 0]], { dtype: 'int32' }) }),
      /expected keyPaddingMask of bool or float32, got int32; mask\.bool\(\) takes all but 0 as true/,
    ],
    ['attnMask', mask(zeros([3, 3], { dtype: 'int32' })), /attnMask of bool or float32, got int32/],
    ['attnMask of one row', mask(zeros(1, 3)), /expected attnMask \[3, 3\], got \[1, 3\]/],
    ['attnMask of no rows', mask(zeros(3)), /expected attnMask \[3, 3\], got \[3\]/],
    [
      'mask of the function',
      () => F.scaledDotProductAttention(x, x, x, { attnMask: zeros([3, 3], { dtype: 'int32' }) }),
      /scaledDotProductAttention: expected attnMask of bool or float32, got int32/,
    ],
  ];
  for (const [name, call, message] of refused)
    it(`refuse a wrong ${name}`, () => void assert.throws(call, message));

  it('batch norm keeps small differences of large numbers', () => {
    const values = Float32Array.from({ length: 4096 * 2 }, (_, i) => 1e4 + 0.01 * Math.sin(i));
    const x = tensor(values).view(4, 32, 32, 2);
    const norm = new nn.BatchNorm2d(2);
    const y = norm.forward(x).dataSync();
    for (const channel of [0, 1]) {
      const own = [...values].filter((_, i) => i % 2 === channel);
      const mean = own.reduce((sum, v) => sum + v, 0) / own.length;
      const variance = own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / own.length;
      const got = [...y].filter((_, i) => i % 2 === channel);
      assertClose(got, own.map((v) => (v - mean) / Math.sqrt(variance + 1e-5)), 1e-3); // prettier-ignore
      assertClose([norm.runningMean!.dataSync()[channel]!], [0.1 * mean], 1e-2);
    }
  });
});
