/** After PyTorch's example `regression`: a polynomial is fitted, each statement a line. */
import assert from 'node:assert/strict';

import { cat, F, manualSeed, nn, noGrad, randn, type Tensor } from '../../src';

const POLY_DEGREE = 4;

describe('the regression example', () => {
  it('finds the coefficients', () => {
    manualSeed(1);
    const wTarget = randn(POLY_DEGREE, 1).mul(5);
    const bTarget = randn(1).mul(5);

    /** Rows [x, x², x³, x⁴]. */
    const makeFeatures = (x: Tensor): Tensor => {
      x = x.unsqueeze(1);
      return cat([1, 2, 3, 4].map((power) => x.pow(power)), 1); // prettier-ignore
    };
    const f = (x: Tensor): Tensor => x.mm(wTarget).add(bTarget.item());
    const getBatch = (batchSize = 32): [Tensor, Tensor] => {
      const x = makeFeatures(randn(batchSize));
      return [x, f(x)];
    };

    const fc = new nn.Linear(POLY_DEGREE, 1);
    let loss = Infinity;
    let batchIdx = 0;
    for (; loss > 1e-3 && batchIdx < 5000; batchIdx++) {
      const [batchX, batchY] = getBatch();
      fc.zeroGrad();
      const output = F.smoothL1Loss(fc.forward(batchX), batchY);
      loss = output.item();
      output.backward();
      noGrad(() => {
        for (const parameter of fc.parameters()) parameter.add_(parameter.grad!, { alpha: -0.1 });
      });
    }
    assert.ok(loss <= 1e-3, `loss ${loss} after ${batchIdx} batches`);
    assert.ok(fc.weight.view(-1).allclose(wTarget.view(-1), { atol: 0.5 }));
  });
});
