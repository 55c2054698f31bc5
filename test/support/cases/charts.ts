/** What a reader may hand to each chart by mistake, or too much of: one row a function, four kinds of input. */
import * as tf from '../../../src/engine/tf';
import { History } from '../../../src/helpers/train/history';
import { Interpretation } from '../../../src/helpers/train/interpretation';
import { animation } from '../../../src/viz/animation';
import { attentionMaps } from '../../../src/viz/attention';
import { barChart } from '../../../src/viz/bar';
import { beside } from '../../../src/viz/beside';
import type { Chart } from '../../../src/viz/chart';
import { confusionMatrix } from '../../../src/viz/confusion';
import { functionPlot } from '../../../src/viz/functions';
import { heatMap } from '../../../src/viz/heat';
import { histogram } from '../../../src/viz/histogram';
import { lossCurve, lrCurve, metricCurve, trainingChart } from '../../../src/viz/history';
import { imageGrid } from '../../../src/viz/images';
import * as inside from '../../../src/viz/interpretation';
import { lineChart } from '../../../src/viz/line';
import { featureMaps, filters, shapeLadder, summaryTable } from '../../../src/viz/network';
import { embeddingProjection } from '../../../src/viz/projection';
import { decisionRegion, scatter } from '../../../src/viz/scatter';
import { type Table, table } from '../../../src/viz/table';
import { epochTable, stepChart } from '../../../src/viz/training';

/** What comes of one input: an error that says so, or a picture whose subtitle says what was left out. */
export interface Case {
  readonly draw: () => Chart | Table;
  readonly error?: RegExp;
  readonly says?: RegExp;
}

type Kinds = Readonly<Record<'nothing' | 'NaN and Infinity' | 'unequal lengths' | 'a million', Case>>;

const fails = (error: RegExp, draw: () => Chart | Table): Case => ({ draw, error });
const shows = (says: RegExp, draw: () => Chart | Table): Case => ({ draw, says });

const MILLION = 1e6;
const wave = (n = MILLION) => Float32Array.from({ length: n }, (_, i) => Math.sin(i / 1e4));
const tensor = (shape: number[], values = wave(shape.reduce((a, b) => a * b, 1))) => ({
  shape,
  dataSync: () => values,
});
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const ragged = [[1, 2], [3]];
const broken = [[1, NaN], [Infinity, 2]]; // prettier-ignore

const epoch = (i: number, loss = 1 / (i + 1)) => ({ epoch: i + 1, loss, validLoss: loss, lr: 0.1, seconds: 1, accuracy: 0.5, validAccuracy: 0.5 }); // prettier-ignore
const bad = [epoch(0), epoch(1, NaN), epoch(2, Infinity)];
const lacking = [epoch(0), { epoch: 2, loss: 1 }];

/** Charts of a run differ in what they ask of its records alone. */
const ofRun = (draw: (records: never) => Chart): Kinds => ({
  nothing: fails(/at least one epoch, got 0/, () => draw([] as never)),
  'NaN and Infinity': shows(/不是有限数/, () => draw(bad as never)),
  'unequal lengths': fails(/expected '\w+' in every record, got epoch, loss at 1/, () =>
    draw(lacking as never),
  ),
  'a million': shows(/1,000,000 个点/, () => draw(times(MILLION, epoch) as never)),
});

function history(losses: ArrayLike<number>, epochs: ReturnType<typeof epoch>[] = []): History {
  const run = new History();
  for (let i = 0; i < losses.length; i++) run.steps.loss.push(losses[i]!);
  epochs.forEach((log) => run.epochs.push(log));
  return run;
}

function judged(n: number, loss = 1): Interpretation {
  const samples = times(n, (index) => ({ index, label: 0, predicted: 1, probability: loss, loss }));
  const kept = new Map(times(Math.min(n, 20), (i) => [i, new Float32Array(16).fill(loss)]));
  return new Interpretation(samples, 2, kept, [4, 4, 1]);
}

