/**
 * Matrices as colours: confusion matrices, attention of all heads.
 */
import { say } from '../../../bin/bootstrap/language';
import { type Chart, chart, type ChartOptions } from '../drawing/chart';
import { colourAt, type ColourScale, stopsOf } from '../drawing/colours';
import { textWidth } from '../drawing/measure';
import { pngUrl } from '../drawing/png';
import { printable } from '../drawing/printable';
import type { Spec } from '../drawing/render';
import { rounded } from '../drawing/series';
import { shrink, shrunkNote } from '../drawing/shrink';
import { INK } from '../drawing/theme';
import { checkLength, extent, type Numbers, ranked, short } from '../drawing/values';
import { notFinite, valueTitle } from '../drawing/words';

/** Most cells drawn as rectangles that answer the mouse; finer matrices become a picture. */
export const MAX_CELLS = 3000;

/** Names, colours and contents of the cells of a heat map. */
export interface HeatOptions extends ChartOptions {
  /** Names of rows and columns. */
  rows?: readonly string[];
  columns?: readonly string[];
  rowTitle?: string;
  columnTitle?: string;
  colours?: ColourScale;
  /** Values of the first and last colour; default the extremes found. */
  range?: readonly [number, number];
  /** Writes the numbers into the cells; default for up to 144. */
  numbers?: boolean;
  /** Words written into the cells in place of the numbers, row by row. */
  words?: readonly (readonly string[])[];
}

/** The grey of cells without a value. */
const NO_VALUE = '#dddddd';

/** A part of a block of numbers: `h` rows of `w` columns that begin at `offset`. */
export interface Matrix {
  readonly data: ArrayLike<number>;
  readonly offset: number;
  readonly h: number;
  readonly w: number;
}

const at = ({ data, offset, w }: Matrix, row: number, column: number): number =>
  data[offset + row * w + column] ?? NaN;

/** An axis of positions that shows names; names may repeat, as words in a sentence do. */
function named(
  field: string,
  names: readonly string[] | undefined,
  title: string | undefined,
  n: number,
  space: number,
): Spec {
  const expression = names ? { labelExpr: `${JSON.stringify(names.map(printable))}[datum.value]` } : {};
  const tight = names?.some((name) => textWidth(name, 11) + 4 > space / n) ?? false;
  const step = names || n <= 20 ? 1 : Math.ceil(n / 10);
  return {
    field,
    type: 'ordinal',
    title: title ?? null,
    axis: {
      ...expression,
      values: Array.from({ length: Math.ceil(n / step) }, (_, i) => i * step),
      labelAngle: field === 'column' && tight ? -90 : 0,
      labelOverlap: false,
      ticks: false,
      domain: false,
      labelLimit: 110,
    },
  };
}

const cellsOf = (matrix: Matrix, words?: HeatOptions['words']): Spec[] =>
  Array.from({ length: matrix.h * matrix.w }, (_, i) => {
    const [row, column] = [Math.floor(i / matrix.w), i % matrix.w];
    const value = at(matrix, row, column);
    const word = words ? { word: words[row]?.[column] ?? '' } : {};
    return { row, column, value: Number.isFinite(value) ? rounded(value) : null, ...word };
  });

function colourOf(scale: ColourScale, range: readonly [number, number], legend: boolean): Spec {
  return {
    field: 'value',
    type: 'quantitative',
    title: null,
    scale: { domain: range, range: stopsOf(scale), interpolate: 'rgb', clamp: true },
    legend: legend ? { gradientLength: 120, format: '.3~g' } : null,
  };
}

/** One heat map of a chart: what it shows, how large and in which colours. */
export interface Panel {
  readonly matrix: Matrix;
  readonly size: { readonly width: number; readonly height: number };
  readonly range: readonly [number, number];
  readonly scale: ColourScale;
  readonly legend: boolean;
}

/** The values or words in the cells, dark on light and light on dark. */
function textLayer(
  { matrix, range, scale }: Pick<Panel, 'matrix' | 'range' | 'scale'>,
  options: HeatOptions,
): Spec[] {
  const { words, numbers = words !== undefined || matrix.h * matrix.w <= 144 } = options;
  if (!numbers) return [];
  const middle = (range[0] + range[1]) / 2;
  const lightCells = {
    viridis: `datum.value > ${middle}`,
    grey: `datum.value > ${middle}`,
    blues: `datum.value < ${middle}`,
    diverging: `abs(datum.value - ${middle}) < ${0.3 * (range[1] - range[0])}`,
  };
  const layer = {
    transform: [{ filter: 'isValid(datum.value)' }],
    mark: { type: 'text', ...(words ? { fontSize: 12, lineBreak: '\n' } : { fontSize: 10 }) },
    encoding: {
      text: words ? { field: 'word' } : { field: 'value', type: 'quantitative', format: '.2~g' },
      color: { condition: { test: lightCells[scale], value: INK }, value: '#ffffff' },
    },
  };
  return [layer];
}

