import assert from 'node:assert/strict';

import { fillByFormula, formulaInput, readFixture } from '../../src/helpers/course';
import { MLP } from '../../src/models/mlp';
import { assertClose } from '../support/close';

describe('fillByFormula', () => {
  it('fills an MLP with the weights that PyTorch used', () => {
    const recorded = readFixture<{ logits: number[][] }>('03');
    const model = fillByFormula(new MLP(784, 256, 10));
    assertClose(model.forward(formulaInput([4, 784])).arraySync(), recorded.logits, 1e-5);
    model.dispose();
  });
});

describe('formulaInput', () => {
  it('gives numbers in [-1, 1) that depend on k', () => {
    const [a, b] = [formulaInput([1000]).dataSync(), formulaInput([1000], 7).dataSync()];
    assert.ok([...a, ...b].every((v) => v >= -1 && v < 1));
    assert.notDeepEqual(a, b);
  });
});

describe('readFixture', () => {
  it('names the file it did not find', () => {
    assert.throws(() => readFixture('99'), { name: 'RangeError', message: /got no 99\.json$/ });
  });
});
