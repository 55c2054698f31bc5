import assert from 'node:assert/strict';

import { attentionCases } from '../support/cases/attention';
import { generativeCases } from '../support/cases/generative';
import { layerCases } from '../support/cases/layers';
import { lossCases } from '../support/cases/losses';
import { recurrentCases } from '../support/cases/recurrent';
import { measure } from '../support/fidelity';

describe('Layers and losses beside PyTorch', () => {
  for (const one of [...layerCases, ...lossCases, ...recurrentCases, ...attentionCases, ...generativeCases]) {
    it(`${one.name}: values and gradients within 1e-5`, () => {
      const { forward, gradient, worst, tree } = measure(one);
      assert.ok(forward <= 1e-5, `max|Δ| of the values is ${forward}`);
      assert.ok(gradient <= 1e-5, `max|Δ| of ${worst} is ${gradient}`);
      assert.equal(tree?.actual, tree?.expected);
    });
  }
});
