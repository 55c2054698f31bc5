/** LSTM, GRU and RNN with PyTorch's stacked parameters, layers, directions and packed lengths. */
import { prepareCudnn } from '../engine/ops/cudnncheck';
import { Cell, GATES, masksOf, State, Weights } from '../engine/ops/recurrent';
import { recurrentLayer } from '../engine/ops/recurrentlayer';
import { uniform } from '../engine/random';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { describe, float } from './describe';
import { dropoutWhileTraining } from './dropout';
import { checkShape, sequenceSizes } from './fitting';
import { Module } from './module';
import { parameter } from './parameter';

/**
 * PyTorch's options of recurrent layers and their defaults: one layer, with bias, time before batch, one direction.
 */
export interface RecurrentOptions {
  readonly numLayers?: number;
  readonly bias?: boolean;
  /** Whether sequences are `[b, t, size]`, not `[t, b, size]`. */
  readonly batchFirst?: boolean;
  /** Dropout between layers while training. */
  readonly dropout?: number;
  readonly bidirectional?: boolean;
}

/** What a recurrent layer is told of a batch besides its values. */
export interface SequenceOptions {
  /** Length of each sequence, int32 `[b]`: what PyTorch gets from a packed sequence. Needs no sorting. */
  readonly lengths?: tf.Tensor1D;
}

/** What `LSTM`, `GRU` and `RNN` share, as PyTorch's `RNNBase`. */
abstract class Recurrent extends Module {
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  dropout: number;
  readonly bidirectional: boolean;

  constructor(
    protected readonly cell: Cell,
    readonly inputSize: number,
    readonly hiddenSize: number,
    { numLayers = 1, bias = true, batchFirst = false, dropout = 0, bidirectional = false }: RecurrentOptions,
  ) {
    super();
    checkedCount(this.typeName(), 'inputSize', inputSize);
    checkedCount(this.typeName(), 'hiddenSize', hiddenSize);
    this.numLayers = checkedCount(this.typeName(), 'numLayers', numLayers);
    if (!(dropout >= 0 && dropout <= 1)) {
      throw new RangeError(`Cannot build ${this.typeName()}: dropout must be in [0, 1], got ${dropout}`);
    }
    [this.bias, this.batchFirst, this.dropout] = [bias, batchFirst, dropout];
    this.bidirectional = bidirectional;
    Object.assign(this, this.firstWeights());
    prepareCudnn(cell);
  }

  /** All layers in all directions; gives the last layer's output and each final state part, `[layers·directions, b, h]`. */
  protected run(
    x: tf.Tensor3D,
    states: readonly tf.Tensor3D[],
    lengths?: tf.Tensor1D,
  ): [tf.Tensor3D, tf.Tensor3D[]] {
    const { batchFirst } = this;
    const { b, t } = sequenceSizes(this.typeName(), x, this.inputSize, { batchFirst });
    if (lengths) checkShape(this.typeName(), 'lengths', lengths, [b]);
    let sequence = batchFirst ? tf.transpose(x, [1, 0, 2]) : x; // [t, b, inputSize]
    const masks = lengths && masksOf(lengths, t);
    const first = this.firstStates(states, b);
    const finals: State[] = [];
    for (let layer = 0; layer < this.numLayers; layer++) {
      const directions = this.directions();
      const weights = directions.map((suffix) => this.weights(layer, suffix));
      const own = first.slice(layer * directions.length, (layer + 1) * directions.length);
      const { output, states } = recurrentLayer(this.cell, sequence, own, weights, masks);
      finals.push(...states);
      sequence = output;
      const between = layer + 1 < this.numLayers;
      if (between) sequence = dropoutWhileTraining(this, sequence, () => this.dropout);
    }
    const parts = (finals[0] as State).map((_, i) => tf.stack(finals.map((state) => state[i] as tf.Tensor)));
    return [batchFirst ? tf.transpose(sequence, [1, 0, 2]) : sequence, parts];
  }

  protected override extraRepr(): string {
    const { numLayers, bias, batchFirst, dropout, bidirectional } = this;
    const shown = {
      numLayers: numLayers === 1 ? undefined : numLayers,
      bias: bias ? undefined : bias,
      batchFirst: batchFirst || undefined,
      dropout: dropout === 0 ? undefined : float(dropout),
      bidirectional: bidirectional || undefined,
    };
    return [this.inputSize, this.hiddenSize, describe(shown)].filter((part) => part !== '').join(', ');
  }

