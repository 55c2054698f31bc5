/** Inputs that a reader may hand to a chart by mistake, or too much of: see charts.ts. */
import { Interpretation } from '../../../src/helpers/inspect/interpretation';
import { statsOf } from '../../../src/helpers/inspect/stats';
import { History } from '../../../src/helpers/train/history';
import { type Table } from '../../../src/viz/charts/table';
import type { Chart } from '../../../src/viz/drawing/chart';

/** What comes of one input: an error that says so, or a picture whose subtitle says what was left out. */
export type Case = { readonly draw: () => Chart | Table } & (
  | { readonly error: RegExp; readonly says?: undefined }
  | { readonly says: RegExp; readonly error?: undefined }
);

export type Kinds = Readonly<Record<'nothing' | 'NaN and Infinity' | 'unequal lengths' | 'a million', Case>>;

export const fails = (error: RegExp, draw: () => Chart | Table): Case => ({ draw, error });
/** Nothing is left out. */
export const WHOLE = /^$/;
export const shows = (says: RegExp, draw: () => Chart | Table): Case => ({ draw, says });

export const MILLION = 1e6;
export const wave = (n = MILLION) => Float32Array.from({ length: n }, (_, i) => Math.sin(i / 1e4));
export const tensor = (shape: number[], values = wave(shape.reduce((a, b) => a * b, 1))) => ({
  shape,
  dataSync: () => values,
});
export const times = <T>(n: number, make: (i: number) => T): T[] =>
  Array.from({ length: n }, (_, i) => make(i));
/** Rows of unequal length, and values that are not finite. */
export const ragged = [[1, 2], [3]];
export const broken = [[1, NaN], [Infinity, 2]]; // prettier-ignore

export const epoch = (i: number, loss = 1 / (i + 1)) => ({ epoch: i + 1, loss, validLoss: loss, lr: 0.1, seconds: 1, accuracy: 0.5, validAccuracy: 0.5 }); // prettier-ignore
export const bad = [epoch(0), epoch(1, NaN), epoch(2, Infinity)];
export const lacking = [epoch(0), { epoch: 2, loss: 1 }];

/** Charts of a run differ in what they ask of its records alone. */
export const ofRun = (draw: (records: never) => Chart): Kinds => ({
  nothing: fails(/at least one epoch, got 0/, () => draw([] as never)),
  'NaN and Infinity': shows(/不是有限数/, () => draw(bad as never)),
  'unequal lengths': fails(/expected '\w+' in every record, got epoch, loss at 1/, () =>
    draw(lacking as never),
  ),
  'a million': shows(/1,000,000 个点/, () => draw(times(MILLION, epoch) as never)),
});

export function history(losses: ArrayLike<number>, epochs: ReturnType<typeof epoch>[] = []): History {
  const run = new History();
  for (let i = 0; i < losses.length; i++) run.steps.loss.push(losses[i]!);
  epochs.forEach((log) => run.epochs.push(log));
  return run;
}

export function judged(n: number, loss = 1): Interpretation {
  const samples = times(n, (index) => ({ index, label: 0, predicted: 1, probability: loss, loss }));
  const kept = new Map(times(Math.min(n, 20), (i) => [i, new Float32Array(16).fill(loss)]));
  return new Interpretation(samples, 2, kept, [4, 4, 1]);
}

export const cam = (h: number, w: number, value = 0.5) => ({
  heat: new Float32Array(h * w).fill(value),
  shape: [h, w] as const,
  classIndex: 0,
  layer: 'conv1',
  probability: value,
});

export function stats(n: number, value = 1) {
  const one = statsOf('', [value, 2]);
  return times(n, (i) => ({ ...one, name: `l${i}` }));
}
export const layer = (i: number, outputShape: number[]) => ({ path: `l${i}`, type: 'Linear', outputShape, parameters: 4, trainable: 4, repeated: false, leaf: true }); // prettier-ignore
export const record = (i: number) => ({ 层: `l${i}`, 值: i });
export const points = tensor([MILLION / 2, 2]);
export const classify = (grid: number[][]) => grid.map(([x = 0]) => (x > 0 ? 1 : 0));
