/**
 * Images in a grid: samples, augmentations, filters, feature maps, wrong predictions.
 */
import { plain, say } from '../../../bin/bootstrap/language';
import { type Chart, chart, type ChartOptions } from '../drawing/chart';
import { colourAt, type ColourScale, type Rgb } from '../drawing/colours';
import { photographUrl } from '../drawing/photograph';
import { pngUrl } from '../drawing/png';
import type { Spec } from '../drawing/render';
import { shrink, shrunkNote } from '../drawing/shrink';
import { BAD, GOOD, INK } from '../drawing/theme';
import { type Block, block, checkLength, extent, type Numbers, short } from '../drawing/values';
import { firstOf } from '../drawing/words';
import { boxLayers, type BoxMark } from './boxes';

/** What stands under, around and over the images of a grid. */
export interface ImageGridOptions extends ChartOptions {
  /** A line under each image. */
  captions?: readonly string[];
  /** A longer text for the mouse. */
  tooltips?: readonly string[];
  /** Frames: true green, false red. */
  correct?: readonly boolean[];
  /** Boxes over each image, one list an image. */
  boxes?: readonly (readonly BoxMark[])[];
  columns?: number;
  /** Side of one image on the page, in pixels. */
  size?: number;
  /** Values shown as black and white; default 0…1 or 0…255 where they fit, else the extremes found. */
  range?: readonly [number, number];
  /** Colours for images of one channel; default grey. */
  colours?: ColourScale;
  /** Each image uses its own extremes (feature maps of unlike scale). */
  each?: boolean;
  /** Most images drawn; default 64. */
  limit?: number;
}

const WHAT = 'imageGrid';
/** Coloured pictures that take more characters as a PNG are photographs, which JPEG packs five times tighter. */
const PHOTOGRAPH = 24_000;

/** Images `[n, h, w, c]` as a block of numbers. */
export interface Stack extends Block {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
}

/**
 * Reads `[h, w]`, `[n, h, w]` or `[n, h, w, c]` (c = 1 or 3); `[h, w, c]` counts as one image if c is 1 or 3.
 * @throws TypeError for another shape, RangeError if there is no image
 */
export function stack(images: Numbers, what = WHAT): Stack {
  const { data, shape } = block(images, what);
  const full = shape.length === 2 ? [1, ...shape, 1] : shape.length === 3 ? threeDimensions(shape) : shape;
  const [n = 0, h = 0, w = 0, c = 0] = full;
  if (full.length !== 4 || (c !== 1 && c !== 3)) {
    throw new TypeError(
      `Cannot draw ${what}: expected images [n, h, w, c] with 1 or 3 channels, [n, h, w] or [h, w], got [${shape.join(', ')}]`,
    );
  }
  if (data.length === 0)
    throw new RangeError(`Cannot draw ${what}: expected at least one image, got shape [${shape.join(', ')}]`);
  return { data, shape, n, h, w, c };
}

const threeDimensions = ([a = 0, b = 0, c = 0]: readonly number[]): number[] =>
  c === 1 || c === 3 ? [1, a, b, c] : [a, b, c, 1];

/** The values for black and white: as given, 0…1, 0…255, or the extremes. */
function rangeOf(
  data: ArrayLike<number>,
  given: readonly [number, number] | undefined,
  diverging: boolean,
  own = false,
): [number, number] {
  if (given) return [given[0], given[1]];
  const { min, max } = extent(data, WHAT);
  if (diverging) {
    const size = Math.max(Math.abs(min), Math.abs(max)) || 1;
    return [-size, size];
  }
  const usual = !own && min >= 0;
  if (usual && max <= 1) return [0, 1];
  if (usual && max > 2 && max <= 255 && Array.prototype.every.call(data, Number.isInteger)) return [0, 255];
  return [min, max > min ? max : min + 1];
}

