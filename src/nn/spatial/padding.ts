/** Padding of sequences, images and volumes, as a function and as modules. */
import { pad as padAxes, padLimit, type PadMode, type PadPair } from '../../engine/ops/edges';
import { refusal, shapeText } from '../../engine/ops/sizes';
import * as tf from '../../engine/tf';
import { describe, python } from '../describe';
import { Module } from '../module';
import { onBatch, type Rank } from './unbatched';

export type { PadMode } from '../../engine/ops/edges';

/** What `pad` puts outside; by default zeros. */
export interface PadOptions {
  readonly mode?: PadMode;
  /** What stands outside in the mode `constant`. */
  readonly value?: number;
}

/**
 * PyTorch's `F.pad`: two numbers for each axis, what is put before it and behind, from the last axis on; negative ones
 * take off. Of images `[b, h, w, c]` and volumes `[b, d, h, w, c]` the axes are PyTorch's, so that the first pair is for
 * the columns and the channels come after rows, columns and depth. Other tensors are padded as they stand, except in
 * the modes `reflect`, `replicate` and `circular`: one pair is of `[b, l, c]` or `[l, c]`, two are of `[b, h, w, c]` or
 * `[h, w, c]`, three of `[b, d, h, w, c]` or `[d, h, w, c]`.
 * @throws TypeError for an odd count of numbers, more pairs than axes, or more than the mode can make
 */
export function pad(
  x: tf.Tensor,
  padding: readonly number[],
  { mode = 'constant', value = 0 }: PadOptions = {},
): tf.Tensor {
  if (padding.length % 2 !== 0 || !padding.every(Number.isInteger)) {
    throw refusal('pad', 'pairs of integers, two for each axis', `[${padding.join(', ')}]`);
  }
  const count = padding.length / 2;
  const axes = mode === 'constant' ? axesOf(x) : spatialAxes(x, count);
  if (count > axes.length) {
    const pairs = `at most ${axes.length} pairs for ${shapeText(x)} in the mode ${mode}`;
    throw refusal('pad', pairs, `${count} pairs`);
  }
  const pairs = x.shape.map((_, axis): PadPair => {
    const place = axes.indexOf(axis);
    return place < 0 || place >= count ? [0, 0] : [padding[2 * place] ?? 0, padding[2 * place + 1] ?? 0];
  });
  checkPairs(x, pairs, mode);
  return padAxes(x, pairs, mode, value);
}

/** The axes in the order of the pairs. */
function axesOf({ rank }: tf.Tensor): number[] {
  const spatial = rank === 4 || rank === 5 ? rank - 2 : 0;
  if (spatial === 0) return Array.from({ length: rank }, (_, i) => rank - 1 - i);
  return [...Array.from({ length: spatial }, (_, i) => rank - 2 - i), rank - 1, 0];
}

function spatialAxes({ rank }: tf.Tensor, count: number): number[] {
  if (rank !== count + 1 && rank !== count + 2) return [];
  return Array.from({ length: count }, (_, i) => rank - 2 - i);
}

function checkPairs(x: tf.Tensor, pairs: readonly PadPair[], mode: PadMode): void {
  pairs.forEach((pair, axis) => {
    const length = x.shape[axis] ?? 0;
    const limit = padLimit(mode, length);
    if (pair[0] > limit || pair[1] > limit) {
      throw refusal(
        'pad',
        `at most ${limit} places around ${length} in the mode ${mode}`,
        `${pair.join(' and ')}`,
      );
    }
    if (length + Math.min(pair[0], 0) + Math.min(pair[1], 0) < 0) {
      throw refusal('pad', `no more than ${length} places to take off`, `${pair.join(' and ')}`);
    }
  });
}

/** Numbers before and behind a sequence, or one for both. */
export type Padding1d = number | readonly [left: number, right: number];
/** Columns left and right, rows above and below, as PyTorch orders them, or one number for all. */
export type Padding2d = number | readonly [left: number, right: number, top: number, bottom: number];
/** Columns left and right, rows above and below, planes in front and behind, or one number for all. */
export type Padding3d =
  number | readonly [left: number, right: number, top: number, bottom: number, front: number, back: number];

/** What all padding layers share; the one class between a layer and Module. */
abstract class Padding extends Module {
  readonly padding: readonly number[];

  constructor(
    private readonly rank: Rank,
    padding: number | readonly number[],
    private readonly mode: PadMode,
    readonly value?: number,
  ) {
    super();
    this.padding = typeof padding === 'number' ? Array.from({ length: 2 * rank }, () => padding) : padding;
    if (this.padding.length !== 2 * rank || !this.padding.every(Number.isInteger)) {
      throw new RangeError(
        `Cannot build ${this.constructor.name}: padding must be one integer or ${2 * rank}, got ${String(padding)}`,
      );
    }
  }

