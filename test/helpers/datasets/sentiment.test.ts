import assert from 'node:assert/strict';

import { tokenize } from '../../../src/helpers/data/text';
import { type Opinion, sentiment } from '../../../src/helpers/datasets/sentiment';
import { DOMAINS } from '../../../src/helpers/datasets/sentiment/lexicon';

const share = (opinions: readonly Opinion[]) =>
  opinions.filter(({ label }) => label === 1).length / opinions.length;
const bag = (text: string) => [...text].sort().join('');

describe('sentiment()', () => {
  const { train, valid, test } = sentiment();
  const all = [...train, ...valid, ...test];

  it('has a fixed split of well over 600 sentences, as much praise as complaint in each part', () => {
    assert.deepEqual([train.length, valid.length, test.length], [1516, 216, 434]);
    for (const part of [train, valid, test]) assert.ok(Math.abs(share(part) - 0.5) < 0.01);
    assert.equal(sentiment().test[0]?.text, test[0]?.text);
  });

  it('repeats no sentence, within a part or between parts', () => {
    assert.equal(new Set(all.map(({ text }) => text)).size, all.length);
  });

  it('has every kind of sentence in every part, mixed', () => {
    const kinds = new Set(all.map(({ kind }) => kind));
    assert.equal(kinds.size, 8);
    for (const part of [train, valid, test]) assert.deepEqual(new Set(part.map(({ kind }) => kind)), kinds);
    assert.ok(new Set(train.slice(0, 50).map(({ kind }) => kind)).size > 4);
  });

  it('reads as sentences: closed by a sign, no blanks, no repeated signs, of readable length', () => {
    for (const { text } of all) {
      assert.match(text, /^[^\s]+[。？]$/);
      assert.doesNotMatch(text, /，，|。。|undefined/);
      assert.ok(tokenize(text).length <= 25, text);
    }
  });

  it('turns opinions by order alone: the same signs in another order mean the opposite', () => {
    const labels = new Map<string, Set<number>>();
    for (const { text, label } of all) labels.set(bag(text), (labels.get(bag(text)) ?? new Set()).add(label));
    assert.ok([...labels.values()].filter(({ size }) => size === 2).length >= 5);
  });

  it('lets no single word give the opinion away in the patterns that turn on order', () => {
    const turning = train.filter(({ kind }) => ['contrast', 'surprise', 'comparison'].includes(kind));
    for (const word of ['虽然', '但是', '尽管', '没想到', '以为', '比', '没有', '不像']) {
      const holding = turning.filter(({ text }) => text.includes(word));
      assert.ok(holding.length > 20, word);
      assert.ok(Math.abs(share(holding) - 0.5) < 0.2, `${word}: ${share(holding)}`);
    }
  });

  it('knows no adjective as both good and bad of the same thing', () => {
    for (const { aspects } of DOMAINS) {
      for (const { noun, good, bad } of aspects) {
        assert.ok(good.length >= 2 && bad.length >= 2, noun);
        assert.deepEqual(
          good.filter((word) => bad.includes(word)),
          [],
        );
      }
    }
  });
});
