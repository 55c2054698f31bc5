/**
 * A run of `fit` as it happens: a progress bar, a chart and a table, each one output that changes in place.
 * `show` and `liveChart` make them `fit`'s defaults.
 */
import { plain, say, type Text } from '../../bin/bootstrap/language';
import { kernelHost, type MimeBundle } from '../helpers/notebook/host';
import type { BatchLog, Callback, Run } from '../helpers/train/callbacks';
import { setDefaultCallbacks } from '../helpers/train/callbacks/defaults';
import { formatValue, lineLog } from '../helpers/train/callbacks/logs';
import type { History } from '../helpers/train/history';
import { labelOf, trainingChart } from './charts/history';
import { lineChart } from './charts/line';
import { type Table, tableOf } from './charts/table';
import type { Chart } from './drawing/chart';
import type { Values } from './drawing/series';
import { LiveOutput } from './output';

/** At most so often, in milliseconds: the bar four times a second, the chart once. */
const BAR_EVERY = 250;
const CHART_EVERY = 1000;

const seconds = (s: number): string =>
  s < 100
    ? say({ zh: `${s.toFixed(s < 10 ? 1 : 0)} 秒`, en: `${s.toFixed(s < 10 ? 1 : 0)} s` })
    : say({
        zh: `${Math.floor(s / 60)} 分 ${Math.round(s % 60)} 秒`,
        en: `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`,
      });

const rate = (samples: number, s: number): string =>
  say({
    zh: `${Math.round(samples / Math.max(s, 1e-9)).toLocaleString('en')} 样本/秒`,
    en: `${Math.round(samples / Math.max(s, 1e-9)).toLocaleString('en')} samples/s`,
  });

/** Headless runs keep final states only: nobody watches, and every update would pass through the runner. */
export function isWatched(env: NodeJS.ProcessEnv = process.env): boolean {
  return kernelHost() !== undefined && env.CI === undefined && env.TSDL_PROFILE !== 'smoke';
}

const ENDINGS: Readonly<Record<History['ending'], Text>> = {
  finished: { zh: '完成', en: 'finished' },
  stopped: { zh: '提前停止', en: 'stopped early' },
  interrupted: { zh: '已中断', en: 'interrupted' },
  failed: { zh: '出错', en: 'failed' },
  running: plain(''),
};

class Bar {
  private readonly output = new LiveOutput();
  private readonly started = performance.now();
  private shown = -Infinity;
  private samples = 0;
  private steps = 0;

  waiting(): void {
    this.output.update(
      this.bundle(
        say({
          zh: '准备中：第一个小批量要记录计算图，在 GPU 上可能要等几十秒…',
          en: 'Preparing: the first batch records the graph, which may take tens of seconds on a GPU …',
        }),
        undefined,
      ),
    );
  }

  step(log: BatchLog, { epochs, batches }: Run, watched: boolean): void {
    this.samples += log.size;
    this.steps++;
    const now = performance.now();
    if (!watched || now - this.shown < BAR_EVERY) return;
    this.shown = now;
    const spent = (now - this.started) / 1000;
    const running = Object.entries(log.running()).map(
      ([key, value]) => `${labelOf(key)} ${formatValue(key, value)}`,
    );
    const done = batches === undefined ? undefined : (log.epoch - 1 + log.batch / batches) / epochs;
    const total = batches === undefined ? '' : `/${batches}`;
    const left = this.left(log, epochs, batches, spent);
    const words = [
      say({ zh: `第 ${log.epoch}/${epochs} 轮`, en: `epoch ${log.epoch}/${epochs}` }),
      `${log.batch}${total}`,
      ...running,
      rate(this.samples, spent),
      left,
    ];
    this.output.update(this.bundle(words.filter(Boolean).join(' · '), done));
  }

  private left(
    { epoch, batch }: BatchLog,
    epochs: number,
    batches: number | undefined,
    spent: number,
  ): string {
    if (batches === undefined || this.steps < 3) return '';
    const missing = (epochs - epoch) * batches + batches - batch;
    return say({
      zh: `剩余约 ${seconds((spent / this.steps) * missing)}`,
      en: `about ${seconds((spent / this.steps) * missing)} left`,
    });
  }

  end({ ending, epochs, steps }: History): void {
    const spent = (performance.now() - this.started) / 1000;
    const how = say(ENDINGS[ending]);
    const text = say({
      zh: `${how}：${epochs.length} 轮，${steps.loss.length.toLocaleString('en')} 步`,
      en: `${how}: ${epochs.length} epochs, ${steps.loss.length.toLocaleString('en')} steps`,
    });
    const timed = say({
      zh: `${text}，用时 ${seconds(spent)}（${rate(this.samples, spent)}）`,
      en: `${text} in ${seconds(spent)} (${rate(this.samples, spent)})`,
    });
    this.output.update({ 'text/plain': timed }, untimed(text));
  }

