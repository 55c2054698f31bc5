/**
 * How values are spread: weights, activations, gradients, one small histogram a layer.
 */
import { say } from '../../../bin/bootstrap/language';
import { type Chart, chart, type ChartOptions } from '../drawing/chart';
import { rounded } from '../drawing/series';
import { block, extent, type Numbers, short } from '../drawing/values';
import { countTitle, firstOf, notFinite, semicolon, valueTitle } from '../drawing/words';

/** How finely values are counted and how the histograms lie beside each other. */
export interface HistogramOptions extends ChartOptions {
  /** Bars in each histogram; default 40. */
  bins?: number;
  /** Histograms in a row; default 3. */
  columns?: number;
  xTitle?: string;
}

interface Bin {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const WHAT = 'histogram';

/** Most histograms drawn. */
const MAX_GROUPS = 60;

interface Spread {
  readonly bins: Bin[];
  readonly words: string;
  readonly bad: number;
}

function spread(name: string, values: Numbers, bins: number): Spread {
  const { data } = block(values, `${WHAT}: '${name}'`);
  if (data.length === 0)
    throw new RangeError(`Cannot draw ${WHAT}: '${name}': expected at least one value, got 0`);
  const { min, max, bad } = extent(data, `${WHAT}: '${name}'`);
  const width = (max - min) / bins || 1;
  const counts = new Array<number>(max > min ? bins : 1).fill(0);
  let [sum, squares] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    const v = data[i] ?? NaN;
    if (!Number.isFinite(v)) continue;
    const at = Math.min(counts.length - 1, Math.floor((v - min) / width));
    counts[at] = (counts[at] ?? 0) + 1;
    sum += v;
    squares += v * v;
  }
  const n = data.length - bad;
  const mean = sum / n;
  const std = Math.sqrt(Math.max(0, squares / n - mean * mean));
  const edge = (i: number) => rounded(min + i * width);
  return {
    bins: counts.map((count, i) => ({ name, from: edge(i), to: edge(i + 1), count })),
    words: say({
      zh: `${name}：${n.toLocaleString('en')} 个数，均值 ${short(mean)}，标准差 ${short(std)}`,
      en: `${name}: ${n.toLocaleString('en')} numbers, mean ${short(mean)}, standard deviation ${short(std)}`,
    }),
    bad,
  };
}

const barsOver = (xTitle: string) => ({
  mark: { type: 'bar', binSpacing: 0.5 },
  encoding: {
    x: {
      field: 'from',
      bin: 'binned',
      type: 'quantitative',
      title: xTitle,
      axis: { tickCount: 5, format: '~g' },
    },
    x2: { field: 'to' },
    y: {
      field: 'count',
      type: 'quantitative',
      title: countTitle(),
      axis: { tickCount: 4, format: '~s' },
    },
    tooltip: [
      { field: 'from', type: 'quantitative', title: say({ zh: '从', en: 'from' }), format: '.4~g' },
      { field: 'to', type: 'quantitative', title: say({ zh: '到', en: 'to' }), format: '.4~g' },
      { field: 'count', type: 'quantitative', title: countTitle(), format: ',' },
    ],
  },
});

/**
 * Draws one histogram for each named block of numbers, of any shape and size.
 * @throws RangeError unless there is a group and `bins` is an integer of 1 or more
 * @example show(histogram({ 'conv1.weight': model.conv1.weight, 'fc1.weight': model.fc1.weight }));
 */
export function histogram(groups: Readonly<Record<string, Numbers>>, options: HistogramOptions = {}): Chart {
  const { bins = 40, columns = 3, xTitle = valueTitle() } = options;
  if (!Number.isInteger(bins) || bins < 1) {
    throw new RangeError(`Cannot draw ${WHAT}: expected an integer number of bins ≥ 1, got ${bins}`);
  }
  const all = Object.keys(groups);
  const names = all.slice(0, MAX_GROUPS);
  if (names.length === 0) throw new RangeError(`Cannot draw ${WHAT}: expected at least one group, got 0`);
  const spreads = names.map((name) => spread(name, groups[name] ?? [], bins));
  const bad = spreads.reduce((sum, s) => sum + s.bad, 0);
  const one = names.length === 1;
  const size = { width: options.width ?? (one ? 480 : 170), height: options.height ?? (one ? 240 : 110) };
  const bars = barsOver(xTitle);
  const data = { values: spreads.flatMap((s) => s.bins) };
  const header = { title: null, labelFontWeight: 'bold', labelLimit: size.width };
  const facets = {
    data,
    facet: { field: 'name', type: 'nominal', sort: names, header },
    columns,
    spec: { ...size, ...bars },
    resolve: { scale: { x: 'independent', y: 'independent' } },
  };
  const notes = [
    ...notFinite(bad, { zh: '未计入', en: 'not counted' }),
    ...firstOf(names.length, all.length, { zh: '组', en: 'groups' }),
  ];
  return chart(
    { ...options, ...size, notes },
    one ? { data, ...bars } : facets,
    spreads.map((s) => s.words).join(semicolon()),
  );
}
