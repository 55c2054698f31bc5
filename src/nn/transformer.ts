/** PyTorch's transformer layers, with its names and defaults. */
import * as tf from '../engine/tf';
import { gelu } from './activation';
import { causalMask } from './attention';
import { ModuleList } from './container';
import type { DecoderPast } from './decodercache';
import { Dropout } from './dropout';
import { checkFeatures, sequenceSizes } from './fitting';
import { xavierUniform_ } from './init';
import type { Past } from './keyvalues';
import { Linear } from './linear';
import { Module } from './module';
import { MaskOptions, MultiheadAttention } from './multihead';
import { LayerNorm } from './norm';

/** What stands between the two linear layers: by name, or any function of one tensor. */
export type Activation = 'relu' | 'gelu' | ((x: tf.Tensor) => tf.Tensor);

/**
 * PyTorch's options of a layer and their defaults: 2048 wide, dropout 0.1, ReLU, eps 1e-5, time before batch, norm
 * after.
 */
export interface TransformerLayerOptions {
  /** Width between the two linear layers. */
  readonly dimFeedforward?: number;
  readonly dropout?: number;
  readonly activation?: Activation;
  readonly layerNormEps?: number;
  /** Whether linear layers, projections and norms have a bias. */
  readonly bias?: boolean;
  /** Whether tensors are `[b, t, e]`, not `[t, b, e]`. */
  readonly batchFirst?: boolean;
  /** Whether to normalise before each part (as GPT-2), not after it (as the paper). */
  readonly normFirst?: boolean;
}

/** Self-attention and a feed-forward network, each with a shortcut; `[b, t, e]` → `[b, t, e]`. */
export class TransformerEncoderLayer extends Module {
  readonly selfAttn: MultiheadAttention;
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout1: Dropout;
  readonly dropout2: Dropout;
  readonly activation: Activation;
  readonly normFirst: boolean;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    const { dimFeedforward = 2048, dropout = 0.1, activation = 'relu', layerNormEps: eps = 1e-5 } = options;
    const { batchFirst = false, normFirst = false, bias = true } = options;
    this.selfAttn = new MultiheadAttention(dModel, nhead, { dropout, batchFirst, bias });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, { eps, bias });
    this.norm2 = new LayerNorm(dModel, { eps, bias });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    [this.activation, this.normFirst] = [activation, normFirst];
  }

  /** @throws TypeError unless x is `[b, t, e]` (with `batchFirst`) */
  forward(x: tf.Tensor3D, masks: MaskOptions = {}): tf.Tensor3D {
    checkSequences(this, x);
    const parts: readonly Part[] = [
      [
        this.norm1,
        (y) => this.dropout1.forward(this.selfAttn.forward(y, y, y, { ...masks, needWeights: false })[0]),
      ],
      [this.norm2, (y) => this.dropout2.forward(feedForward(this, y))],
    ];
    return withShortcuts(x, parts, this.normFirst);
  }
}

/** Self-attention, attention to an encoder's output, and a feed-forward network, each with a shortcut. */
export class TransformerDecoderLayer extends Module {
  readonly selfAttn: MultiheadAttention;
  readonly multiheadAttn: MultiheadAttention;
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: LayerNorm;
  readonly dropout1: Dropout;
  readonly dropout2: Dropout;
  readonly dropout3: Dropout;
  readonly activation: Activation;
  readonly normFirst: boolean;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    const { dimFeedforward = 2048, dropout = 0.1, activation = 'relu', layerNormEps: eps = 1e-5 } = options;
    const { batchFirst = false, normFirst = false, bias = true } = options;
    this.selfAttn = new MultiheadAttention(dModel, nhead, { dropout, batchFirst, bias });
    this.multiheadAttn = new MultiheadAttention(dModel, nhead, { dropout, batchFirst, bias });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, { eps, bias });
    this.norm2 = new LayerNorm(dModel, { eps, bias });
    this.norm3 = new LayerNorm(dModel, { eps, bias });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.dropout3 = new Dropout(dropout);
    [this.activation, this.normFirst] = [activation, normFirst];
  }

  /**
   * One layer: attends to itself, then to the encoder's `memory`, then feeds forward; same shape as `x`.
   * @param memory the encoder's output, `[b, s, e]`
   * @param masks for the decoder's own positions; `isCausal` for generation
   * @param memoryMasks for the encoder's positions
   */
  forward(
    x: tf.Tensor3D,
    memory: tf.Tensor3D,
    masks: MaskOptions = {},
    memoryMasks: MaskOptions = {},
  ): tf.Tensor3D {
    checkSequences(this, x);
    checkSequences(this, memory, 'memory');
    const parts: readonly Part[] = [
      [
        this.norm1,
        (y) => this.dropout1.forward(this.selfAttn.forward(y, y, y, { ...masks, needWeights: false })[0]),
      ],
      [
        this.norm2,
        (y) => this.dropout2.forward(this.multiheadAttn.forward(y, memory, memory, memoryMasks)[0]),
      ],
      [this.norm3, (y) => this.dropout3.forward(feedForward(this, y))],
    ];
    return withShortcuts(x, parts, this.normFirst);
  }
}

/** Layers one after another and, where given, a last normalisation. */
abstract class Stack<L extends Module> extends Module {
  readonly layers: ModuleList<L>;
  readonly norm?: LayerNorm;

  constructor(
    buildLayer: () => L,
    readonly numLayers: number,
    { norm }: { readonly norm?: LayerNorm } = {},
  ) {
    super();
    this.layers = new ModuleList(Array.from({ length: numLayers }, buildLayer));
    if (norm) this.norm = norm;
  }
}

