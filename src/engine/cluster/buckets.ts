/**
 * Gradients as means over all workers' samples. Over a network they travel in buckets, those computed first in the first
 * one, so that TensorFlow sends one while it computes the next; in the memory of one machine they need not.
 */
import { sharesMemory, size } from '../backend/membership';
import { dynamicScalar } from '../recording/dynamic';
import { weight } from '../recording/share';
import * as tf from '../tf';
import { sumsOverWorkers } from './collective';

/** Elements of a bucket: 4 MB, measured as the fastest. */
const BUCKET = 2 ** 20;

/** A part of a tensor laid flat, or all of it. */
interface Piece {
  readonly of: number;
  readonly from: number;
  readonly length: number;
}

/** Cuts tensors of the given sizes into pieces, and fills buckets with them. */
export function bucketsOf(sizes: readonly number[], most = BUCKET): Piece[][] {
  const buckets: Piece[][] = [];
  let room = 0;
  sizes.forEach((length, of) => {
    for (let from = 0; from < length;) {
      if (room === 0) {
        buckets.push([]);
        room = most;
      }
      // a tensor that would be cut although it fits into a bucket begins the next one
      const left = length - from;
      const fits = left <= room || (left > most && room === most);
      if (!fits && room < most) {
        room = 0;
        continue;
      }
      const part = Math.min(left, room);
      buckets.at(-1)?.push({ of, from, length: part });
      from += part;
      room -= part;
    }
  });
  return buckets;
}

/** The sum over workers of tensors that count for `share`, which says how much of the batch is this worker's. */
function summed(tensors: readonly tf.Tensor[], share: tf.Scalar): tf.Tensor[] {
  if (sharesMemory) return sumsOverWorkers(tensors, 'gradients', share);
  const flat = tensors.map((tensor) => tf.reshape(tensor, [-1]));
  const parts: tf.Tensor[][] = tensors.map(() => []);
  for (const bucket of bucketsOf(tensors.map((tensor) => tensor.size))) {
    const pieces = bucket.map(({ of, from, length }) => tf.slice(flat[of] as tf.Tensor, [from], [length]));
    const [sum] = sumsOverWorkers([tf.concat(pieces)], 'gradients', share) as [tf.Tensor];
    let at = 0;
    for (const { of, length } of bucket) {
      parts[of]?.push(tf.slice(sum, [at], [length]));
      at += length;
    }
  }
  return tensors.map(({ shape }, i) => tf.reshape(tf.concat(parts[i] ?? []), shape));
}

/**
 * Means over all workers, weighted by their samples, of what each has computed as a mean over its own. The caller's to
 * dispose.
 * @param tensors in the order in which they are computed: float32, of the same shapes on all workers
 */
export function averaged(tensors: readonly tf.Tensor[]): tf.Tensor[] {
  if (size === 1) return tensors.map((tensor) => tensor.clone());
  return tf.tidy(() => summed(tensors, dynamicScalar(weight)) as tf.TensorContainer) as tf.Tensor[];
}
