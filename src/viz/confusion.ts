/**
 * Confusion matrix: which classes are taken for which.
 */
import { type Chart, chart, type ChartOptions } from './chart';
import type { Spec } from './render';
import { checkLength, type Numbers, ranked } from './values';

export interface ConfusionOptions extends ChartOptions {
  classes?: readonly string[];
}

const WHAT = 'confusionMatrix';
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
 * @example show(confusionMatrix(interpretation.confusion, { classes: digits }));
 */
export function confusionMatrix(counts: Numbers, options: ConfusionOptions = {}): Chart {
  const { data, shape } = ranked(counts, 2, WHAT);
  const [k = 0, columns = 0] = shape;
  if (k !== columns)
    throw new RangeError(`Cannot draw ${WHAT}: expected as many rows as columns, got [${k}, ${columns}]`);
  const classes = options.classes ?? Array.from({ length: k }, (_, i) => String(i));
  checkLength(classes.length, k, `${WHAT}: classes`, 'names, one for each class');
  const count = (row: number, column: number): number => {
    const value = data[row * k + column] ?? NaN;
    if (!(Number.isInteger(value) && value >= 0)) {
      throw new RangeError(`Cannot draw ${WHAT}: expected whole counts, got ${value} at [${row}, ${column}]`);
    }
    return value;
  };
  const rows = classes.map((_, row) => classes.map((_, column) => count(row, column)));
  const values = rows.flatMap((row, i) => {
    const total = row.reduce((sum, v) => sum + v, 0);
    return row.map((v, j) => cell(v, total, classes[i] ?? '', classes[j] ?? ''));
  });
  const all = values.reduce((sum, v) => sum + Number(v.count), 0);
  const right = rows.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
  const side = Math.min(46, Math.max(18, 460 / k)) * k;
  return chart(
    { width: side, height: side, ...options },
    specOf(values, classes, k),
    `${k} 类，${all} 个样本中 ${right} 个正确（${percent(right / all)}）`,
  );
}

function specOf(values: readonly Spec[], classes: readonly string[], k: number): Spec {
  const light = { test: 'datum.share > 0.5', value: '#ffffff' };
  const text = {
    transform: [{ filter: 'datum.count > 0' }],
    mark: { type: 'text', fontSize: k > 14 ? 8 : 11 },
    encoding: {
      text: { field: 'count', type: 'quantitative' },
      color: { condition: light, value: '#222222' },
    },
  };
  return {
    data: { values },
    encoding: { y: axis('true', '真实类别', classes), x: axis('predicted', '预测类别', classes) },
    layer: [
      {
        mark: { type: 'rect', tooltip: true, stroke: '#ffffff' },
        encoding: {
          color: {
            field: 'share',
            type: 'quantitative',
            title: '占该类',
            scale: { scheme: 'blues', domain: [0, 1] },
            legend: { format: '.0%', gradientLength: 140 },
          },
          tooltip: [
            { field: 'true', title: '真实' },
            { field: 'predicted', title: '预测' },
            { field: 'count', type: 'quantitative', title: '个数' },
            { field: 'percent', title: '占该类' },
          ],
        },
      },
      ...(k <= 30 ? [text] : []),
    ],
  };
}
