/** The cells of LSTM, GRU and RNN by themselves: one step of `[b, inputSize]`, or of one sample `[inputSize]`. */
import { type Cell, cellStep, GATES, type State } from '../engine/ops/recurrent';
import { uniform } from '../engine/random';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { describe } from './describe';
import { checkFeatures, checkShape } from './fitting';
import { Module } from './module';
import { parameter } from './parameter';

/** What the cells share, as PyTorch's `RNNCellBase`. */
abstract class RecurrentCell extends Module {
  readonly weightIh: tf.Variable;
  readonly weightHh: tf.Variable;
  readonly biasIh?: tf.Variable;
  readonly biasHh?: tf.Variable;

  constructor(
    protected readonly cell: Cell,
    readonly inputSize: number,
    readonly hiddenSize: number,
    { bias = true }: { readonly bias?: boolean },
  ) {
    super();
    checkedCount(this.typeName(), 'inputSize', inputSize);
    checkedCount(this.typeName(), 'hiddenSize', hiddenSize);
    const bound = 1 / Math.sqrt(hiddenSize);
    const rows = GATES[cell] * hiddenSize;
    this.weightIh = parameter(uniform([rows, inputSize], -bound, bound));
    this.weightHh = parameter(uniform([rows, hiddenSize], -bound, bound));
    if (!bias) return;
    this.biasIh = parameter(uniform([rows], -bound, bound));
    this.biasHh = parameter(uniform([rows], -bound, bound));
  }

  /** The next state of each part, zeros before it unless given. */
  protected next(x: tf.Tensor, given: State | undefined): tf.Tensor2D[] {
    checkFeatures(this.typeName(), x, this.inputSize);
    const one = x.rank === 1;
    const rows = tf.reshape(x, [-1, this.inputSize]);
    const [b = 0] = rows.shape;
    checkShape(this.typeName(), 'input', x, one ? [this.inputSize] : [b, this.inputSize]);
    const parts = this.cell === 'lstm' ? 2 : 1;
    for (const state of given ?? []) {
      checkShape(this.typeName(), 'state', state, one ? [this.hiddenSize] : [b, this.hiddenSize]);
    }
    const state = Array.from({ length: parts }, (_, i) => {
      const part = given?.[i];
      return part ? tf.reshape(part, [b, this.hiddenSize]) : tf.zeros([b, this.hiddenSize]);
    });
    const weights = {
      input: this.weightIh,
      hidden: this.weightHh,
      inputBias: this.biasIh,
      hiddenBias: this.biasHh,
    };
    const next = cellStep(this.cell, rows, state, weights);
    return next.map((part) => (one ? tf.reshape(part, [-1]) : part));
  }

  protected override extraRepr(): string {
    const bias = this.biasIh ? undefined : false;
    const settings = describe({ bias });
    return [this.inputSize, this.hiddenSize, settings].filter((part) => part !== '').join(', ');
  }
}

/** One step of an LSTM. */
export class LSTMCell extends RecurrentCell {
  constructor(inputSize: number, hiddenSize: number, options: { readonly bias?: boolean } = {}) {
    super('lstm', inputSize, hiddenSize, options);
  }

  /**
   * Gives `[hidden, cell]`, `[b, hiddenSize]` each.
   * @throws TypeError unless shapes fit
   */
  forward(x: tf.Tensor, state?: readonly [tf.Tensor, tf.Tensor]): [tf.Tensor2D, tf.Tensor2D] {
    return this.next(x, state) as [tf.Tensor2D, tf.Tensor2D];
  }
}

/** Cells whose state is one tensor. */
abstract class HiddenCell extends RecurrentCell {
  /** Gives the next hidden state, `[b, hiddenSize]`. */
  forward(x: tf.Tensor, hidden?: tf.Tensor): tf.Tensor2D {
    const [next] = this.next(x, hidden ? [hidden] : undefined);
    return next as tf.Tensor2D;
  }
}

/** One step of a GRU. */
export class GRUCell extends HiddenCell {
  constructor(inputSize: number, hiddenSize: number, options: { readonly bias?: boolean } = {}) {
    super('gru', inputSize, hiddenSize, options);
  }
}

/** One step of a plain recurrent network, by tanh or ReLU. */
export class RNNCell extends HiddenCell {
  readonly nonlinearity: 'tanh' | 'relu';

  constructor(
    inputSize: number,
    hiddenSize: number,
    {
      nonlinearity = 'tanh',
      ...options
    }: { readonly bias?: boolean; readonly nonlinearity?: 'tanh' | 'relu' } = {},
  ) {
    super(nonlinearity === 'relu' ? 'rnn_relu' : 'rnn_tanh', inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }

  protected override extraRepr(): string {
    const own = this.nonlinearity === 'tanh' ? '' : `, ${describe({ nonlinearity: this.nonlinearity })}`;
    return super.extraRepr() + own;
  }
}
