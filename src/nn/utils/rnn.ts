/**
 * `torch.nn.utils.rnn`: sequences of several lengths as one tensor. PyTorch packs them for its recurrent layers; ours take
 * the padded tensor and `lengths`.
 * @module
 */
import { refusal } from '../../engine/ops/sizes';
import * as tf from '../../engine/tf';

/** Time before batch, zeros behind each end unless given. */
export interface PadOptions {
  readonly batchFirst?: boolean;
  readonly paddingValue?: number;
  /** Where the padding stands. */
  readonly paddingSide?: 'left' | 'right';
}

/**
 * Sequences `[tᵢ, …]` as one tensor, `[t, b, …]` or with `batchFirst` `[b, t, …]`, t the longest.
 * @throws TypeError for no sequences, or such that differ in other axes
 */
export function padSequence(
  sequences: readonly tf.Tensor[],
  { batchFirst = false, paddingValue = 0, paddingSide = 'right' }: PadOptions = {},
): tf.Tensor {
  const [first] = sequences;
  const rest = first?.shape.slice(1) ?? [];
  const other = sequences.find(({ rank, shape }) => rank < 1 || !tf.util.arraysEqual(shape.slice(1), rest));
  if (!first || other) {
    throw refusal('padSequence', `sequences [${['t', ...rest].join(', ')}]`, other ?? 'none');
  }
  const t = Math.max(...sequences.map(({ shape }) => shape[0] ?? 0));
  const padded = sequences.map((sequence) => {
    const missing = t - (sequence.shape[0] ?? 0);
    const ends: [number, number] = paddingSide === 'right' ? [0, missing] : [missing, 0];
    return tf.pad(sequence, [ends, ...rest.map((): [number, number] => [0, 0])], paddingValue);
  });
  return tf.stack(padded, batchFirst ? 0 : 1);
}

/**
 * The sequences of a padded tensor, each of its own length.
 * @throws TypeError for another number of lengths, RangeError for one above the number of steps
 */
export function unpadSequence(
  padded: tf.Tensor,
  lengths: readonly number[],
  { batchFirst = false }: { readonly batchFirst?: boolean } = {},
): tf.Tensor[] {
  const sequences = tf.unstack(padded, batchFirst ? 0 : 1);
  if (sequences.length !== lengths.length) {
    throw refusal('unpadSequence', `${sequences.length} lengths`, String(lengths.length));
  }
  return sequences.map((sequence, i) => {
    const length = lengths[i] ?? 0;
    const t = sequence.shape[0] ?? 0;
    if (Number.isInteger(length) && length >= 0 && length <= t) return tf.slice(sequence, [0], [length]);
    throw new RangeError(`Cannot call unpadSequence: expected lengths from 0 to ${t}, got ${length}`);
  });
}
