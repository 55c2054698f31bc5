/**
 * Lines over a number: loss curves, learning-rate curves, anything recorded step by step.
 */
import { say } from '../../../bin/bootstrap/language';
import { type Chart, chart, type ChartOptions } from '../drawing/chart';
import { HOVER, type Spec } from '../drawing/render';
import { type Point, type Series, toSeries, type Values } from '../drawing/series';
import { colour, FAINT, INK } from '../drawing/theme';
import { extent, type Numbers, short } from '../drawing/values';
import { comma, valueTitle } from '../drawing/words';

/** The x values, the axes and how lines are told apart. */
export interface LineOptions extends ChartOptions {
  /** Shared x values; default 0, 1, 2, … */
  x?: Numbers;
  xTitle?: string;
  yTitle?: string;
  logX?: boolean;
  logY?: boolean;
  /** Draws the points too; default: for series of up to 40. */
  points?: boolean;
  /** Tells lines apart by dashes too, where they may lie on each other; default false. */
  dashes?: boolean;
  /** Vertical lines with a word each, such as the best epoch. */
  marks?: readonly { x: number; label: string }[];
}

const WHAT = 'lineChart';

/** Axis of numbers: few grid lines, whole numbers where the data are whole. */
export function quantitative(field: string, title: string, values: readonly number[], log = false): Spec {
  const whole = values.every(Number.isInteger);
  const span = new Set(values).size;
  return {
    field,
    type: 'quantitative',
    title,
    scale: log ? { type: 'log' } : { zero: false, nice: !whole, ...(whole ? { padding: 6 } : {}) },
    axis: {
      grid: true,
      ...(log ? { tickCount: 6 } : {}),
      ...(whole && !log
        ? { tickMinStep: 1, format: 'd', tickCount: Math.min(10, Math.max(1, span - 1)) }
        : {}),
    },
  };
}

/** Room above and below a level line: on an axis of no height Vega labels every value 0. */
function levelDomain(series: Series, log: boolean): Spec {
  const ys = new Set(series.points.map((p) => p.y).filter((y) => y !== null));
  const [y] = ys;
  if (y === undefined || ys.size > 1) return {};
  if (log) return { domain: [y / 10, y * 10] };
  const room = Math.abs(y) / 2 || 1;
  return { domain: [y - room, y + room] };
}

function checkLog(series: Series, log: boolean, axis: 'x' | 'y'): void {
  if (!log) return;
  const wrong = series.points.find((p) => p[axis] !== null && (p[axis] ?? 0) <= 0);
  if (wrong) {
    throw new RangeError(
      `Cannot draw ${WHAT}: a logarithmic ${axis} axis needs values above 0, got ${wrong[axis]} in '${wrong.series}'`,
    );
  }
}

const legendOf = (names: readonly string[]): Spec | null =>
  names.length > 1 ? { orient: 'top', direction: 'horizontal', columns: 5 } : null;

/** Colour by series with a legend that selects: a click on a name fades the others. */
const seriesColour = (names: readonly string[]): Spec => ({
  field: 'series',
  type: 'nominal',
  title: null,
  scale: { domain: names, range: names.map((_, i) => colour(i)) },
  legend: legendOf(names),
});

/** Drag to move, Ctrl and wheel (or a pinch) to zoom, double click to go back; the wheel alone scrolls the page. */
export const ZOOM: Spec = { type: 'interval', zoom: 'wheel![event.ctrlKey]' };

/** So that a line below another one shows through its gaps. */
const DASHES = [[1, 0], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4]]; // prettier-ignore

const dashed = (names: readonly string[]): Spec => ({
  field: 'series',
  type: 'nominal',
  scale: { domain: names, range: names.map((_, i) => DASHES[i % DASHES.length]) },
  title: null,
  legend: legendOf(names), // one legend for both channels
});

const FADE = { condition: { param: 'picked', value: 1, empty: true }, value: 0.12 };

