/** From text to token ids: words, a vocabulary, sequences of one length. */
import * as tf from '../../engine/tf';
import { ArrayDataset } from './dataset';

const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });

/** Divides text into words and signs, Chinese included; blanks are left out. */
export function tokenize(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment).filter((word) => word.trim() !== '');
}

/** Id of the padding token `<pad>`, which fills short sequences up. */
export const PAD = 0;
/** Id of the unknown token `<unk>`: every word that the vocabulary lacks. */
export const UNKNOWN = 1;
const SPECIAL = ['<pad>', '<unk>'];

/** Which words get an id of their own; all unless given. */
export interface VocabularyOptions {
  /** Words seen less often are left out. */
  readonly minCount?: number;
  /** Most entries, `<pad>` and `<unk>` included; the commonest words stay. */
  readonly maxSize?: number;
}

/** Words and their token ids, the commonest first. */
export class Vocabulary {
  /** Words by id. */
  readonly words: readonly string[];
  private readonly ids: ReadonlyMap<string, number>;

  constructor(
    texts: Iterable<readonly string[]>,
    { minCount = 1, maxSize = Infinity }: VocabularyOptions = {},
  ) {
    const counts = new Map<string, number>();
    for (const words of texts) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const common = [...counts]
      .filter(([, count]) => count >= minCount)
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)); // an order that no locale changes
    this.words = [...SPECIAL, ...common.map(([word]) => word)].slice(0, maxSize);
    this.ids = new Map(this.words.map((word, id) => [word, id]));
  }

  get length(): number {
    return this.words.length;
  }

  /** Ids of words; an unknown word gets that of `<unk>`. */
  encode(words: readonly string[]): number[] {
    return words.map((word) => this.ids.get(word) ?? UNKNOWN);
  }

  /** Words of ids. */
  decode(ids: Iterable<number>): string[] {
    return Array.from(ids, (id) => this.words[id] ?? '<unk>');
  }
}

/** Sequences of token ids in one array `[n, length]`, with the number of tokens that each really has. */
export interface Padded {
  readonly ids: Int32Array;
  readonly lengths: Int32Array;
  readonly length: number;
}

/** Fills sequences up with `PAD` to one length, by default the longest; longer ones are cut at the end. */
export function padSequences(
  sequences: readonly (readonly number[])[],
  length = Math.max(1, ...sequences.map((sequence) => sequence.length)),
): Padded {
  const ids = new Int32Array(sequences.length * length).fill(PAD);
  sequences.forEach((sequence, row) => ids.set(sequence.slice(0, length), row * length));
  const lengths = Int32Array.from(sequences, (sequence) => Math.min(sequence.length, length));
  return { ids, lengths, length };
}

/**
 * How often each word of the vocabulary occurs in each sequence, `[n, size]`: all that a bag of words knows.
 * @throws RangeError for an id outside of the vocabulary
 */
export function bagOfWords(sequences: readonly (readonly number[])[], size: number): Float32Array {
  const counts = new Float32Array(sequences.length * size);
  sequences.forEach((sequence, row) => {
    for (const id of sequence) {
      if (!(id >= 0 && id < size)) {
        throw new RangeError(`Cannot count words: expected ids below ${size}, got ${id}`);
      }
      counts[row * size + id] = (counts[row * size + id] ?? 0) + 1;
    }
  });
  return counts;
}

/** Number of tokens before the padding, int32 `[b]`, of sequences `[b, t]`; may stand inside a compiled function. */
export const sequenceLengths = (ids: tf.Tensor2D): tf.Tensor1D =>
  tf.tidy(() => tf.sum(tf.cast(tf.notEqual(ids, PAD), 'int32'), 1));

/**
 * Texts as token ids, and their labels: batches int32 `[b, t]` and labels int32 `[b]`. All batches have the same
 * length, so that a step is compiled once.
 */
export class TextDataset extends ArrayDataset<[tf.Tensor2D, tf.Tensor1D]> {
  /**
   * @param maxLength words kept of each text, by default as many as the longest has
   * @throws RangeError unless each text has a label and at least one word
   */
  constructor(sequences: readonly (readonly number[])[], labels: readonly number[], maxLength?: number) {
    if (sequences.length !== labels.length) {
      throw new RangeError(
        `Cannot build TextDataset: expected a label for each text, got ${labels.length} for ${sequences.length}`,
      );
    }
    if (sequences.some((sequence) => sequence.length === 0)) {
      throw new RangeError('Cannot build TextDataset: expected words in each text, got an empty one');
    }
    const { ids, length } = padSequences(sequences, maxLength);
    super([
      { values: ids, shape: [length] },
      { values: Int32Array.from(labels), shape: [] },
    ]);
  }
}

/** Target of a position that does not count: `nn.crossEntropy(…, { ignoreIndex: IGNORED })`. */
export const IGNORED = -100;

/**
 * Texts for a language model: batches of token ids int32 `[b, t]` and at each place the one that comes next `[b, t]`;
 * after the last comes `PAD`, which ends the text, and what is behind it is `IGNORED`.
 */
export class NextWordDataset extends ArrayDataset<[tf.Tensor2D, tf.Tensor2D]> {
  /** @param maxLength words kept of each text, by default as many as the longest has */
  constructor(sequences: readonly (readonly number[])[], maxLength?: number) {
    const { ids, length } = padSequences(sequences, maxLength);
    const next = new Int32Array(ids.length).fill(IGNORED);
    sequences.forEach((sequence, row) => {
      next.set([...sequence.slice(1), PAD].slice(0, length), row * length);
    });
    const shape = [length];
    super([
      { values: ids, shape },
      { values: next, shape },
    ]);
  }
}
