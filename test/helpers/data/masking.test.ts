import assert from 'node:assert/strict';

import { manualSeed } from '../../../src/engine/random';
import { DataLoader } from '../../../src/helpers/data/loader';
import { MaskedTextDataset, maskTokens } from '../../../src/helpers/data/masking';
import { seededRandom } from '../../../src/helpers/data/permutation';
import { IGNORED, PAD, padSequences } from '../../../src/helpers/data/text';

const MASK = 99;
const PUNCTUATION = 2;
const candidates = new Set(Array.from({ length: 50 }, (_, i) => 10 + i));
const text = Int32Array.from({ length: 20000 }, (_, i) => (i % 10 === 9 ? PUNCTUATION : 10 + (i % 50)));
const share = (part: number, whole: number) => part / whole;

describe('maskTokens()', () => {
  const { input, target } = maskTokens(text, { maskId: MASK, candidates }, seededRandom(1));
  const chosen = [...target.keys()].filter((i) => target[i] !== IGNORED);
  const open = text.filter((id) => candidates.has(id)).length;

  it('chooses 15 % of the candidates', () => {
    assert.ok(Math.abs(share(chosen.length, open) - 0.15) < 0.01);
  });

  it('masks 80 % of them, replaces 10 % and leaves 10 %', () => {
    const masked = chosen.filter((i) => input[i] === MASK).length;
    const same = chosen.filter((i) => input[i] === text[i]).length;
    assert.ok(Math.abs(share(masked, chosen.length) - 0.8) < 0.03);
    assert.ok(Math.abs(share(same, chosen.length) - 0.1) < 0.03);
    for (const i of chosen) assert.ok(input[i] === MASK || candidates.has(input[i]!));
  });

  it('asks for the true token, and leaves everything else alone', () => {
    text.forEach((id, i) => {
      if (target[i] === IGNORED) assert.equal(input[i], id);
      else assert.equal(target[i], id);
    });
  });

  it('never touches what is no candidate', () => {
    text.forEach((id, i) => assert.ok(id !== PUNCTUATION || (input[i] === id && target[i] === IGNORED)));
  });

  it('depends on its random numbers alone', () => {
    const again = maskTokens(text, { maskId: MASK, candidates }, seededRandom(1));
    assert.deepEqual(again, { input, target });
    const other = maskTokens(text, { maskId: MASK, candidates }, seededRandom(2));
    assert.notDeepEqual(other.input, input);
  });

  it('does not change the text it is given', () => {
    const given = Int32Array.of(10, 11, 12);
    maskTokens(given, { maskId: MASK, candidates, share: 1, masked: 1, replaced: 0 }, seededRandom(1));
    assert.deepEqual([...given], [10, 11, 12]);
  });

  it('masks all with a share of 1, nothing with 0', () => {
    const options = { maskId: MASK, candidates, masked: 1, replaced: 0 };
    const all = maskTokens([10, 2, 12], { ...options, share: 1 }, seededRandom(1));
    assert.deepEqual([[...all.input], [...all.target]], [[MASK, 2, MASK], [10, IGNORED, 12]]); // prettier-ignore
    assert.deepEqual(
      [...maskTokens([10, 2, 12], { ...options, share: 0 }, seededRandom(1)).input],
      [10, 2, 12],
    );
  });

  it('refuses shares beyond 1 and no candidates', () => {
    const wrong = [{ share: 1.2 }, { masked: 0.9, replaced: 0.2 }, { candidates: new Set<number>() }];
    for (const change of wrong) {
      const options = { maskId: MASK, candidates, ...change };
      assert.throws(() => maskTokens(text, options, Math.random), {
        name: 'RangeError',
        message: /^Cannot mask/,
      });
    }
  });
});

describe('MaskedTextDataset', () => {
  const texts = padSequences([[10, 11, 12, 2], [13, 14], [15, 16, 17]]); // prettier-ignore
  const dataset = () => new MaskedTextDataset(texts, { maskId: MASK, candidates, share: 0.5 });

  it('gives batches of one length, the filling unmasked', () => {
    manualSeed(1);
    const [x, y] = dataset().gather([1, 0]);
    assert.deepEqual([x.shape, y.shape, x.dtype], [[2, 4], [2, 4], 'int32']); // prettier-ignore
    assert.deepEqual([...x.dataSync()].slice(2, 4), [PAD, PAD]);
    assert.deepEqual([...y.dataSync()].slice(2, 4), [IGNORED, IGNORED]);
  });

  it('has new holes each time, the same after the same seed', () => {
    const run = () => {
      manualSeed(3);
      return [1, 2, 3].map(() =>
        [...new DataLoader(dataset(), { batchSize: 3 })].map(([x]) => x.shape.join()),
      );
    };
    assert.deepEqual(run(), run());
    manualSeed(3);
    const draws = Array.from({ length: 6 }, () => dataset().gather([0, 1, 2])[0].dataSync().join());
    assert.ok(new Set(draws).size > 1);
    manualSeed(3);
    assert.equal(dataset().gather([0, 1, 2])[0].dataSync().join(), draws[0]);
  });

  it('refuses a position that it lacks', () => {
    assert.throws(() => dataset().gather([3]), /expected positions in -3 … 2, got 3/);
  });
});
