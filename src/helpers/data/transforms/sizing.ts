/**
 * Sizes drawn at random. A batch has one size, so that all of its images draw together; and a step that was recorded has
 * one for ever, so that there they are refused.
 */
import { sizesOf } from '../../../engine/ops/sizes';
import { random, randomInt } from '../../../engine/random';
import { activeRecording } from '../../../engine/recording/active';
import * as tf from '../../../engine/tf';
import type { Transform } from '../dataset';
import { pad } from './borders';
import { checkProbability, type Range, type Size } from './geometric';
import { resize, type ResizeOptions } from './resize';

/** How a new size is made up: everything of `Resize` but its own `maxSize`. */
export type SizingOptions = Omit<ResizeOptions, 'maxSize'>;

/** What all of them do: draw a size, and give the images that size. */
abstract class Sizing implements Transform {
  constructor(protected readonly options: SizingOptions) {}

  /** Height and width of the result, or its shorter edge. */
  protected abstract draw(size: Size): Size | number;

  /** @throws Error while a step is recorded */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [, h, w] = sizesOf(this.constructor.name, x, '[b, h, w, c]');
    checkUnrecorded(this.constructor.name);
    return resize(x, this.draw([h, w]), this.options);
  }
}

function checkUnrecorded(what: string): void {
  if (!activeRecording()) return;
  throw new Error(
    `Cannot apply ${what}: expected plain code, since the size of its result is drawn, got a step that is recorded`,
  );
}

/** A number between both, evenly. */
const between = ([low, high]: Range): number => low + random() * (high - low);

/** Gives the shorter edge a length from `minSize` to below `maxSize`. */
export class RandomResize extends Sizing {
  /** @throws RangeError unless 1 ≤ minSize < maxSize, integers */
  constructor(
    readonly minSize: number,
    readonly maxSize: number,
    options: SizingOptions = {},
  ) {
    super(options);
    const whole = Number.isInteger(minSize) && Number.isInteger(maxSize);
    if (whole && minSize >= 1 && minSize < maxSize) return;
    throw new RangeError(
      `Cannot build RandomResize: expected integers 1 ≤ minSize < maxSize, got ${minSize} and ${maxSize}`,
    );
  }

  protected draw(): number {
    return this.minSize + randomInt(this.maxSize - this.minSize);
  }
}

/** Gives the shorter edge one of several lengths, less where the longer one would pass `maxSize`. */
export class RandomShortestSize extends Sizing {
  readonly minSize: readonly number[];

  /** @throws RangeError unless there are lengths of at least 1 */
  constructor(
    minSize: number | readonly number[],
    readonly maxSize?: number,
    options: SizingOptions = {},
  ) {
    super(options);
    this.minSize = typeof minSize === 'number' ? [minSize] : minSize;
    if (this.minSize.length > 0 && this.minSize.every((size) => size >= 1)) return;
    throw new RangeError(
      `Cannot build RandomShortestSize: expected lengths of at least 1, got ${this.minSize.join(', ') || 'none'}`,
    );
  }

  protected draw([h, w]: Size): Size {
    const short = this.minSize[randomInt(this.minSize.length)] ?? 1;
    const factor = Math.min(short / Math.min(h, w), (this.maxSize ?? Infinity) / Math.max(h, w));
    return [Math.trunc(h * factor), Math.trunc(w * factor)];
  }
}

/** Scales images to fit into `targetSize`, times a factor of `scaleRange`. */
export class ScaleJitter extends Sizing {
  readonly scaleRange: Range;

  /** @param options the range, 0.1 … 2 unless given, and those of `Resize` */
  constructor(
    readonly targetSize: Size,
    { scaleRange = [0.1, 2], ...options }: SizingOptions & { readonly scaleRange?: Range } = {},
  ) {
    super(options);
    this.scaleRange = scaleRange;
  }

  protected draw([h, w]: Size): Size {
    const [first, second] = this.targetSize;
    const factor = Math.min(second / h, first / w) * between(this.scaleRange); // torchvision's order of both
    return [Math.trunc(h * factor), Math.trunc(w * factor)];
  }
}

/** Puts images somewhere on a larger canvas with probability `p`. */
export class RandomZoomOut implements Transform {
  readonly fill: number | readonly number[];
  readonly sideRange: Range;
  readonly p: number;

  /** @throws RangeError unless 1 ≤ sideRange, rising, and p is in 0 … 1 */
  constructor({
    fill = 0,
    sideRange = [1, 4],
    p = 0.5,
  }: { readonly fill?: number | readonly number[]; readonly sideRange?: Range; readonly p?: number } = {}) {
    checkProbability('RandomZoomOut', p);
    [this.fill, this.sideRange, this.p] = [fill, sideRange, p];
    if (sideRange[0] >= 1 && sideRange[0] <= sideRange[1]) return;
    throw new RangeError(
      `Cannot build RandomZoomOut: expected a sideRange that rises from at least 1, got ${sideRange.join(' … ')}`,
    );
  }

  /** @throws Error while a step is recorded */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [, h, w] = sizesOf('RandomZoomOut', x, '[b, h, w, c]');
    checkUnrecorded('RandomZoomOut');
    if (random() >= this.p) return x;
    const factor = between(this.sideRange);
    const [more, wider] = [Math.trunc(h * factor) - h, Math.trunc(w * factor) - w];
    const [left, top] = [Math.trunc(wider * random()), Math.trunc(more * random())];
    return tf.tidy(() => pad(x, [left, top, wider - left, more - top], { fill: this.fill }));
  }
}