const cam = (h: number, w: number, value = 0.5) => ({
  heat: new Float32Array(h * w).fill(value),
  shape: [h, w] as const,
  classIndex: 0,
  layer: 'conv1',
  probability: value,
});

const stats = (n: number, value = 1) =>
  times(n, (i) => ({ name: `l${i}`, values: [value, 2], shape: [2], n: 2, norm: value, std: 1, mean: 0, zeros: 0, bad: 0, min: 0, max: 1 })); // prettier-ignore
const layer = (i: number, output: number[]) => ({ name: `l${i}`, type: 'Linear', output, parameters: 4, trainable: 4 }); // prettier-ignore
const record = (i: number) => ({ 层: `l${i}`, 值: i });
const points = tensor([MILLION / 2, 2]);
const classify = (grid: number[][]) => grid.map(([x = 0]) => (x > 0 ? 1 : 0));

const CURVES: Readonly<Record<string, Kinds>> = {
  lineChart: {
    nothing: fails(/'a': expected at least one value, got 0/, () => lineChart({ a: [] })),
    'NaN and Infinity': shows(/3 个值不是有限数/, () =>
      lineChart({ a: [1, NaN, 2, Infinity] }, { x: [1, 2, NaN, 4] }),
    ),
    'unequal lengths': fails(/expected 3 values, one for each x, got 2/, () =>
      lineChart({ a: [1, 2] }, { x: [1, 2, 3] }),
    ),
    'a million': shows(/1,000,000 个点/, () => lineChart({ a: wave() })),
  },
  lossCurve: ofRun(lossCurve),
  metricCurve: ofRun((records) => metricCurve(records, ['loss', 'validAccuracy'])),
  trainingChart: { ...ofRun(trainingChart), 'NaN and Infinity': shows(/^/, () => trainingChart(bad)), 'a million': shows(/^/, () => trainingChart(times(MILLION, epoch))) }, // prettier-ignore
  lrCurve: {
    nothing: fails(/at least one series, got 0/, () => lrCurve({})),
    'NaN and Infinity': shows(/2 个值不是有限数/, () => lrCurve({ a: [1, NaN, Infinity] })),
    'unequal lengths': fails(/expected 2 values, one for each x, got 3/, () =>
      lrCurve({ a: { x: [1, 2], y: [1, 2, 3] } }),
    ),
    'a million': shows(/1,000,000 个点/, () => lrCurve({ a: wave() })),
  },
  lrFinderCurve: {
    nothing: fails(/at least one value, got 0/, () =>
      inside.lrFinderCurve({ lr: [], loss: [], suggestion: NaN }),
    ),
    'NaN and Infinity': shows(/2 个值不是有限数/, () =>
      inside.lrFinderCurve({ lr: [1, 2, 3], loss: [NaN, 1, Infinity], suggestion: NaN }),
    ),
    'unequal lengths': fails(/expected 2 values, one for each x, got 1/, () =>
      inside.lrFinderCurve({ lr: [1, 2], loss: [1], suggestion: 1 }),
    ),
    'a million': shows(/1,000,000 个点/, () =>
      inside.lrFinderCurve({ lr: times(MILLION, (i) => i + 1), loss: [...wave()], suggestion: 5 }),
    ),
  },
  stepChart: {
    nothing: fails(/at least one value, got 0/, () => stepChart(history([]), 10)),
    'NaN and Infinity': shows(/2 个值不是有限数/, () => stepChart(history([1, NaN, Infinity]), 10)),
    'unequal lengths': fails(/batches ≥ 1, got 0/, () => stepChart(history([1, 2]), 0)),
    'a million': shows(/^/, () => stepChart(history(wave()), 1000)),
  },
  functionPlot: {
    nothing: fails(/at least one series, got 0/, () => functionPlot({})),
    'NaN and Infinity': shows(/不是有限数/, () => functionPlot({ log: (x) => tf.log(x) })),
    'unequal lengths': fails(/expected 200 values, one for each x, got 2/, () =>
      functionPlot({ two: (x) => tf.slice(x, 0, 2) }),
    ),
    'a million': shows(/1,000,000 个点/, () =>
      functionPlot({ square: (x) => tf.square(x) }, { samples: MILLION }),
    ),
  },
};

