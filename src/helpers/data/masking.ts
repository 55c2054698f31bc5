/** Masked language modelling: which tokens are hidden, and batches of it. */
import { random as sharedRandom } from '../../engine/random';
import * as tf from '../../engine/tf';
import { positionOf } from './columns';
import type { Dataset } from './dataset';
import { IGNORED, type Padded } from './text';

/**
 * How tokens are chosen and hidden; by default as BERT does: 15 %, of which 80 % become the mask, 10 % another
 * token.
 */
export interface MaskingOptions {
  /** Id of the mask token. */
  readonly maskId: number;
  /** Tokens that may be chosen, such as all but padding and punctuation; also those that may stand in for another. */
  readonly candidates: ReadonlySet<number>;
  /** Share of the candidates that is chosen; default 0.15. */
  readonly share?: number;
  /** Of the chosen, the share that becomes the mask token, and the share that becomes another token; the rest stays. */
  readonly masked?: number;
  readonly replaced?: number;
}

/** A text with holes and what belongs into them. */
export interface Masked {
  /** The text with holes. */
  readonly input: Int32Array;
  /** The chosen tokens; `IGNORED` everywhere else. */
  readonly target: Int32Array;
}

/**
 * Chooses 15 % of the tokens to be guessed; of these 80 % are masked, 10 % become another token and 10 % stay, so that
 * the model cannot trust what it sees (Devlin et al., 2018, section 3.1).
 * @param random numbers in [0, 1), the only source of chance
 * @throws RangeError without candidates, or for shares outside of [0, 1]
 */
export function maskTokens(ids: ArrayLike<number>, options: MaskingOptions, random: () => number): Masked {
  const { maskId, candidates, share = 0.15, masked = 0.8, replaced = 0.1 } = options;
  const shares = [share, masked, replaced, masked + replaced];
  if (candidates.size === 0 || shares.some((value) => !(value >= 0 && value <= 1))) {
    throw new RangeError(
      `Cannot mask tokens: expected candidates and shares in [0, 1], got ${candidates.size} candidates, ` +
        `share ${share}, masked ${masked}, replaced ${replaced}`,
    );
  }
  const pool = [...candidates];
  const input = Int32Array.from(ids);
  const target = new Int32Array(ids.length).fill(IGNORED);
  input.forEach((id, i) => {
    if (!candidates.has(id) || random() >= share) return;
    target[i] = id;
    const fate = random();
    if (fate < masked) input[i] = maskId;
    else if (fate < masked + replaced) input[i] = pool[Math.floor(random() * pool.length)] ?? id;
  });
  return { input, target };
}

/** Padded texts as batches of masked tokens int32 `[b, t]` and what was there `[b, t]`: new holes every time. */
export class MaskedTextDataset implements Dataset<[tf.Tensor2D, tf.Tensor2D]> {
  readonly length: number;

  /** @param random default: the stream that `manualSeed` starts */
  constructor(
    readonly texts: Padded,
    readonly options: MaskingOptions,
    private readonly random: () => number = sharedRandom,
  ) {
    this.length = texts.lengths.length;
  }

  gather(indices: ArrayLike<number>): [tf.Tensor2D, tf.Tensor2D] {
    const { ids, length } = this.texts;
    const rows = Array.from(indices, (index) => {
      const at = positionOf(index, this.length);
      return maskTokens(ids.subarray(at * length, (at + 1) * length), this.options, this.random);
    });
    const joined = (part: keyof Masked) => {
      const values = new Int32Array(rows.length * length);
      rows.forEach((row, i) => values.set(row[part], i * length));
      return tf.tensor2d(values, [rows.length, length], 'int32');
    };
    return [joined('input'), joined('target')];
  }
}
