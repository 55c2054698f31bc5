/**
 * Confusion matrix: which classes are taken for which.
 */
import { say } from '../../../bin/bootstrap/language';
import { type Chart, chart, type ChartOptions } from '../drawing/chart';
import { stopsOf } from '../drawing/colours';
import type { Spec } from '../drawing/render';
import { shrunkNote } from '../drawing/shrink';
import { checkLength, type Numbers, ranked } from '../drawing/values';
import { picture } from './heat';

/** Names of the classes (their numbers unless given) and what stands in the cells. */
export interface ConfusionOptions extends ChartOptions {
  classes?: readonly string[];
  /** Writes the share of the row under each count; default for up to 12 classes. */
  shares?: boolean;
}

const WHAT = 'confusionMatrix';

/** Most classes drawn cell by cell. */
const MAX_CLASSES = 54;
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

function cell(count: number, total: number, row: string, column: string): Spec {
  const share = total === 0 ? 0 : count / total;
  return { true: row, predicted: column, count, share: Number(share.toFixed(4)), percent: percent(share) };
}

function axis(field: string, title: string, classes: readonly string[]): Spec {
  const angle = field === 'predicted' && classes.some((name) => name.length > 3) ? -45 : 0;
  return {
    field,
    type: 'nominal',
    title,
    sort: [...classes],
    axis: { labelAngle: angle, labelOverlap: false, ticks: false, domain: false },
  };
}

/**
 * Draws counts `[k, k]`, row = true class, column = predicted class; colours are shares of the row.
 * @throws RangeError unless counts are square and not all 0, and no name stands for two classes
 * @example show(confusionMatrix(interpretation.confusion, { classes: digits }));
 */
export function confusionMatrix(counts: Numbers, options: ConfusionOptions = {}): Chart {
  const { data, shape } = ranked(counts, 2, WHAT);
  const [k = 0, columns = 0] = shape;
  if (k !== columns)
    throw new RangeError(`Cannot draw ${WHAT}: expected as many rows as columns, got [${k}, ${columns}]`);
  const classes = options.classes ?? Array.from({ length: k }, (_, i) => String(i));
  checkLength(classes.length, k, `${WHAT}: classes`, 'names, one for each class');
  const twice = classes.find((name, i) => classes.indexOf(name) < i);
  if (twice !== undefined) {
    throw new RangeError(
      `Cannot draw ${WHAT}: expected a name of its own for each class, got '${twice}' twice`,
    );
  }
  const count = (row: number, column: number): number => {
    const value = data[row * k + column] ?? NaN;
    if (!(Number.isInteger(value) && value >= 0)) {
      throw new RangeError(`Cannot draw ${WHAT}: expected whole counts, got ${value} at [${row}, ${column}]`);
    }
    return value;
  };
  const rows = classes.map((_, row) => classes.map((_, column) => count(row, column)));
  const totals = rows.map((row) => row.reduce((sum, v) => sum + v, 0));
  const all = totals.reduce((sum, v) => sum + v, 0);
  if (all === 0) throw new RangeError(`Cannot draw ${WHAT}: expected at least one sample, got counts of 0`);
  const right = rows.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
  const summary = say({
    zh: `${k} 类，${all} 个样本中 ${right} 个正确（${percent(right / all)}）`,
    en: `${k} classes, ${right} of ${all} samples right (${percent(right / all)})`,
  });
  if (k > MAX_CLASSES) return fine(rows, totals, options, summary);
  const values = rows.flatMap((row, i) =>
    row.map((v, j) => cell(v, totals[i] ?? 0, classes[i] ?? '', classes[j] ?? '')),
  );
  const side = Math.min(46, Math.max(18, 460 / k)) * k;
  return chart(
    { width: side, height: side, ...options },
    specOf(values, classes, k, options.shares ?? k <= 12),
    summary,
  );
}

/** Shares as one picture, for more classes than names fit on the axes. */
function fine(
  rows: readonly number[][],
  totals: readonly number[],
  options: ConfusionOptions,
  summary: string,
): Chart {
  const k = rows.length;
  const data = rows.flatMap((row, i) => row.map((v) => v / (totals[i] || 1)));
  const size = { width: options.width ?? 460, height: options.height ?? 460 };
  const panel = {
    matrix: { data, offset: 0, h: k, w: k },
    size,
    range: [0, 1],
    scale: 'blues',
    legend: false,
  } as const;
  const notes = [
    say({
      zh: '颜色从白（0%）到深蓝（占该类 100%）',
      en: 'from white (0%) to dark blue (100% of the class)',
    }),
    ...shrunkNote(k, k, say({ zh: '格', en: 'cells' })),
  ];
  const axes = {
    rowTitle: say({ zh: '真实类别', en: 'true class' }),
    columnTitle: say({ zh: '预测类别', en: 'predicted class' }),
  };
  return chart({ ...options, ...size, notes }, picture(panel, axes), summary);
}

/** Counts, or shares in smaller letters below them. */
function words(field: 'count' | 'percent', k: number, dy: number): Spec {
  const light = { test: 'datum.share > 0.5', value: '#ffffff' };
  const small = field === 'percent' || k > 14;
  return {
    transform: [{ filter: 'datum.count > 0' }],
    mark: { type: 'text', fontSize: small ? 8 : 11, dy },
    encoding: { text: { field, type: 'nominal' }, color: { condition: light, value: '#222222' } },
  };
}

function specOf(values: readonly Spec[], classes: readonly string[], k: number, shares: boolean): Spec {
  const text = shares ? [words('count', k, -5), words('percent', k, 8)] : [words('count', k, 0)];
  return {
    data: { values },
    encoding: {
      y: axis('true', say({ zh: '真实类别', en: 'true class' }), classes),
      x: axis('predicted', say({ zh: '预测类别', en: 'predicted class' }), classes),
    },
    layer: [
      {
        mark: { type: 'rect', tooltip: true, stroke: '#dde3e8' },
        encoding: {
          color: {
            field: 'share',
            type: 'quantitative',
            title: say({ zh: '占该类', en: 'of the class' }),
            scale: { range: stopsOf('blues'), domain: [0, 1], interpolate: 'rgb' },
            legend: { format: '.0%', gradientLength: 140 },
          },
          tooltip: [
            { field: 'true', title: say({ zh: '真实', en: 'true' }) },
            { field: 'predicted', title: say({ zh: '预测', en: 'predicted' }) },
            { field: 'count', type: 'quantitative', title: say({ zh: '个数', en: 'count' }) },
            { field: 'percent', title: say({ zh: '占该类', en: 'of the class' }) },
          ],
        },
      },
      ...(k <= 30 ? text : []),
    ],
  };
}