const PLANES: Readonly<Record<string, Kinds>> = {
  scatter: {
    nothing: fails(/got 0|got shape \[0\]/, () => scatter([])),
    'NaN and Infinity': shows(/2 个点含 NaN/, () => scatter([[1, 2], [NaN, 1], [1, Infinity]])), // prettier-ignore
    'unequal lengths': fails(/expected 2 labels, one for each point, got 1/, () => scatter([[1, 2], [3, 4]], { labels: [0] })), // prettier-ignore
    'a million': shows(/500,000 个点中均匀取 5000 个/, () => scatter(points)),
  },
  decisionRegion: {
    nothing: fails(/got 0|got shape \[0\]/, () => decisionRegion([], classify)),
    'NaN and Infinity': shows(/2 个点含 NaN/, () => decisionRegion([[1, 2], [NaN, 1], [1, Infinity]], (grid) => grid.map(() => NaN))), // prettier-ignore
    'unequal lengths': fails(/expected 6400 answers, one for each place, got 1/, () =>
      decisionRegion([[1, 2]], () => [1]),
    ),
    'a million': shows(/500,000 个点中均匀取 5000 个/, () => decisionRegion(points, classify)),
  },
  embeddingProjection: {
    nothing: fails(/got 0|got shape \[0\]/, () => embeddingProjection([])),
    'NaN and Infinity': fails(/expected finite values, got NaN or Infinity/, () =>
      embeddingProjection(broken),
    ),
    'unequal lengths': fails(/rows of equal length/, () => embeddingProjection(ragged)),
    'a million': shows(/15,625 个点中均匀取 5000 个/, () => embeddingProjection(tensor([15_625, 64]))),
  },
  animation: {
    nothing: fails(/at least one frame, got 0/, () => animation([])),
    'NaN and Infinity': shows(/2 个点含 NaN/, () => animation([{ points: [...broken, [1, 2], [2, 3]] }])),
    'unequal lengths': fails(/expected 2 labels, one for each point, got 1/, () => animation([{ points: [[1, 2], [3, 4]], labels: [1] }])), // prettier-ignore
    'a million': shows(/均匀取 20000 个/, () => animation([{ points }])),
  },
};

