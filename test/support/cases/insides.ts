/** charts.ts, continued: pictures from inside a network, and tables. */
import { imageGrid } from '../../../src/viz/charts/images';
import * as inside from '../../../src/viz/charts/interpretation';
import { featureMaps, filters, shapeLadder, summaryTable } from '../../../src/viz/charts/network';
import { table } from '../../../src/viz/charts/table';
import { epochTable } from '../../../src/viz/training';
import {
  bad,
  broken,
  cam,
  epoch,
  fails,
  history,
  judged,
  type Kinds,
  lacking,
  layer,
  MILLION,
  ragged,
  record,
  shows,
  stats,
  tensor,
  times,
  WHOLE,
} from './inputs';

export const INSIDES: Readonly<Record<string, Kinds>> = {
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
    'a million': shows(/250,000 张，只画前 64 张/, () => filters(tensor([2, 2, 1, MILLION / 4]))),
  },
  featureMaps: {
    nothing: fails(/activations of one image \[h, w, c\], got \[0\]/, () => featureMaps([])),
    'NaN and Infinity': shows(/2 个像素不是有限数/, () =>
      featureMaps(tensor([2, 2, 1], Float32Array.of(1, NaN, Infinity, 2))),
    ),
    'unequal lengths': fails(/rows of equal length/, () => featureMaps([[[1, 2], [3]]] as never)), // prettier-ignore
    'a million': shows(/10,000 张，只画前 64 张/, () => featureMaps(tensor([10, 10, MILLION / 100]))),
  },
  mistakes: {
    nothing: fails(/a wrong prediction, got none/, () => inside.mistakes(judged(0))),
    'NaN and Infinity': fails(/expected finite values, got 320 that are NaN/, () =>
      inside.mistakes(judged(20, NaN), { count: 20 }),
    ),
    'unequal lengths': fails(/expected 2 captions, one for each image, got 1/, () =>
      inside.mistakes(judged(2), { captions: ['a'] }),
    ),
    'a million': shows(WHOLE, () => inside.mistakes(judged(MILLION))),
  },
  heatOverlay: {
    nothing: fails(/at least one map, got 0/, () => inside.heatOverlay([[1]], [])),
    'NaN and Infinity': shows(/3 个像素不是有限数/, () =>
      inside.heatOverlay(broken, { ...cam(2, 2), heat: Float32Array.of(NaN, 0, 0, 1) }),
    ),
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
    'a million': shows(/1,000,000 层，只画前 130 层/, () =>
      shapeLadder(times(MILLION, (i) => layer(i, [1, 8]))),
    ),
  },
};

export const TABLES: Readonly<Record<string, Kinds>> = {
  table: {
    nothing: fails(/at least one record, got 0/, () => table([])),
    'NaN and Infinity': shows(/NaN/, () => table([{ a: NaN, b: Infinity }])),
    'unequal lengths': shows(/^a {2}b/, () => table([{ a: 1, b: 2 }, { a: 1 }] as never)),
    'a million': shows(/1,000,000 行，只列前 100 行和后 20 行/, () => table(times(MILLION, record))),
  },
  summaryTable: {
    nothing: fails(/at least one layer, got 0/, () => summaryTable([])),
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
