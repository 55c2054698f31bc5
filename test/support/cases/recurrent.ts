/** The cases of record_recurrent.py. */
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';
import { Case, Inputs } from '../fidelity';

type Outcome = [tf.Tensor3D, tf.Tensor3D | [tf.Tensor3D, tf.Tensor3D]];

function run(module: nn.Module, { x, h, c, lengths }: Inputs): tf.Tensor[] {
  const options = lengths ? { lengths: lengths } : {};
  const call = module as unknown as { forward(x?: tf.Tensor, state?: unknown, options?: object): Outcome };
  return call.forward(x, c ? [h, c] : h, options).flat();
}

const deep = { numLayers: 2, bidirectional: true, batchFirst: true };

export const recurrentCases: readonly Case[] = [
  ...Object.entries({ LSTM: nn.LSTM, GRU: nn.GRU, RNN: nn.RNN }).flatMap(([kind, Kind]): Case[] => [
    { file: 'recurrent', name: kind, build: () => new Kind(3, 4), run },
    { file: 'recurrent', name: `${kind} deep`, build: () => new Kind(3, 4, deep), run },
    { file: 'recurrent', name: `${kind} state`, build: () => new Kind(3, 4, { ...deep, bias: false }), run },
    { file: 'recurrent', name: `${kind} lengths`, build: () => new Kind(3, 4, deep), run },
  ]),
  { file: 'recurrent', name: 'RNN relu', build: () => new nn.RNN(3, 4, { nonlinearity: 'relu' }), run },
  { file: 'recurrent', name: 'LSTM long', build: () => new nn.LSTM(4, 8, { batchFirst: true }), run },
];
