/** Points in the plane that no normal distribution resembles: small worlds for generative models. */
import { random } from '../../engine/random';
import { standardNormal } from '../../engine/random/draw';
import * as tf from '../../engine/tf';

/** The curves that points can be drawn along. */
export type Figure = 'heart' | 'moons' | 'spiral';

/** Where the curve of a figure is at u, 0 ≤ u < 1, before it is centred and scaled. */
const CURVES: Readonly<Record<Figure, (u: number) => readonly [number, number]>> = {
  heart: (u) => {
    const a = 2 * Math.PI * u;
    const y = 13 * Math.cos(a) - 5 * Math.cos(2 * a) - 2 * Math.cos(3 * a) - Math.cos(4 * a);
    return [Math.sin(a) ** 3, (y + 2.5) / 16];
  },
  moons: (u) => {
    const a = Math.PI * ((2 * u) % 1);
    const [x, y] = u < 0.5 ? [Math.cos(a), Math.sin(a)] : [1 - Math.cos(a), 0.5 - Math.sin(a)];
    return [(x - 0.5) / 1.5, (y - 0.25) / 1.5];
  },
  spiral: (u) => {
    const [a, r] = [1.5 * Math.PI * (1 + 2 * u), (1 + 2 * u) / 3];
    return [r * Math.cos(a), r * Math.sin(a)];
  },
};

/**
 * `count` points `[count, 2]` along a figure, within about ±2.2 and scaled to a standard deviation near 1.
 * @param options.noise standard deviation of what they stray from the curve, in the same unit
 * @throws RangeError unless `count` is a whole number of at least 1
 */
export function figurePoints(figure: Figure, count: number, { noise = 0.05 } = {}): tf.Tensor2D {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Cannot draw points: expected a count of at least 1, got ${count}`);
  }
  const stray = () => noise * standardNormal(random);
  const points = Array.from({ length: count }, () => {
    const [x, y] = CURVES[figure](random());
    return [1.7 * x + stray(), 1.7 * y + stray()];
  });
  return tf.tensor2d(points, [count, 2]);
}
