import assert from 'node:assert/strict';

import { tensor } from '../../../src/engine/tensor';
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';
import { assertClose } from '../../support/close';

/** Two leaves with these gradients. */
function leaves(...gradients: number[][]): tf.Tensor[] {
  return gradients.map((gradient) => {
    const leaf = tensor(gradient.map(() => 0)).requiresGrad_();
    tf.sum(tf.mul(leaf, tensor(gradient))).backward();
    return leaf;
  });
}

const gradientsOf = (list: readonly tf.Tensor[]): number[] =>
  list.flatMap(({ grad }) => [...grad!.dataSync()]);

/** Of gradients [3, −4] and [0.5, 2, 1]: the norm together, and what is left of them at 1; PyTorch 2.11's. */
const NORMS: readonly (readonly [normType: number, total: number, clipped: readonly number[]])[] = [
  [0, 2, [1.4999993, -1.999999, 0.2499999, 0.9999995, 0.4999998]],
  [Infinity, 4, [0.7499998, -0.9999998, 0.125, 0.4999999, 0.2499999]],
  [-Infinity, 0.5, [3, -4, 0.5, 2, 1]],
  [-1, 0.244898, [3, -4, 0.5, 2, 1]],
  [0.5, 46.9686966, [0.0638723, -0.0851631, 0.0106454, 0.0425816, 0.0212908]],
];

describe('clipGradNorm_()', () => {
  for (const [normType, total, clipped] of NORMS) {
    it(`takes the norm of order ${normType}`, () => {
      const list = leaves([3, -4], [0.5, 2, 1]);
      assertClose(
        [
          nn.utils
            .getTotalNorm(
              list.map(({ grad }) => grad!),
              { normType },
            )
            .item(),
        ],
        [total],
        1e-5,
      );
      assertClose([nn.utils.clipGradNorm_(list, 1, { normType }).item()], [total], 1e-5);
      assertClose(gradientsOf(list), clipped, 1e-5);
    });
  }

  it('scales by a norm that is not finite, or refuses it where that is asked for', () => {
    for (const [value, total, clipped] of [
      [Infinity, Infinity, [NaN, 0]],
      [NaN, NaN, [NaN, NaN]],
    ] as const) {
      // prettier-ignore
      const list = leaves([value, 1]);
      const message = new RegExp(`expected a finite norm of order 2, got ${total}; errorIfNonfinite: false`);
      assert.throws(() => nn.utils.clipGradNorm_(list, 1, { errorIfNonfinite: true }), message);
      assert.deepEqual(gradientsOf(list), [value, 1]);
      assert.equal(nn.utils.clipGradNorm_(list, 1).item(), total);
      assert.deepEqual(gradientsOf(list), clipped);
      const given = [tensor([value, 1])];
      assert.throws(() => nn.utils.getTotalNorm(given, { errorIfNonfinite: true }), message);
    }
  });

  it('is 0 of no gradients', () => {
    assert.equal(nn.utils.clipGradNorm_([], 1).item(), 0);
    assert.throws(() => nn.utils.clipGradNorm_([], 1, { normType: NaN }), /normType to be a number, got NaN/);
  });
});
