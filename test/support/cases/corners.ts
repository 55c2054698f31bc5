/** The calls of record_corners.py by the same names: the input, and what is made of it. */
import { ones, tensor, zeros } from '../../../src/engine/tensor';
import * as tf from '../../../src/engine/tf';
import * as F from '../../../src/nn/functional';

/** One row: what gets the gradient, and the call. */
export type Corner = readonly [x: tf.Tensor, call: (x: tf.Tensor) => tf.Tensor];

const [INF, NAN] = [Infinity, NaN];
const ids = (...values: number[]): tf.Tensor => tf.tensor1d(values, 'int32');
const table = (rows: number[][]): tf.Tensor => tf.tensor2d(rows, undefined, 'int32');
const L = tensor([[1, 2, 3], [0, -1, 2], [3, 1, 0]]); // prettier-ignore
const Y = tensor([[1, -1, 1], [-1, -1, 1], [1, 1, -1]]); // prettier-ignore
const W = tensor([0.2, 1, 3]);
const THREE = tensor([[0, 0], [1, 1], [2, 3]]); // prettier-ignore
const row = tensor([1, 2, 3]);
const none = zeros(0, 3);

type Rows = Record<string, Corner>;

function classes(reduction: 'mean' | 'sum' | 'none'): Rows {
  const shares = tensor([[0.2, 0.3, 0.5], [1, 0, 0], [0, 0.5, 0.5]]); // prettier-ignore
  const infinite = tensor([[INF, 1, 2], [-INF, 0, 1], [1, 2, 3]]); // prettier-ignore
  const smooth = { weight: W, labelSmoothing: 0.3, reduction };
  const rows: Rows = {
    'ce ignored': [L, (x) => F.crossEntropy(x, ids(-1, -1, -1), { ignoreIndex: -1, reduction })],
    'ce empty': [none, (x) => F.crossEntropy(x, ids(), { reduction })],
    'nll empty': [none, (x) => F.nllLoss(x, ids(), { reduction })],
    'ce some': [L, (x) => F.crossEntropy(x, ids(1, -1, 2), { ignoreIndex: -1, ...smooth })],
    'ce one': [row, (x) => F.crossEntropy(x, tf.scalar(2, 'int32'), { reduction, labelSmoothing: 0.1 })],
    'ce shares': [L, (x) => F.crossEntropy(x, shares, smooth)],
    'ce share': [row, (x) => F.crossEntropy(x, tensor([0.2, 0.3, 0.5]), { reduction })],
    'mse empty': [none, (x) => F.mseLoss(x, none, { reduction })],
    'l1 empty': [none, (x) => F.l1Loss(x, none, { reduction })],
    'bce empty': [none, (x) => F.bceWithLogits(x, none, { reduction })],
    'kl empty': [none, (x) => F.klDiv(x, none, { reduction })],
    'huber empty': [none, (x) => F.huberLoss(x, none, { reduction })],
    'ce infinite': [infinite, (x) => F.crossEntropy(x, ids(0, 1, 2), { reduction })],
    'ce impossible': [tf.neg(tf.abs(infinite)), (x) => F.crossEntropy(x, ids(0, 1, 2), { reduction })],
  };
  return Object.fromEntries(Object.entries(rows).map(([name, one]) => [`${name} ${reduction}`, one]));
}

const weighed: Rows = {
  'ce weight 0': [L, (x) => F.crossEntropy(x, ids(0, 0, 0), { weight: tensor([0, 1, 1]) })],
  'nll weight 0': [L, (x) => F.nllLoss(x, ids(0, 0, 0), { weight: tensor([0, 1, 1]) })],
  'nll one': [row, (x) => F.nllLoss(x, tf.scalar(1, 'int32'))],
  'ce smooth ignored': [
    L,
    (x) => F.crossEntropy(x, ids(-100, -100, -100), { weight: W, labelSmoothing: 0.3 }),
  ],
};

function divergences(): Rows {
  const logs = tensor([[-1, -1, -1], [-0.1, -3, -3]]); // prettier-ignore
  const shares = tensor([[0, 0.5, 0.5], [1, 0, 0]]); // prettier-ignore
  const logShares = tensor([[-INF, -0.7, -0.7], [0, -50, -60]]); // prettier-ignore
  return Object.fromEntries(
    (['batchmean', 'mean', 'sum', 'none'] as const).flatMap((reduction): [string, Corner][] => [
      [`kl ${reduction}`, [logs, (x) => F.klDiv(x, shares, { reduction })]],
      [`kl log ${reduction}`, [logs, (x) => F.klDiv(x, logShares, { logTarget: true, reduction })]],
    ]),
  );
}

