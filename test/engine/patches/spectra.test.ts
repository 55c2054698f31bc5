import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { assertClose } from '../../support/close';

const leaf = (values: number[], ...shape: number[]): tf.Tensor => tf.tensor(values, shape).requiresGrad_();

/** The gradients of a sum. */
function slopes(leaves: tf.Tensor[], value: () => tf.Tensor): number[][] {
  for (const one of leaves) one.grad = null;
  tf.sum(value()).backward();
  return leaves.map(({ grad }) => Array.from(grad!.dataSync()));
}

/** Values are PyTorch 2.11's, of torch.fft and of autograd. */
describe('Gradients of Fourier transforms', () => {
  const signal = () => leaf([1, 2, 3, 4, 0, -1, 2, 0.5], 2, 4);

  it('of a real signal', () => {
    const x = signal();
    const weighted = () => {
      const y = tf.spectral.rfft(x);
      return tf.add(tf.mul(tf.real(y), [1, 2, 3]), tf.mul(tf.imag(y), [4, 5, 6]));
    };
    assertClose(slopes([x], weighted)[0]!, [6, -7, 2, 3, 6, -7, 2, 3], 1e-5);
    const sizes = slopes([x], () => tf.abs(tf.spectral.rfft(x)))[0]!;
    assertClose(sizes, [-0.7071068, 1.2928932, 0.7071068, 2.7071068, 1.2, -0.6, 2.8, 0.6], 1e-5);
    const longer = slopes([x], () => tf.square(tf.abs(tf.spectral.rfft(x, 6))))[0]!;
    assertClose(longer, [14, 24, 26, 36, 4, -7, 16, 2], 1e-4);
  });

  it('back to a real signal, and between complex ones', () => {
    const [re, im] = [leaf([1, 2, 3], 1, 3), leaf([0.5, -1, 2], 1, 3)];
    const z = () => tf.complex(re, im);
    const back = slopes([re, im], () => tf.mul(tf.spectral.irfft(z()), [1, 2, 3, 5]));
    assertClose(back[0]!, [2.75, -1, -0.75], 1e-5);
    assertClose(back[1]!, [0, 1.5, 0], 1e-5);
    const mixed = (y: tf.Tensor) => tf.add(tf.mul(tf.real(y), [1, 2, 3]), tf.square(tf.imag(y)));
    const forth = slopes([re, im], () => mixed(tf.spectral.fft(z())));
    assertClose(forth.flat(), [6, -4.5, 1.5, 3, 2.1339746, 3.8660254], 1e-5);
    const inverse = slopes([re, im], () => mixed(tf.spectral.ifft(z())));
    assertClose(inverse.flat(), [2, -0.8333334, -0.1666667, 0.3333333, 0.6220085, 0.0446582], 1e-5);
  });

  it('of the size of a complex number, which has none at 0', () => {
    const [re, im] = [leaf([0, 3], 2), leaf([0, 4], 2)];
    assert.deepEqual(
      slopes([re, im], () => tf.abs(tf.complex(re, im))).map((row) => row.map((v) => Math.round(v * 1e6) / 1e6)),
      [[0, 0.6], [0, 0.8]],
    ); // prettier-ignore
  });
});
