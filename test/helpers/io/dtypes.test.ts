import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { fromTensor, toTensor } from '../../../src/helpers/io/dtypes';
import { toHalf } from '../../../src/helpers/io/floats';

describe('half precision', () => {
  it('writes back every one of the 65,536 numbers it reads', () => {
    const bits = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
    const bytes = new Uint8Array(bits.buffer);
    const values = toTensor({ dtype: 'F16', shape: [bits.length], bytes }).dataSync();
    const wrong = bits.filter((half, i) => {
      const isNaN = (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
      return isNaN ? !Number.isNaN(values[i]) : toHalf(values[i]!) !== half;
    });
    assert.deepEqual([...wrong], []);
  });

  it('rounds ties to even and overflows to infinity', () => {
    const ulp = 2 ** -10;
    const inputs = [1 + ulp / 2, 1 + 1.5 * ulp, 65519, 65520, -1e9, 2 ** -25, 1.5 * 2 ** -24, NaN];
    assert.deepEqual(inputs.map(toHalf), [0x3c00, 0x3c02, 0x7bff, 0x7c00, 0xfc00, 0, 2, 0x7e00]);
  });
});

describe('bfloat16', () => {
  it('rounds to nearest, ties to even, and keeps NaN', () => {
    const inputs = tf.tensor1d([1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, NaN, -Infinity]);
    const { bytes } = fromTensor(inputs, 'BF16');
    const bits = Array.from(new Uint16Array(bytes.buffer));
    assert.deepEqual(bits, [0x3f80, 0x3f80, 0x3f82, 0x7fc0, 0xff80]);
  });
});
