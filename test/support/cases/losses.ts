/** The cases of record_losses.py. */
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';
import { Case, Inputs } from '../fidelity';

const loss = (name: string, run: (inputs: Inputs) => tf.Tensor): Case => ({
  file: 'losses',
  name,
  run: (_, inputs) => run(inputs),
});

const classes = (name: string, options: (weight: tf.Tensor1D) => nn.CrossEntropyOptions): Case =>
  loss(name, ({ x, target, weight }) => nn.crossEntropy(x!, target!, options(weight!)));

const all = { labelSmoothing: 0.2, ignoreIndex: 2 };

const ofClasses: Case[] = [
  classes('crossEntropy', () => ({})),
  classes('crossEntropy sum', () => ({ reduction: 'sum' })),
  classes('crossEntropy none', () => ({ reduction: 'none' })),
  classes('crossEntropy weight', (weight) => ({ weight })),
  classes('crossEntropy smooth', () => ({ labelSmoothing: 0.1 })),
  classes('crossEntropy all', (weight) => ({ weight, ...all })),
  classes('crossEntropy all sum', (weight) => ({ weight, ...all, reduction: 'sum' })),
  classes('crossEntropy ignore', () => ({})),
  classes('crossEntropy shares', () => ({})),
  classes('crossEntropy shares all', (weight) => ({ weight, labelSmoothing: 0.2 })),
  loss('nllLoss', ({ x, target }) => nn.nllLoss(x!, target!)),
  loss('nllLoss all', ({ x, target, weight }) => {
    return nn.nllLoss(x!, target!, { weight: weight!, ignoreIndex: 2 });
  }),
];

const clusters = (name: string, build: () => nn.AdaptiveLogSoftmaxWithLoss): Case[] =>
  ['', ' unbatched'].map((kind) => ({
    file: 'losses',
    name: `AdaptiveLogSoftmaxWithLoss${name}${kind}`,
    build,
    run: (module, { x, target }) => {
      const layer = module as nn.AdaptiveLogSoftmaxWithLoss;
      const { output, loss: mean } = layer.forward(x!, target!);
      return [output, mean, layer.logProb(x!)];
    },
  }));

const reductions = ['mean', 'sum', 'none'] as const;

export const lossCases: readonly Case[] = [
  ...clusters('', () => new nn.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 7])),
  ...clusters(' one', () => {
    return new nn.AdaptiveLogSoftmaxWithLoss(6, 12, [4], { divValue: 1.5, headBias: true });
  }),
  ...clusters(' many', () => new nn.AdaptiveLogSoftmaxWithLoss(16, 12, [1, 2, 5, 11], { divValue: 2 })),
  ...ofClasses,
  ...reductions.flatMap((reduction) => [
    loss(`mseLoss ${reduction}`, ({ x, y }) => nn.mseLoss(x!, y!, { reduction })),
    loss(`l1Loss ${reduction}`, ({ x, y }) => nn.l1Loss(x!, y!, { reduction })),
    loss(`huberLoss ${reduction}`, ({ x, y }) => nn.huberLoss(x!, y!, { reduction })),
    loss(`smoothL1Loss ${reduction}`, ({ x, y }) => nn.smoothL1Loss(x!, y!, { reduction })),
  ]),
  loss('huberLoss delta', ({ x, y }) => nn.huberLoss(x!, y!, { delta: 0.5 })),
  loss('smoothL1Loss beta', ({ x, y }) => nn.smoothL1Loss(x!, y!, { beta: 0.5 })),
  loss('bceWithLogits', ({ x, y }) => nn.bceWithLogits(x!, y!)),
  loss('bceWithLogits all', ({ x, y, w }) => {
    return nn.bceWithLogits(x!, y!, { weight: w!, posWeight: tf.mul(w!, 2), reduction: 'sum' });
  }),
];
