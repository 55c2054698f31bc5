/** The cases of record_attention.py. */
import * as tf from '../../../src/engine/tf';
import { MultiHeadAttention } from '../../../src/helpers/course/guide';
import * as nn from '../../../src/nn';
import { Case, Inputs } from '../fidelity';
import { camelKeys, metadata } from '../fixture';

type Outcome = tf.Tensor | tf.Tensor[];
type Call<M extends nn.Module> = (module: M, inputs: Record<string, tf.Tensor3D>) => Outcome;

const attention = <M extends nn.Module>(name: string, build: () => M, run: Call<M>): Case => ({
  file: 'attention',
  name,
  build,
  run: (module, inputs) => run(module as M, inputs),
});

const scaled = (name: string, isCausal = false): Case => ({
  file: 'attention',
  name: `scaledDotProductAttention${name}`,
  run: (_: nn.Module, { q, k, v, mask }: Inputs) => {
    const options = mask ? { attnMask: mask, isCausal } : { isCausal };
    return nn.scaledDotProductAttention(q!, k!, v!, options);
  },
});

const guide = () => new MultiHeadAttention(8, 2);
const multihead = (options: nn.MultiheadAttentionOptions) => () => new nn.MultiheadAttention(8, 2, options);
const batchFirst = true;

const sizes = { dimFeedforward: 12, dropout: 0, batchFirst };
const timeFirst = { ...sizes, batchFirst: false };
const encoderLayer = () => new nn.TransformerEncoderLayer(8, 2, sizes);
const decoderLayer = () => new nn.TransformerDecoderLayer(8, 2, sizes);
const normFirst = () => new nn.TransformerDecoderLayer(8, 2, { ...sizes, normFirst: true });
const keys = (padding?: tf.Tensor3D) => ({ keyPaddingMask: padding! });

interface Called {
  readonly options: Readonly<Record<string, unknown>>;
  readonly wanted: Readonly<Record<string, unknown>>;
}

/** Options beside masks as record_attention.py wrote down what it called. */
const optionCases = Object.entries(JSON.parse(metadata('attention').calls!) as Record<string, Called>).map(
  ([name, { options, wanted }]) =>
    attention(name, multihead(camelKeys(options)), (m, { q, k, v, padding, mask }) => {
      const masks = { ...(padding && keys(padding)), ...(mask && { attnMask: mask }) };
      const [output, weights] = m.forward(q!, k!, v!, { ...masks, ...camelKeys(wanted) });
      return weights ? [output, weights] : [output];
    }),
);

export const attentionCases: readonly Case[] = [
  scaled(''),
  scaled(' bool'),
  scaled(' float'),
  scaled(' causal', true),
  attention('MultiHeadAttention', guide, (m, { q, k, v }) => m.forward(q!, k!, v!)),
  attention('MultiHeadAttention mask', guide, (m, { q, k, v, mask }) => m.forward(q!, k!, v!, mask)),
  attention('MultiheadAttention', multihead({}), (m, { q, k, v }) => m.forward(q!, k!, v!)),
  attention('MultiheadAttention self', multihead({ batchFirst }), (m, { x }) => m.forward(x!, x!, x!)),
  attention('MultiheadAttention no bias', multihead({ batchFirst, bias: false }), (m, { q, k, v }) => {
    return m.forward(q!, k!, v!);
  }),
  attention('MultiheadAttention masks', multihead({ batchFirst }), (m, { x, padding, mask }) => {
    return m.forward(x!, x!, x!, { attnMask: mask!, ...keys(padding) });
  }),
  attention('MultiheadAttention each', multihead({ batchFirst }), (m, { x, mask }) => {
    return m.forward(x!, x!, x!, { attnMask: mask! });
  }),
  attention('TransformerEncoderLayer', encoderLayer, (m, { x }) => m.forward(x!)),
  attention(
    'TransformerEncoderLayer gelu',
    () => new nn.TransformerEncoderLayer(8, 2, { ...sizes, activation: 'gelu', normFirst: true }),
    (m, { x, padding }) => m.forward(x!, keys(padding)),
  ),
  attention(
    'TransformerEncoder',
    () => new nn.TransformerEncoder(encoderLayer, 2, { norm: new nn.LayerNorm(8) }),
    (m, { x, mask }) => m.forward(x!, { attnMask: mask! }),
  ),
  attention('TransformerDecoderLayer', decoderLayer, (m, { x, memory, padding }) => {
    return m.forward(x!, memory!, { isCausal: true }, keys(padding));
  }),
  attention(
    'TransformerDecoder',
    () => new nn.TransformerDecoder(normFirst, 2),
    (m, { x, memory, padding }) => m.forward(x!, memory!, { isCausal: true }, keys(padding)),
  ),
  attention(
    'TransformerEncoderLayer one',
    () => new nn.TransformerEncoderLayer(8, 2, timeFirst),
    (m, { x }) => m.forward(x!),
  ),
  attention(
    'TransformerDecoderLayer one',
    () => new nn.TransformerDecoderLayer(8, 2, timeFirst),
    (m, { x, memory }) => m.forward(x!, memory!),
  ),
  ...optionCases,
  {
    file: 'attention',
    name: 'PositionalEncoding',
    run: (_, { x }) => new nn.PositionalEncoding(8, { dropout: 0 }).forward(x!),
  },
];
