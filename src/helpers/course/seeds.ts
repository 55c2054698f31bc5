/**
 * One training says little where another seed may turn the comparison around. The small notebooks of chapter 11 train
 * once, and show beside it what the same cells came to with other seeds; `npm run seeds` records that.
 */
import { say } from '../../../bin/bootstrap/language';
import { readFixture } from './proof';

/** What a run came to: a number by the name of its measure. */
export type Figures = Readonly<Record<string, number>>;

/** Figures by notebook and seed, of the smoke profile. */
export type SeedRecord = Readonly<Record<string, Readonly<Record<string, Figures>>>>;

const DIGITS = 3;

/** A number as tables show it. */
const shown = (value: number): number => Number(value.toPrecision(DIGITS));

/** Mean and range of the values there are. */
function spread(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const range = `${Math.min(...values)} … ${Math.max(...values)}`;
  return say({ zh: `${shown(mean)}（${range}）`, en: `${shown(mean)} (${range})` });
}

/** The head of the column of seeds. */
export const seedTitle = (): string => say({ zh: '种子', en: 'seed' });

/** How the row of the run itself begins. */
export const thisRun = (seed: number): string => say({ zh: `${seed}（这一遍）`, en: `${seed} (this run)` });

/**
 * Rows of a table: this run, those of the other recorded seeds, and mean and range of them all. The full profile trains
 * differently and stands alone.
 */
export function overSeeds(
  notebook: string,
  seed: number,
  figures: Figures,
): Record<string, string | number>[] {
  const title = seedTitle();
  const now: Figures = Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, shown(value)]),
  );
  const rows = [{ [title]: thisRun(seed), ...now }];
  if (process.env.TSDL_PROFILE === 'full') return rows;
  const recorded = Object.entries(readFixture<SeedRecord>('seeds')[notebook] ?? {});
  const others = recorded.filter(([other]) => other !== String(seed));
  const all = [now, ...others.map(([, row]) => row)];
  const last = Object.keys(now).map((name): [string, string] => [
    name,
    spread(all.map((row) => row[name] ?? NaN)),
  ]);
  return [
    ...rows,
    ...others.map(([other, row]): Record<string, string | number> => ({ [title]: other, ...row })),
    { [title]: say({ zh: '平均（最小 … 最大）', en: 'mean (least … most)' }), ...Object.fromEntries(last) },
  ];
}
