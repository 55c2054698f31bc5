/** Images and volumes read at points of a grid, and grids of affine transforms: `F.grid_sample`, `F.affine_grid`. */
import { refusal } from '../../engine/ops/sizes';
import { warp, type WarpMode, type WarpPadding } from '../../engine/ops/warp';
import * as tf from '../../engine/tf';
import { checkFloat } from '../fitting';

/** What −1 and 1 mean: by default the outer edges of the outermost pixels, with `alignCorners` their centres. */
export interface GridOptions {
  readonly alignCorners?: boolean;
}

/** How `gridSample` reads; by default linearly between pixels, and zeros outside. */
export interface GridSampleOptions extends GridOptions {
  /** What stands between pixels; `bicubic` is for images alone. */
  readonly mode?: WarpMode;
  /** What is read outside: zeros, the nearest pixel, or the picture turned back at its edges. */
  readonly paddingMode?: WarpPadding;
}

const MODES: readonly WarpMode[] = ['bilinear', 'nearest', 'bicubic'];
const PADDINGS: readonly WarpPadding[] = ['zeros', 'border', 'reflection'];

/**
 * The values at the grid's points: `[b, h, w, c]` at `[b, h', w', 2]` → `[b, h', w', c]`; `[b, d, h, w, c]` at
 * `[b, d', h', w', 3]` → `[b, d', h', w', c]`. A point is (x, y) or (x, y, z), −1 … 1 from the first pixel to the last.
 * @throws TypeError unless both have one batch and the grid has a coordinate for each axis
 * @throws RangeError for a mode that there is not
 */
export function gridSample(x: tf.Tensor, grid: tf.Tensor, options: GridSampleOptions = {}): tf.Tensor {
  const { mode = 'bilinear', paddingMode = 'zeros', alignCorners = false } = options;
  chosen('mode', mode, MODES);
  chosen('paddingMode', paddingMode, PADDINGS);
  const axes = x.rank - 2;
  if ((axes !== 2 && axes !== 3) || x.shape.slice(1, -1).includes(0)) {
    throw refusal('gridSample', 'images [b, h, w, c] or volumes [b, d, h, w, c] that are not empty', x);
  }
  if (mode === 'bicubic' && axes === 3)
    throw refusal('gridSample', 'images [b, h, w, c] in the mode bicubic', x);
  checkFloat('gridSample', x);
  checkFloat('gridSample', grid, 'grid');
  const fits = grid.rank === x.rank && grid.shape[0] === x.shape[0] && grid.shape.at(-1) === axes;
  if (!fits) {
    const lengths = axes === 2 ? "h', w', 2" : "d', h', w', 3";
    throw refusal('gridSample', `a grid [${x.shape[0]}, ${lengths}]`, grid);
  }
  return warp(x, grid, { mode, padding: paddingMode, alignCorners });
}

function chosen(name: string, value: string, names: readonly string[]): void {
  if (names.includes(value)) return;
  throw new RangeError(`Cannot call gridSample: expected a ${name} of ${names.join(', ')}, got ${value}`);
}

/**
 * The grid that an affine transform makes of each place of the result, for `gridSample`: θ `[b, 2, 3]` and the size
 * `[b, h, w, c]` → `[b, h, w, 2]`; θ `[b, 3, 4]` and `[b, d, h, w, c]` → `[b, d, h, w, 3]`.
 * @param size of the result, channels last as everywhere here (PyTorch has them second)
 * @throws TypeError unless θ and the size belong together
 * @throws RangeError for sizes that are no integers of at least 1
 */
export function affineGrid(
  theta: tf.Tensor,
  size: readonly number[],
  { alignCorners = false }: GridOptions = {},
): tf.Tensor {
  const axes = size.length - 2;
  const [b = 0, ...lengths] = size.slice(0, -1);
  if ((axes !== 2 && axes !== 3) || !tf.util.arraysEqual(theta.shape, [b, axes, axes + 1])) {
    const expected = 'theta [b, 2, 3] with a size [b, h, w, c], or [b, 3, 4] with [b, d, h, w, c]';
    throw refusal('affineGrid', expected, `[${theta.shape.join(', ')}] and [${size.join(', ')}]`);
  }
  checkFloat('affineGrid', theta, 'theta');
  if (!size.every((n) => Number.isInteger(n) && n >= 1)) {
    throw new RangeError(
      `Cannot call affineGrid: expected sizes that are integers of at least 1, got ${size.join(', ')}`,
    );
  }
  const along = lengths.map((n, axis) => {
    const share = alignCorners || n === 1 ? 1 : (n - 1) / n;
    const places = n === 1 ? tf.zeros([1]) : tf.mul(tf.linspace(-1, 1, n), share);
    return tf.broadcastTo(tf.reshape(places, lengths.map((_, i) => (i === axis ? n : 1))), lengths); // prettier-ignore
  });
  const base = tf.stack([...along.reverse(), tf.ones(lengths)], -1); // [h, w, 3]: x, y, 1
  const points = tf.matMul(tf.reshape(base, [1, -1, axes + 1]), theta, false, true);
  return tf.reshape(points, [b, ...lengths, axes]);
}
