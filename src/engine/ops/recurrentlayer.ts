/** One recurrent layer in one or both directions, by cuDNN where that is possible, else by `scan`. */
import { isNative } from '../backend/rawops';
import { guard } from '../recording/guards';
import * as tf from '../tf';
import { cudnnLayer, isCudnnCell, type LayerRun, usesCudnn } from './cudnn';
import { fusedLayer, fusedScan, isFused } from './fusedscan';
import { lstmScan } from './lstmscan';
import { mayHaveGradients } from './own';
import {
  type Cell,
  project,
  type Scan,
  type ScanOptions,
  type State,
  stepwise,
  type Weights,
} from './recurrent';

/**
 * Runs a layer over `[t, b, …]`, with the first state and the weights of each direction, and where they differ the
 * lengths of the sequences, int32 `[b]`.
 */
type RunLayer = (
  cell: Cell,
  x: tf.Tensor3D,
  firsts: readonly State[],
  weights: readonly Weights[],
  lengths?: tf.Tensor1D,
) => LayerRun;

/** Runs one layer in one direction by the fewest operations that there are for it. */
export function scan(
  cell: Cell,
  x: tf.Tensor3D,
  first: State,
  weights: Weights,
  options: ScanOptions = {},
): Scan {
  const fused = isFused(weights);
  if (fused && !mayHaveGradients()) return fusedLayer(cell, x, first, weights, options);
  const projected = project(cell, x, weights);
  if (fused) return fusedScan(cell, projected, first, weights, options);
  const { reverse = false, lengths } = options;
  if (cell === 'lstm' && !lengths && !weights.projection && isNative()) {
    return lstmScan(projected, first as readonly [tf.Tensor2D, tf.Tensor2D], weights.hidden, reverse);
  }
  return stepwise(cell, projected, first, weights, options);
}

/** `scan` in each direction, the second of two backwards. */
export const scanLayer: RunLayer = (cell, x, firsts, weights, lengths) => {
  const runs = firsts.map((first, d) =>
    scan(cell, x, first, weights[d] as Weights, { reverse: d === 1, lengths }),
  );
  const outputs = runs.map(({ output }) => output);
  const [only] = outputs;
  const output = outputs.length === 1 && only ? only : tf.concat(outputs, 2);
  return { output, states: runs.map(({ state }) => state) };
};

/** By cuDNN where that is possible; sequences of different lengths are not left to it. */
export const recurrentLayer: RunLayer = (cell, x, firsts, weights, lengths) => {
  const projected = weights.some(({ projection }) => projection !== undefined);
  const cudnn = !lengths && !projected && isCudnnCell(cell) && guard(() => usesCudnn(cell));
  return cudnn ? cudnnLayer(cell, x, firsts, weights) : scanLayer(cell, x, firsts, weights, lengths);
};
