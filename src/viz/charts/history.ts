/**
 * Pictures of a training run: loss, metrics and learning rate by epoch.
 */
import { plain, say, type Text } from '../../../bin/bootstrap/language';
import type { Chart, ChartOptions } from '../drawing/chart';
import { HEIGHT } from '../drawing/theme';
import { type Numbers, short } from '../drawing/values';
import { beside } from './beside';
import { lineChart, type LineOptions } from './line';

/** One epoch of a training run, as `fit()` records it: `loss`, `validLoss`, `lr`, `accuracy`, … */
export type EpochRecord = Readonly<Record<string, number | undefined>>;

/** The records of a run, or the run that holds them. */
export type Records = readonly EpochRecord[] | { readonly epochs: readonly EpochRecord[] };

const recordsOf = (run: Records): readonly EpochRecord[] => ('epochs' in run ? run.epochs : run);

const METRICS: Readonly<Record<string, Text>> = {
  loss: { zh: '损失', en: 'loss' },
  accuracy: { zh: '准确率', en: 'accuracy' },
  precision: { zh: '精确率', en: 'precision' },
  recall: { zh: '召回率', en: 'recall' },
  f1: { zh: ' F1', en: 'F1' },
  iou: { zh: '平均交并比', en: 'mean IoU' },
};

/** What a recorded value is called on charts: of the training data, or of the validation data (`valid…`). */
export function labelOf(key: string): string {
  if (key === 'lr') return say({ zh: '学习率', en: 'learning rate' });
  const isValid = /^valid[A-Z]/.test(key);
  const metric = isValid ? key.charAt(5).toLowerCase() + key.slice(6) : key;
  const name = metricName(metric);
  if (name === undefined)
    return isValid ? say({ zh: `验证 ${key.slice(5)}`, en: `validation ${metric}` }) : key;
  return isValid
    ? say({ zh: `验证${name.zh}`, en: `validation ${name.en}` })
    : say({ zh: `训练${name.zh}`, en: `training ${name.en}` });
}

/** A metric without the data it is of; undefined for one that has no name of its own. */
function metricName(metric: string): Text | undefined {
  const [, best] = /^top(\d+)$/.exec(metric) ?? [];
  return best === undefined ? METRICS[metric] : { zh: `前 ${best} 准确率`, en: `top-${best} accuracy` };
}

function column(records: readonly EpochRecord[], key: string, what: string): number[] {
  return records.map((record, i) => {
    const value = record[key];
    if (value === undefined) {
      throw new RangeError(
        `Cannot draw ${what}: expected '${key}' in every record, got ${Object.keys(record).join(', ') || 'none'} at ${i}`,
      );
    }
    return value;
  });
}

const epochsOf = (records: readonly EpochRecord[]): number[] => records.map((r, i) => r.epoch ?? i + 1);

function bestEpoch(
  epochs: readonly number[],
  losses: readonly number[],
): { x: number; label: string } | undefined {
  let best = -1;
  losses.forEach((v, i) => {
    if (Number.isFinite(v) && (best < 0 || v < (losses[best] ?? Infinity))) best = i;
  });
  return best < 0
    ? undefined
    : {
        x: epochs[best] ?? best,
        label: say({ zh: `最佳：第 ${epochs[best]} 轮`, en: `best: epoch ${epochs[best]}` }),
      };
}

/**
 * Training and validation loss by epoch, the best epoch marked. `logY` for a logarithmic axis.
 * @throws RangeError if there is no epoch
 */
export function lossCurve(run: Records, options: LineOptions = {}): Chart {
  const records = recordsOf(run);
  if (records.length === 0) throw new RangeError('Cannot draw lossCurve: expected at least one epoch, got 0');
  const keys = ['loss', 'validLoss'].filter((key) => records.some((r) => r[key] !== undefined));
  if (keys.length === 0) keys.push('loss');
  const columns = keys.map((key) => [key, column(records, key, 'lossCurve')] as const);
  const epochs = epochsOf(records);
  const best = bestEpoch(epochs, columns.at(-1)?.[1] ?? []);
  return lineChart(Object.fromEntries(columns.map(([key, values]) => [labelOf(key), values])), {
    title: say({ zh: '损失曲线', en: 'Loss' }),
    xTitle: say({ zh: '轮', en: 'epoch' }),
    yTitle: say({ zh: '损失', en: 'loss' }),
    x: epochs,
    ...(best && records.length > 1 ? { marks: [best] } : {}),
    ...options,
  });
}

/**
 * One or more recorded metrics by epoch, such as `['accuracy', 'validAccuracy']`.
 * @throws RangeError if there is no epoch
 */
export function metricCurve(run: Records, keys: readonly string[], options: LineOptions = {}): Chart {
  const records = recordsOf(run);
  if (records.length === 0)
    throw new RangeError('Cannot draw metricCurve: expected at least one epoch, got 0');
  const ys = Object.fromEntries(keys.map((key) => [labelOf(key), column(records, key, 'metricCurve')]));
  return lineChart(ys, {
    xTitle: say({ zh: '轮', en: 'epoch' }),
    yTitle: '',
    x: epochsOf(records),
    ...options,
  });
}

/** Learning rate by step or epoch, one line a scheduler. */
export function lrCurve(rates: Readonly<Record<string, Numbers>>, options: LineOptions = {}): Chart {
  return lineChart(rates, {
    title: say({ zh: '学习率', en: 'Learning rate' }),
    xTitle: say({ zh: '步', en: 'step' }),
    yTitle: say({ zh: '学习率', en: 'learning rate' }),
    points: false,
    ...options,
  });
}

/** Loss and metrics of a run side by side: what `fit()` leaves behind. */
export function trainingChart(run: Records, options: ChartOptions = {}): Chart {
  const records = recordsOf(run);
  const width = options.width ?? 280;
  const height = options.height ?? Math.round(HEIGHT * 0.75);
  const loss = lossCurve(run, { width, height });
  const metric = Object.keys(records[0] ?? {}).find(
    (key) => `valid${capital(key)}` in (records[0] ?? {}) && key !== 'loss',
  );
  const charts = metric
    ? [
        loss,
        metricCurve(run, [metric, `valid${capital(metric)}`], {
          title: say(metricName(metric) ?? plain(metric)).trim(),
          width,
          height,
        }),
      ]
    : [loss];
  if (charts.length === 1) return loss;
  const last = records.at(-1) ?? {};
  const numbers = ['loss', 'validLoss', metric ?? '', `valid${capital(metric ?? '')}`]
    .filter((key) => last[key] !== undefined)
    .map((key) => `${labelOf(key)} ${short(last[key] ?? NaN)}`);
  return beside(
    charts,
    { ...options, title: options.title ?? say({ zh: '训练过程', en: 'Training' }) },
    say({
      zh: `第 ${epochsOf(records).at(-1)} 轮：${numbers.join('，')}`,
      en: `epoch ${epochsOf(records).at(-1)}: ${numbers.join(', ')}`,
    }),
  );
}

const capital = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1);
