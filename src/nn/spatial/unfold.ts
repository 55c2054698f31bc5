/** Patches of images as rows, and images of patches. */
import { refusal } from '../../engine/ops/sizes';
import { addWindows, gatherWindows, movingWindows, type Windows } from '../../engine/ops/windows';
import * as tf from '../../engine/tf';
import { checkedSizes, type Size2d } from '../checks';
import { describe } from '../describe';
import { checkFloat } from '../fitting';
import { Module } from '../module';
import { checkLengths, onBatch } from './unbatched';

/** How the patches lie: their distance, the distance of their pixels, zeros around the image. */
export interface UnfoldOptions {
  readonly dilation?: Size2d;
  readonly padding?: Size2d;
  readonly stride?: Size2d;
}

type Pair = readonly [number, number];

interface Patches {
  readonly kernelSize: Pair;
  readonly dilation: Pair;
  readonly padding: Pair;
  readonly stride: Pair;
}

/**
 * The patches of images, `[b, h, w, c]` → `[b, n, c · kh · kw]`: each row a patch in PyTorch's order, channel by channel
 * and in it row by row (PyTorch itself has the patches last).
 * @throws TypeError for images that are smaller than a patch
 */
export function unfold(x: tf.Tensor, kernelSize: Size2d, options: UnfoldOptions = {}): tf.Tensor {
  return unfoldBy('unfold', x, patchesOf('unfold', kernelSize, options));
}

/**
 * Lays patches `[b, n, c · kh · kw]` on an image of the given size and adds where they meet: `[b, h, w, c]`. The
 * transpose of `unfold`.
 * @throws TypeError unless there are as many patches as the size has
 */
export function fold(
  x: tf.Tensor,
  outputSize: Size2d,
  kernelSize: Size2d,
  options: UnfoldOptions = {},
): tf.Tensor {
  const size = pair('fold', 'outputSize', outputSize, 1);
  return foldBy('fold', x, size, patchesOf('fold', kernelSize, options));
}

function pair(what: string, name: string, size: Size2d, least: number): Pair {
  return checkedSizes(what, name, { size, rank: 2, least }) as Pair;
}

function patchesOf(what: string, kernelSize: Size2d, options: UnfoldOptions): Patches {
  const { dilation = 1, padding = 0, stride = 1 } = options;
  return {
    kernelSize: pair(what, 'kernelSize', kernelSize, 1),
    dilation: pair(what, 'dilation', dilation, 1),
    padding: pair(what, 'padding', padding, 0),
    stride: pair(what, 'stride', stride, 1),
  };
}

/** The places of the patches along rows and columns of the padded image. */
function placesOf(size: Pair, { kernelSize, dilation, padding, stride }: Patches): [Windows, Windows] {
  const along = (axis: 0 | 1): Windows => {
    const reach = dilation[axis] * (kernelSize[axis] - 1) + 1;
    const count = Math.floor((size[axis] + 2 * padding[axis] - reach) / stride[axis]) + 1;
    const movement = { kernelSize: kernelSize[axis], stride: stride[axis], dilation: dilation[axis] };
    return movingWindows(Math.max(count, 0), movement);
  };
  return [along(0), along(1)];
}

function unfoldBy(what: string, x: tf.Tensor, patches: Patches): tf.Tensor {
  const { kernelSize, dilation, padding } = patches;
  return onBatch(what, x, { rank: 2 }, (batch) => {
    const least = kernelSize.map((size, i) => (dilation[i] ?? 1) * (size - 1) + 1 - 2 * (padding[i] ?? 0));
    checkLengths(what, batch, least);
    const [b = 0, h = 0, w = 0, c = 0] = batch.shape;
    const [rows, columns] = placesOf([h, w], patches);
    const [down, right] = padding;
    const wide = tf.pad(batch, [
      [0, 0],
      [down, down],
      [right, right],
      [0, 0],
    ]);
    const all = gatherWindows(gatherWindows(wide, 1, rows), 3, columns); // [b, n, kh, m, kw, c]
    const size = c * kernelSize[0] * kernelSize[1];
    return tf.reshape(tf.transpose(all, [0, 1, 3, 5, 2, 4]), [b, rows.length * columns.length, size]);
  });
}

