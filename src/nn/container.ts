import { refusal } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import { describe } from './describe';
import { childLine, Layer, Module } from './module';
import { flatten } from './shape';

/** Modules in a row; state names are `0.weight`, `1.weight`, …. */
abstract class Row<M extends Module> extends Module {
  protected readonly items: readonly M[];

  constructor(items: Iterable<M>) {
    super();
    this.items = [...items];
  }

  /** The number of modules. */
  get length(): number {
    return this.items.length;
  }

  /** The module at an index; negative ones count from the end. */
  at(index: number): M | undefined {
    return this.items.at(index);
  }

  /** The modules in order, for loops. */
  [Symbol.iterator](): Iterator<M> {
    return this.items[Symbol.iterator]();
  }

  override namedChildren(): [string, Module][] {
    return this.items.map((item, i) => [String(i), item]);
  }
}

/** Applies its layers one after another; state names are `0.weight`, `1.weight`, …. Without layers: the identity. */
export class Sequential extends Row<Layer> {
  constructor(...layers: readonly Layer[]) {
    super(layers);
  }

  /** Calls the layers one after the other. */
  forward(x: tf.Tensor): tf.Tensor {
    return this.items.reduce((value, layer) => layer.forward(value), x);
  }
}

/** A list of modules that Module can see; iterate over it in `forward`. State names are `0.weight`, …. */
export class ModuleList<M extends Module = Layer> extends Row<M> {
  /**
   * A list is not called itself.
   * @throws TypeError always
   */
  forward(): never {
    throw new TypeError(
      'Cannot call a ModuleList: expected a loop over its modules, got a call of forward()',
    );
  }

  /** Runs of equal modules stand in one entry, as in PyTorch: `(0-5): 6 x TransformerEncoderLayer(…)`. */
  protected override childLines(): string[] {
    const runs: { first: number; last: number; item: M }[] = [];
    for (const [i, item] of this.items.entries()) {
      const run = runs.at(-1);
      if (run && String(run.item) === String(item)) run.last = i;
      else runs.push({ first: i, last: i, item });
    }
    return runs.map(({ first, last, item }) =>
      first === last
        ? childLine(String(first), item)
        : childLine(`${first}-${last}`, item).replace(': ', `: ${last - first + 1} x `),
    );
  }
}

/** Flattens the axes from `startDim` to `endDim` (inclusive) into one, in PyTorch's channel order; see `flatten`. */
export class Flatten extends Module {
  constructor(
    readonly startDim = 1,
    readonly endDim = -1,
  ) {
    super();
  }

  forward(x: tf.Tensor): tf.Tensor {
    return flatten(x, this.startDim, this.endDim);
  }

  protected override extraRepr(): string {
    const { startDim, endDim } = this;
    return describe({ startDim, endDim });
  }
}

/** Gives back what it gets; takes and ignores any arguments, as PyTorch's does. */
export class Identity extends Module {
  constructor(...ignored: readonly unknown[]) {
    super();
    void ignored;
  }

  forward<T extends tf.Tensor>(x: T): T {
    return x;
  }
}

/**
 * Splits one axis into several, of which one may be −1. The axis counts in our order, in which channels are the last.
 * @throws RangeError for no axis, TypeError for sizes that do not multiply to that of the axis
 */
export function unflatten(x: tf.Tensor, dim: number, sizes: readonly number[]): tf.Tensor {
  const axis = dim < 0 ? dim + x.rank : dim;
  const size = x.shape[axis];
  if (size === undefined) {
    throw new RangeError(
      `Cannot call unflatten: expected an axis of a tensor [${x.shape.join(', ')}], got ${dim}`,
    );
  }
  const known = sizes.reduce((product, n) => (n === -1 ? product : product * n), 1);
  const open = sizes.filter((n) => n === -1).length;
  if (open > 1 || (open === 1 ? size % known !== 0 : size !== known)) {
    throw refusal('unflatten', `sizes that make ${size} together`, `[${sizes.join(', ')}]`);
  }
  const made = sizes.map((n) => (n === -1 ? size / known : n));
  return tf.reshape(x, [...x.shape.slice(0, axis), ...made, ...x.shape.slice(axis + 1)]);
}

/** `unflatten` as a module. */
export class Unflatten extends Module {
  constructor(
    readonly dim: number,
    readonly unflattenedSize: readonly number[],
  ) {
    super();
  }

  forward(x: tf.Tensor): tf.Tensor {
    return unflatten(x, this.dim, this.unflattenedSize);
  }

  protected override extraRepr(): string {
    const { dim, unflattenedSize } = this;
    return describe({ dim, unflattenedSize });
  }
}