/** Paints the i-th image as a data URL. */
export function painter(images: Stack, options: ImageGridOptions): (i: number) => string {
  const { h, w, c, data } = images;
  const scale = options.colours ?? 'grey';
  const diverging = scale === 'diverging';
  const size = h * w * c;
  const all = options.each ? undefined : rangeOf(data, options.range, diverging);
  const zoom = Math.max(1, Math.floor(96 / Math.max(h, w)));
  return (i) => {
    const [low, high] =
      all ??
      rangeOf(
        Array.prototype.slice.call(data, i * size, (i + 1) * size) as number[],
        options.range,
        diverging,
        true,
      );
    const channels = [0, 1, 2].map((channel) =>
      shrink(h, w, (row, column) => data[i * size + (row * w + column) * c + channel] ?? NaN),
    );
    const [small = shrink(h, w, () => NaN)] = channels;
    const level = (row: number, column: number, channel: number) =>
      ((channels[channel]?.at(row, column) ?? NaN) - low) / (high - low);
    const byte = (t: number) => Math.round(255 * Math.min(1, Math.max(0, Number.isNaN(t) ? 0.8 : t)));
    const pixel = (row: number, column: number): Rgb =>
      c === 1
        ? colourAt(scale, level(row, column, 0))
        : [byte(level(row, column, 0)), byte(level(row, column, 1)), byte(level(row, column, 2))];
    const png = pngUrl(small.h, small.w, pixel, zoom);
    return c === 3 && png.length > PHOTOGRAPH ? photographUrl(small.h, small.w, pixel) : png;
  };
}

interface Layout {
  readonly columns: number;
  readonly rows: number;
  readonly cellW: number;
  readonly cellH: number;
  readonly imageW: number;
  readonly imageH: number;
}

function layout(images: Stack, shown: number, options: ImageGridOptions): Layout {
  const columns = Math.min(shown, options.columns ?? Math.min(8, Math.ceil(Math.sqrt(shown * 1.6))));
  const side = options.size ?? Math.min(96, Math.max(36, Math.floor(600 / columns) - 12));
  // Whole multiples of a pixel stay crisp; only larger images are scaled down.
  const exact = side / Math.max(images.h, images.w);
  const factor = exact >= 1 ? Math.floor(exact) : exact;
  const [imageW, imageH] = [images.w * factor, images.h * factor];
  const caption = options.captions ? 16 * linesOf(options.captions) + 6 : 0;
  return {
    columns,
    rows: Math.ceil(shown / columns),
    cellW: Math.max(imageW, options.captions ? 56 : 0) + 12,
    cellH: imageH + 10 + caption,
    imageW,
    imageH,
  };
}

const linesOf = (captions: readonly string[]): number =>
  captions.reduce((most, caption) => Math.max(most, caption.split('\n').length), 1);

const place = (field: string, domain: readonly number[]): Spec => ({
  field,
  type: 'quantitative',
  axis: null,
  scale: { domain, nice: false, zero: false, ...(field === 'y' ? { reverse: true } : {}) },
});

const CAPTION = {
  type: 'text',
  baseline: 'top',
  align: 'left',
  fontSize: 11,
  lineBreak: '\n',
  lineHeight: 15,
  color: INK,
};

interface Cell extends Spec {
  readonly x: number;
  readonly y: number;
}

function gridSpec(
  cells: readonly Cell[],
  { columns, rows, cellW, cellH, imageW, imageH }: Layout,
  overlay: (axes: { x: Spec; y: Spec }) => Spec[],
): Spec {
  const x = place('x', [0, columns * cellW]);
  const y = place('y', [0, rows * cellH]);
  const tooltip = { field: 'tooltip', type: 'nominal', title: say({ zh: '图像', en: 'image' }) };
  const frame = { domain: ['right', 'wrong', 'none'], range: [GOOD, BAD, '#00000000'] };
  return {
    data: { values: cells },
    layer: [
      {
        mark: { type: 'image', width: imageW, height: imageH, align: 'left', baseline: 'top' },
        encoding: { x, y, url: { field: 'url' }, tooltip },
      },
      {
        mark: { type: 'rect', fill: null, strokeWidth: 3 },
        encoding: {
          x,
          y,
          x2: { field: 'x2' },
          y2: { field: 'y2' },
          stroke: { field: 'frame', type: 'nominal', scale: frame, legend: null },
        },
      },
      {
        mark: { ...CAPTION, limit: cellW - 2, dy: imageH + 5 },
        encoding: { x, y, text: { field: 'caption' } },
      },
      ...overlay({ x, y }),
    ],
  };
}

