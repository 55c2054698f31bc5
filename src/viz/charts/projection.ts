/**
 * Points of many dimensions in the plane, by principal components.
 */
import { say } from '../../../bin/bootstrap/language';
import type { Chart } from '../drawing/chart';
import { extent, type Numbers, ranked } from '../drawing/values';
import { scatter, type ScatterOptions } from './scatter';

/** Rounds of power iteration for each component; more than enough to place points on a screen. */
const ROUNDS = 60;

function centred(data: ArrayLike<number>, n: number, d: number): Float64Array {
  const x = Float64Array.from(data);
  for (let j = 0; j < d; j++) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += (x[i * d + j] ?? 0) / n;
    for (let i = 0; i < n; i++) x[i * d + j] = (x[i * d + j] ?? 0) - mean;
  }
  return x;
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>, from = 0, n = b.length): number => {
  let sum = 0;
  for (let j = 0; j < n; j++) sum += (a[from + j] ?? 0) * (b[j] ?? 0);
  return sum;
};

/** The direction in which `x` varies most, orthogonal to those found before. */
function component(x: Float64Array, n: number, d: number, before: readonly Float64Array[]): Float64Array {
  let v: Float64Array = Float64Array.from({ length: d }, (_, j) => Math.sin(j + 1 + before.length));
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(d);
    for (let i = 0; i < n; i++) {
      const along = dot(x, v, i * d);
      for (let j = 0; j < d; j++) next[j] = (next[j] ?? 0) + along * (x[i * d + j] ?? 0);
    }
    for (const other of before) {
      const along = dot(next, other);
      for (let j = 0; j < d; j++) next[j] = (next[j] ?? 0) - along * (other[j] ?? 0);
    }
    const length = Math.sqrt(dot(next, next));
    if (length === 0) return v; // no variance left: any direction will do
    v = next.map((value) => value / length);
  }
  return v;
}

/**
 * The two principal components of points `[n, d]`, and the share of the variance that each holds.
 * @throws RangeError unless points have two dimensions or more and finite values
 */
export function pca(points: Numbers): { points: number[][]; shares: [number, number] } {
  const { data, shape } = ranked(points, 2, 'pca: points');
  const [n = 0, d = 0] = shape;
  if (d < 2)
    throw new RangeError(`Cannot project: expected points of two dimensions or more, got [${n}, ${d}]`);
  if (extent(data, 'pca: points').bad > 0)
    throw new RangeError('Cannot project: expected finite values, got NaN or Infinity');
  const x = centred(data, n, d);
  const first = component(x, n, d, []);
  const second = component(x, n, d, [first]);
  const projected = Array.from({ length: n }, (_, i) => [dot(x, first, i * d), dot(x, second, i * d)]);
  const total = dot(x, x) || 1;
  const share = (axis: 0 | 1) => projected.reduce((sum, p) => sum + (p[axis] ?? 0) ** 2, 0) / total;
  return { points: projected, shares: [share(0), share(1)] };
}

/**
 * Draws embeddings or features `[n, d]` by their two principal components, coloured by label.
 * @example show(embeddingProjection(features, { labels, classes: digits }));
 */
export function embeddingProjection(points: Numbers, options: ScatterOptions = {}): Chart {
  const { points: flat, shares } = pca(points);
  const title = (i: 0 | 1) =>
    say({
      zh: `第 ${i + 1} 主成分（${(100 * shares[i]).toFixed(0)}% 方差）`,
      en: `principal component ${i + 1} (${(100 * shares[i]).toFixed(0)}% of the variance)`,
    });
  return scatter(flat, {
    title: say({ zh: '嵌入的主成分投影', en: 'Principal components of the embedding' }),
    xTitle: title(0),
    yTitle: title(1),
    ...options,
  });
}
