import * as tf from '../../engine/tf';
import { describe } from './describe';
import { Layer, Module } from './module';
import { flatten } from './shape';

/** Applies its layers one after another; state names are `0.weight`, `1.weight`, …. Without layers: the identity. */
export class Sequential extends Module {
  private readonly layers: readonly Layer[];

  constructor(...layers: readonly Layer[]) {
    super();
    this.layers = layers;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.layers.reduce((value, layer) => layer.forward(value), x);
  }

  /** The number of layers. */
  get length(): number {
    return this.layers.length;
  }

  /** The layer at an index; negative ones count from the end. */
  at(index: number): Layer | undefined {
    return this.layers.at(index);
  }

  [Symbol.iterator](): Iterator<Layer> {
    return this.layers[Symbol.iterator]();
  }

  override namedChildren(): [string, Module][] {
    return this.layers.map((layer, i) => [String(i), layer]);
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