function foldBy(what: string, x: tf.Tensor, size: Pair, patches: Patches): tf.Tensor {
  const { kernelSize, padding } = patches;
  const [rows, columns] = placesOf(size, patches);
  const area = kernelSize[0] * kernelSize[1];
  const [n = 0, width = 0] = x.shape.slice(-2);
  const count = rows.length * columns.length;
  if ((x.rank !== 3 && x.rank !== 2) || n !== count || width % area !== 0) {
    const turned = x.rank === 3 && x.shape[2] === count ? "x.transpose(1, 2) turns PyTorch's order" : '';
    throw refusal(what, `patches [b, ${count}, c · ${area}]`, x, turned);
  }
  checkFloat(what, x);
  const [b, c] = [x.rank === 3 ? (x.shape[0] ?? 0) : 1, width / area];
  const parts = tf.reshape(x, [b, rows.length, columns.length, c, ...kernelSize]);
  const all = tf.transpose(parts, [0, 1, 4, 2, 5, 3]); // [b, n, kh, m, kw, c]
  const [height, breadth] = [size[0] + 2 * padding[0], size[1] + 2 * padding[1]];
  const wide = addWindows(addWindows(all, 3, columns, breadth), 1, rows, height);
  const image = tf.slice(wide, [0, padding[0], padding[1], 0], [b, ...size, c]);
  return x.rank === 3 ? image : tf.squeeze(image, [0]);
}

/** `unfold` as a module. */
export class Unfold extends Module {
  readonly dilation: Size2d;
  readonly padding: Size2d;
  readonly stride: Size2d;

  /** @throws RangeError unless sizes are integers */
  constructor(
    readonly kernelSize: Size2d,
    { dilation = 1, padding = 0, stride = 1 }: UnfoldOptions = {},
  ) {
    super();
    [this.dilation, this.padding, this.stride] = [dilation, padding, stride];
    patchesOf('Unfold', kernelSize, this);
  }

  /** @throws TypeError unless x is `[b, h, w, c]` or `[h, w, c]` and not smaller than a patch */
  forward(x: tf.Tensor): tf.Tensor {
    return unfoldBy(this.typeName(), x, patchesOf(this.typeName(), this.kernelSize, this));
  }

  protected override extraRepr(): string {
    const { kernelSize, dilation, padding, stride } = this;
    return describe({ kernelSize, dilation, padding, stride });
  }
}

/** `fold` as a module. */
export class Fold extends Module {
  readonly dilation: Size2d;
  readonly padding: Size2d;
  readonly stride: Size2d;

  /** @throws RangeError unless sizes are integers */
  constructor(
    readonly outputSize: Size2d,
    readonly kernelSize: Size2d,
    { dilation = 1, padding = 0, stride = 1 }: UnfoldOptions = {},
  ) {
    super();
    [this.dilation, this.padding, this.stride] = [dilation, padding, stride];
    pair('Fold', 'outputSize', outputSize, 1);
    patchesOf('Fold', kernelSize, this);
  }

  /** @throws TypeError unless x is `[b, n, c · kh · kw]` of as many patches as the size has */
  forward(x: tf.Tensor): tf.Tensor {
    const size = pair(this.typeName(), 'outputSize', this.outputSize, 1);
    return foldBy(this.typeName(), x, size, patchesOf(this.typeName(), this.kernelSize, this));
  }

  protected override extraRepr(): string {
    const { outputSize, kernelSize, dilation, padding, stride } = this;
    return describe({ outputSize, kernelSize, dilation, padding, stride });
  }
}
