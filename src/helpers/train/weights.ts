/** Copies of a model's state in JavaScript's memory, to try something and go back. */
import * as tf from '../../engine/tf';
import type { Module } from '../../nn/module';

/** The numbers of one tensor, in row-major order. */
export type Values = Float32Array | Int32Array | Uint8Array;

/** Values of parameters and buffers by name. */
export type SavedState = Map<string, Values>;

/** Copies the values of all parameters and buffers out of a model. */
export function saveState(model: Module): SavedState {
  return new Map([...model.stateDict()].map(([name, variable]) => [name, variable.dataSync().slice()]));
}

/** Writes a copy back into the variables it was taken from. */
export function restoreState(model: Module, saved: SavedState): void {
  tf.tidy(() => {
    for (const [name, variable] of model.stateDict()) {
      const values = saved.get(name);
      if (!values)
        throw new RangeError(
          `Cannot restore weights: expected "${name}" among ${[...saved.keys()].join(', ')}`,
        );
      variable.assign(tf.tensor(values, variable.shape, variable.dtype));
    }
  });
}
