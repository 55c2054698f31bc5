import assert from 'node:assert/strict';

import * as nn from '../../src/nn';
import { attentionCases } from '../support/cases/attention';
import { generativeCases } from '../support/cases/generative';
import { layerCases } from '../support/cases/layers';
import { lossCases } from '../support/cases/losses';
import { recurrentCases } from '../support/cases/recurrent';
import { spatialCases } from '../support/cases/spatial';
import { configurations } from '../support/configurations';
import { measure } from '../support/fidelity';

const cases = [
  ...layerCases,
  ...lossCases,
  ...recurrentCases,
  ...attentionCases,
  ...generativeCases,
  ...spatialCases,
];

/**
 * What PyTorch has no layer for: positions, which it leaves to its tutorials; what is random, test/nn/dropout.test.ts;
 * what holds others and computes nothing, test/nn/collections.test.ts.
 */
const APART = [
  ...[
    'AlphaDropout',
    'Dropout1d',
    'Dropout2d',
    'Dropout3d',
    'FeatureAlphaDropout',
    'LearnedPositions',
    'Module',
  ],
  ...['ModuleDict', 'ParameterDict', 'ParameterList', 'PositionalEncoding'],
];

describe('Layers and losses beside PyTorch', () => {
  it('cover every layer of nn: a new one needs a case in test/support/cases, recorded by test/fixtures', () => {
    const covered = new Set(
      cases.flatMap(({ build }) => {
        const module = build?.();
        const classes = module?.namedModules().map(([, { constructor }]) => constructor.name) ?? [];
        module?.dispose();
        return classes;
      }),
    );
    for (const { kind, name } of configurations) if (kind === 'layer' || kind === 'loss') covered.add(name);
    const layers = Object.values(nn).filter((one): one is typeof nn.Module => {
      return typeof one === 'function' && (one === nn.Module || one.prototype instanceof nn.Module);
    });
    const missing = layers.map(({ name }) => name).filter((name) => !covered.has(name));
    assert.deepEqual(missing.sort(), APART);
  });

  for (const one of cases) {
    it(`${one.name}: values and gradients within 1e-5`, () => {
      const { forward, gradient, worst, tree } = measure(one);
      assert.ok(forward <= 1e-5, `max|Δ| of the values is ${forward}`);
      assert.ok(gradient <= 1e-5, `max|Δ| of ${worst} is ${gradient}`);
      assert.equal(tree?.actual, tree?.expected);
    });
  }
});