/** Dashed verticals with their words above the plot, turned inwards near its edges. */
function markLayers(given: LineOptions['marks'] = [], xs: readonly number[]): Spec[] {
  const marks = given.filter((mark) => Number.isFinite(mark.x));
  if (marks.length === 0) return [];
  const { min, max } = extent(xs, `${WHAT}: x`);
  const side = (x: number) =>
    x > min + 0.8 * (max - min) ? 'right' : x < min + 0.2 * (max - min) ? 'left' : 'center';
  const x = { field: 'x', type: 'quantitative' };
  const words = (align: string): Spec => ({
    data: { values: marks.filter((mark) => side(mark.x) === align) },
    mark: { type: 'text', align, baseline: 'bottom', dy: -4, fontSize: 11, color: INK, clip: false },
    encoding: { x, text: { field: 'label' }, y: { value: 0 } },
  });
  return [
    { data: { values: marks }, mark: { type: 'rule', strokeDash: [4, 3], color: FAINT }, encoding: { x } },
    ...['left', 'center', 'right'].filter((align) => marks.some((mark) => side(mark.x) === align)).map(words),
  ];
}

const altText = (series: Series): string =>
  series.names
    .map((name) => {
      const ys = series.points.filter((p) => p.series === name && p.y !== null).map((p) => p.y ?? NaN);
      return `${name} ${short(ys[0] ?? NaN)} → ${short(ys.at(-1) ?? NaN)}`;
    })
    .join(comma());

const countOf = (series: Series, name: string): number =>
  series.points.filter((p) => p.series === name).length;

function layers(series: Series, options: LineOptions): Spec[] {
  const { logX = false, logY = false, xTitle = 'x', yTitle = '' } = options;
  const xs = series.points.map((p) => p.x);
  const y = quantitative('y', yTitle, [0.5], logY);
  const encoding = {
    x: quantitative('x', xTitle, xs, logX),
    y: { ...y, scale: { ...(y.scale as Spec), ...levelDomain(series, logY) } },
    color: seriesColour(series.names),
    opacity: FADE,
  };
  const tooltip = [
    { field: 'series', title: say({ zh: '曲线', en: 'line' }) },
    { field: 'x', type: 'quantitative', title: xTitle, format: '.6~g' },
    { field: 'y', type: 'quantitative', title: yTitle || valueTitle(), format: '.5~g' },
  ];
  const select = { type: 'point', fields: ['series'] };
  const point = { type: 'point', filled: true, clip: false, tooltip: true };
  const few = series.names.filter((name) => options.points ?? countOf(series, name) <= 40);
  const only = (names: readonly string[]) => ({ transform: [{ filter: { field: 'series', oneOf: names } }] });
  const dots = { ...only(few), mark: { ...point, size: 28 }, encoding: { ...encoding, tooltip } };
  const many = series.names.filter((name) => !few.includes(name) && countOf(series, name) <= 400);
  const hover = {
    ...only(many),
    name: HOVER,
    mark: { ...point, size: 60 },
    encoding: { ...encoding, tooltip, opacity: { value: 0 } },
  };
  return [
    {
      params: [
        { name: 'picked', select, bind: 'legend' },
        { name: 'zoom', select: ZOOM, bind: 'scales' },
      ],
      mark: { type: 'line', strokeWidth: 2, clip: true },
      encoding: options.dashes ? { ...encoding, strokeDash: dashed(series.names) } : encoding,
    },
    // Short series show their points; long ones answer the mouse, the longest do not.
    ...(few.length > 0 ? [dots] : []),
    ...(many.length > 0 ? [hover] : []),
  ];
}

/**
 * Draws named series over a shared x (or `{ x, y }` where one has its own).
 * @example show(lineChart({ train: trainLosses, valid: validLosses }, { xTitle: 'epoch', logY: true }));
 */
export function lineChart(ys: Readonly<Record<string, Values>>, options: LineOptions = {}): Chart {
  const series = toSeries(ys, options.x, WHAT);
  checkLog(series, options.logX ?? false, 'x');
  checkLog(series, options.logY ?? false, 'y');
  const spec = {
    data: { values: series.points satisfies Point[] },
    layer: [
      ...layers(series, options),
      ...markLayers(
        options.marks,
        series.points.map((p) => p.x),
      ),
    ],
  };
  return chart({ ...options, notes: series.notes }, spec, altText(series));
}
