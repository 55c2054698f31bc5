import { withGradient } from '../autograd/gradient';
import * as tf from '../tf';
import { fusedGelu, isFusedGelu } from './tokens';

const SQRT_HALF = Math.SQRT1_2;
const DENSITY_AT_ZERO = 1 / Math.sqrt(2 * Math.PI);

/**
 * x·Φ(x), Φ the normal distribution function, exact through erf: Hendrycks and Gimpel, "Gaussian Error Linear Units",
 * 2016, https://arxiv.org/abs/1606.08415.
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  if (isFusedGelu(x)) return fusedGelu(x);
  return withGradient(
    [x],
    () => {
      const share = tf.mul(tf.add(tf.erf(tf.mul(x, SQRT_HALF)), 1), 0.5); // Φ(x)
      return { value: tf.mul(x, share), saved: [x, share] };
    },
    (dy, [x, share]) => [() => slope(dy, x as tf.Tensor, share as tf.Tensor)],
  );
}

const densityAt = (x: tf.Tensor): tf.Tensor => tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), DENSITY_AT_ZERO);

/** dy · (Φ(x) + x·φ(x)), differentiable in both; the second derivative of gelu is φ(x)·(2 − x²). */
function slope(dy: tf.Tensor, x: tf.Tensor, share: tf.Tensor): tf.Tensor {
  return withGradient(
    [dy, x],
    () => ({ value: tf.mul(dy, tf.add(share, tf.mul(x, densityAt(x)))), saved: [dy, x, share] }),
    (next, saved) => {
      const [dy, x, share] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const curvature = (): tf.Tensor => tf.mul(densityAt(x), tf.sub(2, tf.square(x)));
      return [() => slope(next, x, share), () => tf.mul(tf.mul(next, dy), curvature())];
    },
  );
}

/** The approximation by tanh that GPT-2 uses: ½x(1 + tanh(√(2/π)(x + 0.044715x³))). */
export function geluTanh(x: tf.Tensor): tf.Tensor {
  const cubic = tf.mul(tf.mul(tf.mul(x, x), x), 0.044715);
  const inner = tf.mul(tf.add(x, cubic), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}
