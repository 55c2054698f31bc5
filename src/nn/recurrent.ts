/** LSTM, GRU and RNN with PyTorch's stacked parameters, layers, directions and packed lengths. */
import { prepareCudnn } from '../engine/ops/cudnncheck';
import { Cell, GATES, State, Weights } from '../engine/ops/recurrent';
import { recurrentLayer } from '../engine/ops/recurrentlayer';
import { refusal } from '../engine/ops/sizes';
import { uniform } from '../engine/random';
import { activeRecording } from '../engine/recording/active';
import * as tf from '../engine/tf';
import { checkedCount } from './checks';
import { describe, float } from './describe';
import { dropoutWhileTraining } from './dropout';
import { checkFeatures, checkShape, sequenceSizes } from './fitting';
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
  /**
   * Length of each sequence, int32 `[b]`: what PyTorch gets from a packed sequence. Needs no sorting. In a compiled
   * function, which cannot look at them, lengths above the number of steps count as that number.
   */
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
    options: RecurrentOptions,
    /** Size of an LSTM's projected hidden state; 0: it is not projected. */
    readonly projSize = 0,
  ) {
    super();
    const { numLayers = 1, bias = true, batchFirst = false, dropout = 0, bidirectional = false } = options;
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
    if (x.rank === 2) return this.runOne(x, states, lengths);
    const { batchFirst } = this;
    const { b, t } = sequenceSizes(this.typeName(), x, this.inputSize, { batchFirst });
    if (t === 0) throw refusal(this.typeName(), 'sequences of at least one step', x);
    if (lengths) this.checkLengths(lengths, b, t);
    let sequence = batchFirst ? tf.transpose(x, [1, 0, 2]) : x; // [t, b, inputSize]
    const first = this.firstStates(states, b);
    const finals: State[] = [];
    for (let layer = 0; layer < this.numLayers; layer++) {
      const directions = this.directions();
      const weights = directions.map((suffix) => this.weights(layer, suffix));
      const own = first.slice(layer * directions.length, (layer + 1) * directions.length);
      const { output, states } = recurrentLayer(this.cell, sequence, own, weights, lengths);
      finals.push(...states);
      sequence = output;
      const between = layer + 1 < this.numLayers;
      if (between) sequence = dropoutWhileTraining(this, sequence, () => this.dropout);
    }
    const parts = (finals[0] as State).map((_, i) => tf.stack(finals.map((state) => state[i] as tf.Tensor)));
    return [batchFirst ? tf.transpose(sequence, [1, 0, 2]) : sequence, parts];
  }

  /** One sequence without its batch axis, `[t, inputSize]`; states are `[layers·directions, h]`. */
  private runOne(
    x: tf.Tensor,
    states: readonly tf.Tensor[],
    lengths?: tf.Tensor1D,
  ): [tf.Tensor3D, tf.Tensor3D[]] {
    const batch = this.batchFirst ? 0 : 1;
    const count = this.numLayers * this.directions().length;
    checkFeatures(this.typeName(), x, this.inputSize);
    states.forEach((state, i) =>
      checkShape(this.typeName(), 'a first state', state, [count, this.stateSize(i)]),
    );
    const first = states.map((state) => tf.expandDims<tf.Tensor3D>(state, 1));
    const [output, parts] = this.run(tf.expandDims(x, batch), first, lengths);
    return [tf.squeeze(output, [batch]), parts.map((part) => tf.squeeze(part, [1]))];
  }

  private checkLengths(lengths: tf.Tensor1D, b: number, t: number): void {
    checkShape(this.typeName(), 'lengths', lengths, [b]);
    if (activeRecording()) return; // values are not known there
    const wrong = Array.from(lengths.dataSync()).find((n) => !(n >= 1 && n <= t));
    if (wrong === undefined) return;
    throw new RangeError(
      `Cannot call ${this.typeName()}: expected lengths from 1 to ${t}, the steps, got ${wrong}`,
    );
  }

  /** Size of the hidden state (part 0), or of the LSTM's cell. */
  private stateSize(part: number): number {
    return part === 0 && this.projSize > 0 ? this.projSize : this.hiddenSize;
  }

  protected override extraRepr(): string {
    const { numLayers, bias, batchFirst, dropout, bidirectional } = this;
    const shown = {
      projSize: this.projSize || undefined,
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
        const size = this.stateSize(0);
        const inputs = layer === 0 ? this.inputSize : size * this.directions().length;
        const add = (name: string, ...shape: number[]): void => {
          made[`${name}L${layer}${suffix}`] = parameter(uniform(shape as [number], -bound, bound));
        };
        add('weightIh', rows, inputs);
        add('weightHh', rows, size);
        if (this.bias) add('biasIh', rows);
        if (this.bias) add('biasHh', rows);
        if (this.projSize > 0) add('weightHr', size, this.hiddenSize);
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
      projection: own[`weightHrL${layer}${suffix}`],
    };
  }

  /** The first state of each layer and direction: the given ones, else zeros. */
  private firstStates(states: readonly tf.Tensor3D[], batch: number): State[] {
    const count = this.numLayers * this.directions().length;
    const parts = this.cell === 'lstm' ? 2 : 1;
    if (states.length === 0) {
      const zeros = Array.from({ length: parts }, (_, i) => tf.zeros([batch, this.stateSize(i)]));
      return Array.from({ length: count }, () => zeros as tf.Tensor2D[]);
    }
    states.forEach((state, i) => {
      checkShape(this.typeName(), 'a first state', state, [count, batch, this.stateSize(i)]);
    });
    const unstacked = states.map((state) => tf.unstack(state));
    return Array.from({ length: count }, (_, n) => unstacked.map((part) => part[n] as tf.Tensor));
  }
}

/** PyTorch's options of an LSTM: those of every recurrent layer, and a projection. */
export interface LSTMOptions extends RecurrentOptions {
  /** Size to which each hidden state is projected (Sak et al., 2014, https://arxiv.org/abs/1402.1128); 0: it is not. */
  readonly projSize?: number;
}

/**
 * Long short-term memory, `[b, t, inputSize]` (with `batchFirst`) → `[b, t, hiddenSize · directions]`; one sequence
 * `[t, inputSize]` may come without its batch axis, and goes so.
 */
export class LSTM extends Recurrent {
  /** @throws RangeError unless `projSize` is below `hiddenSize` */
  constructor(inputSize: number, hiddenSize: number, { projSize = 0, ...options }: LSTMOptions = {}) {
    super('lstm', inputSize, hiddenSize, options, projSize);
    if (Number.isInteger(projSize) && projSize >= 0 && projSize < hiddenSize) return;
    throw new RangeError(
      `Cannot build LSTM: projSize must be an integer from 0 to below hiddenSize ${hiddenSize}, got ${projSize}`,
    );
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

/** Gated recurrent units, `[b, t, inputSize]` (with `batchFirst`) → `[b, t, hiddenSize · directions]`; or one sequence. */
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
