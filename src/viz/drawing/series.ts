/**
 * Records for line-like charts: several named series over a shared x, checked, thinned, and put in long form.
 */
import { say } from '../../../bin/bootstrap/language';
import { checkLength, extent, list, type Numbers } from './values';
import { NOT_DRAWN, notFinite } from './words';

/** One point of one series; `y` is null where the value was not finite, which leaves a gap in the line. */
export interface Point {
  readonly x: number;
  readonly y: number | null;
  readonly series: string;
}

/** Named lines as points for Vega-Lite. */
export interface Series {
  readonly points: Point[];
  readonly names: string[];
  /** What was left out, in words, for the subtitle. */
  readonly notes: string[];
}

/** Values over the shared x, or over an x of their own. */
export type Values = Numbers | { readonly x: Numbers; readonly y: Numbers };

const hasOwnX = (values: Values): values is { readonly x: Numbers; readonly y: Numbers } =>
  typeof values === 'object' && 'x' in values && 'y' in values;

/** Longest series drawn in full; beyond it the smallest and largest of each bucket stay. */
export const MAX_LINE_POINTS = 2000;

/** Indices to keep of `n` values: per bucket the smallest and the largest, in order, so that no spike is lost. */
export function thin(values: ArrayLike<number>, limit = MAX_LINE_POINTS): number[] {
  const n = values.length;
  if (n <= limit) return Array.from({ length: n }, (_, i) => i);
  const buckets = Math.max(1, Math.floor(limit / 2));
  const kept: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const [from, to] = [Math.floor((bucket * n) / buckets), Math.floor(((bucket + 1) * n) / buckets)];
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      if ((values[i] ?? NaN) < (values[low] ?? NaN)) low = i;
      if ((values[i] ?? NaN) > (values[high] ?? NaN)) high = i;
    }
    kept.push(Math.min(low, high));
    if (low !== high) kept.push(Math.max(low, high));
  }
  return kept;
}

/**
 * Checks and joins series over a shared `x` (default 0, 1, 2, …).
 * @throws RangeError if a series is empty, has no finite value or another length than `x`.
 */
export function toSeries(ys: Readonly<Record<string, Values>>, x: Numbers | undefined, what: string): Series {
  const names = Object.keys(ys);
  if (names.length === 0) throw new RangeError(`Cannot draw ${what}: expected at least one series, got 0`);
  const shared = x === undefined ? undefined : list(x, `${what}: x`);
  let bad = 0;
  let longest = 0;
  const points = names.flatMap((series) => {
    const given = ys[series] ?? [];
    const y = list(hasOwnX(given) ? given.y : given, `${what}: '${series}'`);
    const xs = hasOwnX(given) ? list(given.x, `${what}: x of '${series}'`) : shared;
    if (xs) checkLength(y.length, xs.length, `${what}: '${series}'`, 'values, one for each x');
    bad += extent(y, `${what}: '${series}'`).bad;
    longest = Math.max(longest, y.length);
    if (xs) bad += extent(xs, `${what}: x of '${series}'`).bad;
    return thin(y)
      .filter((i) => Number.isFinite(xs?.[i] ?? i))
      .map((i) => ({ x: rounded(xs?.[i] ?? i), y: finite(y[i]), series }));
  });
  const notes: string[] = [];
  if (longest > MAX_LINE_POINTS) {
    notes.push(
      say({
        zh: `${longest.toLocaleString('en')} 个点，每段只画最小与最大`,
        en: `${longest.toLocaleString('en')} points; the least and the greatest of each stretch are drawn`,
      }),
    );
  }
  notes.push(...notFinite(bad, NOT_DRAWN));
  return { points, names, notes };
}

/** Six digits are more than a screen shows, and half the size in a saved notebook. */
export const rounded = (v: number): number => (Number.isInteger(v) ? v : Number(v.toPrecision(6)));

const finite = (v: number | undefined): number | null =>
  v !== undefined && Number.isFinite(v) ? rounded(v) : null;
