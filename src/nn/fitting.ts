/**
 * What layers check of their inputs when they are called. TensorFlow would name none of our layers, and it takes what
 * nobody meant: six channels for a kernel of three as two groups, a window larger than the image as no windows. Only
 * shapes and types are looked at, so that it costs next to nothing and holds while a step is recorded.
 */
import { refusal, type Sizes } from '../engine/ops/sizes';
import type * as tf from '../engine/tf';

const channelsText = (n: number): string => `${n} channel${n === 1 ? '' : 's'}`;

/**
 * Checks the type of what TensorFlow computes in float32 alone.
 * @throws TypeError for another type
 */
export function checkFloat(what: string, x: tf.Tensor, name = 'x'): void {
  if (x.dtype !== 'float32') throw refusal(what, 'float32', x.dtype, `${name}.float() makes it so`);
}

/**
 * The sizes of images `[b, h, w, c]`.
 * @param channels how many channels there have to be; without it any number
 * @throws TypeError for another number of axes or channels, or another type
 */
export function imageSizes(what: string, x: tf.Tensor, channels?: number): Sizes<'[b, h, w, c]'> {
  const [b = 0, h = 0, w = 0, c = 0] = x.shape;
  if (x.rank !== 4 || (channels !== undefined && c !== channels)) {
    const last = channels === undefined ? 'channels' : channelsText(channels);
    throw refusal(what, `images [b, h, w, c] with ${last} last (NHWC)`, x, imageHint(x, channels));
  }
  checkFloat(what, x);
  return [b, h, w, c];
}

/** What makes images of the tensor, where its shape shows what was meant. */
function imageHint({ rank, shape }: tf.Tensor, channels?: number): string {
  if (rank === 4) return shape[1] === channels ? "x.permute(0, 2, 3, 1) turns PyTorch's order" : '';
  if (rank === 2) return `x.view(-1, h, w, ${channels ?? 'c'}) makes images of rows`;
  if (rank !== 3) return '';
  if (channels === undefined || shape[2] === channels) return 'x.unsqueeze(0) makes a batch of one image';
  if (channels === 1) return 'x.unsqueeze(-1) adds the channel';
  if (shape[0] === channels) return "x.permute(1, 2, 0).unsqueeze(0) makes a batch of one in PyTorch's order";
  return '';
}

/**
 * Checks the last axis.
 * @throws TypeError for another size
 */
export function checkFeatures(what: string, x: tf.Tensor, size: number): void {
  if (x.shape.at(-1) === size) return;
  const joined = x.shape.slice(1).reduce((product, n) => product * n, 1) === size;
  const hint = joined && x.rank > 2 ? 'nn.flatten(x) joins the axes after the batch' : '';
  throw refusal(what, `${size} features in the last axis [..., ${size}]`, x, hint);
}

/**
 * The sizes of sequences, batch and time in the caller's order.
 * @param name what the tensor is, where a layer takes several
 * @throws TypeError for another number of axes or features
 */
export function sequenceSizes(
  what: string,
  x: tf.Tensor,
  size: number,
  { batchFirst = true, name = 'sequences' } = {},
): { b: number; t: number } {
  const [first = 0, second = 0, last] = x.shape;
  if (x.rank !== 3 || last !== size) {
    const axes = batchFirst ? 'b, t' : 't, b';
    const one = x.rank === 2 && second === size;
    const hint = one ? `x.unsqueeze(${batchFirst ? 0 : 1}) makes a batch of one sequence` : '';
    throw refusal(what, `${name} [${axes}, ${size}]`, x, hint);
  }
  return batchFirst ? { b: first, t: second } : { b: second, t: first };
}

/**
 * Checks a tensor beside the input.
 * @throws TypeError for another shape
 */
export function checkShape(what: string, name: string, x: tf.Tensor, expected: readonly number[]): void {
  if (x.rank === expected.length && expected.every((size, i) => x.shape[i] === size)) return;
  throw refusal(what, `${name} [${expected.join(', ')}]`, x);
}

/**
 * Checks that a tensor can be laid out in a shape: from the last axis on, each size is the same or 1.
 * @throws TypeError for one that cannot
 */
export function checkBroadcast(what: string, name: string, x: tf.Tensor, shape: readonly number[]): void {
  const skipped = shape.length - x.rank;
  if (skipped >= 0 && x.shape.every((size, i) => size === 1 || size === shape[skipped + i])) return;
  throw refusal(what, `${name} that broadcasts to [${shape.join(', ')}]`, x);
}
