import assert from 'node:assert/strict';

import { describe as settings, float, python } from '../../src/nn/describe';

describe('settings of a layer', () => {
  it('are written as Python writes them', () => {
    // repr() of Python 3.12.
    const written = [
      [float(0), '0.0'],
      [float(1), '1.0'],
      [float(-3), '-3.0'],
      [float(0.1), '0.1'],
      [float(1e-4), '0.0001'],
      [float(9.9e-5), '9.9e-05'],
      [float(1e-5), '1e-05'],
      [float(-1e-5), '-1e-05'],
      [float(1e-10), '1e-10'],
      [float(1e15), '1000000000000000.0'],
      [float(1e16), '1e+16'],
      [float(1.5e100), '1.5e+100'],
      [2, '2'],
      [true, 'True'],
      [false, 'False'],
      [null, 'None'],
      ['same', 'same'],
      [[3], '(3,)'],
      [[3, 2], '(3, 2)'],
    ] as const;
    for (const [value, text] of written) assert.equal(python(value), text);
  });

  it('stand in order under PyTorch’s names, those that are undefined left out', () => {
    assert.equal(
      settings({ kernelSize: [2, 2], bias: undefined, eps: float(1e-5) }),
      'kernel_size=(2, 2), eps=1e-05',
    );
    assert.equal(settings({}), '');
  });
});
