/** How a pool's window moves, checked: what the pools of all kinds and ranks share. */
import { pooledLengths, type PoolOptions as Movement } from '../../engine/ops/pool';
import type * as tf from '../../engine/tf';
import { checkedSizes, type SizeNd } from '../checks';
import { checkLengths, type Rank } from './unbatched';

/** How a window moves; by default by its own size, without padding, and only where all of it fits. */
export interface PoolOptions<Size extends SizeNd> {
  /** Steps between windows; the window's own size unless given. */
  readonly stride?: Size | undefined;
  readonly padding?: Size;
  /** Whether a window that reaches over the end counts, too. */
  readonly ceilMode?: boolean;
}

/**
 * The options with a number for each axis.
 * @throws RangeError for sizes that are no such integers, and padding of more than half the window
 */
export function windowOf(
  what: string,
  rank: Rank,
  kernelSize: SizeNd,
  options: PoolOptions<SizeNd> & { readonly dilation?: SizeNd },
): Movement {
  const { stride = kernelSize, padding = 0, dilation = 1, ceilMode = false } = options;
  const checked = (name: string, size: SizeNd, least: number) =>
    checkedSizes(what, name, { size, rank, least });
  const window = {
    kernelSize: checked('kernelSize', kernelSize, 1),
    stride: checked('stride', stride, 1),
    padding: checked('padding', padding, 0),
    dilation: checked('dilation', dilation, 1),
    ceilMode,
  };
  const reach = window.dilation.map((distance, i) => distance * ((window.kernelSize[i] ?? 1) - 1) + 1);
  if (window.padding.every((places, i) => places * 2 <= (reach[i] ?? 0))) return window;
  throw new RangeError(
    `Cannot build ${what}: padding must be at most half of kernelSize ${window.kernelSize.join(', ')}, ` +
      `got ${window.padding.join(', ')}`,
  );
}

/**
 * Checks that there is a window in the inputs at all: TensorFlow would give none.
 * @throws TypeError for smaller inputs
 */
export function checkWindow(what: string, x: tf.Tensor, window: Movement): void {
  if (pooledLengths(x, window).every((count) => count >= 1)) return;
  const least = window.kernelSize.map((size, i) => {
    const reach = (window.dilation[i] ?? 1) * (size - 1) + 1;
    return Math.max(
      reach - 2 * (window.padding[i] ?? 0) - (window.ceilMode ? (window.stride[i] ?? 1) - 1 : 0),
      1,
    );
  });
  checkLengths(what, x, least);
}
