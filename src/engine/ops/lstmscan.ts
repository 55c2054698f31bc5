/**
 * A whole LSTM sequence with one gradient of its own: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997,
 * gates and recurrence as in `lstmStep`. The tape would compute the weight's gradient at every step and add them up;
 * here the steps' gradients are kept and one product over the whole sequence follows, and activations use
 * TensorFlow's fused gradients.
 */
import { withGradient } from '../autograd/gradient';
import { execute } from '../backend/rawops';
import * as tf from '../tf';
import { type LstmStep, lstmStep } from './lstm';

/** What the backward pass needs of one step. */
interface Step extends Omit<LstmStep, 'next'> {
  readonly hidden: tf.Tensor2D;
  readonly cell: tf.Tensor2D;
}

const FIELDS = ['hidden', 'cell', 'i', 'f', 'g', 'o', 'tanhCell'] as const;
const float = { T: { type: 'float32' } } as const;

/** dy · y · (1 − y), y a sigmoid. */
const sigmoidSlope = (y: tf.Tensor2D, dy: tf.Tensor2D): tf.Tensor2D => execute('SigmoidGrad', float, [y, dy]);
/** dy · (1 − y²), y a tanh. */
const tanhSlope = (y: tf.Tensor2D, dy: tf.Tensor2D): tf.Tensor2D => execute('TanhGrad', float, [y, dy]);

/** The places of a sequence in the order of the run. */
function order(t: number, reverse: boolean): number[] {
  return Array.from({ length: t }, (_, n) => (reverse ? t - 1 - n : n));
}

/**
 * Runs an LSTM over its input's share of the gates; native backend only.
 * @param projected the input's share, biases included, `[t, b, 4h]`
 * @param weight the hidden state's share, `[4h, h]`
 * @returns the hidden state after each step, `[t, b, h]`, and the last hidden state and cell
 */
export function lstmScan(
  projected: tf.Tensor3D,
  [hidden, cell]: readonly [tf.Tensor2D, tf.Tensor2D],
  weight: tf.Tensor2D,
  reverse: boolean,
): { output: tf.Tensor3D; state: [tf.Tensor2D, tf.Tensor2D] } {
  const [t = 0, b = 0] = projected.shape;
  const [, size = 0] = weight.shape;
  // the hidden states in their places, the last cell behind them
  const all = withGradient(
    [projected, hidden, cell, weight],
    () => forward(projected, hidden, cell, weight, reverse),
    (dy, saved) => {
      const [dProjected, dHidden, dCell, dWeight] = backward(dy, saved, reverse);
      return [dProjected, dHidden, dCell, dWeight].map((gradient) => () => gradient as tf.Tensor);
    },
  );
  const at = (n: number): tf.Tensor2D => tf.reshape(tf.slice(all, n, 1), [b, size]);
  return { output: tf.slice(all, 0, t), state: [at(reverse ? 0 : t - 1), at(t)] };
}

function forward(
  projected: tf.Tensor3D,
  hidden: tf.Tensor2D,
  cell: tf.Tensor2D,
  weight: tf.Tensor2D,
  reverse: boolean,
): { value: tf.Tensor3D; saved: tf.Tensor[] } {
  const shares = tf.unstack(projected);
  const outputs: tf.Tensor2D[] = [];
  const steps: Step[] = [];
  for (const at of order(shares.length, reverse)) {
    const { next, ...gates } = lstmStep(shares[at] as tf.Tensor, [hidden, cell], weight);
    steps.push({ hidden, cell, ...gates });
    [hidden, cell] = next;
    outputs[at] = hidden;
  }
  const value = tf.stack([...outputs, cell]);
  return { value, saved: [weight, ...steps.flatMap((step) => FIELDS.map((field) => step[field]))] };
}

/** The gradients of the projected input, the first hidden state, the first cell and the weight. */
function backward(dy: tf.Tensor3D, [weight, ...saved]: tf.Tensor2D[], reverse: boolean): tf.Tensor[] {
  return tf.tidy(() => {
    const t = saved.length / FIELDS.length;
    const field = (n: number, name: (typeof FIELDS)[number]): tf.Tensor2D =>
      saved[n * FIELDS.length + FIELDS.indexOf(name)] as tf.Tensor;
    const slopes = tf.unstack(dy);
    const gates: tf.Tensor2D[] = [];
    const befores: tf.Tensor2D[] = [];
    let dCell = slopes[t] as tf.Tensor;
    let dHidden: tf.Tensor2D | undefined;
    for (const [n, at] of [...order(t, reverse).entries()].reverse()) {
      const own = slopes[at] as tf.Tensor;
      const dh: tf.Tensor2D = dHidden ? tf.add(own, dHidden) : own;
      const [i, f, g, o] = [field(n, 'i'), field(n, 'f'), field(n, 'g'), field(n, 'o')];
      const tanhCell = field(n, 'tanhCell');
      const dc: tf.Tensor2D = tf.add(dCell, tanhSlope(tanhCell, tf.mul(dh, o)));
      const dGates = tf.concat(
        [
          sigmoidSlope(i, tf.mul(dc, g)),
          sigmoidSlope(f, tf.mul(dc, field(n, 'cell'))),
          tanhSlope(g, tf.mul(dc, i)),
          sigmoidSlope(o, tf.mul(dh, tanhCell)),
        ],
        1,
      );
      gates[at] = dGates;
      befores[at] = field(n, 'hidden');
      dCell = tf.mul(dc, f);
      dHidden = tf.matMul(dGates, weight as tf.Tensor);
    }
    const dWeight = tf.matMul(tf.concat(gates, 0), tf.concat(befores, 0), true, false);
    return [tf.stack(gates), dHidden as tf.Tensor, dCell, dWeight];
  });
}
