/**
 * Two small tables of real measurements, shipped with tsdl: penguins, one a row, and the warmth of a sea, month by month.
 * The files are as published; docs/licences.md says by whom.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A species of the genus Pygoscelis: 阿德利企鹅, 帽带企鹅, 巴布亚企鹅. */
export type PenguinSpecies = 'Adelie' | 'Chinstrap' | 'Gentoo';

/** One adult penguin; what was not measured is NaN, a sex that was not determined is empty. */
export interface Penguin {
  readonly species: PenguinSpecies;
  readonly island: string;
  /** Of the bill, in millimetres. */
  readonly billLength: number;
  /** Of the bill, in millimetres. */
  readonly billDepth: number;
  /** In millimetres. */
  readonly flipperLength: number;
  /** In grams. */
  readonly bodyMass: number;
  readonly sex: 'female' | 'male' | '';
  readonly year: number;
}

/** A number a month, from January of `firstYear` on, without gaps. */
export interface SeaTemperatures {
  readonly firstYear: number;
  /** Monthly means in degrees Celsius. */
  readonly celsius: readonly number[];
}

/** The rows below the head line, cut at the commas. */
function rowsOf(file: string): string[][] {
  const [, ...lines] = readFileSync(join(__dirname, file), 'utf8').trim().split('\n');
  return lines.map((line) => line.split(','));
}

/** A row with `NA` for what was not measured; `Number('NA')` is NaN. */
function penguin(row: readonly string[]): Penguin {
  const [species, island = '', billLength, billDepth, flipperLength, bodyMass, sex, year] = row;
  return {
    species: species as PenguinSpecies,
    island,
    billLength: Number(billLength),
    billDepth: Number(billDepth),
    flipperLength: Number(flipperLength),
    bodyMass: Number(bodyMass),
    sex: sex === 'NA' ? '' : (sex as Penguin['sex']),
    year: Number(year),
  };
}

/**
 * The Palmer penguins: 344 adults of three species on three islands of Antarctica, 2007 to 2009, measured by Kristen
 * Gorman and the Palmer Station LTER; CC0. Ordered by species.
 * @example
 * const measured = penguins().filter((p) => p.bodyMass > 0); // two were not
 */
export const penguins = (): Penguin[] => rowsOf('penguins.csv').map(penguin);

/**
 * How warm the sea off the coast of Peru and Ecuador was (the region Niño 1+2, 0–10° S, 80–90° W), 1950 to 2010: the
 * series in which El Niño shows. NOAA, public domain.
 */
export function seaTemperatures(): SeaTemperatures {
  const rows = rowsOf('elnino.csv').map((row) => row.map(Number));
  return { firstYear: rows[0]?.[0] ?? NaN, celsius: rows.flatMap(([, ...months]) => months) };
}