  /** @throws TypeError unless x has the layer's axes, channels last, and the mode can make as much of it */
  forward(x: tf.Tensor): tf.Tensor {
    const { rank, mode, value, padding } = this;
    return onBatch(this.typeName(), x, { rank }, (batch) => {
      const pairs = batch.shape.map((_, axis): PadPair => {
        const place = rank - axis;
        return axis === 0 || axis > rank ? [0, 0] : [padding[2 * place] ?? 0, padding[2 * place + 1] ?? 0];
      });
      checkPairs(batch, pairs, mode);
      return padAxes(batch, pairs, mode, value);
    });
  }

  protected override extraRepr(): string {
    return python(this.padding);
  }
}

/** What the layers share that put a value outside. */
abstract class ConstantPadding extends Padding {
  constructor(rank: Rank, padding: number | readonly number[], value: number) {
    super(rank, padding, 'constant', value);
  }

  protected override extraRepr(): string {
    return describe({ padding: this.padding, value: this.value });
  }
}

/** Puts `value` around sequences `[b, l, c]`, or one of them. */
export class ConstantPad1d extends ConstantPadding {
  /** @throws RangeError unless `padding` is one integer or 2 */
  constructor(padding: Padding1d, value: number) {
    super(1, padding, value);
  }
}

/** Puts `value` around images `[b, h, w, c]`, or one of them. */
export class ConstantPad2d extends ConstantPadding {
  /** @throws RangeError unless `padding` is one integer or 4 */
  constructor(padding: Padding2d, value: number) {
    super(2, padding, value);
  }
}

/** Puts `value` around volumes `[b, d, h, w, c]`, or one of them. */
export class ConstantPad3d extends ConstantPadding {
  /** @throws RangeError unless `padding` is one integer or 6 */
  constructor(padding: Padding3d, value: number) {
    super(3, padding, value);
  }
}

/** Puts zeros around sequences `[b, l, c]`, or one of them. */
export class ZeroPad1d extends Padding {
  /** @throws RangeError unless `padding` is one integer or 2 */
  constructor(padding: Padding1d) {
    super(1, padding, 'constant', 0);
  }
}

/** Puts zeros around images `[b, h, w, c]`, or one of them. */
export class ZeroPad2d extends Padding {
  /** @throws RangeError unless `padding` is one integer or 4 */
  constructor(padding: Padding2d) {
    super(2, padding, 'constant', 0);
  }
}

/** Puts zeros around volumes `[b, d, h, w, c]`, or one of them. */
export class ZeroPad3d extends Padding {
  /** @throws RangeError unless `padding` is one integer or 6 */
  constructor(padding: Padding3d) {
    super(3, padding, 'constant', 0);
  }
}

/** Reflects at the edges of sequences `[b, l, c]`, or one of them. */
export class ReflectionPad1d extends Padding {
  /** @throws RangeError unless `padding` is one integer or 2 */
  constructor(padding: Padding1d) {
    super(1, padding, 'reflect');
  }
}

/** Reflects at the edges of images `[b, h, w, c]`, or one of them. */
export class ReflectionPad2d extends Padding {
  /** @throws RangeError unless `padding` is one integer or 4 */
  constructor(padding: Padding2d) {
    super(2, padding, 'reflect');
  }
}

/** Reflects at the edges of volumes `[b, d, h, w, c]`, or one of them. */
export class ReflectionPad3d extends Padding {
  /** @throws RangeError unless `padding` is one integer or 6 */
  constructor(padding: Padding3d) {
    super(3, padding, 'reflect');
  }
}

/** Repeats the edges of sequences `[b, l, c]`, or one of them. */
export class ReplicationPad1d extends Padding {
  /** @throws RangeError unless `padding` is one integer or 2 */
  constructor(padding: Padding1d) {
    super(1, padding, 'replicate');
  }
}

/** Repeats the edges of images `[b, h, w, c]`, or one of them. */
export class ReplicationPad2d extends Padding {
  /** @throws RangeError unless `padding` is one integer or 4 */
  constructor(padding: Padding2d) {
    super(2, padding, 'replicate');
  }
}

/** Repeats the edges of volumes `[b, d, h, w, c]`, or one of them. */
export class ReplicationPad3d extends Padding {
  /** @throws RangeError unless `padding` is one integer or 6 */
  constructor(padding: Padding3d) {
    super(3, padding, 'replicate');
  }
}

/** Goes on at the other end of sequences `[b, l, c]`, or one of them. */
export class CircularPad1d extends Padding {
  /** @throws RangeError unless `padding` is one integer or 2 */
  constructor(padding: Padding1d) {
    super(1, padding, 'circular');
  }
}

/** Goes on at the other end of images `[b, h, w, c]`, or one of them. */
export class CircularPad2d extends Padding {
  /** @throws RangeError unless `padding` is one integer or 4 */
  constructor(padding: Padding2d) {
    super(2, padding, 'circular');
  }
}

/** Goes on at the other end of volumes `[b, d, h, w, c]`, or one of them. */
export class CircularPad3d extends Padding {
  /** @throws RangeError unless `padding` is one integer or 6 */
  constructor(padding: Padding3d) {
    super(3, padding, 'circular');
  }
}
