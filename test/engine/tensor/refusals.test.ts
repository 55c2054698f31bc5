import assert from 'node:assert/strict';

import { cat, ones, split, stack, tensor, where, zeros } from '../../../src/engine/tensor';
import * as tf from '../../../src/engine/tf';
import { inJavaScript } from '../../support/javascript';

const places = (...list: number[]): tf.Tensor => tensor(list, { dtype: 'int32' });
const rows = (list: number[][]): tf.Tensor => tensor(list, { dtype: 'int32' });
const wrongType = (dtype: string): { dtype: 'float32' } => ({ dtype: dtype as 'float32' });
const FIT = 'expected shapes whose sizes, counted from the last, are equal or 1, got [2, 3] and [4]';

/** What is called with a matrix `[2, 3]` and a vector `[4]`, and what the error says. */
const REFUSED: readonly (readonly [call: (m: tf.Tensor, v: tf.Tensor) => unknown, says: string])[] = [
  [(m, v) => m.add(v), `TypeError: Cannot add: ${FIT}`],
  [(m, v) => m.sub_(v), `TypeError: Cannot subtract: ${FIT}`],
  [(m, v) => m.div(v, { roundingMode: 'floor' }), `TypeError: Cannot divide: ${FIT}`],
  [(m, v) => m.lt(v), `TypeError: Cannot compare: ${FIT}`],
  [(m, v) => m.pow(v), `TypeError: Cannot raise to a power: ${FIT}`],
  [(m, v) => m.clamp(v), `TypeError: Cannot clamp: ${FIT}`],
  [(m, v) => where(m.gt(0), m, v), `TypeError: Cannot choose with where: ${FIT}`],
  [(m, v) => m.maskedFill(v.gt(0), 1), `TypeError: Cannot maskedFill: ${FIT}`],
  [(m, v) => m.copy_(v), `TypeError: Cannot copy_: ${FIT}`],
  [(m) => where(m, m, m), 'TypeError: Cannot choose with where: expected a bool condition, got float32'],
  [
    (m) => m.matmul(m),
    'TypeError: Cannot multiply matrices: expected the last size of the first to equal the second',
  ],
  [
    (m, v) => v.mm(m),
    'TypeError: Cannot multiply: expected two matrices; matmul takes batches of them, got [4], [2, 3]',
  ],
  [(m, v) => m.outer(v), 'TypeError: Cannot take the outer product: expected two vectors, got [2, 3], [4]'],
  [
    (m) => tf.einsum('ij,jk->ik', m, m),
    "TypeError: Cannot compute einsum('ij,jk->ik'): expected one size for 'j', got 3 and 2",
  ],
  [
    (m, v) => cat([m, v]),
    'TypeError: Cannot cat: expected tensors of one shape but for dimension 0, got [2, 3], [4]',
  ],
  [() => cat([]), 'TypeError: Cannot cat: expected at least one tensor, got none'],
  [
    (m, v) => stack([m, v]),
    'TypeError: Cannot stack: expected tensors of one shape, got [2, 3], [4]; cat joins others',
  ],
  [
    (m) => split(m, [1, 1], 1),
    'RangeError: Cannot split: expected sizes whose sum is 3, the size of dimension 1, got [1, 1]',
  ],
  [(m) => m.chunk(0), 'RangeError: Cannot chunk: expected at least 1 piece, got 0'],
  [
    (m) => m.reshape(4, 2),
    'RangeError: Cannot reshape: expected sizes of 6 elements, as [2, 3] has, got [4, 2]',
  ],
  [(m) => m.gather(1, rows([[5, 0], [0, 1]])), 'RangeError: Cannot take elements by their places: expected places from 0 to 2, got 5'], // prettier-ignore
  [(m) => m.gather(1, rows([[-1, 0], [0, 1]])), 'RangeError: Cannot take elements by their places: expected places from 0 to 2, got -1'], // prettier-ignore
  [
    (m) => m.indexSelect(0, places(9)),
    'RangeError: Cannot take elements by their places: expected places from 0 to 1, got 9',
  ],
  [
    (m) => m.index(places(0), places(9)),
    'RangeError: Cannot take elements by their places: expected places within [2, 3], got [0, 9]',
  ],
  [(m) => m.index(tensor([0.5])), 'TypeError: Cannot index: expected an int32 tensor of places, got float32'],
  [
    (m) => m.scatter(1, rows([[9], [0]]), 1),
    'RangeError: Cannot put elements to places: expected places within [2, 3], got [0, 9]',
  ],
  [(m) => m.scatterAdd(1, rows([[9], [0]]), zeros(2, 1)), 'RangeError: Cannot put elements to places'],
  [
    (m) => m.indexAdd(0, places(4), ones(1, 3)),
    'RangeError: Cannot put elements to places: expected places within [2, 3], got [4]',
  ],
  [(m) => m.sum(5), 'RangeError: Cannot sum: expected a dimension from -2 to 1, got 5'],
  [(m) => m.softmax(4), 'RangeError: Cannot softmax: expected a dimension from -2 to 1, got 4'],
  [(m) => m.topk(9, 1), 'RangeError: Cannot take topk: expected k from 0 to 3, got 9'],
  [
    () => zeros(0, 3).amax(0),
    'RangeError: Cannot take amax: expected at least one element along dimension 0, got [0, 3]',
  ],
  [
    (m) => m.gt(0).sub(m.gt(1)),
    'TypeError: Cannot subtract: expected numbers, got two bool tensors; use logicalXor',
  ],
  [() => tensor([1], wrongType('float64')), 'TypeError: Cannot make a tensor: expected dtype float32, int32 or bool, got float64; numbers are float32, of about 7 digits'], // prettier-ignore
  [
    () => zeros(2, wrongType('int64')),
    'TypeError: Cannot make zeros: expected dtype float32, int32 or bool, got int64; whole numbers are int32',
  ],
  [
    (m) => m.to('double' as 'float32'),
    'TypeError: Cannot cast: expected dtype float32, int32 or bool, got double; numbers are float32',
  ],
  [() => tensor([0, 2 ** 31], { dtype: 'int32' }), 'RangeError: Cannot make an int32 tensor: expected numbers from -2147483648 to 2147483647, got 2147483648 as element 1'], // prettier-ignore
  [() => tensor([NaN], { dtype: 'int32' }), 'RangeError: Cannot make an int32 tensor: expected numbers from'],
  [() => tensor([[1, 2], [3]]), 'TypeError: Cannot make a tensor: expected numbers in rows of one length'], // prettier-ignore
  [
    () => tensor(new Float64Array(2) as never),
    'TypeError: Cannot make a tensor: expected Float32Array, Int32Array or Uint8Array, got Float64Array',
  ],
];

