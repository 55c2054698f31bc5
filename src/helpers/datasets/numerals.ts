/**
 * Whole numbers below 10,000 in three spellings, for the translator: digits, Chinese numerals and English words. The
 * pairs are made by code and every one is right; the split is fixed.
 */
import type * as tf from '../../engine/tf';
import { ArrayDataset } from '../data/dataset';
import { permutation, seededRandom } from '../data/permutation';
import { padSequences, type Vocabulary } from '../data/text';

const LIMIT = 10_000;
const DIGITS = [...'零一二三四五六七八九'];
const UNITS = ['', '十', '百', '千'];
const SMALL =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

function checkNumber(n: number): void {
  if (Number.isInteger(n) && n >= 0 && n < LIMIT) return;
  throw new RangeError(`Cannot spell number: expected an integer from 0 to ${LIMIT - 1}, got ${n}`);
}

/**
 * 321 → 三百二十一. Zeros within become one 零 (3001 → 三千零一), those at the end nothing (3100 → 三千一百); ten to
 * nineteen begin with 十, elsewhere it is 一十 (110 → 一百一十); two is always 二.
 */
export function chineseNumeral(n: number): string {
  checkNumber(n);
  if (n === 0) return '零';
  const digits = Array.from(String(n), Number);
  const spelled = digits.map((digit, i) =>
    digit === 0 ? '零' : `${DIGITS[digit] ?? ''}${UNITS[digits.length - 1 - i] ?? ''}`,
  );
  return spelled.join('').replace(/零+/g, '零').replace(/零$/, '').replace(/^一十/, '十');
}

/** 321 → three hundred twenty-one: American spelling, without "and". */
export function englishNumeral(n: number): string {
  checkNumber(n);
  const [thousands, hundreds, rest] = [Math.floor(n / 1000), Math.floor(n / 100) % 10, n % 100];
  return [
    ...(thousands > 0 ? [SMALL[thousands], 'thousand'] : []),
    ...(hundreds > 0 ? [SMALL[hundreds], 'hundred'] : []),
    ...(rest > 0 || n === 0 ? [belowHundred(rest)] : []),
  ].join(' ');
}

function belowHundred(n: number): string {
  if (n < 20) return SMALL[n] ?? '';
  const ten = TENS[Math.floor(n / 10) - 2] ?? '';
  return n % 10 === 0 ? ten : `${ten}-${SMALL[n % 10] ?? ''}`;
}

/** Before the first token of a target. */
export const START = '<s>';
/** After the last token of a target. */
export const END = '</s>';
/** First token of a source that becomes Chinese (Johnson et al., 2017, https://arxiv.org/abs/1611.04558). */
export const TO_CHINESE = '<汉字>';
/** First token of a source that becomes digits. */
export const TO_DIGITS = '<数字>';

/** The directions of translation: Chinese to digits, digits to Chinese, English to Chinese. */
export const NUMERAL_TASKS = ['汉字→数字', '数字→汉字', '英文→汉字'] as const;
/** One of the three directions. */
export type NumeralTask = (typeof NUMERAL_TASKS)[number];

/** A number in the script it is given in and in the one it is wanted in. */
export interface NumeralPair {
  readonly number: number;
  readonly task: NumeralTask;
  /** Tokens: the target script, then characters, or words in English. */
  readonly source: readonly string[];
  /** Tokens, without start and end. */
  readonly target: readonly string[];
}

/** One number in one task. */
export function numeralPair(number: number, task: NumeralTask): NumeralPair {
  const chinese = [...chineseNumeral(number)];
  const digits = [...String(number)];
  if (task === '汉字→数字') return { number, task, source: [TO_DIGITS, ...chinese], target: digits };
  const source = task === '数字→汉字' ? digits : englishNumeral(number).split(/[ -]/);
  return { number, task, source: [TO_CHINESE, ...source], target: chinese };
}

/** Pairs of all tasks for these numbers. */
export const numeralPairs = (numbers: readonly number[]): NumeralPair[] =>
  numbers.flatMap((number) => NUMERAL_TASKS.map((task) => numeralPair(number, task)));

/** All numbers below 10,000 in mixed order, `held` of them for the test; numbers below 20 are always trained on. */
export function numeralSplit(held = 1000): { readonly train: number[]; readonly test: number[] } {
  const mixed = Array.from(permutation(LIMIT, seededRandom(7)));
  const test = mixed.filter((n) => n >= SMALL.length).slice(0, held);
  const out = new Set(test);
  return { train: mixed.filter((n) => !out.has(n)), test };
}

/** Batches of sources int32 `[b, s]`, targets from the start sign on `[b, t]` and targets up to the end sign `[b, t]`. */
export class TranslationDataset extends ArrayDataset<[tf.Tensor2D, tf.Tensor2D, tf.Tensor2D]> {
  constructor(pairs: readonly Pick<NumeralPair, 'source' | 'target'>[], vocabulary: Vocabulary) {
    const encode = (tokens: readonly string[]) => vocabulary.encode(tokens);
    const columns = [
      pairs.map(({ source }) => encode(source)),
      pairs.map(({ target }) => encode([START, ...target])),
      pairs.map(({ target }) => encode([...target, END])),
    ];
    super(
      columns.map((column) => {
        const { ids, length } = padSequences(column);
        return { values: ids, shape: [length] };
      }),
    );
  }
}