function checkCaptions(n: number, options: ImageGridOptions): void {
  for (const key of ['captions', 'tooltips', 'correct', 'boxes'] as const) {
    const given = options[key];
    const what = key === 'boxes' ? 'lists of boxes' : key;
    if (given) checkLength(given.length, n, `${WHAT}: ${key}`, `${what}, one for each image`);
  }
}

/** Pixels with a channel that is not finite. */
function badPixels({ data, c }: Stack): number {
  const bad = new Set<number>();
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) bad.add(Math.floor(i / c));
  return bad.size;
}

const badNote = (bad: number): string[] =>
  bad > 0
    ? [say({ zh: `${bad} 个像素不是有限数，画成灰色`, en: `${bad} pixels are not finite and drawn in grey` })]
    : [];

function summaryOf(
  { h, w, c }: Stack,
  shown: number,
  [min, max]: readonly [number, number],
  boxes: number | undefined,
): string {
  const range = { zh: `${short(min)} 到 ${short(max)}`, en: `${short(min)} to ${short(max)}` };
  const framed =
    boxes === undefined ? plain('') : { zh: `，画了 ${boxes} 个框`, en: `, with ${boxes} boxes` };
  return say({
    zh: `${shown} 张 ${h}×${w}${c === 3 ? ' 彩色' : ''}图像，像素值 ${range.zh}${framed.zh}`,
    en: `${shown}${c === 3 ? ' coloured' : ''} images of ${h}×${w}, pixels from ${range.en}${framed.en}`,
  });
}

/**
 * Draws images `[n, h, w]`, `[n, h, w, 1]` or `[n, h, w, 3]` in rows.
 * @example show(imageGrid(x, { captions: labels.map(String) }));
 */
export function imageGrid(images: Numbers, options: ImageGridOptions = {}): Chart {
  const all = stack(images);
  checkCaptions(all.n, options);
  const shown = Math.min(all.n, options.limit ?? 64);
  const place = layout(all, shown, options);
  const paint = painter(all, options);
  const cells = Array.from({ length: shown }, (_, i) => {
    const x = (i % place.columns) * place.cellW;
    const y = Math.floor(i / place.columns) * place.cellH;
    const frame = options.correct ? (options.correct[i] ? 'right' : 'wrong') : 'none';
    const caption = options.captions?.[i] ?? '';
    const tooltip = options.tooltips?.[i] ?? (caption || say({ zh: `第 ${i + 1} 张`, en: `image ${i + 1}` }));
    return { x, y, x2: x + place.imageW, y2: y + place.imageH, url: paint(i), caption, tooltip, frame };
  });
  const { min, max } = extent(all.data, WHAT);
  const notes = [
    ...firstOf(shown, all.n, { zh: '张', en: 'images' }),
    ...shrunkNote(all.h, all.w, say({ zh: '个像素', en: 'pixels' })),
    ...badNote(badPixels(all)),
  ];
  const { boxes } = options;
  const factor = place.imageW / all.w;
  const placed = cells.map(({ x, y }) => ({ x, y, factor }));
  const overlay = (axes: { x: Spec; y: Spec }) =>
    boxes ? boxLayers(boxes, placed, [all.h, all.w], axes, WHAT) : [];
  const size = { width: place.columns * place.cellW, height: place.rows * place.cellH };
  const drawn = boxes?.slice(0, shown).flat().length;
  return chart(
    { ...options, ...size, notes },
    gridSpec(cells, place, overlay),
    summaryOf(all, shown, [min, max], drawn),
  );
}
