/**
 * Bars with their numbers beside them: timings, accuracies, sizes.
 */
import { plain, say } from '../../../bin/bootstrap/language';
import { type Chart, chart, type ChartOptions } from '../drawing/chart';
import { colour } from '../drawing/theme';
import { extent, short } from '../drawing/values';
import { comma, firstOf, NOT_DRAWN, notFinite, valueTitle } from '../drawing/words';

/** Unit, order and scale of the bars. */
export interface BarOptions extends ChartOptions {
  /** Axis title with its unit, e.g. `毫秒`. */
  unit?: string;
  /** Longest first; default false: the order given. */
  sort?: boolean;
  log?: boolean;
  /** Number format of the labels, in d3's notation; default four significant digits. */
  format?: string;
}

/** One bar: what is measured and the number. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Bars of one name are told apart by group, such as `tsdl` and `PyTorch`. */
  readonly group?: string;
}

const WHAT = 'barChart';

/** Most names drawn. */
const MAX_BARS = 100;

/** Room right of the longest bar, so that its number is not cut. */
const HEADROOM = 1.18;

/** The same on both sides where bars go both ways, as a share of both. */
const ROOM_BESIDE = 0.12;

/** A number stands beyond its bar's end: left of a negative one. */
const BESIDE = {
  align: { expr: "datum.value < 0 ? 'right' : 'left'" },
  dx: { expr: 'datum.value < 0 ? -4 : 4' },
};

function domainOf(bars: readonly Bar[], log: boolean): [number, number] {
  const values = bars.map((b) => b.value);
  const { min, max } = extent(values, WHAT);
  if (log && min <= 0) {
    throw new RangeError(`Cannot draw ${WHAT}: a logarithmic axis needs values above 0, got ${min}`);
  }
  if (log) return [min / 2, max * 2];
  const room = min < 0 && max > 0 ? ROOM_BESIDE * (max - min) : undefined;
  if (room !== undefined) return [min - room, max + room];
  return [Math.min(0, min * HEADROOM), Math.max(0, max * HEADROOM)];
}

const grouping = (groups: readonly string[]) => ({
  yOffset: { field: 'group', type: 'nominal', sort: groups },
  color: {
    field: 'group',
    type: 'nominal',
    title: null,
    sort: groups,
    scale: { domain: groups, range: groups.map((_, i) => colour(i)) },
    legend: { orient: 'top', direction: 'horizontal' },
  },
});

function encodingOf(bars: readonly Bar[], groups: readonly string[], options: BarOptions) {
  const { log = false, unit = '' } = options;
  return {
    y: { field: 'name', type: 'nominal', title: null, sort: [...new Set(bars.map((b) => b.name))] },
    x: {
      field: 'value',
      type: 'quantitative',
      stack: null,
      title: unit,
      scale: { ...(log ? { type: 'log' } : {}), domain: domainOf(bars, log), nice: false },
      axis: { tickCount: 6 },
    },
    ...(groups.length > 1 ? grouping(groups) : {}),
  };
}

function checkValues(bars: readonly Bar[]): void {
  if (bars.length === 0) throw new RangeError(`Cannot draw ${WHAT}: expected at least one bar, got 0`);
  const odd = bars.find(({ value }) => typeof value !== 'number');
  if (!odd) return;
  throw new TypeError(
    `Cannot draw ${WHAT}: expected a number for each bar, got ${typeof odd.value} for '${odd.name}'`,
  );
}

/** What is not drawn: values that are not finite, and bars beyond the first hundred. */
function notesOf(all: readonly Bar[], finite: readonly Bar[], bars: readonly Bar[]): string[] {
  const bad = all.length - finite.length;
  return [...notFinite(bad, NOT_DRAWN), ...firstOf(bars.length, finite.length, { zh: '条', en: 'bars' })];
}

const barText = ({ name, group, value }: Bar): string => {
  const of = group ? { zh: `（${group}）`, en: ` (${group})` } : plain('');
  return `${name}${say(of)} ${short(value)}`;
};

/**
 * Draws horizontal bars, by name or by name and group.
 * @example show(barChart({ tsdl: 21.4, PyTorch: 36.2 }, { unit: 'ms a step' }));
 */
export function barChart(
  data: Readonly<Record<string, number>> | readonly Bar[],
  options: BarOptions = {},
): Chart {
  const all: readonly Bar[] = Array.isArray(data)
    ? (data as readonly Bar[])
    : Object.entries(data as Record<string, number>).map(([name, value]) => ({ name, value }));
  checkValues(all);
  const finite = all.filter((b) => Number.isFinite(b.value));
  const ordered = options.sort ? [...finite].sort((a, b) => b.value - a.value) : finite;
  const drawn = new Set([...new Set(ordered.map((b) => b.name))].slice(0, MAX_BARS));
  const bars = ordered.filter((b) => drawn.has(b.name));
  const groups = [...new Set(bars.flatMap((b) => b.group ?? []))];
  const encoding = encodingOf(bars, groups, options);
  const perBar = groups.length > 1 ? 18 * groups.length + 8 : 26;
  const label = { field: 'value', type: 'quantitative', format: options.format ?? '.4~g' };
  const tooltip = [
    { field: 'name', title: say({ zh: '名称', en: 'name' }) },
    ...(groups.length > 0 ? [{ field: 'group', title: say({ zh: '组', en: 'group' }) }] : []),
    { ...label, title: options.unit ?? valueTitle() },
  ];
  return chart(
    { height: drawn.size * perBar, width: 420, ...options, notes: notesOf(all, finite, bars) },
    {
      data: { values: bars },
      encoding,
      layer: [
        { mark: { type: 'bar', tooltip: true }, encoding: { tooltip } },
        {
          mark: { type: 'text', ...BESIDE, fontSize: 11 },
          encoding: { text: label, color: { value: '#222222' } },
        },
      ],
    },
    bars.map(barText).join(comma()),
  );
}
