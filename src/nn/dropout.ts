import { dropout } from '../engine/ops/dropout';
import { guard } from '../engine/recording/guards';
import * as tf from '../engine/tf';
import { describe, float } from './describe';
import { Module } from './module';

/** While training, sets each element to zero with probability p and scales the rest by 1 / (1 − p). */
export class Dropout extends Module {
  /** @throws RangeError unless `p` is in [0, 1] */
  constructor(public p = 0.5) {
    super();
    if (!(p >= 0 && p <= 1)) throw new RangeError(`Cannot build Dropout: p must be in [0, 1], got ${p}`);
  }

  forward(x: tf.Tensor): tf.Tensor {
    return dropoutWhileTraining(this, x, () => this.p);
  }

  protected override extraRepr(): string {
    return describe({ p: float(this.p), inplace: false });
  }
}

/** Drops out while the module trains; a share that has changed makes compiled functions record anew. */
export function dropoutWhileTraining(module: Module, x: tf.Tensor, p: () => number): tf.Tensor {
  return module.training ? dropout(x, guard(p)) : x;
}
