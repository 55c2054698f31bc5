/**
 * A whole sequence of a recurrent layer in one direction as one operation, and as one more on the way back: those of
 * backend/recurrence.cc. Recording it takes as long for a thousand steps as for one.
 */
import { grad, requiresGrad, withGradient } from '../autograd';
import { createsGraph, withinTfGrad } from '../autograd/gradmode';
import { executeMany } from '../backend/rawops';
import * as tf from '../tf';
import { mayHaveGradients, ownOperations } from './own';
import { type Cell, type Scan, type ScanOptions, type State, stepwise, type Weights } from './recurrent';

/** The operation's numbers of the cells. */
const KINDS: Readonly<Record<Cell, number>> = { lstm: 0, gru: 1, rnn_tanh: 2, rnn_relu: 3 };

/** Whether `fusedScan` can run this. */
export const isFused = (weights: Weights): boolean => !weights.projection && ownOperations();

/**
 * Runs one layer in one direction.
 * @param projected the input's share of the gates, see `project`
 */
export function fusedScan(
  cell: Cell,
  projected: tf.Tensor3D,
  first: State,
  weights: Weights,
  options: ScanOptions = {},
): Scan {
  const [hidden, memory = tf.zeros([0])] = first as [tf.Tensor, tf.Tensor?];
  const bias = (cell === 'gru' ? weights.hiddenBias : undefined) ?? tf.zeros([0]);
  const lengths = options.lengths ?? tf.zeros([0], 'int32');
  const keeps = mayHaveGradients();
  const attributes = attributesOf(cell, options, keeps);
  const inputs = [projected, hidden, memory, weights.hidden, bias];
  const [output, last, lastMemory] = withGradient(
    inputs,
    () => {
      const [y, h, c, kept] = executeMany('TsdlRecurrence', attributes, [...inputs, lengths], 4) as Four;
      return { value: [y, h, c], saved: keeps ? [bias, ...inputs.slice(0, 4), lengths, y, kept] : [] };
    },
    (dys, saved) => {
      if (createsGraph()) {
        const [bias, ...others] = saved as [tf.Tensor, ...tf.Tensor[]];
        return slopesOfSteps(cell, dys, [...others.slice(0, 4), bias], options);
      }
      const given = executeMany('TsdlRecurrenceSlope', attributes, [...dys, ...saved.slice(2)], 5);
      const [slope, dHidden, dMemory, share, before] = given as [...Four, tf.Tensor];
      const shares = rowsOf(cell === 'gru' ? share : slope);
      return [
        () => slope,
        () => dHidden,
        () => dMemory,
        () => tf.matMul(shares, rowsOf(before), true, false),
        () => (bias.size > 0 ? tf.sum(shares, 0) : tf.zeros([0])),
      ];
    },
  ) as [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D];
  return { output, state: cell === 'lstm' ? [last, lastMemory] : [last] };
}

/**
 * One layer in one direction whose gradients nobody will ask for, the input's product included.
 * @param x `[t, b, in]`
 */
export function fusedLayer(
  cell: Cell,
  x: tf.Tensor3D,
  first: State,
  { input, hidden: weight, inputBias, hiddenBias }: Weights,
  { reverse = false, lengths }: ScanOptions = {},
): Scan {
  const none = tf.zeros([0]);
  const [hidden, memory = none] = first as [tf.Tensor, tf.Tensor?];
  const biases = [inputBias ?? none, hiddenBias ?? none];
  const inputs = [x, hidden, memory, input, weight, ...biases, lengths ?? tf.zeros([0], 'int32')];
  const attributes = attributesOf(cell, { reverse }, false);
  const [output, last, lastMemory] = executeMany('TsdlRecurrentLayer', attributes, inputs, 3) as [
    tf.Tensor3D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  return { output, state: cell === 'lstm' ? [last, lastMemory] : [last] };
}

/** The same gradients by single steps, so that they have gradients themselves. */
function slopesOfSteps(
  cell: Cell,
  dys: readonly tf.Tensor[],
  inputs: readonly tf.Tensor[],
  options: ScanOptions,
): (() => tf.Tensor)[] {
  const run = ([projected, hidden, memory, weight, bias]: readonly tf.Tensor[]): tf.Tensor[] => {
    const first = [hidden, ...(cell === 'lstm' ? [memory] : [])] as tf.Tensor2D[];
    const hiddenBias = bias && bias.size > 0 ? { hiddenBias: bias } : {};
    const weights = { input: weight, hidden: weight, ...hiddenBias } as Weights; // the input's share is there
    const { output, state } = stepwise(cell, projected as tf.Tensor3D, first, weights, options);
    return [output, ...state];
  };
  if (withinTfGrad()) {
    const there = inputs.filter(({ size }) => size > 0);
    const loss = (...own: tf.Tensor[]): tf.Tensor => {
      const all = inputs.map((input) => own[there.indexOf(input)] ?? input);
      return tf.addN(run(all).map((value, i) => tf.sum(tf.mul(value, dys[i] as tf.Tensor))));
    };
    const slopes = tf.grads(loss)(there);
    return inputs.map((input) => () => slopes[there.indexOf(input)] ?? input);
  }
  // nodes of their own end the way here: an input may lie behind another one, too
  const own = inputs.map((input) => tf.reshape(input, input.shape));
  const wanted = own.filter(requiresGrad);
  const results = run(own);
  const gradOutputs = dys.slice(0, results.length);
  const slopes = grad(results, wanted, { gradOutputs, createGraph: true, allowUnused: true });
  return own.map((input) => () => slopes[wanted.indexOf(input)] ?? tf.zerosLike(input));
}

const attributesOf = (cell: Cell, { reverse = false }: ScanOptions, keeps: boolean) =>
  ({ kind: { int: KINDS[cell] }, reverse: { bool: reverse }, keeps: { bool: keeps } }) as const;

type Four = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

/** `[t, b, n]` → `[t·b, n]`. */
const rowsOf = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [-1, x.shape[2] as number]);