const numbers: Rows = {
  'smoothL1 beta 0': [L, (x) => F.smoothL1Loss(x, zeros(3, 3), { beta: 0 })],
  'huber 0': [L, (x) => F.huberLoss(x, x.detach())],
  'bce edges': [tensor([0, 0, 1, 1]), (x) => F.binaryCrossEntropy(x, tensor([0, 1, 0, 1]))],
  'bce infinite': [tensor([INF, -INF, -100, 100]), (x) => F.bceWithLogits(x, tensor([1, 0, 1, 0]))],
  'bce posWeight 0': [
    tensor([1, 2, -1, 3]),
    (x) => F.bceWithLogits(x, tensor([1, 0, 1, 0]), { posWeight: tensor([0]) }),
  ],
  ...divergences(),
  'kl below 0': [tensor([[-1, -1]]), (x) => F.klDiv(x, tensor([[-0.5, 0.5]]), { reduction: 'sum' })],
  'gaussianNll var 0': [row, (x) => F.gaussianNllLoss(x, zeros(3), tensor([0, 1, 2]), { full: true })],
  'poissonNll full': [row, (x) => F.poissonNllLoss(x, tensor([0, 1, 5]), { full: true })],
  'poissonNll plain': [tensor([0, 2, 3]), (x) => F.poissonNllLoss(x, tensor([0, 1, 5]), { logInput: false })],
};

const others = tensor([[1, 0], [0, 1], [0, 0]]); // prettier-ignore
const logs = tf.logSoftmax(tf.sin(tf.reshape(tf.range(0, 24), [4, 2, 3])));

const margins: Rows = {
  'cosineEmbedding': [THREE, (x) => F.cosineEmbeddingLoss(x, others, tensor([1, -1, 1]), { margin: 0.3 })],
  'cosineEmbedding tie': [tensor([[1, 0]]), (x) => F.cosineEmbeddingLoss(x, tensor([[0, 1]]), tensor([-1]))],
  'triplet same': [THREE, (x) => F.tripletMarginLoss(x, x.detach(), others, { swap: true })],
  'triplet tie': [
    tensor([[5]]),
    (x) => F.tripletMarginLoss(x, tensor([[3]]), tensor([[2]]), { margin: 1, p: 1, eps: 0 }),
  ],
  'multiMargin': [L, (x) => F.multiMarginLoss(x, ids(0, 1, 2), { p: 2, margin: 0.5, weight: W })],
  'multilabelMargin': [
    L,
    (x) => F.multilabelMarginLoss(x, table([[2, 0, -1], [-1, 0, 1], [1, -1, 0]])),
  ],
  'hinge tie': [L, (x) => F.hingeEmbeddingLoss(x, Y, { margin: 2 })],
  'marginRanking tie': [L, (x) => F.marginRankingLoss(x, ones(3, 3), Y, { margin: 0 })],
  'ctc none': [
    logs,
    (x) => F.ctcLoss(x, table([[1, 2], [0, 0]]), [4, 4], [2, 0], { reduction: 'none' }),
  ],
  'ctc zeros': [
    logs,
    (x) => F.ctcLoss(x, table([[1, 1, 1], [1, 2, 0]]), [4, 4], [3, 2], { zeroInfinity: true }),
  ],
  'ctc joined': [logs, (x) => F.ctcLoss(x, ids(1, 2, 1), [4, 3], [2, 1], { reduction: 'sum' })],
}; // prettier-ignore

const pairs = tensor([[0, 0], [1, 2]]); // prettier-ignore
const other = tensor([[0, 0], [1, 1]]); // prettier-ignore

const rows: Rows = {
  'pdist same': [tensor([[0, 0], [0, 0], [1, 1]]), F.pdist],
  'pairwise same': [pairs, (x) => F.pairwiseDistance(x, other)],
  'cosine 0': [pairs, (x) => F.cosineSimilarity(x, other)],
  'normalize 0': [tensor([[0, 0], [3, 4]]), (x) => F.normalize(x)],
  'normalize p 1': [tensor([[0, -1], [3, 4]]), (x) => F.normalize(x, { p: 1, dim: 0 })],
  'normalize p inf': [tensor([[0, -4], [3, 4]]), (x) => F.normalize(x, { p: INF })],
  'groupNorm even': [ones(2, 3), (x) => F.groupNorm(x, 1)],
  'layerNorm even': [ones(2, 3), (x) => F.layerNorm(x, [3])],
  'rmsNorm 0': [zeros(2, 3), (x) => F.rmsNorm(x, [3])],
  'softmax infinite': [tensor([[INF, 1], [-INF, -INF], [-INF, 2]]), (x) => F.softmax(x, -1)],
  'logSoftmax infinite': [tensor([[-INF, 1], [3, 2]]), (x) => F.logSoftmax(x, -1)],
  'embedding padding': [L, (x) => F.embedding(ids(0, 1, 1), x, { paddingIdx: 1 })],
}; // prettier-ignore

const sequence = (...values: number[]): tf.Tensor => tf.tensor(values, [1, values.length, 1]);