const MATRICES: Readonly<Record<string, Kinds>> = {
  heatMap: {
    nothing: fails(/got 0|got shape \[0\]/, () => heatMap([])),
    'NaN and Infinity': shows(/2 个值不是有限数/, () => heatMap(broken)),
    'unequal lengths': fails(/rows of equal length/, () => heatMap(ragged)),
    'a million': shows(/每 3×3 个取平均/, () => heatMap(tensor([1000, 1000]))),
  },
  attentionMaps: {
    nothing: fails(/expected \[heads, t, s\] for one sentence, got \[0\]/, () => attentionMaps([])),
    'NaN and Infinity': shows(/2 个值不是有限数/, () => attentionMaps(broken)),
    'unequal lengths': fails(/expected 2 names, one for each row, got 1/, () => attentionMaps([[1, 2], [3, 4]], { tokens: ['a'] })), // prettier-ignore
    'a million': shows(/每 3×3 个取平均/, () => attentionMaps(tensor([1, 1000, 1000]))),
  },
  confusionMatrix: {
    nothing: fails(/got 0|got shape \[0\]/, () => confusionMatrix([])),
    'NaN and Infinity': fails(/whole counts, got NaN at \[0, 1\]/, () => confusionMatrix(broken)),
    'unequal lengths': fails(/expected 2 names, one for each class, got 1/, () => confusionMatrix([[1, 0], [0, 1]], { classes: ['a'] })), // prettier-ignore
    'a million': shows(/每 3×3 格取平均|每 3×3 个取平均/, () =>
      confusionMatrix(tensor([1000, 1000], new Float32Array(MILLION).fill(3))),
    ),
  },
  barChart: {
    nothing: fails(/at least one bar, got 0/, () => barChart({})),
    'NaN and Infinity': shows(/2 个值不是有限数/, () => barChart({ a: 1, b: NaN, c: Infinity })),
    'unequal lengths': fails(/expected a number for each bar, got undefined for 'a'/, () =>
      barChart([{ name: 'a' } as never]),
    ),
    'a million': shows(/1,000,000 条，只画前 100 条/, () =>
      barChart(times(MILLION, (i) => ({ name: `b${i}`, value: i }))),
    ),
  },
  histogram: {
    nothing: fails(/at least one value, got 0/, () => histogram({ a: [] })),
    'NaN and Infinity': shows(/2 个值不是有限数/, () => histogram({ a: [1, NaN, Infinity, 2] })),
    'unequal lengths': fails(/rows of equal length/, () => histogram({ a: ragged })),
    'a million': shows(/^$/, () => histogram({ a: wave() })),
  },
  beside: {
    nothing: fails(/at least one, got 0/, () => beside([], {})),
    'NaN and Infinity': shows(/^/, () =>
      beside([lineChart({ a: [1, NaN] }), barChart({ a: Infinity, b: 1 })], {}),
    ),
    'unequal lengths': fails(/columns to be an integer of 1 or more, got 0/, () =>
      beside([lineChart({ a: [1] })], { columns: 0 }),
    ),
    'a million': fails(/at most 64, got 1000000/, () =>
      beside(new Array<Chart>(MILLION).fill(lineChart({ a: [1] })), {}),
    ),
  },
};

