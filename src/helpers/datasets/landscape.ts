/** A colourful picture drawn by arithmetic, to look at augmentation with: nothing to download, nothing to license. */
import * as tf from '../../engine/tf';

type Colour = readonly [red: number, green: number, blue: number];

/** Something painted over what lies behind it; x and y run from 0 to 1, y downwards. */
interface Shape {
  covers(x: number, y: number): boolean;
  colour(x: number, y: number): Colour;
}

const mix = (a: Colour, b: Colour, share: number): Colour => [
  a[0] + (b[0] - a[0]) * share,
  a[1] + (b[1] - a[1]) * share,
  a[2] + (b[2] - a[2]) * share,
];

const plain =
  (colour: Colour): Shape['colour'] =>
  () =>
    colour;

const disc = (cx: number, cy: number, radius: number, colour: Colour): Shape => ({
  covers: (x, y) => (x - cx) ** 2 + (y - cy) ** 2 < radius ** 2,
  colour: plain(colour),
});

const box = (left: number, top: number, right: number, bottom: number, colour: Colour): Shape => ({
  covers: (x, y) => x >= left && x < right && y >= top && y < bottom,
  colour: plain(colour),
});

/** A triangle standing on its base. */
const peak = (
  cx: number,
  top: number,
  halfWidth: number,
  bottom: number,
  near: Colour,
  tip: Colour,
): Shape => ({
  covers: (x, y) => y < bottom && y > top && Math.abs(x - cx) < (halfWidth * (y - top)) / (bottom - top),
  colour: (_, y) => (y - top < 0.28 * (bottom - top) ? tip : near),
});

const SNOW: Colour = [0.96, 0.97, 1];
const LEAF: Colour = [0.13, 0.45, 0.2];

/** From the far end to the near one: nothing in it is symmetric, so that every turn and flip shows. */
const SCENE: readonly Shape[] = [
  { covers: () => true, colour: (_, y) => mix([0.24, 0.52, 0.9], [0.98, 0.86, 0.7], Math.min(1, y / 0.62)) },
  disc(0.78, 0.2, 0.09, [1, 0.85, 0.25]),
  disc(0.2, 0.17, 0.045, [1, 1, 1]),
  disc(0.26, 0.15, 0.06, [1, 1, 1]),
  disc(0.33, 0.175, 0.045, [1, 1, 1]),
  peak(0.3, 0.26, 0.34, 0.64, [0.42, 0.4, 0.52], SNOW),
  peak(0.68, 0.36, 0.3, 0.64, [0.5, 0.46, 0.55], SNOW),
  {
    covers: (x, y) => y > 0.6 + 0.03 * Math.sin(7 * x),
    colour: (_, y) => mix([0.55, 0.75, 0.3], [0.2, 0.5, 0.18], (y - 0.58) / 0.42),
  },
  {
    covers: (x, y) =>
      y > 0.62 && Math.abs(x - 0.55 - 0.12 * Math.sin(9 * (y - 0.6))) < 0.02 + 0.16 * (y - 0.62),
    colour: (_, y) => mix([0.35, 0.65, 0.85], [0.15, 0.4, 0.7], (y - 0.62) / 0.38),
  },
  box(0.08, 0.66, 0.3, 0.84, [0.85, 0.3, 0.22]),
  peak(0.19, 0.55, 0.15, 0.67, [0.4, 0.22, 0.18], [0.4, 0.22, 0.18]),
  box(0.16, 0.74, 0.21, 0.84, [0.3, 0.17, 0.1]),
  box(0.24, 0.7, 0.28, 0.75, [1, 0.95, 0.6]),
  box(0.84, 0.62, 0.87, 0.9, [0.4, 0.26, 0.14]),
  disc(0.855, 0.56, 0.09, LEAF),
  disc(0.8, 0.63, 0.06, LEAF),
  disc(0.91, 0.63, 0.06, LEAF),
  disc(0.83, 0.55, 0.014, [0.9, 0.15, 0.15]),
  disc(0.88, 0.6, 0.014, [0.9, 0.15, 0.15]),
];

/** Points looked at along each side of a pixel; their mean makes smooth edges. */
const SAMPLES = 2;

function colourAt(x: number, y: number): Colour {
  for (let i = SCENE.length - 1; i >= 0; i--) {
    const shape = SCENE[i];
    if (shape?.covers(x, y)) return shape.colour(x, y);
  }
  return [0, 0, 0];
}

/**
 * Mountains, a river, a house and an apple tree: float32 `[1, size, size, 3]` in 0 … 1.
 * @throws RangeError unless `size` is a whole number of pixels
 */
export function landscape(size = 224): tf.Tensor4D {
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`Cannot draw landscape: expected a whole number of pixels ≥ 1, got ${size}`);
  }
  const pixels = new Float32Array(size * size * 3);
  const share = 1 / SAMPLES ** 2;
  for (let at = 0; at < size * size; at++) {
    const [row, column] = [Math.floor(at / size), at % size];
    for (let i = 0; i < SAMPLES ** 2; i++) {
      const down = (row + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES) / size;
      const right = (column + ((i % SAMPLES) + 0.5) / SAMPLES) / size;
      colourAt(right, down).forEach((value, c) => {
        pixels[3 * at + c] = (pixels[3 * at + c] ?? 0) + share * value;
      });
    }
  }
  return tf.tensor4d(pixels, [1, size, size, 3]);
}
