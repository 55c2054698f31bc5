/**
 * Digits scattered on canvases, with the box and the pixels of each: one data set for detection and segmentation.
 * Real digits at random sizes, places and brightness, never overlapping, on a background that is neither even nor
 * quiet, so that no threshold on brightness finds them.
 */
import { Sfc32 } from '../../engine/random/sfc32';
import type * as tf from '../../engine/tf';
import type { Box } from '../../nn/boxes';
import { ArrayDataset } from '../data/dataset';
import { SIDE } from './digits';

/** Digits to choose from: `MNIST` fits. */
export interface DigitSource {
  /** Pixels 0 … 255, image after image. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** How many canvases there are and what is on them. */
export interface ScatterOptions {
  readonly count: number;
  /** Side of a canvas in pixels. */
  readonly size?: number;
  readonly seed?: number;
  /** Fewest and most digits on a canvas; a digit for which there is no room is left out. */
  readonly digits?: readonly [number, number];
  /** Smallest and largest size of a digit: the longer side of its ink in pixels. */
  readonly sides?: readonly [number, number];
}

/** A digit on a canvas. */
export interface PlacedDigit {
  /** The smallest box around its mask. */
  readonly box: Box;
  readonly label: number;
}

/** Canvases and what is on them. */
export interface Canvases {
  readonly length: number;
  readonly size: number;
  /** Brightness 0 … 1, canvas after canvas, `[length, size, size]`. */
  readonly images: Float32Array;
  /** For each pixel 0 for the background, else the digit plus one. */
  readonly masks: Uint8Array;
  readonly objects: readonly (readonly PlacedDigit[])[];
}

/** Ink above this share is the digit's, below it its soft edge. */
const INK = 0.4;
/** Least distance between two centres along one axis, so that each has a cell of an 8-pixel grid of its own. */
const APART = 8;
const TRIES = 30;

/** Draws canvases; the same seed gives the same ones. */
export function scatterDigits(source: DigitSource, options: ScatterOptions): Canvases {
  const { count, size = 48, seed = 0, digits = [1, 3], sides = [14, 22] } = options;
  check(source, count, size, digits, sides);
  const random = Sfc32.from(seed, 11);
  const images = new Float32Array(count * size * size);
  const masks = new Uint8Array(count * size * size);
  const objects = Array.from({ length: count }, (_, i) => {
    const image = images.subarray(i * size * size, (i + 1) * size * size);
    const mask = masks.subarray(i * size * size, (i + 1) * size * size);
    paintBackground(image, size, random);
    const placed: PlacedDigit[] = [];
    const wanted = digits[0] + Math.floor(random.next() * (digits[1] - digits[0] + 1));
    while (placed.length < wanted) {
      const digit = place(source, { image, mask, size, placed, sides }, random);
      if (!digit) break;
      placed.push(digit);
    }
    return placed;
  });
  return { length: count, size, images, masks, objects };
}

/** Images `[b, size, size, 1]` and pixel classes int32 `[b, size, size]`: 0 background, k + 1 the digit k. */
export function segmentationSet({ images, masks, size }: Canvases): ArrayDataset<[tf.Tensor4D, tf.Tensor3D]> {
  return new ArrayDataset([
    { values: images, shape: [size, size, 1] },
    { values: masks, shape: [size, size] },
  ]);
}

/**
 * Images `[b, size, size, 1]` and what a grid of `grid` × `grid` cells should answer, `[b, grid, grid, 6]`: whether a
 * digit's centre lies in the cell; where in the cell, 0 … 1; the digit's width and height as shares of the canvas; its
 * class, −1 in empty cells.
 * @throws RangeError where two centres share a cell
 */
export function detectionSet(canvases: Canvases, grid: number): ArrayDataset<[tf.Tensor4D, tf.Tensor4D]> {
  const { images, size, objects, length } = canvases;
  const cells = new Float32Array(length * grid * grid * 6);
  for (let at = 5; at < cells.length; at += 6) cells[at] = -1;
  objects.forEach((digits, i) => {
    for (const { box, label } of digits) {
      const [x, y] = [((box[0] + box[2]) / 2 / size) * grid, ((box[1] + box[3]) / 2 / size) * grid];
      const [column, row] = [Math.floor(x), Math.floor(y)];
      const at = ((i * grid + row) * grid + column) * 6;
      if (cells[at] === 1) {
        throw new RangeError(
          `Cannot assign digits to a grid of ${grid}: expected one a cell, got two on canvas ${i}`,
        );
      }
      cells.set([1, x - column, y - row, (box[2] - box[0]) / size, (box[3] - box[1]) / size, label], at);
    }
  });
  return new ArrayDataset([
    { values: images, shape: [size, size, 1] },
    { values: cells, shape: [grid, grid, 6] },
  ]);
}

/** A slope of light and some noise. */
function paintBackground(image: Float32Array, size: number, random: Sfc32): void {
  const [base, across, down] = [0.3 * random.next(), 0.3 * random.next(), 0.3 * random.next()];
  const [flipX, flipY] = [random.next() < 0.5, random.next() < 0.5];
  for (let at = 0; at < image.length; at++) {
    const [x, y] = [(at % size) / size, Math.floor(at / size) / size];
    const light = base + across * (flipX ? 1 - x : x) + down * (flipY ? 1 - y : y);
    image[at] = Math.min(1, Math.max(0, light + 0.2 * (random.next() - 0.5)));
  }
}

interface Canvas {
  readonly image: Float32Array;
  readonly mask: Uint8Array;
  readonly size: number;
  readonly placed: readonly PlacedDigit[];
  readonly sides: readonly [number, number];
}

/** One digit's pixels, 0 … 1, `[height, width]`. */
interface Glyph {
  readonly ink: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly label: number;
}

/** Paints one more digit where there is room; undefined where none was found. */
function place(source: DigitSource, canvas: Canvas, random: Sfc32): PlacedDigit | undefined {
  const { size, placed, sides } = canvas;
  const chosen = Math.floor(random.next() * source.labels.length);
  const glyph = cut(source, chosen, Math.round(sides[0] + (sides[1] - sides[0]) * random.next()));
  const strength = 0.6 + 0.4 * random.next();
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const left = 1 + Math.floor(random.next() * (size - glyph.width - 1));
    const top = 1 + Math.floor(random.next() * (size - glyph.height - 1));
    const outline: Box = [left, top, left + glyph.width, top + glyph.height];
    if (placed.some(({ box }) => tooNear(box, outline))) continue;
    return { box: paint(canvas, glyph, left, top, strength), label: glyph.label };
  }
  return undefined;
}