  private directions(): readonly string[] {
    return this.bidirectional ? ['', 'Reverse'] : [''];
  }

  /** All parameters by property name, `weightIhL0`, …, in PyTorch's order. */
  private firstWeights(): Record<string, tf.Variable> {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    const rows = GATES[this.cell] * this.hiddenSize;
    const made: Record<string, tf.Variable> = {};
    for (let layer = 0; layer < this.numLayers; layer++) {
      for (const suffix of this.directions()) {
        const inputs = layer === 0 ? this.inputSize : this.hiddenSize * this.directions().length;
        made[`weightIhL${layer}${suffix}`] = parameter(uniform([rows, inputs], -bound, bound));
        made[`weightHhL${layer}${suffix}`] = parameter(uniform([rows, this.hiddenSize], -bound, bound));
        if (!this.bias) continue;
        made[`biasIhL${layer}${suffix}`] = parameter(uniform([rows], -bound, bound));
        made[`biasHhL${layer}${suffix}`] = parameter(uniform([rows], -bound, bound));
      }
    }
    return made;
  }

  private weights(layer: number, suffix: string): Weights {
    const own = this as unknown as Record<string, tf.Variable | undefined>;
    return {
      input: own[`weightIhL${layer}${suffix}`] as tf.Tensor,
      hidden: own[`weightHhL${layer}${suffix}`] as tf.Tensor,
      inputBias: own[`biasIhL${layer}${suffix}`],
      hiddenBias: own[`biasHhL${layer}${suffix}`],
    };
  }

  /** The first state of each layer and direction: the given ones, else zeros. */
  private firstStates(states: readonly tf.Tensor3D[], batch: number): State[] {
    const count = this.numLayers * this.directions().length;
    const parts = this.cell === 'lstm' ? 2 : 1;
    if (states.length === 0) {
      const zeros = tf.zeros([batch, this.hiddenSize]);
      return Array.from({ length: count }, () => Array.from({ length: parts }, () => zeros));
    }
    for (const state of states) {
      checkShape(this.typeName(), 'a first state', state, [count, batch, this.hiddenSize]);
    }
    const unstacked = states.map((state) => tf.unstack(state));
    return Array.from({ length: count }, (_, n) => unstacked.map((part) => part[n] as tf.Tensor));
  }
}

/** Long short-term memory, `[b, t, inputSize]` (with `batchFirst`) → `[b, t, hiddenSize · directions]`. */
export class LSTM extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super('lstm', inputSize, hiddenSize, options);
  }

  /**
   * Gives `[output, [hidden, cell]]`; the states are `[numLayers · directions, b, hiddenSize]`, as the first ones are.
   */
  forward(
    x: tf.Tensor3D,
    state?: readonly [tf.Tensor3D, tf.Tensor3D],
    { lengths }: SequenceOptions = {},
  ): [tf.Tensor3D, [tf.Tensor3D, tf.Tensor3D]] {
    const [output, parts] = this.run(x, state ?? [], lengths);
    return [output, parts as [tf.Tensor3D, tf.Tensor3D]];
  }
}

/** Cells whose state is one tensor. */
abstract class HiddenState extends Recurrent {
  /** Gives `[output, hidden]`; the hidden state is `[numLayers · directions, b, hiddenSize]`, as the first one is. */
  forward(
    x: tf.Tensor3D,
    state?: tf.Tensor3D,
    { lengths }: SequenceOptions = {},
  ): [tf.Tensor3D, tf.Tensor3D] {
    const [output, [hidden]] = this.run(x, state ? [state] : [], lengths);
    return [output, hidden as tf.Tensor];
  }
}

/** Gated recurrent units, `[b, t, inputSize]` (with `batchFirst`) → `[b, t, hiddenSize · directions]`. */
export class GRU extends HiddenState {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super('gru', inputSize, hiddenSize, options);
  }
}

/** The plain recurrent network of Elman, 1990: h' = tanh(W x + b + U h + c), or ReLU in the place of tanh. */
export class RNN extends HiddenState {
  readonly nonlinearity: 'tanh' | 'relu';

  constructor(
    inputSize: number,
    hiddenSize: number,
    {
      nonlinearity = 'tanh',
      ...options
    }: RecurrentOptions & { readonly nonlinearity?: 'tanh' | 'relu' } = {},
  ) {
    super(nonlinearity === 'relu' ? 'rnn_relu' : 'rnn_tanh', inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }
}
