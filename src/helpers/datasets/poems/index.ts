/**
 * Nearly four hundred well-known poems of the Tang in the four regular forms, in simplified characters, for the
 * language models. The poems have been in the public domain for over a thousand years; where editions differ, one
 * widespread reading was taken, and question and exclamation marks became full stops. The split is fixed.
 * @module tsdl/helpers/datasets/poems
 */
import { shuffle } from '../../../engine/random';
import { seededRandom } from '../../data/permutation';
import { QIJUE } from './qijue';
import { QILV } from './qilv';
import { WUJUE } from './wujue';
import { WULV } from './wulv';

/** Four or eight lines of five or seven characters. */
export type PoemForm = '五绝' | '七绝' | '五律' | '七律';

/** A poem of the Tang with its title, author and form. */
export interface Poem {
  readonly title: string;
  readonly author: string;
  readonly form: PoemForm;
  /** Lines, each closed by ，or 。 in turn. */
  readonly text: string;
}

/** Poems to learn from, and poems held out. */
export interface PoemCorpus {
  readonly train: readonly Poem[];
  readonly valid: readonly Poem[];
}

/** How many lines a poem of each form has, and characters a line. */
export const POEM_FORMS: Readonly<Record<PoemForm, { readonly lines: number; readonly characters: number }>> =
  {
    五绝: { lines: 4, characters: 5 },
    七绝: { lines: 4, characters: 7 },
    五律: { lines: 8, characters: 5 },
    七律: { lines: 8, characters: 7 },
  };

const SOURCES: readonly (readonly [PoemForm, string])[] = [
  ['五绝', WUJUE],
  ['七绝', QIJUE],
  ['五律', WULV],
  ['七律', QILV],
];

const SEED = 11;
/** Share of validation, of each form. */
const VALID_SHARE = 0.1;

/** Whether a text has the lines of a form and is closed by ，and 。 in turn. */
export function hasForm(text: string, form: PoemForm): boolean {
  const { lines, characters } = POEM_FORMS[form];
  const line = `\\p{Script=Han}{${characters}}`;
  return new RegExp(`^(?:${line}，${line}。){${lines / 2}}$`, 'u').test(text);
}

/**
 * Reads poems written as two lines each: title and author with a blank between them, then the text.
 * @throws SyntaxError naming the poem that is not of the form
 */
export function parsePoems(source: string, form: PoemForm): Poem[] {
  const rows = source.trim().split('\n');
  return Array.from({ length: Math.ceil(rows.length / 2) }, (_, i) => {
    const [head = '', text = ''] = rows.slice(2 * i, 2 * i + 2);
    const [title, author, ...more] = head.split(' ');
    if (!title || !author || more.length > 0 || !hasForm(text, form)) {
      const { lines, characters } = POEM_FORMS[form];
      throw new SyntaxError(
        `Cannot read poem "${head}": expected a title, an author and ${lines} lines of ${characters} characters, ` +
          `got "${text}"`,
      );
    }
    return { title, author, form, text };
  });
}

/** Poems as pieces of four lines: quatrains whole, regulated verse of eight lines in two halves. */
export const quatrains = (all: readonly Poem[]): string[] =>
  all.flatMap(({ text, form }) => {
    const length = 4 * (POEM_FORMS[form].characters + 1);
    return Array.from({ length: text.length / length }, (_, i) => text.slice(i * length, (i + 1) * length));
  });

let corpus: PoemCorpus | undefined;

/** The poems, the same split on every machine: a tenth of each form for validation, both parts in mixed order. */
export function poems(): PoemCorpus {
  corpus ??= split();
  return corpus;
}

function split(): PoemCorpus {
  const random = seededRandom(SEED);
  const parts = { train: [] as Poem[], valid: [] as Poem[] };
  for (const [form, source] of SOURCES) {
    const mixed = shuffle(parsePoems(source, form), random);
    const held = Math.round(mixed.length * VALID_SHARE);
    parts.valid.push(...mixed.slice(0, held));
    parts.train.push(...mixed.slice(held));
  }
  return { train: shuffle(parts.train, random), valid: shuffle(parts.valid, random) };
}