  private bundle(text: string, done: number | undefined): Record<string, string> {
    const value = done === undefined ? '' : ` value="${done.toFixed(4)}" max="1"`;
    const cells = Math.round(20 * (done ?? 0));
    return {
      'text/html': `<div style="font-variant-numeric:tabular-nums"><progress${value} style="width:12em;vertical-align:middle"></progress> ${text}</div>`,
      'text/plain': `${'█'.repeat(cells)}${'░'.repeat(20 - cells)} ${text}`,
    };
  }
}

/** Metadata of an output with times in it: what a committed notebook, the same after every run, holds instead. */
const untimed = (instead: string | MimeBundle): Record<string, unknown> => ({ tsdl: { committed: instead } });

const COLUMNS = { epoch: { zh: '轮', en: 'epoch' }, seconds: { zh: '用时', en: 'time' } };

/**
 * One row an epoch: loss, metrics, learning rate, and the time unless it is left out.
 * @throws RangeError if there is no epoch
 */
export function epochTable(history: History, { times = true } = {}): Table {
  if (history.epochs.length === 0) {
    throw new RangeError('Cannot make epochTable: expected at least one epoch, got 0');
  }
  const keys = Object.keys(history.epochs[0] ?? {}).filter((key) => times || key !== 'seconds');
  return tableOf(
    keys.map((key) => (key in COLUMNS ? say(COLUMNS[key as keyof typeof COLUMNS]) : labelOf(key))),
    history.epochs,
    (log) => keys.map((key) => (key === 'epoch' ? log.epoch : formatValue(key, log[key] ?? NaN))),
  );
}

const MOST_BINS = 200;

/**
 * Training loss by steps (means over equal stretches) and validation loss by epochs, over fractions of epochs.
 * @throws RangeError unless an epoch has at least one batch
 */
export function stepChart({ steps, epochs }: History, batches: number): Chart {
  if (!(batches >= 1)) {
    throw new RangeError(`Cannot draw stepChart: expected batches ≥ 1, got ${batches}`);
  }
  const size = Math.max(1, Math.ceil(steps.loss.length / MOST_BINS));
  const bins = Array.from({ length: Math.ceil(steps.loss.length / size) }, (_, i) =>
    steps.loss.slice(i * size, (i + 1) * size),
  );
  const y = bins.map((bin) => bin.reduce((sum, v) => sum + v, 0) / bin.length);
  const x = bins.map((bin, i) => (i * size + bin.length) / batches);
  const valid = epochs.filter((log) => Number.isFinite(log.validLoss));
  const series: Record<string, Values> = { [labelOf('loss')]: { x, y } };
  if (valid.length > 0) {
    series[labelOf('validLoss')] = {
      x: valid.map((log) => log.epoch),
      y: valid.map((log) => log.validLoss ?? NaN),
    };
  }
  return lineChart(series, {
    title: say({ zh: '训练过程', en: 'Training' }),
    xTitle: say({ zh: '轮', en: 'epoch' }),
    yTitle: say({ zh: '损失', en: 'loss' }),
    height: 210,
  });
}

class LiveCurve {
  private readonly output = new LiveOutput();
  private shown = performance.now();

  step({ history, batches }: Run): void {
    const now = performance.now();
    if (batches === undefined || now - this.shown < CHART_EVERY) return;
    this.shown = now;
    this.output.update(stepChart(history, batches).draft());
  }

  end({ history, batches }: Run): void {
    if (history.steps.loss.length === 0 || !history.steps.loss.some(Number.isFinite)) return;
    const chart =
      history.epochs.length > 1
        ? trainingChart(history)
        : stepChart(history, batches ?? history.steps.loss.length);
    this.output.update(chart.bundle(), chart.metadata());
  }
}

/** Progress bar, live chart and epoch table for one run. */
export function liveTraining(watched = isWatched()): Callback {
  const bar = new Bar();
  const curve = new LiveCurve();
  const rows = new LiveOutput();
  const showRows = (history: History) =>
    rows.update(epochTable(history).bundle(), untimed(epochTable(history, { times: false }).bundle()));
  return {
    name: 'liveTraining',
    looksOn: true,
    onStart: () => (watched ? bar.waiting() : undefined),
    onBatchEnd(log, run) {
      bar.step(log, run, watched);
      if (watched) curve.step(run);
    },
    onEpochEnd: (_, { history }) => (watched ? showRows(history) : undefined),
    onEnd(history, run) {
      bar.end(history);
      curve.end(run);
      if (history.epochs.length > 0) showRows(history);
    },
  };
}

/** From now on a `fit` that was not told what to show draws its run in a notebook, and prints lines elsewhere. */
export function makeLiveTrainingDefault(): void {
  setDefaultCallbacks(() => [kernelHost() ? liveTraining() : lineLog()]);
}
