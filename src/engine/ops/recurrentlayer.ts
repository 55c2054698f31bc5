/** One recurrent layer in one or both directions, by cuDNN where that is possible, else by `scan`. */
import { guard } from '../recording/guards';
import * as tf from '../tf';
import { cudnnLayer, isCudnnCell, type LayerRun, usesCudnn } from './cudnn';
import { type Cell, scan, type State, type Weights } from './recurrent';

/**
 * Runs a layer over `[t, b, …]`, with the first state and the weights of each direction.
 * @param masks as for `scan`
 */
type RunLayer = (
  cell: Cell,
  x: tf.Tensor3D,
  firsts: readonly State[],
  weights: readonly Weights[],
  masks?: readonly tf.Tensor2D[],
) => LayerRun;

/** `scan` in each direction, the second of two backwards. */
export const scanLayer: RunLayer = (cell, x, firsts, weights, masks) => {
  const runs = firsts.map((first, d) =>
    scan(cell, x, first, weights[d] as Weights, { reverse: d === 1, masks }),
  );
  const outputs = runs.map(({ output }) => output);
  const [only] = outputs;
  const output = outputs.length === 1 && only ? only : tf.concat(outputs, 2);
  return { output, states: runs.map(({ state }) => state) };
};

/** By cuDNN where that is possible; sequences of different lengths are not left to it. */
export const recurrentLayer: RunLayer = (cell, x, firsts, weights, masks) => {
  const projected = weights.some(({ projection }) => projection !== undefined);
  const cudnn = !masks && !projected && isCudnnCell(cell) && guard(() => usesCudnn(cell));
  return cudnn ? cudnnLayer(cell, x, firsts, weights) : scanLayer(cell, x, firsts, weights, masks);
};