const INSIDES: Readonly<Record<string, Kinds>> = {
  imageGrid: {
    nothing: fails(/images \[n, h, w, c\].*got \[0\]/, () => imageGrid([])),
    'NaN and Infinity': shows(/2 个像素不是有限数/, () => imageGrid(broken)),
    'unequal lengths': fails(/expected 1 captions, one for each image, got 2/, () =>
      imageGrid([[1]], { captions: ['a', 'b'] }),
    ),
    'a million': shows(/1000×1000 个像素，每 3×3 个取平均/, () => imageGrid(tensor([1000, 1000]))),
  },
  filters: {
    nothing: fails(/a kernel \[h, w, in, out\], got \[0\]/, () => filters([])),
    'NaN and Infinity': shows(/2 个像素不是有限数/, () =>
      filters(tensor([2, 2, 1, 1], Float32Array.of(1, NaN, Infinity, 2))),
    ),
    'unequal lengths': fails(/expected channel from 0 to 0, got 3/, () =>
      filters(tensor([2, 2, 1, 1]), { channel: 3 }),
    ),
    'a million': shows(/250000 张，只画前 64 张/, () => filters(tensor([2, 2, 1, MILLION / 4]))),
  },
  featureMaps: {
    nothing: fails(/activations of one image \[h, w, c\], got \[0\]/, () => featureMaps([])),
    'NaN and Infinity': shows(/2 个像素不是有限数/, () =>
      featureMaps(tensor([2, 2, 1], Float32Array.of(1, NaN, Infinity, 2))),
    ),
    'unequal lengths': fails(/rows of equal length/, () => featureMaps([[[1, 2], [3]]] as never)), // prettier-ignore
    'a million': shows(/10000 张，只画前 64 张/, () => featureMaps(tensor([10, 10, MILLION / 100]))),
  },
  mistakes: {
    nothing: fails(/a wrong prediction, got none/, () => inside.mistakes(judged(0))),
    'NaN and Infinity': fails(/expected finite values, got 320 that are NaN/, () =>
      inside.mistakes(judged(20, NaN), { count: 20 }),
    ),
    'unequal lengths': fails(/expected 2 captions, one for each image, got 1/, () =>
      inside.mistakes(judged(2), { captions: ['a'] }),
    ),
    'a million': shows(/^/, () => inside.mistakes(judged(MILLION))),
  },
  heatOverlay: {
    nothing: fails(/at least one map, got 0/, () => inside.heatOverlay([[1]], [])),
    'NaN and Infinity': shows(/^/, () => inside.heatOverlay(broken, cam(2, 2, NaN))),
    'unequal lengths': fails(/expected heat of \[2, 2\], got \[3, 3\]/, () => inside.heatOverlay([[1, 2], [3, 4]], cam(3, 3))), // prettier-ignore
    'a million': shows(/每 3×3 个取平均/, () => inside.heatOverlay(tensor([1000, 1000]), cam(1000, 1000))),
  },
  layerBars: {
    nothing: fails(/at least one bar, got 0/, () => inside.layerBars([])),
    'NaN and Infinity': shows(/1 个值不是有限数/, () => inside.layerBars([...stats(1), ...stats(1, NaN)])),
    'unequal lengths': fails(/expected a number for each bar, got undefined for 'l0'/, () =>
      inside.layerBars(stats(1), 'rank' as never),
    ),
    'a million': shows(/只画前 100 条/, () => inside.layerBars(stats(MILLION))),
  },
  layerHistograms: {
    nothing: fails(/at least one group, got 0/, () => inside.layerHistograms([])),
    'NaN and Infinity': shows(/1 个值不是有限数/, () => inside.layerHistograms(stats(1, NaN))),
    'unequal lengths': fails(/rows of equal length/, () =>
      inside.layerHistograms(stats(1).map((s) => ({ ...s, values: ragged as never }))),
    ),
    'a million': shows(/只画前 60 组/, () => inside.layerHistograms(stats(MILLION / 10))),
  },
  shapeLadder: {
    nothing: fails(/at least one layer, got 0/, () => shapeLadder([])),
    'NaN and Infinity': fails(/at least one element, got \[1, NaN\]/, () =>
      shapeLadder([layer(0, [1, NaN])]),
    ),
    'unequal lengths': fails(/at least one element, got \[0, 4\]/, () => shapeLadder([layer(0, [0, 4])])),
    'a million': shows(/1000000 层，只画前 200 层/, () =>
      shapeLadder(times(MILLION, (i) => layer(i, [1, 8]))),
    ),
  },
};

const TABLES: Readonly<Record<string, Kinds>> = {
  table: {
    nothing: fails(/at least one record, got 0/, () => table([])),
    'NaN and Infinity': shows(/NaN/, () => table([{ a: NaN, b: Infinity }])),
    'unequal lengths': shows(/^a {2}b/, () => table([{ a: 1, b: 2 }, { a: 1 }] as never)),
    'a million': shows(/1,000,000 行，只列前 100 行和后 20 行/, () => table(times(MILLION, record))),
  },
  summaryTable: {
    nothing: fails(/at least one record, got 0/, () => summaryTable([])),
    'NaN and Infinity': shows(/NaN/, () => summaryTable([layer(0, [NaN, 1])])),
    'unequal lengths': shows(/l0/, () => summaryTable([layer(0, [])])),
    'a million': shows(/只列前 100 行/, () => summaryTable(times(MILLION, (i) => layer(i, [1])))),
  },
  epochTable: {
    nothing: fails(/at least one epoch, got 0/, () => epochTable(history([]))),
    'NaN and Infinity': shows(/NaN/, () => epochTable(history([], bad))),
    'unequal lengths': shows(/轮/, () => epochTable(history([], lacking as never))),
    'a million': shows(/只列前 100 行/, () => epochTable(history([], times(MILLION, epoch)))),
  },
};

export const BAD_INPUT: Readonly<Record<string, Kinds>> = { ...CURVES, ...PLANES, ...MATRICES, ...INSIDES, ...TABLES }; // prettier-ignore