/**
 * A stack of encoder layers. PyTorch takes one layer and copies it, so that all start from the same weights; here each
 * layer is built by the function, from weights of its own.
 */
export class TransformerEncoder extends Stack<TransformerEncoderLayer> {
  /**
   * All layers one after the other; the result has the shape of `x`.
   * @param past of a `KeyValueCache`, where x stands behind what an earlier call was given
   */
  forward(x: tf.Tensor3D, masks: MaskOptions = {}, past?: Past): tf.Tensor3D {
    [...this.layers].forEach((layer, i) => (x = layer.forward(x, { ...masks, past: past?.layers[i] })));
    return this.norm ? this.norm.forward(x) : x;
  }
}

/** A stack of decoder layers, built as those of `TransformerEncoder`. */
export class TransformerDecoder extends Stack<TransformerDecoderLayer> {
  /**
   * All layers one after the other; the result has the shape of `x`.
   * @param past of a `DecoderCache`, where x stands behind what an earlier call was given
   */
  forward(
    x: tf.Tensor3D,
    memory: tf.Tensor3D,
    masks: MaskOptions = {},
    memoryMasks: MaskOptions = {},
    past?: DecoderPast,
  ): tf.Tensor3D {
    [...this.layers].forEach((layer, i) => {
      const [own, other] = [past?.layers[i], past?.memory[i]];
      x = layer.forward(x, memory, { ...masks, past: own }, { ...memoryMasks, past: other });
    });
    return this.norm ? this.norm.forward(x) : x;
  }
}

/** PyTorch's options of the whole network and their defaults: six layers on either side. */
export interface TransformerOptions extends TransformerLayerOptions {
  readonly numEncoderLayers?: number;
  readonly numDecoderLayers?: number;
}

/** What may be seen of the source, of the target, and of the source by the target. */
export interface TransformerMasks {
  readonly src?: MaskOptions;
  readonly tgt?: MaskOptions;
  readonly memory?: MaskOptions;
}

/**
 * Encoder and decoder: Vaswani et al., "Attention Is All You Need", 2017, https://arxiv.org/abs/1706.03762. Matrices
 * start as Glorot's, as PyTorch's do; each stack ends with a normalisation.
 */
export class Transformer extends Module {
  readonly encoder: TransformerEncoder;
  readonly decoder: TransformerDecoder;
  readonly dModel: number;
  readonly nhead: number;

  constructor(
    dModel = 512,
    nhead = 8,
    { numEncoderLayers = 6, numDecoderLayers = 6, ...options }: TransformerOptions = {},
  ) {
    super();
    [this.dModel, this.nhead] = [dModel, nhead];
    const { layerNormEps: eps = 1e-5, bias = true } = options;
    const norm = () => new LayerNorm(dModel, { eps, bias });
    const encoding = () => new TransformerEncoderLayer(dModel, nhead, options);
    const decoding = () => new TransformerDecoderLayer(dModel, nhead, options);
    this.encoder = new TransformerEncoder(encoding, numEncoderLayers, { norm: norm() });
    this.decoder = new TransformerDecoder(decoding, numDecoderLayers, { norm: norm() });
    for (const matrix of this.parameters()) if (matrix.rank > 1) xavierUniform_(matrix);
  }

  /**
   * Encodes `src` and decodes `tgt` with it: `[b, s, e]`, `[b, t, e]` → `[b, t, e]` (with `batchFirst`).
   * @throws TypeError unless shapes fit
   */
  forward(src: tf.Tensor3D, tgt: tf.Tensor3D, masks: TransformerMasks = {}): tf.Tensor3D {
    const memory = this.encoder.forward(src, masks.src);
    return this.decoder.forward(tgt, memory, masks.tgt, masks.memory);
  }

  /** What keeps a position from seeing later ones: −∞ above the diagonal, `[size, size]`. */
  static generateSquareSubsequentMask(size: number): tf.Tensor2D {
    return causalMask(size);
  }
}

/** A normalisation and what it belongs to. */
type Part = readonly [norm: LayerNorm, part: (x: tf.Tensor3D) => tf.Tensor3D];

/** Each part with a shortcut around it, normalised before the part (`normFirst`) or after the sum. */
function withShortcuts(x: tf.Tensor3D, parts: readonly Part[], normFirst: boolean): tf.Tensor3D {
  for (const [norm, part] of parts) {
    x = normFirst ? tf.add(x, part(norm.forward(x))) : norm.forward(tf.add(x, part(x)));
  }
  return x;
}

/** One sequence may come without its batch axis; attention sees to it. */
function checkSequences(
  layer: TransformerEncoderLayer | TransformerDecoderLayer,
  x: tf.Tensor,
  name?: string,
): void {
  const { batchFirst, embedDim } = layer.selfAttn;
  if (x.rank === 2) checkFeatures(layer.typeName(), x, embedDim);
  else sequenceSizes(layer.typeName(), x, embedDim, { batchFirst, name });
}

function feedForward(layer: TransformerEncoderLayer | TransformerDecoderLayer, x: tf.Tensor3D): tf.Tensor3D {
  const inner = layer.linear1.forward(x); // [b, t, dimFeedforward]
  const { activation } = layer;
  const active =
    typeof activation === 'function'
      ? activation(inner)
      : activation === 'gelu'
        ? gelu(inner)
        : tf.relu(inner);
  return layer.linear2.forward(layer.dropout.forward(active));
}