const functions: Rows = {
  'silu': [tensor([-INF, -90, -100, 0, 100]), F.silu],
  'mish': [tensor([-90, -30, 0, 30, 100]), F.mish],
  'softplus': [tensor([-100, -20, 0, 20, 20.5, 100]), (x) => F.softplus(x)],
  'logSigmoid': [tensor([-200, -20, 0, 20, 200]), F.logSigmoid],
  'elu': [tensor([-200, -0, 0, 20, -INF]), (x) => F.elu(x)],
  'hardswish': [tensor([-3, 3, 0, -3.5, 4]), F.hardswish],
  'hardsigmoid': [tensor([-3, 3, 0, -3.5, 4]), F.hardsigmoid],
  'relu6': [tensor([NAN, 6, 0]), F.relu6],
  'leakyRelu': [tensor([NAN, 0, -0]), (x) => F.leakyRelu(x)],
  'hardshrink': [tensor([NAN, 0.5, -0.5]), (x) => F.hardshrink(x)],
  'softshrink': [tensor([NAN, 0.5, -0.5]), (x) => F.softshrink(x)],
  'threshold': [tensor([NAN, 1, 2]), (x) => F.threshold(x, 1, 5)],
  'hardtanh': [tensor([NAN, 1, -1]), (x) => F.hardtanh(x)],
  'prelu': [tensor([NAN, 0, -2]), (x) => F.prelu(x, tensor([0.25]))],
  'tanhshrink': [tensor([1e-4, -50, 0]), F.tanhshrink],
  'lpPool 0': [sequence(0, 0, 3, 4), (x) => F.lpPool1d(x, 2, 2)],
  'lpPool below 0': [sequence(1, -2, 3, 4), (x) => F.lpPool1d(x, 3, 2)],
  'maxPool infinite': [sequence(-INF, -INF, 1, 2), (x) => F.maxPool1d(x, 2)],
}; // prettier-ignore

const ends = tensor([[INF, 1, 2], [-INF, 1, 2], [NAN, 1, 2], [INF, INF, 1], [INF, -INF, 0], [1, NAN, INF], [2, 2, 1]]); // prettier-ignore
const line = tensor([INF, -INF, 3, 0.5]);
const big = tensor([1e30, -1e30, 2]);
const pool = tensor([[1, NAN, 2, 3, NAN, NAN], [-INF, -INF, -INF, 2, 2, -INF], [INF, INF, 5, 5, 0, NAN], [1, 1, 1, 1, 1, 1]]); // prettier-ignore
const labels = table([...ends.tolist<number[][]>().map(() => [1, -1, 0])]);
const second = ids(1, 1, 1, 1, 1, 1, 1);

/** What of it is of a reduction. */
const endless = (reduction: 'mean' | 'none'): Rows => ({
  [`multiMargin infinite ${reduction}`]: [ends, (x) => F.multiMarginLoss(x, second, { reduction })],
  [`multiMargin squared ${reduction}`]: [ends, (x) => F.multiMarginLoss(x, second, { p: 2, reduction })],
  [`multilabelMargin infinite ${reduction}`]: [ends, (x) => F.multilabelMarginLoss(x, labels, { reduction })],
}); // prettier-ignore

const infinities: Rows = {
  ...endless('mean'),
  ...endless('none'),
  'hinge infinite right': [line, (x) => F.hingeEmbeddingLoss(x, ones(4), { reduction: 'none' })],
  'hinge infinite wrong': [line, (x) => F.hingeEmbeddingLoss(x, tf.neg(ones(4)), { reduction: 'none' })],
  'pairwise p 1 infinite': [ends, (x) => F.pairwiseDistance(x, zeros(7, 3), { p: 1 })],
  'softmax ends 0': [ends, (x) => F.softmax(x, 0)],
  'softmax ends 1': [ends, (x) => F.softmax(x, 1)],
  'logSoftmax ends 0': [ends, (x) => F.logSoftmax(x, 0)],
  'logSoftmax ends 1': [ends, (x) => F.logSoftmax(x, 1)],
  'softmin ends': [ends, (x) => F.softmin(x, 1)],
  'lerp early': [line, (x) => x.lerp(ones(4), 0.3)],
  'lerp late': [line, (x) => x.lerp(ones(4), 0.7)],
  'lerp both': [line, (x) => x.lerp(ones(4), tensor([0.3, 0.7, 0.5, -0.6]))],
  'addcmul 0': [big, (x) => x.addcmul(x.detach(), x.detach(), { value: 0 })],
  'addcdiv small': [big, (x) => x.addcdiv(tf.mul(big, 1e8), big, { value: 1e-8 })],
  'norm 0': [line, (x) => x.norm(0)],
  'maxPool ends': [pool, (x) => F.maxPool2d(x.view(1, 4, 6, 1), 2).view(-1)],
  'maxPool wide': [pool, (x) => F.maxPool2d(x.view(1, 4, 6, 1), 3, { stride: 2, padding: 1, ceilMode: true }).view(-1)],
  'maxPool line': [pool, (x) => F.maxPool1d(x.view(1, 24, 1), 5, { stride: 3, padding: 2 }).view(-1)],
  'maxPool volume': [pool, (x) => F.maxPool3d(x.view(1, 2, 2, 6, 1), 2, { stride: 1, padding: 1 }).view(-1)],
}; // prettier-ignore

/** All rows by name. */
export const corners: Readonly<Rows> = {
  ...classes('mean'),
  ...classes('sum'),
  ...classes('none'),
  ...weighed,
  ...numbers,
  ...margins,
  ...rows,
  ...functions,
  ...infinities,
};
