/**
 * Points in the plane by class, and the regions a classifier would put them in.
 */
import { say } from '../../../bin/bootstrap/language';
import { type Chart, chart, type ChartOptions } from '../drawing/chart';
import { parseColour, type Rgb } from '../drawing/colours';
import { pngUrl } from '../drawing/png';
import type { Spec } from '../drawing/render';
import { rounded } from '../drawing/series';
import { colour } from '../drawing/theme';
import { checkLength, extent, list, type Numbers, ranked } from '../drawing/values';
import { ZOOM } from './line';

/** Classes of the points and titles of the axes. */
export interface ScatterOptions extends ChartOptions {
  /** Class of each point, as a number or a word; default: one class. */
  labels?: Numbers | readonly string[];
  /** Names of the classes 0, 1, 2, … */
  classes?: readonly string[];
  xTitle?: string;
  yTitle?: string;
}

/** The points' classes, and how finely the regions are drawn. */
export interface RegionOptions extends ScatterOptions {
  /** How many places are asked along each axis; default 80. */
  resolution?: number;
}

/** Most points drawn; of more, an even sample. */
export const MAX_POINTS = 5000;

interface Dot {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

interface Cloud {
  readonly dots: Dot[];
  readonly names: string[];
  readonly notes: string[];
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

function labelsOf(options: ScatterOptions, n: number, what: string): string[] {
  const { labels, classes } = options;
  if (labels === undefined) return new Array<string>(n).fill('');
  const words = Array.isArray(labels) && typeof labels[0] === 'string';
  const names = words
    ? (labels as readonly string[])
    : list(labels as Numbers, `${what}: labels`).map((k) => classes?.[k] ?? String(k));
  checkLength(names.length, n, `${what}: labels`, 'labels, one for each point');
  return [...names];
}

/** An even sample of `n` indices, at most `limit`, the same on every run. */
export const sample = (n: number, limit: number): number[] =>
  Array.from({ length: Math.min(n, limit) }, (_, i) => Math.floor((i * n) / Math.min(n, limit)));

function margin(values: readonly number[], what: string): [number, number] {
  const { min, max } = extent(values, what);
  const space = max > min ? 0.08 * (max - min) : 1;
  return [min - space, max + space];
}

/** What is not drawn: points beyond the most, and points that lie nowhere. */
function notesOf(n: number, bad: number): string[] {
  const all = n.toLocaleString('en');
  return [
    ...(n > MAX_POINTS
      ? [
          say({
            zh: `${all} 个点中均匀取 ${MAX_POINTS} 个`,
            en: `${MAX_POINTS} of ${all} points, evenly taken`,
          }),
        ]
      : []),
    ...(bad > 0
      ? [say({ zh: `${bad} 个点含 NaN 或 ∞，未画出`, en: `${bad} points with NaN or ∞ are not drawn` })]
      : []),
  ];
}

function cloud(points: Numbers, options: ScatterOptions, what: string): Cloud {
  const { data, shape } = ranked(points, 2, `${what}: points`);
  const [n = 0, columns = 0] = shape;
  if (columns !== 2)
    throw new RangeError(`Cannot draw ${what}: expected points [n, 2], got [${n}, ${columns}]`);
  const names = labelsOf(options, n, what);
  const at = (i: number): Dot => ({
    x: rounded(data[2 * i] ?? NaN),
    y: rounded(data[2 * i + 1] ?? NaN),
    label: names[i] ?? '',
  });
  const chosen = sample(n, MAX_POINTS).map(at);
  const dots = chosen.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  return {
    dots,
    names: options.classes
      ? options.classes.filter((name) => names.includes(name))
      : [...new Set(names)].sort(),
    notes: notesOf(n, chosen.length - dots.length),
    x: margin(
      dots.map((d) => d.x),
      `${what}: points`,
    ),
    y: margin(
      dots.map((d) => d.y),
      `${what}: points`,
    ),
  };
}

const axis = (field: 'x' | 'y', title: string, domain: readonly [number, number]): Spec => ({
  field,
  type: 'quantitative',
  title,
  scale: { domain, nice: false },
});

function dotLayer(cloud: Cloud, order: readonly string[], options: ScatterOptions, zoom: boolean): Spec {
  const { xTitle = 'x₁', yTitle = 'x₂' } = options;
  return {
    data: { values: cloud.dots },
    params: [
      { name: 'picked', select: { type: 'point', fields: ['label'] }, bind: 'legend' },
      ...(zoom ? [{ name: 'zoom', select: ZOOM, bind: 'scales' }] : []),
    ],
    mark: {
      type: 'point',
      filled: true,
      clip: zoom,
      size: cloud.dots.length > 500 ? 14 : 42,
      stroke: '#ffffff',
      strokeWidth: 0.6,
    },
    encoding: {
      x: axis('x', xTitle, cloud.x),
      y: axis('y', yTitle, cloud.y),
      color: {
        field: 'label',
        type: 'nominal',
        title: null,
        scale: { domain: cloud.names, range: cloud.names.map((name) => colour(order.indexOf(name))) },
        legend: cloud.names.length > 1 ? {} : null,
      },
      opacity: { condition: { param: 'picked', value: 0.9, empty: true }, value: 0.08 },
      tooltip: [
        { field: 'label', title: say({ zh: '类别', en: 'class' }) },
        { field: 'x', type: 'quantitative', title: xTitle, format: '.4~g' },
        { field: 'y', type: 'quantitative', title: yTitle, format: '.4~g' },
      ],
    },
  };
}

const summarize = ({ dots, names }: Cloud): string =>
  say({
    zh: `${dots.length} 个点${names.length > 1 ? `，${names.length} 类（${names.join('、')}）` : ''}`,
    en: `${dots.length} points${names.length > 1 ? ` of ${names.length} classes (${names.join(', ')})` : ''}`,
  });

/** Draws points `[n, 2]`, coloured by label. */
export function scatter(points: Numbers, options: ScatterOptions = {}): Chart {
  const found = cloud(points, options, 'scatter');
  return chart(
    { height: 340, width: 420, ...options, notes: found.notes },
    { layer: [dotLayer(found, options.classes ?? found.names, options, true)] },
    summarize(found),
  );
}

/** Asks a classifier at many places at once: `[m, 2]` in, one number a place out. */
export type Classifier = (grid: number[][]) => Numbers;

const mix = ([r, g, b]: Rgb, share: number): Rgb =>
  [r, g, b].map((v) => Math.round(255 - share * (255 - v))) as unknown as Rgb;

/**
 * A value in between classes (0.3: more 0 than 1) is drawn paler: where a network hesitates, the picture does too.
 */
function regionColour(value: number): Rgb {
  if (!Number.isFinite(value)) return [230, 230, 230];
  const nearest = Math.round(value);
  const certainty = 1 - 2 * Math.abs(value - nearest);
  return mix(parseColour(colour(Math.max(0, nearest))), 0.08 + 0.27 * certainty);
}

function region(classify: Classifier, { x, y }: Cloud, resolution: number): string {
  const place = ([from, to]: readonly [number, number], i: number) =>
    from + ((i + 0.5) / resolution) * (to - from);
  const grid = Array.from({ length: resolution * resolution }, (_, i) => [
    place(x, i % resolution),
    place(y, resolution - 1 - Math.floor(i / resolution)), // row 0 is the top
  ]);
  const answer = classify(grid);
  const { data } = ranked(answer, 'shape' in answer ? answer.shape.length : 1, 'decisionRegion: classify');
  checkLength(data.length, grid.length, 'decisionRegion: classify', 'answers, one for each place');
  return pngUrl(
    resolution,
    resolution,
    (row, column) => regionColour(data[row * resolution + column] ?? NaN),
    3,
  );
}

/**
 * Draws points `[n, 2]` over the regions of a classifier of two or more classes 0, 1, 2, ….
 * `classify` answers a class number or, for two classes, a probability.
 * @throws RangeError unless `resolution` is an integer from 2 to 400
 * @example
 * show(decisionRegion(points, (grid) => classifier.forward(tf.tensor2d(grid)), { labels }));
 */
export function decisionRegion(points: Numbers, classify: Classifier, options: RegionOptions = {}): Chart {
  const { resolution = 80 } = options;
  if (!(Number.isInteger(resolution) && resolution >= 2 && resolution <= 400)) {
    throw new RangeError(`Cannot draw decisionRegion: expected resolution from 2 to 400, got ${resolution}`);
  }
  const found = cloud(points, options, 'decisionRegion');
  const size = { width: options.width ?? 400, height: options.height ?? 340 };
  const url = region(classify, found, resolution);
  const picture = {
    data: { values: [{ url }] },
    mark: {
      type: 'image',
      width: size.width,
      height: size.height,
      aspect: false,
      align: 'left',
      baseline: 'top',
    },
    encoding: { url: { field: 'url' }, x: { value: 0 }, y: { value: 0 } },
  };
  return chart(
    { ...options, ...size, notes: found.notes },
    { layer: [picture, dotLayer(found, options.classes ?? found.names, options, false)] },
    say({
      zh: `${summarize(found)}，背景色为模型判定的类别，颜色越浅越犹豫`,
      en: `${summarize(found)}; the background is the class that the model says, paler where it doubts`,
    }),
  );
}
