import assert from 'node:assert/strict';

import { tensor } from '../../src/engine/tensor';
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';

describe('binaryCrossEntropy', () => {
  it('is PyTorch’s at 0 and 1 too, with its gradient', () => {
    const x = tensor([0, 0.25, 0.9, 1], { requiresGrad: true });
    const losses = nn.binaryCrossEntropy(x, tensor([1, 0, 0.5, 1]), { reduction: 'none' });
    assert.ok(losses.allclose(tensor([100, 0.28768206, 1.2039727, 0]), { atol: 1e-6 }));
    losses.sum().backward();
    assert.ok(x.grad!.allclose(tensor([-999999995904, 1.3333334, 4.4444432, 0])));
  });

  it('takes weights', () => {
    const x = tensor([0.2, 0.7], { requiresGrad: true });
    const loss = nn.binaryCrossEntropy(x, tensor([1, 0]), { weight: tf.tensor1d([2, 0.5]) });
    assert.ok(Math.abs(loss.item() - 1.9104311) < 1e-6);
    loss.backward();
    assert.ok(x.grad!.allclose(tensor([-5, 0.8333333]), { atol: 1e-6 }));
  });
});