function tooNear(a: Box, b: Box): boolean {
  const gap = (low: 0 | 1, high: 2 | 3) => Math.max(a[low], b[low]) - Math.min(a[high], b[high]);
  const centres = (low: 0 | 1, high: 2 | 3) => Math.abs(a[low] + a[high] - b[low] - b[high]) / 2;
  const touching = gap(0, 2) < 1 && gap(1, 3) < 1;
  return touching || Math.max(centres(0, 2), centres(1, 3)) < APART + 1;
}

/** A digit without its margin, scaled until its longer side has so many pixels, by bilinear interpolation. */
function cut({ pixels, labels }: DigitSource, chosen: number, side: number): Glyph {
  const from = pixels.subarray(chosen * SIDE * SIDE, (chosen + 1) * SIDE * SIDE);
  const [x1, y1, x2, y2] = boundsOf(
    (column, row) => (from[row * SIDE + column] ?? 0) > 255 * INK,
    SIDE,
    SIDE,
  );
  const scale = side / Math.max(x2 - x1, y2 - y1);
  const [width, height] = [x2 - x1, y2 - y1].map((length) => Math.max(2, Math.round(length * scale))) as [
    number,
    number,
  ];
  const ink = Float32Array.from({ length: width * height }, (_, at) => {
    const x = x1 + ((at % width) + 0.5) / scale - 0.5;
    const y = y1 + (Math.floor(at / width) + 0.5) / scale - 0.5;
    return bilinear(from, x, y) / 255;
  });
  return { ink, width, height, label: labels[chosen] ?? 0 };
}

function bilinear(from: Uint8Array, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const at = (column: number, row: number) =>
    column >= 0 && row >= 0 && column < SIDE && row < SIDE ? (from[row * SIDE + column] ?? 0) : 0;
  const [right, below] = [x - left, y - top];
  const upper = at(left, top) * (1 - right) + at(left + 1, top) * right;
  const lower = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right;
  return upper * (1 - below) + lower * below;
}

/** Blends a digit into image and mask; gives the box around its part of the mask. */
function paint(
  { image, mask, size }: Canvas,
  glyph: Glyph,
  left: number,
  top: number,
  strength: number,
): Box {
  const { ink, width, height, label } = glyph;
  ink.forEach((share, i) => {
    const at = (top + Math.floor(i / width)) * size + left + (i % width);
    const ground = image[at] ?? 0;
    const bright = Math.min(1, Math.max(strength, ground + 0.25)); // visible on a light ground, too
    image[at] = ground + share * (bright - ground);
    if (share > INK) mask[at] = label + 1;
  });
  const [x1, y1, x2, y2] = boundsOf((column, row) => (ink[row * width + column] ?? 0) > INK, width, height);
  return [left + x1, top + y1, left + x2, top + y2];
}

/** The smallest box around the pixels that count. */
function boundsOf(counts: (column: number, row: number) => boolean, width: number, height: number): Box {
  let [x1, y1, x2, y2] = [width, height, 0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (!counts(column, row)) continue;
      [x1, x2] = [Math.min(x1, column), Math.max(x2, column + 1)];
      [y1, y2] = [Math.min(y1, row), Math.max(y2, row + 1)];
    }
  }
  return x2 > x1 ? [x1, y1, x2, y2] : [0, 0, width, height];
}

function check(
  source: DigitSource,
  count: number,
  size: number,
  digits: readonly [number, number],
  sides: readonly [number, number],
): void {
  const fail = (expected: string, got: unknown): never => {
    throw new RangeError(`Cannot scatter digits: expected ${expected}, got ${String(got)}`);
  };
  if (!Number.isInteger(count) || count < 1) fail('a whole number of canvases ≥ 1', count);
  const { pixels, labels } = source;
  if (labels.length === 0 || pixels.length !== labels.length * SIDE * SIDE) {
    fail('28 × 28 pixels for each of one or more labels', `${pixels.length} pixels, ${labels.length} labels`);
  }
  const range = ([low, high]: readonly [number, number], least: number) =>
    Number.isInteger(low) && Number.isInteger(high) && low >= least && low <= high;
  if (!range(digits, 1)) fail('digits as two whole numbers ≥ 1, fewest first', digits);
  if (!range(sides, 4)) fail('sides as two whole numbers ≥ 4, smallest first', sides);
  if (!Number.isInteger(size) || size < sides[1] + 2) {
    fail(`a canvas of at least ${sides[1] + 2} pixels, the largest digit and a margin`, size);
  }
}