/** Those that only TensorFlow itself refuses. */
const NATIVE: typeof REFUSED = [
  [(m, v) => tf.add(m, v), `TypeError: Cannot compute Add: ${FIT}`],
  [(m) => tf.matMul(m, m), 'TypeError: Cannot multiply matrices: expected the last size'],
  [(m, v) => tf.concat([m, v]), 'TypeError: Cannot join tensors: expected tensors of one shape but for one dimension, got [2, 3] and [4]'],
  [(m) => tf.reshape(m, [4]), 'RangeError: Cannot reshape: expected sizes of 6 elements, got sizes of 4'],
  [(m) => tf.slice(m, [0, 2], [2, 5]), 'RangeError: Cannot slice: expected size of dimension 1 from 0 to 1, got 5'],
  [(m) => tf.unsortedSegmentSum(m, places(0, 9), 2), 'RangeError: Cannot sum segments: expected segments from 0 to 1, got 9'],
  [() => places(1).div(places(0), { roundingMode: 'floor' }), 'RangeError: Cannot divide: expected divisors of whole numbers other than 0, got 0'],
  [(m) => tf.pad(m, [[1, 1]]), 'Error: Cannot compute Pad: TensorFlow refuses the shapes, types or values it got\nTensorFlow: '], // prettier-ignore
]; // prettier-ignore

function check(cases: typeof REFUSED): void {
  const [m, v] = [ones(2, 3), ones(4)];
  const wrong = cases.flatMap(([call, says]) => {
    try {
      call(m, v);
    } catch (error) {
      return String(error).startsWith(says) ? [] : [`${says}: ${String(error)}`];
    }
    return [`${says}: taken`];
  });
  assert.deepEqual(wrong, []);
}

describe('what tensors refuse', () => {
  it('is said in our words', () => tf.tidy(() => check(REFUSED)));

  it('is said so in plain JavaScript', () => inJavaScript(() => check(REFUSED)));

  it('is said so where TensorFlow alone knows', function () {
    if (tf.getBackend() !== 'tensorflow') this.skip();
    tf.tidy(() => check(NATIVE));
  });
});
