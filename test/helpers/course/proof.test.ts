import assert from 'node:assert/strict';

import { bound, fillByFormula, formulaInput, readFixture } from '../../../src/helpers/course/proof';
import { MLP } from '../../../src/models/mlp';
import { assertClose } from '../../support/close';

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

describe('bound', () => {
  it('lets a value pass that keeps it', () => {
    assert.doesNotThrow(() => {
      bound.below('损失', 0.1, 0.2);
      bound.atLeast('准确率', 0.94, 0.94);
      bound.between('比值', 1, 0, 1);
      bound.same('真值表', '1,0', '1,0');
    });
  });

  it('says what it got and what it wanted, NaN included', () => {
    assert.throws(() => bound.below('损失', NaN, 0.2), {
      name: 'RangeError',
      message: '✗ 损失：得到 NaN，应当小于 0.2',
    });
    assert.throws(() => bound.atLeast('准确率', 0.9, 0.94), /得到 0\.9，应当不小于 0\.94/);
    assert.throws(() => bound.between('比值', 2, 0, 1), /应当在 0 与 1 之间/);
    assert.throws(() => bound.same('真值表', '1,1', '1,0'), /得到\n1,1\n应当是\n1,0/);
  });
});
