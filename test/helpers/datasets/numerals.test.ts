import assert from 'node:assert/strict';

import { Vocabulary } from '../../../src/helpers/data/text';
import {
  chineseNumeral,
  END,
  englishNumeral,
  numeralPair,
  numeralPairs,
  numeralSplit,
  START,
  TranslationDataset,
} from '../../../src/helpers/datasets/numerals';

const ALL = Array.from({ length: 10000 }, (_, n) => n);

/** Reads a Chinese numeral, the other way round than it is made. */
function read(text: string): number {
  let [sum, digit] = [0, 0];
  for (const sign of text) {
    const unit = { 十: 10, 百: 100, 千: 1000 }[sign];
    if (unit === undefined) digit = '零一二三四五六七八九'.indexOf(sign);
    else {
      sum += (digit === 0 ? 1 : digit) * unit;
      digit = 0;
    }
  }
  return sum + digit;
}

describe('chineseNumeral()', () => {
  const cases: [number, string][] = [
    [0, '零'],
    [2, '二'],
    [10, '十'],
    [11, '十一'],
    [20, '二十'],
    [21, '二十一'],
    [100, '一百'],
    [101, '一百零一'],
    [110, '一百一十'],
    [111, '一百一十一'],
    [200, '二百'],
    [321, '三百二十一'],
    [1000, '一千'],
    [1001, '一千零一'],
    [1010, '一千零一十'],
    [1011, '一千零一十一'],
    [1100, '一千一百'],
    [2000, '二千'],
    [2020, '二千零二十'],
    [3405, '三千四百零五'],
    [7006, '七千零六'],
    [9990, '九千九百九十'],
    [9999, '九千九百九十九'],
  ];
  for (const [number, text] of cases) {
    it(`spells ${number} as ${text}`, () => assert.equal(chineseNumeral(number), text));
  }

  it('is read back as the same number, by every one of them', () => {
    assert.deepEqual(
      ALL.filter((n) => read(chineseNumeral(n)) !== n),
      [],
    );
  });

  it('has no two zeros in a row, none at the end, and no 两', () => {
    for (const n of ALL.slice(1)) assert.doesNotMatch(chineseNumeral(n), /零零|零$|两|^零/);
  });

  it('refuses other numbers', () => {
    for (const n of [-1, 10000, 1.5, NaN]) {
      assert.throws(() => chineseNumeral(n), {
        name: 'RangeError',
        message: `Cannot spell number: expected an integer from 0 to 9999, got ${n}`,
      });
    }
  });
});

describe('englishNumeral()', () => {
  const cases: [number, string][] = [
    [0, 'zero'],
    [7, 'seven'],
    [12, 'twelve'],
    [19, 'nineteen'],
    [20, 'twenty'],
    [40, 'forty'],
    [99, 'ninety-nine'],
    [100, 'one hundred'],
    [115, 'one hundred fifteen'],
    [321, 'three hundred twenty-one'],
    [1000, 'one thousand'],
    [1008, 'one thousand eight'],
    [4080, 'four thousand eighty'],
    [9999, 'nine thousand nine hundred ninety-nine'],
  ];
  for (const [number, text] of cases) {
    it(`spells ${number} as ${text}`, () => assert.equal(englishNumeral(number), text));
  }

  it('spells no two numbers alike', () => assert.equal(new Set(ALL.map(englishNumeral)).size, ALL.length));
});

describe('numeralPair()', () => {
  it('makes tokens that begin with the script to translate into', () => {
    assert.deepEqual(numeralPair(321, '汉字→数字').source, ['<数字>', '三', '百', '二', '十', '一']);
    assert.deepEqual(numeralPair(321, '汉字→数字').target, ['3', '2', '1']);
    assert.deepEqual(numeralPair(321, '数字→汉字').source, ['<汉字>', '3', '2', '1']);
    assert.deepEqual(numeralPair(21, '英文→汉字').source, ['<汉字>', 'twenty', 'one']);
    assert.deepEqual(numeralPair(21, '英文→汉字').target, ['二', '十', '一']);
  });
});

describe('numeralSplit()', () => {
  const { train, test } = numeralSplit();

  it('keeps 1,000 numbers that are never trained on', () => {
    assert.deepEqual([train.length, test.length], [9000, 1000]);
    assert.equal(new Set([...train, ...test]).size, 10000);
    assert.deepEqual(numeralSplit().test, test);
  });

  it('trains on every word of the vocabulary', () => {
    const words = (numbers: number[]) => new Set(numeralPairs(numbers).flatMap(({ source }) => source));
    const known = words(train);
    for (const word of words(test)) assert.ok(known.has(word), word);
  });
});

describe('TranslationDataset', () => {
  it('gives sources, targets from the start sign on and up to the end sign, filled up', () => {
    const pairs = numeralPairs([5, 321]);
    const vocabulary = new Vocabulary(
      pairs.flatMap(({ source, target }) => [source, [START, ...target, END]]),
    );
    const [source, given, wanted] = new TranslationDataset(pairs, vocabulary).gather([0, 3]);
    const words = (ids: ArrayLike<number>) => vocabulary.decode(Array.from(ids)).join(' ');
    assert.deepEqual([source.shape, given.shape, wanted.shape], [[2, 6], [2, 6], [2, 6]]); // prettier-ignore
    assert.equal(words(source.dataSync()), '<数字> 五 <pad> <pad> <pad> <pad> <数字> 三 百 二 十 一');
    assert.equal(words(given.dataSync()), '<s> 5 <pad> <pad> <pad> <pad> <s> 3 2 1 <pad> <pad>');
    assert.equal(words(wanted.dataSync()), '5 </s> <pad> <pad> <pad> <pad> 3 2 1 </s> <pad> <pad>');
  });
});
