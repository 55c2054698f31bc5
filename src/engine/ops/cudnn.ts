/**
 * LSTM and GRU by cuDNN, one layer in one or both directions at a time: Chetlur et al., "cuDNN: Efficient Primitives for
 * Deep Learning", 2014, https://arxiv.org/abs/1410.0759. Only on a GPU, and only after cudnncheck.ts found on this
 * machine that it gives the numbers of the form in recurrent.ts.
 */
import { withGradient } from '../autograd/gradient';
import { type Attributes, executeMany } from '../backend/rawops';
import * as tf from '../tf';
import { type Cell, GATES, type State, type Weights } from './recurrent';

/** The cells that cuDNN computes as PyTorch defines them. */
export type CudnnCell = Extract<Cell, 'lstm' | 'gru'>;

/** Whether cuDNN has this cell. */
export const isCudnnCell = (cell: Cell): cell is CudnnCell => cell === 'lstm' || cell === 'gru';

/** The cells that passed their check on this device. */
const passed = new Set<Cell>();

/** Whether `cell` is left to cuDNN. */
export const usesCudnn = (cell: Cell): boolean => passed.has(cell);

/** Says whether a cell may be computed by cuDNN, after a check against the stepwise form. */
export function allowCudnn(cell: CudnnCell, allowed: boolean): void {
  if (allowed) passed.add(cell);
  else passed.delete(cell);
}

/** A layer's output, both directions side by side, and the last state of each direction. */
export interface LayerRun {
  /** `[t, b, directions · h]`. */
  readonly output: tf.Tensor3D;
  readonly states: readonly State[];
}

/**
 * One layer's parameters as cuDNN wants them, one row of numbers: for each direction the input's weights and the hidden
 * state's, then for each direction the two biases; rows of matrices one after the other, gates in the order i, f, g, o
 * (LSTM) or r, z, n (GRU). This is PyTorch's own order, so that nothing is turned. Keras names the same layout in
 * `_standardize_cudnn_weights`, JAX for several layers and directions in `jax.experimental.rnn`.
 */
export function packWeights(cell: CudnnCell, weights: readonly Weights[]): tf.Tensor1D {
  const flat = (tensor: tf.Tensor): tf.Tensor1D => tf.reshape(tensor, [-1]);
  const size = GATES[cell] * (weights[0]?.hidden.shape[1] ?? 0);
  const zeros = (): tf.Tensor1D => tf.zeros([size]);
  return tf.concat([
    ...weights.flatMap(({ input, hidden }) => [flat(input), flat(hidden)]),
    ...weights.flatMap(({ inputBias, hiddenBias }) => [inputBias ?? zeros(), hiddenBias ?? zeros()]),
  ]);
}

function attributesOf(cell: CudnnCell, directions: number): Attributes {
  return {
    T: { type: 'float32' },
    rnn_mode: { text: cell },
    input_mode: { text: 'linear_input' },
    direction: { text: directions === 2 ? 'bidirectional' : 'unidirectional' },
    dropout: { float: 0 }, // between layers, by our own seeded operation
    seed: { int: 0 },
    seed2: { int: 0 },
    num_proj: { int: 0 },
    time_major: { bool: true },
  };
}

/**
 * Runs one layer over `[t, b, …]`.
 * @param firsts the first state of each direction, forwards first
 * @param weights PyTorch's parameters of each direction
 */
export function cudnnLayer(
  cell: CudnnCell,
  x: tf.Tensor3D,
  firsts: readonly State[],
  weights: readonly Weights[],
): LayerRun {
  const [t = 0, b = 0] = x.shape;
  const part = (i: number): tf.Tensor => tf.stack(firsts.map((state) => state[i] as tf.Tensor)); // [directions, b, h]
  const cells = cell === 'lstm' ? part(1) : tf.scalar(0); // a GRU has none; the operation wants something
  const inputs = [x, part(0), cells, packWeights(cell, weights)];
  const attributes = attributesOf(cell, firsts.length);
  const [output, hidden, last] = withGradient(
    inputs,
    () => {
      const lengths = tf.fill([b], t, 'int32');
      const all = executeMany(
        'CudnnRNNV3',
        { ...attributes, is_training: { bool: true } },
        [...inputs, lengths],
        5,
      );
      const [own, h, c] = all as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      return { value: [own, h, c], saved: [...inputs, lengths, ...all] };
    },
    (dys, saved) => {
      // inputs and lengths, the three results, their gradients, and what the forward run reserved for this one
      const given = [...saved.slice(0, 8), ...dys, ...saved.slice(8)];
      const gradients = executeMany('CudnnRNNBackpropV3', attributes, given, 4);
      if (cell === 'gru') gradients[2] = tf.scalar(0);
      return gradients.map((gradient) => () => gradient);
    },
  ) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
  const parts = (cell === 'lstm' ? [hidden, last] : [hidden]).map((all) => tf.unstack(all));
  return { output, states: firsts.map((_, d) => parts.map((part) => part[d] as tf.Tensor)) };
}
