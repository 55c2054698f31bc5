import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { check } from '../../../src/helpers/course/check';

function said(body: () => void): string {
  const lines: string[] = [];
  const log = console.log;
  console.log = (line: string) => lines.push(line);
  try {
    body();
  } finally {
    console.log = log;
  }
  return lines.join('\n');
}

describe('check.close', () => {
  it('says exact when every number is the same', () => {
    assert.equal(
      said(() => check.close('和', tf.tensor1d([1, 2]), [1, 2])),
      '✓ 和：完全一致（2 个数）',
    );
    assert.equal(
      said(() => check.close('空', NaN, NaN)),
      '✓ 空：完全一致（1 个数）',
    );
  });

  it('says how close, and lets the tolerance decide', () => {
    const near = said(() => check.close('和', [[1, 2]], [[1, 2.000001]]));
    assert.equal(near, '✓ 和：接近，max|Δ| = 1.0e-6（容差 0.00001，2 个数）');
    assert.throws(
      () => check.close('和', [1], [1.001]),
      /✗ 和：1 个数里有 1 个不对.*max\|Δ\| = 0.001，容差 0.00001/,
    );
    said(() => check.close('和', [1], [1.001], 0.01));
  });

  it('says what differs and where', () => {
    const wrong = () =>
      check.close(
        '权重',
        tf.tensor2d([
          [1, 2],
          [3, 9],
        ]),
        [
          [1, 2],
          [4, 5],
        ],
      );
    assert.throws(wrong, {
      name: 'RangeError',
      message: '✗ 权重：4 个数里有 2 个不对，差得最多的在 [1, 1]：得到 9，应为 5（max|Δ| = 4，容差 0.00001）',
    });
    assert.throws(() => check.close('损失', NaN, 1), /得到 NaN，应为 1/);
  });

  it('compares shapes first and guesses at a transpose', () => {
    assert.throws(
      () => check.close('W', [[1, 2, 3]], [[1], [2], [3]]),
      /形状应为 \[3, 1\]，得到 \[1, 3\]，是不是少了一次转置/,
    );
    assert.throws(() => check.close('W', [[1], [2, 3]], [1]), /各行长度不一/);
    assert.throws(() => check.close('W', 'x' as never, [1]), /应当是张量、数或数组，得到 string/);
  });
});

describe('check.shape and check.count', () => {
  it('say what is right', () => {
    assert.equal(
      said(() => check.shape('输出', tf.zeros([2, 10]), [2, 10])),
      '✓ 输出：形状 [2, 10] 正确',
    );
    assert.equal(
      said(() => check.count('参数量', 688138, 688138)),
      '✓ 参数量：688,138，正确',
    );
  });

  it('throw when wrong', () => {
    assert.throws(() => check.shape('输出', tf.zeros([2, 9]), [2, 10]), /形状应为 \[2, 10\]，得到 \[2, 9\]/);
    assert.throws(() => check.count('参数量', 10, 1010), /应为 1,010，得到 10（少 1,000）/);
  });
});
