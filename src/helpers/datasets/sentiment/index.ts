/**
 * Chinese opinions on restaurants, hotels, films, phones, books, courses, shops and sights, for the text classifiers:
 * written for tsdl, Apache-2.0 like all of it. Half of them praise, half complain. In most of them the same words in
 * another order mean the opposite (「虽然甲好，但是乙差」), so that counting words is not enough. The split is fixed.
 * @module tsdl/helpers/datasets/sentiment
 */
import { shuffle } from '../../../engine/random';
import { seededRandom } from '../../data/permutation';
import { COMPLAINT, PRAISE } from './handwritten';
import { DOMAINS } from './lexicon';
import { choosePair, type Chooser, type Label, PATTERNS } from './patterns';

export type { Label } from './patterns';

/** One sentence and its opinion: 1 praise, 0 complaint. */
export interface Opinion {
  readonly text: string;
  readonly label: Label;
  /** Name of the pattern it was made from, or `handwritten`. */
  readonly kind: string;
}

/** Opinions to learn from, to choose by, and to test with. */
export interface Sentiment {
  readonly train: readonly Opinion[];
  readonly valid: readonly Opinion[];
  readonly test: readonly Opinion[];
}

const SEED = 6;
/** Shares of validation and test. */
const VALID_SHARE = 0.1;
const TEST_SHARE = 0.2;

/** Sentences of all patterns, none twice, praise and complaint in turns. */
function generated(): Opinion[] {
  const random = seededRandom(SEED);
  const choose: Chooser = {
    one<T>(items: readonly T[]): T {
      const item = items[Math.floor(random() * items.length)];
      if (item === undefined) throw new RangeError('Cannot choose: expected at least one item, got none');
      return item;
    },
  };
  const seen = new Set<string>();
  return PATTERNS.flatMap(([kind, count, pattern]) => {
    const made: Opinion[] = [];
    while (made.length < count) {
      const label: Label = made.length % 2 === 0 ? 1 : 0;
      const text = pattern(choose, choosePair(choose, DOMAINS), label);
      if (seen.has(text)) continue;
      seen.add(text);
      made.push({ text, label, kind });
    }
    return made;
  });
}

/** Every kind of sentence and both labels in the same proportion in each part. */
function splitBy(opinions: readonly Opinion[]): Sentiment {
  const groups = new Map<string, Opinion[]>();
  for (const opinion of opinions) {
    const name = `${opinion.kind} ${opinion.label}`;
    groups.set(name, [...(groups.get(name) ?? []), opinion]);
  }
  const random = seededRandom(SEED + 1);
  const parts = { train: [] as Opinion[], valid: [] as Opinion[], test: [] as Opinion[] };
  for (const group of groups.values()) {
    const [valid, test] = [VALID_SHARE, TEST_SHARE].map((share) => Math.round(group.length * share)) as [
      number,
      number,
    ];
    shuffle(group, random).forEach((opinion, position) => {
      const part = position < test ? 'test' : position < test + valid ? 'valid' : 'train';
      parts[part].push(opinion);
    });
  }
  return {
    train: shuffle(parts.train, random),
    valid: shuffle(parts.valid, random),
    test: shuffle(parts.test, random),
  };
}

let corpus: Sentiment | undefined;

/** The corpus, the same on every machine. */
export function sentiment(): Sentiment {
  corpus ??= splitBy([
    ...generated(),
    ...PRAISE.map((text) => ({ text, label: 1, kind: 'handwritten' }) as const),
    ...COMPLAINT.map((text) => ({ text, label: 0, kind: 'handwritten' }) as const),
  ]);
  return corpus;
}
