/**
 * What layers over one, two or three axes take: `[b, l, c]`, `[b, h, w, c]`, `[b, d, h, w, c]`, or one without its
 * batch, as PyTorch's layers do, but with the channels last.
 */
import { refusal } from '../../engine/ops/sizes';
import * as tf from '../../engine/tf';
import { checkFloat } from '../fitting';

/** Of how many axes a layer's window is. */
export type Rank = 1 | 2 | 3;

const INPUTS = {
  1: { many: 'sequences', axes: '[b, l, c]', order: 'NLC', unit: 'steps' },
  2: { many: 'images', axes: '[b, h, w, c]', order: 'NHWC', unit: 'pixels' },
  3: { many: 'volumes', axes: '[b, d, h, w, c]', order: 'NDHWC', unit: 'voxels' },
} as const;

/**
 * Computes on a batch; an input without one is made a batch of one, and the result is taken out of it again.
 * @param channels how many channels there have to be; without it any number
 * @throws TypeError for another number of axes or channels, or another type
 */
export function onBatch(
  what: string,
  x: tf.Tensor,
  { rank, channels }: { readonly rank: Rank; readonly channels?: number | undefined },
  compute: (x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  checkInput(what, x, rank, channels);
  if (x.rank === rank + 2) return compute(x);
  return tf.squeeze(compute(tf.expandDims(x, 0)), [0]);
}

/** `onBatch` for what gives two tensors. */
export function onBatches(
  what: string,
  x: tf.Tensor,
  rank: Rank,
  compute: (x: tf.Tensor) => readonly [tf.Tensor, tf.Tensor],
): [tf.Tensor, tf.Tensor] {
  checkInput(what, x, rank);
  if (x.rank === rank + 2) return [...compute(x)];
  const [first, second] = compute(tf.expandDims(x, 0));
  return [tf.squeeze(first, [0]), tf.squeeze(second, [0])];
}

function checkInput(what: string, x: tf.Tensor, rank: Rank, channels?: number): void {
  const fits = x.rank === rank + 2 || x.rank === rank + 1;
  if (!fits || (channels !== undefined && x.shape.at(-1) !== channels)) {
    const { many, axes, order } = INPUTS[rank];
    const last = channels === undefined ? 'channels' : `${channels} channel${channels === 1 ? '' : 's'}`;
    throw refusal(what, `${many} ${axes} with ${last} last (${order})`, x, hintFor(x, rank, channels));
  }
  checkFloat(what, x);
}

/** What makes the input fit, where its shape shows what was meant. */
function hintFor({ rank: axes, shape }: tf.Tensor, rank: Rank, channels?: number): string {
  const axis = axes - rank - 1; // of the channels in PyTorch's order
  if (rank === 2 && axes === 2) return `x.view(-1, h, w, ${channels ?? 'c'}) makes images of rows`;
  if (axis !== 0 && axis !== 1) return '';
  if (axis === 0 && channels === 1) return 'x.unsqueeze(-1) adds the channel';
  if (shape[axis] !== channels) return '';
  const places = Array.from({ length: rank }, (_, i) => axis + 1 + i);
  const turned = [...(axis === 1 ? [0] : []), ...places, axis].join(', ');
  return `x.permute(${turned}) turns PyTorch's order`;
}

/**
 * Checks that a window fits into padded inputs.
 * @param least how long each axis has to be
 * @throws TypeError for inputs that are smaller
 */
export function checkLengths(what: string, x: tf.Tensor, least: readonly number[]): void {
  if (least.every((length, i) => (x.shape[i + 1] ?? 0) >= length)) return;
  const { many, axes, unit } = INPUTS[least.length as Rank];
  throw refusal(what, `${many} ${axes} of at least ${least.join(' by ')} ${unit}`, x);
}
