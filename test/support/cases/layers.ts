/** The cases of record_layers.py. */
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';
import { Case } from '../fidelity';

const layer = (name: string, build: () => nn.Module): Case => ({
  file: 'layers',
  name,
  build,
  run: (module, inputs) => (module as nn.Layer).forward(inputs.x ?? inputs.ids!),
});

const convolutions: Case[] = [
  layer('Conv2d', () => new nn.Conv2d(4, 6, 3)),
  layer('Conv2d padding 1', () => new nn.Conv2d(4, 6, 3, { padding: 1 })),
  layer('Conv2d stride 2', () => new nn.Conv2d(4, 6, 3, { stride: 2, padding: 1 })),
  layer('Conv2d uneven', () => new nn.Conv2d(4, 6, [3, 2], { stride: [2, 1], padding: [1, 2], bias: false })),
  layer('Conv2d 1x1 stride 2', () => new nn.Conv2d(4, 6, 1, { stride: 2 })),
  layer('Conv2d same even', () => new nn.Conv2d(4, 6, 4, { padding: 'same' })),
  layer('Conv2d dilation', () => new nn.Conv2d(4, 6, 3, { padding: 2, dilation: 2 })),
  layer('Conv2d dilation stride', () => {
    return new nn.Conv2d(4, 6, [2, 3], { stride: 2, padding: 1, dilation: [3, 2] });
  }),
  layer('Conv2d groups', () => new nn.Conv2d(4, 6, 3, { padding: 1, groups: 2 })),
  layer('Conv2d depthwise', () => new nn.Conv2d(4, 8, 3, { stride: 2, padding: 1, groups: 4 })),
  layer('Conv2d all', () => new nn.Conv2d(4, 6, 3, { stride: 2, padding: 3, dilation: 2, groups: 2 })),
  layer('ConvTranspose2d', () => new nn.ConvTranspose2d(4, 6, 3)),
  layer('ConvTranspose2d padding', () => new nn.ConvTranspose2d(4, 6, 3, { padding: 1 })),
  layer('ConvTranspose2d stride', () => new nn.ConvTranspose2d(4, 6, 4, { stride: 2, padding: 1 })),
  layer('ConvTranspose2d output', () => {
    return new nn.ConvTranspose2d(4, 6, 3, { stride: 2, padding: 1, outputPadding: 1 });
  }),
  layer('ConvTranspose2d all', () => {
    const rest = { outputPadding: [1, 0], groups: 2, bias: false, dilation: 2 } as const;
    return new nn.ConvTranspose2d(4, 6, [3, 2], { stride: [3, 2], padding: [2, 1], ...rest });
  }),
];

const pooling: Case[] = [
  layer('MaxPool2d', () => new nn.MaxPool2d(2)),
  layer('MaxPool2d padding', () => new nn.MaxPool2d(3, 2, { padding: 1 })),
  layer('AvgPool2d', () => new nn.AvgPool2d(2)),
  layer('AvgPool2d padding', () => new nn.AvgPool2d(3, 2, { padding: 1 })),
  layer('AvgPool2d inside', () => new nn.AvgPool2d([3, 2], [2, 1], { padding: 1, countIncludePad: false })),
  layer('AdaptiveAvgPool2d 1', () => new nn.AdaptiveAvgPool2d(1)),
  layer('AdaptiveAvgPool2d', () => new nn.AdaptiveAvgPool2d([3, 4])),
  {
    ...layer('Flatten', () => new nn.Flatten()),
    // The recorded image is PyTorch's [b, c, h, w].
    run: (module, { x }) => (module as nn.Flatten).forward(tf.transpose(x!, [0, 2, 3, 1])),
  },
];

const normalisation: Case[] = [
  layer('BatchNorm2d', () => new nn.BatchNorm2d(4)),
  layer('BatchNorm2d eval', () => new nn.BatchNorm2d(4).eval()),
  layer('BatchNorm2d momentum', () => new nn.BatchNorm2d(4, { eps: 1e-3, momentum: 0.3 })),
  layer('BatchNorm2d average', () => new nn.BatchNorm2d(4, { momentum: null })),
  layer('BatchNorm2d plain', () => new nn.BatchNorm2d(4, { affine: false, trackRunningStats: false })),
  layer('BatchNorm1d', () => new nn.BatchNorm1d(4)),
  layer('BatchNorm1d eval', () => new nn.BatchNorm1d(4).eval()),
  layer('BatchNorm1d sequence', () => new nn.BatchNorm1d(4)),
  layer('LayerNorm', () => new nn.LayerNorm(6)),
  layer('LayerNorm two axes', () => new nn.LayerNorm([3, 6])),
  layer('LayerNorm plain', () => new nn.LayerNorm(6, { eps: 1e-3, elementwiseAffine: false })),
  layer('LayerNorm no bias', () => new nn.LayerNorm(6, { bias: false })),
  layer('GroupNorm', () => new nn.GroupNorm(2, 4)),
  layer('GroupNorm plain', () => new nn.GroupNorm(4, 4, { affine: false })),
];

const activations: Case[] = [
  layer('ReLU', () => new nn.ReLU()),
  layer('LeakyReLU', () => new nn.LeakyReLU()),
  layer('LeakyReLU slope', () => new nn.LeakyReLU(0.2)),
  layer('Sigmoid', () => new nn.Sigmoid()),
  layer('Tanh', () => new nn.Tanh()),
  layer('GELU', () => new nn.GELU()),
  layer('GELU tanh', () => new nn.GELU({ approximate: 'tanh' })),
  layer('ELU', () => new nn.ELU()),
  layer('ELU alpha', () => new nn.ELU(0.5)),
  layer('SiLU', () => new nn.SiLU()),
  layer('Softmax', () => new nn.Softmax(-1)),
  layer('Softmax first', () => new nn.Softmax(0)),
  layer('LogSoftmax', () => new nn.LogSoftmax(-1)),
];

export const layerCases: readonly Case[] = [
  layer('Linear', () => new nn.Linear(5, 3)),
  layer('Linear 3d', () => new nn.Linear(5, 3, { bias: false })),
  layer('Embedding', () => new nn.Embedding(7, 3)),
  layer('Embedding padding', () => new nn.Embedding(7, 3, { paddingIdx: 2 })),
  ...convolutions,
  ...pooling,
  ...normalisation,
  ...activations,
];
