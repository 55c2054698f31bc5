/** How far two samples are from each other, as clouds of points: what a generative model has to make small. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

import * as tf from '../../engine/tf';

/** Mean and covariance of the rows. */
interface Moments {
  readonly mean: number[];
  readonly covariance: Matrix;
}

/**
 * Fréchet distance of the normal distributions with the samples' means and covariances,
 * ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½), of samples `[n, d]` and `[m, d]`. In the features of an Inception network it is
 * the FID of Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", 2017,
 * https://arxiv.org/abs/1706.08500.
 * @throws TypeError unless both have the same number of columns, RangeError for fewer than two rows
 */
export function frechetDistance(a: tf.Tensor2D, b: tf.Tensor2D): number {
  checkColumns('frechetDistance', a, b, 2);
  const [first, second] = [moments(a), moments(b)];
  const apart = first.mean.reduce((sum, value, i) => sum + (value - (second.mean[i] ?? 0)) ** 2, 0);
  // (Σ₁Σ₂)^½ has the trace of (Σ₁^½ Σ₂ Σ₁^½)^½, whose argument is symmetric.
  const half = symmetricRoot(first.covariance);
  const root = symmetricRoot(half.mmul(second.covariance).mmul(half));
  return apart + first.covariance.trace() + second.covariance.trace() - 2 * root.trace();
}

/**
 * Energy distance 2·E‖a − b‖ − E‖a − a′‖ − E‖b − b′‖ of samples `[n, d]` and `[m, d]`; 0 where both distributions are
 * the same: Székely and Rizzo, "Energy statistics: A class of statistics based on distances", 2013. Pairs of a point
 * with itself are left out, so that two samples of one distribution are 0 apart on average, a little below at times.
 */
export function energyDistance(a: tf.Tensor2D, b: tf.Tensor2D): number {
  checkColumns('energyDistance', a, b, 2);
  const within = (x: tf.Tensor2D) => {
    const n = x.shape[0];
    return (meanDistance(x, x) * n) / (n - 1);
  };
  return 2 * meanDistance(a, b) - within(a) - within(b);
}

/** Mean Euclidean distance over all pairs. */
function meanDistance(a: tf.Tensor2D, b: tf.Tensor2D): number {
  const [d] = tf.tidy(() => {
    const gaps = tf.sub(tf.expandDims(a, 1), tf.expandDims(b, 0)); // [n, m, d]
    return tf.mean(tf.sqrt(tf.sum(tf.square(gaps), 2))).dataSync();
  });
  return d ?? NaN;
}

function moments(x: tf.Tensor2D): Moments {
  const rows = new Matrix(x.arraySync() as number[][]);
  const mean = rows.mean('column');
  const centred = rows.subRowVector(mean);
  return {
    mean,
    covariance: centred
      .transpose()
      .mmul(centred)
      .div(rows.rows - 1),
  };
}

/** The symmetric S with S·S = x, x symmetric and nowhere negative but for rounding. */
function symmetricRoot(x: Matrix): Matrix {
  const { realEigenvalues, eigenvectorMatrix: q } = new EigenvalueDecomposition(x, { assumeSymmetric: true });
  const roots = Matrix.diag(realEigenvalues.map((value) => Math.sqrt(Math.max(0, value))));
  return q.mmul(roots).mmul(q.transpose());
}

function checkColumns(what: string, a: tf.Tensor2D, b: tf.Tensor2D, least: number): void {
  if (a.rank !== 2 || b.rank !== 2 || a.shape[1] !== b.shape[1]) {
    throw new TypeError(
      `Cannot take ${what}: expected samples [n, d] and [m, d], got [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`,
    );
  }
  const rows = Math.min(a.shape[0], b.shape[0]);
  if (rows < least)
    throw new RangeError(`Cannot take ${what}: expected at least ${least} rows each, got ${rows}`);
}
