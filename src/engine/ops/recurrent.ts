/**
 * Recurrent layers over time-major sequences `[t, b, …]`: the input's share of all steps is one product outside the
 * loop; inside it only the hidden state's share remains.
 */
import * as tf from '../tf';
import { addBias } from './bias';
import { lstmStep } from './lstm';

/** Which step runs: PyTorch's LSTM, GRU, and RNN with either activation. */
export type Cell = 'lstm' | 'gru' | 'rnn_tanh' | 'rnn_relu';

/** Blocks of rows in the weights: the number of gates. */
export const GATES: Readonly<Record<Cell, number>> = { lstm: 4, gru: 3, rnn_tanh: 1, rnn_relu: 1 };

/** PyTorch's parameters of one layer and direction, G gates: `[G·h, in]`, `[G·h, h]`, `[G·h]` twice. */
export interface Weights {
  readonly input: tf.Tensor2D;
  readonly hidden: tf.Tensor2D;
  readonly inputBias?: tf.Tensor1D;
  readonly hiddenBias?: tf.Tensor1D;
  /** An LSTM's projection of the hidden state, `[p, h]`: PyTorch's `proj_size`. */
  readonly projection?: tf.Tensor2D;
}

/** Hidden state, and for the LSTM the cell beside it; `[b, h]` each. */
export type State = readonly tf.Tensor2D[];

/** How a sequence is run. */
export interface ScanOptions {
  readonly reverse?: boolean;
  /** Length of each sequence, int32 `[b]`; without them all run to the end. */
  readonly lengths?: tf.Tensor1D | undefined;
}

/** What a recurrent layer gives for a whole sequence. */
export interface Scan {
  /** The hidden state after each step, `[t, b, h]`; zero where the sequence has ended. */
  readonly output: tf.Tensor3D;
  readonly state: State;
}

/**
 * Runs one layer in one direction by the operations of single steps. Where there are lengths, a backward run keeps its
 * first state until a sequence's last element comes, so that it starts at the true end.
 * @param projected the input's share, see `project`
 */
export function stepwise(
  cell: Cell,
  projected: tf.Tensor3D,
  first: State,
  weights: Weights,
  { reverse = false, lengths }: ScanOptions = {},
): Scan {
  const [t] = projected.shape;
  const masks = lengths && masksOf(lengths, t);
  const steps = tf.unstack(projected);
  const outputs: tf.Tensor2D[] = [];
  let state = first;
  for (let n = 0; n < t; n++) {
    const at = reverse ? t - 1 - n : n;
    const next = step(cell, steps[at] as tf.Tensor, state, weights);
    const mask = masks?.[at];
    state = mask ? next.map((now, i) => mixed(state[i] as tf.Tensor, now, mask)) : next;
    const hidden = next[0] as tf.Tensor;
    outputs[at] = mask ? tf.mul(hidden, mask) : hidden;
  }
  return { output: tf.stack(outputs), state };
}

/** One step of a cell by itself: x `[b, in]`. */
export function cellStep(cell: Cell, x: tf.Tensor2D, state: State, weights: Weights): State {
  const projected = project(cell, tf.expandDims(x, 0), weights);
  return step(cell, tf.squeeze(projected, [0]), state, weights);
}

/** For each step which sequences still run, float32 `[b, 1]`. */
function masksOf(lengths: tf.Tensor1D, t: number): tf.Tensor2D[] {
  const times = tf.expandDims(tf.range(0, t, 1, 'int32'), 1); // [t, 1]
  const runs = tf.cast(tf.less(times, tf.expandDims(lengths, 0)), 'float32'); // [t, b]
  return tf.unstack(tf.expandDims(runs, 2));
}

/** The input's share of the gates at every step, `[t, b, G·h]`, with biases, of a GRU only the input's. */
export function project(cell: Cell, x: tf.Tensor3D, weights: Weights): tf.Tensor3D {
  const [t = 0, b = 0, size = 0] = x.shape;
  const rows = tf.reshape(x, [t * b, size]);
  const product = tf.matMul(rows, weights.input, false, true);
  const { inputBias, hiddenBias } = weights;
  // The GRU multiplies the hidden state's share, bias included, by a gate: its bias can not be added beforehand.
  const bias = inputBias && hiddenBias && cell !== 'gru' ? tf.add(inputBias, hiddenBias) : inputBias;
  const shifted = bias ? addBias(product, bias) : product;
  return tf.reshape(shifted, [t, b, -1]);
}

function step(cell: Cell, projected: tf.Tensor2D, state: State, weights: Weights): State {
  if (cell === 'lstm') {
    const { next } = lstmStep(projected, state as readonly [tf.Tensor2D, tf.Tensor2D], weights.hidden);
    const [hidden, memory] = next as [tf.Tensor2D, tf.Tensor2D];
    return weights.projection ? [tf.matMul(hidden, weights.projection, false, true), memory] : next;
  }
  const hidden = state[0] as tf.Tensor;
  if (cell === 'gru') return [gruStep(projected, hidden, weights)];
  const sum = tf.add(projected, tf.matMul(hidden, weights.hidden, false, true));
  return [cell === 'rnn_tanh' ? tf.tanh(sum) : tf.relu(sum)];
}

/**
 * One step of a gated recurrent unit: Cho et al., 2014, https://arxiv.org/abs/1406.1078. With reset, update and new
 * gates r, z, n: h' = (1 − σ(z))·tanh(n + σ(r)·hidden share of n) + σ(z)·h.
 */
function gruStep(projected: tf.Tensor2D, hidden: tf.Tensor2D, weights: Weights): tf.Tensor2D {
  const product = tf.matMul(hidden, weights.hidden, false, true);
  const own = weights.hiddenBias ? addBias(product, weights.hiddenBias) : product;
  const [xr, xz, xn] = tf.split(projected, 3, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const [hr, hz, hn] = tf.split(own, 3, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const update = tf.sigmoid(tf.add(xz, hz));
  const fresh = tf.tanh(tf.add(xn, tf.mul(tf.sigmoid(tf.add(xr, hr)), hn)));
  return mixed(fresh, hidden, update);
}

/** a where the share is 0, b where it is 1. */
function mixed(a: tf.Tensor2D, b: tf.Tensor2D, share: tf.Tensor): tf.Tensor2D {
  return tf.add(a, tf.mul(share, tf.sub(b, a)));
}
