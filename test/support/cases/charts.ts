/** What a reader may hand to each chart by mistake, or too much of: one row a function, four kinds of input. */
import * as tf from '../../../src/engine/tf';
import { animation } from '../../../src/viz/charts/animation';
import { attentionMaps } from '../../../src/viz/charts/attention';
import { barChart } from '../../../src/viz/charts/bar';
import { beside } from '../../../src/viz/charts/beside';
import { confusionMatrix } from '../../../src/viz/charts/confusion';
import { functionPlot } from '../../../src/viz/charts/functions';
import { heatMap } from '../../../src/viz/charts/heat';
import { histogram } from '../../../src/viz/charts/histogram';
import { lossCurve, lrCurve, metricCurve, trainingChart } from '../../../src/viz/charts/history';
import * as inside from '../../../src/viz/charts/interpretation';
import { lineChart } from '../../../src/viz/charts/line';
import { embeddingProjection } from '../../../src/viz/charts/projection';
import { decisionRegion, scatter } from '../../../src/viz/charts/scatter';
import type { Chart } from '../../../src/viz/drawing/chart';
import { stepChart } from '../../../src/viz/training';
import {
  broken,
  classify,
  fails,
  history,
  type Kinds,
  MILLION,
  ofRun,
  points,
  ragged,
  shows,
  tensor,
  times,
  wave,
  WHOLE,
} from './inputs';
import { INSIDES, TABLES } from './insides';

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
  trainingChart: ofRun(trainingChart),
  lrCurve: {
    nothing: fails(/at least one series, got 0/, () => lrCurve({})),
    'NaN and Infinity': shows(/2 个值不是有限数/, () => lrCurve({ a: [1, NaN, Infinity] })),
    'unequal lengths': fails(/expected 2 values, one for each x, got 3/, () =>
      lrCurve({ a: [1, 2, 3] }, { x: [1, 2] }),
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
    'a million': shows(WHOLE, () => stepChart(history(wave()), 1000)),
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
    'NaN and Infinity': shows(/2 个点含 NaN/, () => scatter([...broken, [1, 2], [3, 4]], { title: '点' })), // prettier-ignore
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
    'a million': shows(/均匀取 1000 个/, () => animation([{ points }])),
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
    'NaN and Infinity': shows(/2 个值不是有限数/, () => barChart({ 甲: 1, 乙: 2, 丙: NaN, 丁: Infinity })),
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
    'a million': shows(WHOLE, () => histogram({ a: wave() })),
  },
  beside: {
    nothing: fails(/at least one, got 0/, () => beside([], {})),
    'NaN and Infinity': shows(/1 个值不是有限数.* 1 个值不是有限数/, () =>
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

export const BAD_INPUT: Readonly<Record<string, Kinds>> = { ...CURVES, ...PLANES, ...MATRICES, ...INSIDES, ...TABLES }; // prettier-ignore
