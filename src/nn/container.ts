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