/** The Vega-Lite specification of one heat map. */
export function panel({ matrix, size, range, scale, legend }: Panel, options: HeatOptions): Spec {
  const y = named('row', options.rows, options.rowTitle, matrix.h, size.height);
  const x = named('column', options.columns, options.columnTitle, matrix.w, size.width);
  const color = colourOf(scale, range, legend);
  const data = { values: cellsOf(matrix, options.words) };
  const name = (field: string, names: readonly string[] | undefined) =>
    names
      ? [{ calculate: `${JSON.stringify(names.map(printable))}[datum.${field}]`, as: `${field}Name` }]
      : [];
  const word = (field: string, names: unknown, title: string) => ({
    field: names ? `${field}Name` : field,
    title,
  });
  const tooltip = [
    word('row', options.rows, options.rowTitle ?? say({ zh: '行', en: 'row' })),
    word('column', options.columns, options.columnTitle ?? say({ zh: '列', en: 'column' })),
    { field: 'value', type: 'quantitative', title: valueTitle(), format: '.4~g' },
  ];
  return {
    ...size,
    data,
    transform: [...name('row', options.rows), ...name('column', options.columns)],
    encoding: { x, y },
    layer: [
      {
        mark: { type: 'rect', tooltip: true, invalid: null },
        encoding: {
          color: { condition: { test: '!isValid(datum.value)', value: NO_VALUE }, ...color },
          tooltip,
        },
      },
      ...textLayer({ matrix, range, scale }, options),
    ],
  };
}

/** The same as one picture, for matrices with too many cells to draw each. */
export function picture({ matrix, size, range, scale }: Panel, options: HeatOptions): Spec {
  const small = shrink(matrix.h, matrix.w, (row, column) => at(matrix, row, column));
  const level = (row: number, column: number) => (small.at(row, column) - range[0]) / (range[1] - range[0]);
  const url = pngUrl(small.h, small.w, (row, column) => colourAt(scale, level(row, column)));
  const axis = (field: string, n: number, title: string | undefined, reverse: boolean) => ({
    field,
    type: 'quantitative',
    title: title ?? null,
    scale: { domain: [0, n], nice: false, reverse },
    axis: { tickCount: 6, grid: false },
  });
  return {
    ...size,
    data: { values: [{ url, row: 0, column: 0 }] },
    mark: { type: 'image', ...size, aspect: false, align: 'left', baseline: 'top' },
    encoding: {
      url: { field: 'url' },
      x: axis('column', matrix.w, options.columnTitle, false),
      y: axis('row', matrix.h, options.rowTitle, true),
    },
  };
}

/** Width and height of a heat map in pixels: square cells of at most 36, the longer side `side`, unless given. */
export function sizeOf(
  { h, w }: Matrix,
  options: HeatOptions,
  side: number,
): { width: number; height: number } {
  const cell = Math.min(36, side / Math.max(h, w));
  return { width: options.width ?? Math.round(cell * w), height: options.height ?? Math.round(cell * h) };
}

/** Checks that there are as many names and words as rows and columns. */
export function checkNames({ h, w }: Matrix, { rows, columns, words }: HeatOptions, what: string): void {
  if (words) checkLength(words.length, h, `${what}: words`, 'lists of words, one for each row');
  for (const row of words ?? []) checkLength(row.length, w, `${what}: words`, 'words, one for each column');
  if (rows) checkLength(rows.length, h, `${what}: rows`, 'names, one for each row');
  if (columns) checkLength(columns.length, w, `${what}: columns`, 'names, one for each column');
}

/** The values of the first and the last colour: those given, else the extremes. */
export function rangeOf(
  data: ArrayLike<number>,
  given: readonly [number, number] | undefined,
  what: string,
): [number, number] {
  const { min, max } = extent(data, what);
  return given ? [given[0], given[1]] : [min, max > min ? max : min + 1];
}

/** Says how many cells are grey because their value is not finite. */
export function badNote(data: ArrayLike<number>): string[] {
  const { bad } = extent(data, 'heatMap');
  return notFinite(bad, { zh: '画成灰色', en: 'drawn in grey' });
}

/** Draws a matrix `[h, w]`, rows from top to bottom. */
export function heatMap(matrix: Numbers, options: HeatOptions = {}): Chart {
  const what = 'heatMap';
  const { data, shape } = ranked(matrix, 2, what);
  const whole = { data, offset: 0, h: shape[0] ?? 0, w: shape[1] ?? 0 };
  checkNames(whole, options, what);
  const range = rangeOf(data, options.range, what);
  const size = sizeOf(whole, options, 400);
  const one: Panel = { matrix: whole, size, range, scale: options.colours ?? 'viridis', legend: true };
  const fine = whole.h * whole.w > MAX_CELLS;
  const spec = fine ? picture(one, options) : panel(one, options);
  const notes = fine
    ? [
        say({
          zh: `${whole.h}×${whole.w} 格，画成图片；颜色从 ${short(range[0])} 到 ${short(range[1])}`,
          en: `${whole.h}×${whole.w} cells as a picture; colours from ${short(range[0])} to ${short(range[1])}`,
        }),
      ]
    : [];
  notes.push(...shrunkNote(whole.h, whole.w, say({ zh: '格', en: 'cells' })), ...badNote(data));
  return chart(
    { ...options, ...size, notes },
    spec,
    say({
      zh: `${whole.h}×${whole.w} 的矩阵，值 ${short(range[0])} 到 ${short(range[1])}`,
      en: `a matrix of ${whole.h}×${whole.w}, values from ${short(range[0])} to ${short(range[1])}`,
    }),
  );
}
