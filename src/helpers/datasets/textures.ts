/**
 * Textures drawn by arithmetic: eight kinds in any colours, sizes and directions. To be told apart by a small network,
 * whose features then know textures; and to lend their style to a picture.
 */
import { Sfc32 } from '../../engine/random/sfc32';
import * as tf from '../../engine/tf';
import { ArrayDataset } from '../data/dataset';

/** Red, green and blue in 0 … 1. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Names of the kinds; a class number is a place in this list. */
export const PATTERNS = [
  'stripes',
  'checks',
  'dots',
  'waves',
  'rings',
  'bricks',
  'mosaic',
  'strokes',
] as const;
/** Name of a kind of texture. */
export type Pattern = (typeof PATTERNS)[number];

/** What a texture looks like; what is not given is drawn by the seed. */
export interface PatternOptions {
  /** Side in pixels. */
  readonly size?: number;
  /** Decides everything that is not given below. */
  readonly seed?: number;
  /** Colours 0 … 1; at least two. */
  readonly palette?: readonly Colour[];
  /** Pixels of one repetition. */
  readonly period?: number;
  /** Direction in radians. */
  readonly angle?: number;
}

/** Which colour of the palette (0 … 1, fractions fall between two) lies at a place, one repetition being 1 wide. */
type Rule = (u: number, v: number) => number;

const fraction = (x: number): number => x - Math.floor(x);

/** A number in [0, 1) for each cell of a grid, always the same. */
function hash(i: number, j: number, k: number): number {
  let h = Math.imul(i, 374761393) ^ Math.imul(j, 668265263) ^ Math.imul(k, 2147483647);
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** Cells around scattered points (Voronoi), each of one colour, with joints of the first colour. */
function mosaic(u: number, v: number): number {
  let [nearest, second, tone] = [Infinity, Infinity, 0];
  for (let i = Math.floor(u) - 1; i <= Math.floor(u) + 1; i++) {
    for (let j = Math.floor(v) - 1; j <= Math.floor(v) + 1; j++) {
      const distance = Math.hypot(i + hash(i, j, 1) - u, j + hash(i, j, 2) - v);
      if (distance < nearest) [nearest, second, tone] = [distance, nearest, hash(i, j, 3)];
      else second = Math.min(second, distance);
    }
  }
  return second - nearest < 0.09 ? 0 : 0.34 + 0.66 * tone;
}

/** Short strokes of the brush along a winding direction, each row of its own colour. */
function strokes(u: number, v: number): number {
  const bent = v + 0.35 * Math.sin(1.3 * u) + 0.2 * Math.sin(2.9 * u + 1);
  const row = Math.floor(2 * bent);
  const along = Math.floor(0.8 * u + 5 * hash(row, 0, 4));
  return hash(row, along, 5);
}

const RULES: Readonly<Record<Pattern, Rule>> = {
  stripes: (u) => (fraction(u) < 0.5 ? 0 : 1),
  checks: (u, v) => (fraction(u) < 0.5 === fraction(v) < 0.5 ? 0 : 1),
  dots: (u, v) => (Math.hypot(fraction(u) - 0.5, fraction(v) - 0.5) < 0.3 ? 1 : 0),
  waves: (u, v) => 0.5 + 0.5 * Math.sin(2 * Math.PI * (v + 0.3 * Math.sin(2 * Math.PI * u * 0.7))),
  rings: (u, v) =>
    0.5 + 0.5 * Math.cos(2 * Math.PI * Math.hypot(fraction(u / 3) * 3 - 1.5, fraction(v / 3) * 3 - 1.5)),
  bricks: (u, v) => {
    const row = Math.floor(2 * v);
    const column = u + (row % 2 === 0 ? 0 : 0.5);
    if (fraction(2 * v) < 0.16 || fraction(column) < 0.08) return 0;
    return 0.4 + 0.6 * hash(row, Math.floor(column), 6);
  },
  mosaic,
  strokes,
};

/** The colour at t (0 … 1) of a palette, mixed of its two neighbours. */
function mixed(palette: readonly Colour[], t: number): Colour {
  const place = t * (palette.length - 1);
  const low = Math.min(palette.length - 2, Math.floor(place));
  const [a = [0, 0, 0], b = a] = [palette[low], palette[low + 1]];
  const share = place - low;
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2])];
}

/**
 * Draws a texture: `[size, size, 3]`, values 0 … 1.
 * @throws RangeError unless there is a pixel, two colours or more, and `period` is above 0
 */
export function drawPattern(kind: Pattern, options: PatternOptions = {}): Float32Array {
  const { size = 48, seed = 0 } = options;
  const random = Sfc32.from(seed, 17);
  const colour = (): Colour => [random.next(), random.next(), random.next()];
  const drawn = {
    palette: [colour(), colour(), colour()],
    period: 8 + 8 * random.next(),
    angle: 7 * random.next(),
  };
  const { palette, period, angle } = { ...drawn, ...options };
  if (!Number.isInteger(size) || size < 1 || palette.length < 2 || !(period > 0)) {
    throw new RangeError(
      `Cannot draw pattern: expected size ≥ 1, two colours or more and period > 0, ` +
        `got size ${size}, ${palette.length} colours, period ${period}`,
    );
  }
  const rule = RULES[kind];
  const [cos, sin] = [Math.cos(angle) / period, Math.sin(angle) / period];
  const [offsetX, offsetY] = [100 * random.next(), 100 * random.next()];
  const values = new Float32Array(size * size * 3);
  for (let at = 0; at < size * size; at++) {
    const [x, y] = [(at % size) + offsetX, Math.floor(at / size) + offsetY];
    values.set(mixed(palette, rule(x * cos + y * sin, y * cos - x * sin)), 3 * at);
  }
  return values;
}

/**
 * As many textures, the kinds taking turns, within 0.4 rad of upright and repeating after 6 to 10 pixels: images `[b, size, size, 3]` and kinds int32 `[b]`.
 * @throws RangeError unless `count` is a whole number of at least 1
 */
export function patternSet({ count = 800, size = 48, seed = 0 } = {}): ArrayDataset<
  [tf.Tensor4D, tf.Tensor1D]
> {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Cannot draw patterns: expected a whole number of them ≥ 1, got ${count}`);
  }
  const pixels = new Float32Array(count * size * size * 3);
  const kinds = Int32Array.from({ length: count }, (_, i) => i % PATTERNS.length);
  const random = Sfc32.from(seed, 19);
  kinds.forEach((kind, i) => {
    const [angle, period] = [0.8 * random.next() - 0.4, 6 + 4 * random.next()];
    const options = { size, seed: seed * 1_000_003 + i, angle, period };
    pixels.set(drawPattern(PATTERNS[kind] ?? 'stripes', options), i * size * size * 3);
  });
  return new ArrayDataset([
    { values: pixels, shape: [size, size, 3] },
    { values: kinds, shape: [] },
  ]);
}
