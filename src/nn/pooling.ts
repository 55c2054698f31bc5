/** Pooling over images `[b, h, w, c]`, as functions and as modules. */
import * as ops from '../engine/ops/pool';
import * as tf from '../engine/tf';
import { checkedPair, pair, Size2d } from './checks';
import { describe, python } from './describe';
import { checkReach, imageSizes } from './fitting';
import { Module } from './module';

/** How the window moves; by default by its own size, without padding. */
export interface PoolOptions {
  /** Steps between windows; the window's own size unless given. */
  readonly stride?: Size2d;
  readonly padding?: Size2d;
}

/** How the window moves and what its mean is of; by default zeros of the padding count. */
export interface AvgPoolOptions extends PoolOptions {
  /** Whether the zeros of the padding count in the mean. */
  readonly countIncludePad?: boolean;
}

/** The largest value of each window, `[b, h, w, c]` → `[b, h', w', c]`. */
export function maxPool2d(x: tf.Tensor4D, kernelSize: Size2d, options: PoolOptions = {}): tf.Tensor4D {
  return ops.maxPool2d(x, fitting('maxPool2d', x, windows('maxPool2d', kernelSize, options)));
}

/** The mean of each window, `[b, h, w, c]` → `[b, h', w', c]`. */
export function avgPool2d(x: tf.Tensor4D, kernelSize: Size2d, options: AvgPoolOptions = {}): tf.Tensor4D {
  const sizes = fitting('avgPool2d', x, windows('avgPool2d', kernelSize, options));
  return ops.avgPool2d(x, sizes, options.countIncludePad);
}

/** Means over as many windows as the result has pixels, whatever the size of the image. */
export function adaptiveAvgPool2d(x: tf.Tensor4D, outputSize: Size2d): tf.Tensor4D {
  imageSizes('adaptiveAvgPool2d', x);
  return ops.adaptiveAvgPool2d(x, checkedPair('adaptiveAvgPool2d', 'outputSize', outputSize, 1));
}

/** `maxPool2d` as a module; `new MaxPool2d(2)` halves an image. */
export class MaxPool2d extends Module {
  readonly padding: Size2d;

  constructor(
    readonly kernelSize: Size2d,
    readonly stride: Size2d = kernelSize,
    { padding = 0 }: Pick<PoolOptions, 'padding'> = {},
  ) {
    super();
    this.padding = padding;
    windows('MaxPool2d', kernelSize, this);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return ops.maxPool2d(x, fitting(this.typeName(), x, windows(this.typeName(), this.kernelSize, this)));
  }

  protected override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return describe({ kernelSize, stride, padding, dilation: 1, ceilMode: false });
  }
}

/** `avgPool2d` as a module. */
export class AvgPool2d extends Module {
  readonly padding: Size2d;
  readonly countIncludePad: boolean;

  constructor(
    readonly kernelSize: Size2d,
    readonly stride: Size2d = kernelSize,
    { padding = 0, countIncludePad = true }: Omit<AvgPoolOptions, 'stride'> = {},
  ) {
    super();
    [this.padding, this.countIncludePad] = [padding, countIncludePad];
    windows('AvgPool2d', kernelSize, this);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const sizes = fitting(this.typeName(), x, windows(this.typeName(), this.kernelSize, this));
    return ops.avgPool2d(x, sizes, this.countIncludePad);
  }

  protected override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return describe({ kernelSize, stride, padding });
  }
}

/** `adaptiveAvgPool2d` as a module; `new AdaptiveAvgPool2d(1)` is the mean over the whole image. */
export class AdaptiveAvgPool2d extends Module {
  constructor(readonly outputSize: Size2d) {
    super();
    checkedPair('AdaptiveAvgPool2d', 'outputSize', outputSize, 1);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    imageSizes(this.typeName(), x);
    return ops.adaptiveAvgPool2d(x, pair(this.outputSize));
  }

  protected override extraRepr(): string {
    return `output_size=${python(this.outputSize)}`;
  }
}

/** The sizes, after a check that there is a window in the images at all: TensorFlow would give none. */
function fitting(what: string, x: tf.Tensor, sizes: ops.PoolOptions): ops.PoolOptions {
  imageSizes(what, x);
  checkReach(what, x, sizes.kernelSize, [2 * sizes.padding[0], 2 * sizes.padding[1]]);
  return sizes;
}

function windows(
  what: string,
  kernelSize: Size2d,
  { stride = kernelSize, padding = 0 }: PoolOptions,
): ops.PoolOptions {
  const sizes = {
    kernelSize: checkedPair(what, 'kernelSize', kernelSize, 1),
    stride: checkedPair(what, 'stride', stride, 1),
    padding: checkedPair(what, 'padding', padding, 0),
  };
  if (sizes.padding.every((zeros, i) => zeros * 2 <= (sizes.kernelSize[i] ?? 0))) return sizes;
  throw new RangeError(
    `Cannot build ${what}: padding must be at most half of kernelSize ${sizes.kernelSize.join(', ')}, ` +
      `got ${sizes.padding.join(', ')}`,
  );
}
