import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import * as tf from '../../src/engine/tf';
import { Perceptron } from '../../src/helpers/course/guide/perceptron';
import { fillByFormula, formulaInput } from '../../src/helpers/course/proof';
import { CNN } from '../../src/models/cnn';
import { LSTMModel } from '../../src/models/lstm';
import { MLP } from '../../src/models/mlp';
import { resnet18 } from '../../src/models/resnet';
import * as nn from '../../src/nn';
import { layoutOf } from '../../src/nn/parameter';
import { assertClose } from '../support/close';
import { recordedCounts, recordedModel, trainables } from '../support/models';
import { fiveLosses, residualNetworks, tensorsGained } from '../support/training';

const count = (model: nn.Module) => model.parameters().reduce((sum, p) => sum + p.size, 0);

/** Names and shapes as PyTorch has them. */
function stateShapes(model: nn.Module): Record<string, unknown> {
  return Object.fromEntries(
    [...model.stateDict()].map(([name, variable]) => {
      const [h, w, i, o] = variable.shape;
      return [name, layoutOf(variable) === 'HWIO' ? [o, i, h, w] : variable.shape];
    }),
  );
}

for (const [name, spec] of Object.entries(trainables)) {
  describe(`${name} beside PyTorch`, () => {
    const expected = recordedModel(name);

    it('has the tree, the parameters, the names and shapes', () => {
      const model = spec.build();
      assert.equal(String(model), expected.tree);
      assert.equal(count(model), expected.parameters);
      assert.deepEqual(stateShapes(model), expected.state);
      assert.deepEqual(Object.keys(stateShapes(model)), Object.keys(expected.state));
    });

    it('gives the same logits', () => {
      const logits = fillByFormula(spec.build()).eval().forward(spec.batch(1000));
      assertClose(logits.dataSync(), expected.logits, 1e-5);
    });

    it('has the same losses over five steps of training', () => {
      assertClose(fiveLosses(name), expected.losses, 1e-4);
    });

    it('has them compiled, too', () => {
      assertClose(fiveLosses(name, compile), expected.losses, 1e-4);
    });

    it('keeps no tensors while training', () => {
      assert.equal(tensorsGained(name, 8), 0); // `npm run fidelity -- --steps 1000` goes on for longer
    });
  });
}

describe('ResNet beside torchvision', () => {
  for (const [name, build] of Object.entries(residualNetworks)) {
    it(`${name}: parameters, names and shapes`, () => {
      const expected = recordedModel(name);
      const model = build();
      assert.equal(count(model), expected.parameters);
      assert.deepEqual(Object.entries(stateShapes(model)), Object.entries(expected.state));
      model.dispose();
    });
  }

  // `npm run fidelity` compares the logits of the larger ones.
  it('resnet18: tree and logits', () => {
    const expected = recordedModel('resnet18');
    const model = fillByFormula(resnet18()).eval();
    assert.equal(String(model), expected.tree);
    const logits = tf.tidy(() => model.forward(formulaInput([1, 32, 32, 3])).dataSync());
    assertClose(logits.subarray(0, 20), expected.logits, 1e-5);
    model.dispose();
  });
});

describe('Parameter counts', () => {
  it('equal PyTorch’s for the guide’s models', () => {
    assert.equal(count(new Perceptron(2)), recordedCounts.Perceptron);
    assert.equal(count(new MLP(784, 256, 10)), recordedCounts.MLP);
    assert.equal(count(new CNN()), recordedCounts.CNN);
    for (const { sizes, parameters } of recordedCounts.LSTMModel) {
      const [vocabSize, embeddingDim, hiddenDim, outputDim] = sizes;
      const model = new LSTMModel({ vocabSize, embeddingDim, hiddenDim, outputDim });
      assert.equal(count(model), parameters);
      model.dispose();
    }
  });
});
