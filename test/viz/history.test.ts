import assert from 'node:assert/strict';

import { labelOf, lossCurve, lrCurve, metricCurve, trainingChart } from '../../src/viz/charts/history';
import { assertCompiles } from '../support/spec';

const epochs = [
  { epoch: 1, loss: 1, validLoss: 1.1, accuracy: 0.5, validAccuracy: 0.4, lr: 0.1 },
  { epoch: 2, loss: 0.5, validLoss: 0.7, accuracy: 0.8, validAccuracy: 0.7, lr: 0.1 },
  { epoch: 3, loss: 0.3, validLoss: 0.9, accuracy: 0.9, validAccuracy: 0.69, lr: 0.1 },
];

describe('lossCurve', () => {
  it('marks the epoch with the lowest validation loss', () => {
    const chart = lossCurve({ epochs });
    assertCompiles(chart);
    assert.match(JSON.stringify(chart.spec), /最佳：第 2 轮/);
  });

  it('draws training loss alone where there is no validation', () => {
    assert.equal(lossCurve([{ epoch: 1, loss: 2 }]).summary, '损失曲线：训练损失 2 → 2');
  });

  it('draws a run that diverged', () =>
    assertCompiles(lossCurve([...epochs, { ...epochs[0], epoch: 4, loss: NaN }])));

  it('names the missing column', () => {
    assert.throws(() => lossCurve([]), /at least one epoch, got 0/);
    assert.throws(
      () => lossCurve([{ epoch: 1, lr: 1 }]),
      /expected 'loss' in every record, got epoch, lr at 0/,
    );
  });
});

describe('trainingChart', () => {
  it('puts loss and the first metric side by side', () => {
    const chart = trainingChart(epochs);
    assertCompiles(chart);
    assert.equal((chart.spec.concat as unknown[]).length, 2);
    assert.match(chart.summary, /第 3 轮：训练损失 0.3，验证损失 0.9，训练准确率 0.9，验证准确率 0.69/);
  });
});

describe('metricCurve and lrCurve', () => {
  it('compile', () => {
    assertCompiles(metricCurve(epochs, ['validAccuracy']));
    assertCompiles(lrCurve({ 余弦: [1e-3, 5e-4, 1e-6] }, { logY: true }));
  });
});

describe('labelOf', () => {
  it('names what fit records in Chinese, and leaves a name of the reader’s as it is', () => {
    const keys = [
      'loss',
      'validLoss',
      'lr',
      'accuracy',
      'validTop3',
      'precision',
      'validF1',
      'iou',
      'mine',
      'validMine',
    ];
    assert.deepEqual(keys.map(labelOf), [
      '训练损失',
      '验证损失',
      '学习率',
      '训练准确率',
      '验证前 3 准确率',
      '训练精确率',
      '验证 F1',
      '训练平均交并比',
      'mine',
      '验证 Mine',
    ]);
  });
});
