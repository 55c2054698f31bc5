import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import {
  bagOfWords,
  IGNORED,
  NextWordDataset,
  PAD,
  padSequences,
  sequenceLengths,
  TextDataset,
  tokenize,
  UNKNOWN,
  Vocabulary,
} from '../../../src/helpers/data/text';

describe('tokenize()', () => {
  it('finds the words of Chinese text and keeps its signs', () => {
    const words = tokenize('服务很热情， 但是 价格贵！');
    assert.equal(words.join(''), '服务很热情，但是价格贵！');
    for (const word of ['服务', '，', '但是', '价格', '！']) assert.ok(words.includes(word), word);
  });

  it('gives nothing for blanks', () => assert.deepEqual(tokenize('  \n'), []));
});

describe('Vocabulary', () => {
  const texts = [['b', 'a', 'a'], ['a', 'c', 'b'], ['d']];

  it('numbers words by how common they are, equally common ones by their letters', () => {
    const vocabulary = new Vocabulary(texts);
    assert.deepEqual(vocabulary.words, ['<pad>', '<unk>', 'a', 'b', 'c', 'd']);
    assert.deepEqual(vocabulary.encode(['c', 'a', 'new']), [4, 2, UNKNOWN]);
    assert.deepEqual(vocabulary.decode([4, PAD, 99]), ['c', '<pad>', '<unk>']);
  });

  it('leaves out rare words and keeps to its size', () => {
    assert.deepEqual(new Vocabulary(texts, { minCount: 2 }).words.slice(2), ['a', 'b']);
    assert.deepEqual(new Vocabulary(texts, { maxSize: 3 }).words, ['<pad>', '<unk>', 'a']);
    assert.equal(new Vocabulary(texts, { maxSize: 3 }).length, 3);
  });
});

describe('padSequences() and bagOfWords()', () => {
  it('fill up with zeros, cut at the end and say how long each was', () => {
    assert.deepEqual([...padSequences([[5, 6], [7]]).ids], [5, 6, 7, 0]);
    const cut = padSequences([[5, 6, 7], [8]], 2);
    assert.deepEqual(
      [[...cut.ids], [...cut.lengths]],
      [
        [5, 6, 8, 0],
        [2, 1],
      ],
    );
  });

  it('count words whatever their order', () => {
    assert.deepEqual([...bagOfWords([[2, 3, 2], [1]], 4)], [0, 0, 2, 1, 0, 1, 0, 0]);
    assert.deepEqual(bagOfWords([[2, 3, 2]], 4), bagOfWords([[3, 2, 2]], 4));
    assert.deepEqual([...bagOfWords([[0, 3]], 4)], [1, 0, 0, 1]);
  });

  it('have room for one word where there is none', () => {
    assert.deepEqual(padSequences([]), { ids: new Int32Array(0), lengths: new Int32Array(0), length: 1 });
    assert.deepEqual(padSequences([[]]), { ids: Int32Array.of(PAD), lengths: Int32Array.of(0), length: 1 });
  });
});

describe('TextDataset', () => {
  const dataset = new TextDataset([[2, 3, 4], [5], [6, 7]], [1, 0, 1]);

  it('gathers words [b, t] and labels [b]', () => {
    const [x, y] = dataset.gather([2, 1]);
    assert.deepEqual(
      [x.arraySync(), x.dtype, y.arraySync(), y.dtype],
      [
        [
          [6, 7, 0],
          [5, 0, 0],
        ],
        'int32',
        [1, 0],
        'int32',
      ],
    );
    assert.deepEqual(sequenceLengths(x).arraySync(), [2, 1]);
    tf.dispose([x, y]);
  });

  it('cuts texts to the length asked for', () => {
    const [x] = new TextDataset([[2, 3, 4], [5]], [1, 0], 2).gather([0, 1]);
    assert.deepEqual(x.arraySync(), [[2, 3], [5, PAD]]); // prettier-ignore
    x.dispose();
  });
});

describe('NextWordDataset', () => {
  it('gives the word that comes next, the end sign, and nothing to learn behind it', () => {
    const [x, y] = new NextWordDataset([
      [4, 5, 6],
      [7, 8],
    ]).gather([0, 1]);
    assert.deepEqual(x.arraySync(), [
      [4, 5, 6],
      [7, 8, PAD],
    ]);
    assert.deepEqual(y.arraySync(), [
      [5, 6, PAD],
      [8, PAD, IGNORED],
    ]);
  });

  it('cuts longer texts, whose last word then has its true successor', () => {
    const [x, y] = new NextWordDataset([[4, 5, 6, 7]], 2).gather([0]);
    assert.deepEqual([x.arraySync(), y.arraySync()], [[[4, 5]], [[5, 6]]]);
  });
});
