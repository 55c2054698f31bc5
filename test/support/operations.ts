/** Operations by the names of test/fixtures/record_operations.py, which recorded what PyTorch makes of them. */
import { gelu, geluTanh } from '../../src/engine/ops/gelu';
import { batchNormTraining, standardize } from '../../src/engine/ops/normalize';
import {
  cat, cdist, einsum, hstack, logaddexp, max, meshgrid, min, searchsorted, split, stack, tensordot, varMean, vstack,
  where,
} from '../../src/engine/tensor'; // prettier-ignore
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import * as F from '../../src/nn/functional';

type Tensor = tf.Tensor;
type Result = Tensor | readonly Tensor[] | { readonly values: Tensor; readonly indices: Tensor };
type Operation = (...inputs: [Tensor, Tensor, Tensor]) => Result;

const places = (...list: number[]): Tensor => tf.tensor1d(list, 'int32');
const table = (rows: number[][]): Tensor => tf.tensor2d(rows, undefined, 'int32');

const unary: Record<string, Operation> = {
  abs: tf.abs, neg: tf.neg, exp: tf.exp, expm1: tf.expm1, log: tf.log, log1p: tf.log1p, sqrt: tf.sqrt, rsqrt: tf.rsqrt,
  square: tf.square, reciprocal: tf.reciprocal, sin: tf.sin, cos: tf.cos, tan: tf.tan, asin: tf.asin, acos: tf.acos, atan: tf.atan,
  sinh: tf.sinh, cosh: tf.cosh, tanh: tf.tanh, asinh: tf.asinh, acosh: tf.acosh, atanh: tf.atanh, sigmoid: tf.sigmoid,
  relu: tf.relu, relu6: tf.relu6, elu: tf.elu, selu: tf.selu, softplus: tf.softplus, leakyRelu: (x) => tf.leakyRelu(x, 0.1),
  logSigmoid: tf.logSigmoid, sign: (x) => x.sign(), erf: tf.erf, floor: tf.floor, ceil: tf.ceil, round: tf.round,
  trunc: (x) => x.trunc(), frac: (x) => x.frac(), isnan: (x) => x.isnan(), isinf: (x) => x.isinf(), isfinite: (x) => x.isfinite(),
  log2: (x) => x.log2(), log10: (x) => x.log10(), exp2: (x) => x.exp2(), nanToNum: (x) => x.nanToNum(),
  nanToNumGiven: (x) => x.nanToNum(1, 2, -2), clamp: (x) => x.clamp(-0.5, 2.5), clampMin: (x) => x.clamp(0.5),
  clampMax: (x) => x.clamp(null, 0.5), clipByValue: (x) => tf.clipByValue(x, -0.5, 2.5), remainder3: (x) => x.remainder(3),
  fmod3: (x) => x.fmod(3), pow0: (x) => x.pow(0), pow2: (x) => x.pow(2), pow3: (x) => tf.pow(x, 3), powHalf: (x) => x.pow(0.5),
  powMinus: (x) => x.pow(-1), twoToThe: (x) => tf.pow(2, x), zeroToThe: (x) => tf.pow(0, x), gelu, geluTanh,
  silu: (x) => tf.mul(x, tf.sigmoid(x)), whereOfX: (x) => tf.where(tf.greater(x, 0.4), tf.mul(x, x), tf.neg(x)),
  maskedFill: (x) => x.maskedFill(x.gt(0.4), 2), bool: (x) => x.bool(), maximumZero: (x) => tf.maximum(x, 0.5),
  reluOfAbs: (x) => tf.relu(tf.abs(x)),
}; // prettier-ignore

const binary: Record<string, Operation> = {
  add: (a, b) => a.add(b), sub: (a, b) => a.sub(b), mul: (a, b) => a.mul(b), div: (a, b) => a.div(b), pow: (a, b) => a.pow(b),
  maximum: (a, b) => tf.maximum(a, b), minimum: (a, b) => tf.minimum(a, b), remainder: (a, b) => a.remainder(b), fmod: (a, b) => a.fmod(b),
  floorDivide: (a, b) => a.floorDivide(b), truncDivide: (a, b) => a.div(b, { roundingMode: 'trunc' }), atan2: (a, b) => tf.atan2(a, b),
  squaredDifference: (a, b) => tf.squaredDifference(a, b), eq: (a, b) => a.eq(b), ne: (a, b) => a.ne(b), lt: (a, b) => a.lt(b),
  le: (a, b) => a.le(b), gt: (a, b) => a.gt(b), ge: (a, b) => a.ge(b), prelu: (a, b) => tf.prelu(a, b), logaddexp,
  where: (a, b) => where(a.gt(b), a, b), clampTensor: (a, b) => a.clamp(b, b.add(1)),
  lerp: (a, b) => a.lerp(b, 0.25), logicalAnd: (a, b) => a.logicalAnd(b), logicalOr: (a, b) => a.logicalOr(b),
  logicalXor: (a, b) => a.logicalXor(b), addAlpha: (a, b) => a.add(b, { alpha: 2 }),
}; // prettier-ignore

type Reduction = (x: Tensor, dim: number | number[] | undefined, keepdim: boolean) => Result;
const one = (dim: number | number[] | undefined): number => dim as number;

const reductions: Record<string, Reduction> = {
  sum: (x, d, k) => x.sum(d, k), mean: (x, d, k) => x.mean(d, k), amax: (x, d, k) => x.amax(d, k), amin: (x, d, k) => x.amin(d, k),
  logsumexp: (x, d, k) => x.logsumexp(d!, k), norm: (x, d, k) => x.norm(2, d, k), norm1: (x, d, k) => x.norm(1, d, k),
  normInf: (x, d, k) => x.norm(Infinity, d, k), norm3: (x, d, k) => x.norm(3, d, k), norm0: (x, d, k) => x.norm(0, d, k),
  var: (x, d, k) => x.var(d, { keepdim: k }), std: (x, d, k) => x.std(d, { keepdim: k }),
  std0: (x, d, k) => x.std(d, { keepdim: k, correction: 0 }), any: (x, d, k) => x.any(d, k), all: (x, d, k) => x.all(d, k),
  nansum: (x, d, k) => x.nansum(d, k), nanmean: (x, d, k) => x.nanmean(d, k), countNonzero: (x, d) => x.countNonzero(d),
  prod: (x, d, k) => x.prod(d, k), max: (x, d, k) => (d === undefined ? max(x) : max(x, one(d), k)),
  min: (x, d, k) => (d === undefined ? min(x) : min(x, one(d), k)), argmax: (x, d, k) => x.argmax(d as number, k),
  argmin: (x, d, k) => x.argmin(d as number, k), median: (x, d, k) => (d === undefined ? x.median() : x.median(one(d), k)),
  cumsum: (x, d) => x.cumsum(one(d)), cumprod: (x, d) => x.cumprod(one(d)),
  softmax: (x, d) => x.softmax(one(d)), logSoftmax: (x, d) => x.logSoftmax(one(d)), sort: (x, d) => x.sort(one(d)),
  sortDown: (x, d) => x.sort(one(d), true), flip: (x, d) => x.flip(one(d)), roll: (x, d) => x.roll(1, one(d)),
  diff: (x, d) => x.diff(1, one(d)), unbind: (x, d) => x.unbind(one(d)), kthvalue: (x, d, k) => x.kthvalue(1, one(d), k),
  topkValues: (x, d) => x.topk(1, one(d)).values,
}; // prettier-ignore

const resize = (x: Tensor, size: [number, number], corners: boolean, half: boolean): Tensor =>
  tf.image.resizeBilinear(x, size, corners, half);

const shapes: Record<string, Operation> = {
  reshape: (x) => x.reshape(3, 2), transpose: (x) => x.permute(2, 0, 1), transpose6: (x) => x.permute(5, 0, 4, 1, 3, 2),
  slice: (x) => tf.slice(x, [1, 0], [2, 2]), slice6: (x) => x.index(null, [1], null, [0, 1], null, [1]),
  stridedSlice: (x) => tf.stridedSlice(x, [0, 1], [4, 3], [2, 1]),
  stridedSliceShrink: (x) => tf.stridedSlice(x, [1, 0, 0], [2, 0, 4], [1, 1, 2], 0, 0, 0, 2, 1),
  stridedSliceBack: (x) => tf.stridedSlice(x, [4], [-6], [-2]), reverse: (x) => tf.reverse(x, [0, 1]),
  concat: (a, b) => cat([a, b, a], 1), concatEmpty: (a, b) => cat([a, b]), stack: (a, b) => stack([a, b], 1),
  unstack: (x) => tf.unstack(x, 1), split: (x) => split(x, [1, 2], 1), tile1: (x) => tf.tile(x, [2]), tile4: (x) => tf.tile(x, [2, 1, 2, 1]),
  tile5: (x) => tf.tile(x, [2, 1, 2, 1, 2]), tile6: (x) => tf.tile(x, [2, 1, 2, 1, 2, 3]), tile0: (x) => tf.tile(x, [0, 2]),
  pad: (x) => tf.pad(x, [[0, 1], [1, 2]], 3), padReflect: (x) => tf.mirrorPad(x, [[0, 0], [1, 2]], 'reflect'),
  padReflect2: (x) => tf.mirrorPad(x, [[1, 1], [2, 2]], 'reflect'), padReflect3: (x) => tf.mirrorPad(x, [[1, 0], [2, 1], [1, 1]], 'reflect'),
  padSymmetric: (x) => tf.mirrorPad(x, [[2, 1], [0, 0]], 'symmetric'), padReflectGiven: (x) => tf.mirrorPad(x, [[1, 1]], 'reflect'),
  pad5: (x) => tf.pad(x, [[1, 0], [0, 0], [1, 1], [0, 1], [1, 0]]), broadcastTo5: (x) => tf.broadcastTo(x, [2, 3, 2, 2, 3]),
  broadcastTo6: (x) => tf.broadcastTo(x, [2, 2, 3, 2, 2, 3]), broadcastScalar: (x) => x.expand(2, 3), broadcastTo2: (x) => x.expand(2, 3),
  broadcastEmpty: (x) => x.expand(0, 3), squeeze: (x) => x.squeeze(1), expandDims: (x) => x.unsqueeze(-1),
  gather: (x) => tf.gather(x, places(2, 0, 2)), gatherAxis: (x) => tf.gather(x, places(1, 1), 1), gatherMatrix: (x) => tf.gather(x, table([[0, 1], [1, 1]])),
  gatherBatch: (x) => tf.gather(x, table([[1, 0], [2, 2]]), 1, 1), gatherEmpty: (x) => tf.gather(x, places()),
  gatherND: (x) => tf.gatherND(x, table([[0, 2], [1, 0], [0, 2]])), gatherNDRows: (x) => tf.gatherND(x, table([[1], [1]])),
  scatterND: (x) => tf.scatterND(table([[3], [1], [3]]), x, [4, 2]), scatterUpdate: (x, u) => tf.tensorScatterUpdate(x, table([[2], [0]]), u),
  segmentSum: (x) => tf.unsortedSegmentSum(x, places(0, 2, 0), 3), diag: (x) => tf.diag(x), diagMatrix: (x) => x.diag(1), diagDown: (x) => x.diag(-1),
  diagonal: (x) => x.diagonal(1, 0, 2), trace: (x) => x.trace(), tril: (x) => x.tril(), triu1: (x) => x.triu(1),
  bandPart: (x) => tf.linalg.bandPart(x, 1, 1), depthToSpace: (x) => tf.depthToSpace(x as never, 2), topk: (x) => x.topk(2, -1),
  topk0: (x) => x.topk(2, 0, false), resizeBilinear: (x) => resize(x, [4, 5], false, true), resizeCorners: (x) => resize(x, [4, 5], true, false),
  resizeNearest: (x) => tf.image.resizeNearestNeighbor(x, [4, 6]), flipLeftRight: (x) => tf.image.flipLeftRight(x),
  lrn: (x) => tf.localResponseNormalization(x as never, 2, 1, 1, 0.5), matmul: (a, b) => a.matmul(b), matmulBatch: (a, b) => a.matmul(b),
  matmulBroadcast: (a, b) => a.matmul(b), matmulVector: (a, b) => a.matmul(b), matmulVectors: (a, b) => a.matmul(b), matmul6: (a, b) => a.matmul(b),
  matmulEmpty: (a, b) => a.matmul(b), matmulTransposed: (a, b) => tf.matMul(a, b, true, true), vectorMatrix: (a, b) => a.matmul(b),
  einsum: (a, b) => einsum('ij,jk->ik', a, b), einsumBatch: (a, b) => tf.einsum('bij,bkj->bik', a, b), einsumSum: (a, b) => einsum('ij,ij->', a, b),
  einsumOuter: (a, b) => einsum('i,j->ij', a, b), einsumTranspose: (a) => einsum('ij->ji', a), einsumSumOut: (a) => einsum('ij->i', a),
  einsumTrace: (a) => einsum('ii->', a), einsumDiag: (a) => einsum('ii->i', a), einsumImplicit: (a, b) => einsum('ij,jk', a, b),
  einsumEllipsis: (a, b) => einsum('...ij,...jk->...ik', a, b), einsumThree: (a, b, c) => einsum('ij,jk,kl->il', a, b, c), einsumRepeat: (a, b) => einsum('ij,j->', a, b),
  outer: (a, b) => a.outer(b), dot: (a, b) => a.dot(b), mv: (a, b) => a.mv(b), addmm: (c, a, b) => c.addmm(a, b, { beta: 0.5, alpha: 2 }),
  baddbmm: (c, a, b) => c.baddbmm(a, b, { beta: 0.5, alpha: 2 }), addcmul: (x, a, b) => x.addcmul(a, b, { value: 0.5 }),
  addcdiv: (x, a, b) => x.addcdiv(a, b, { value: 0.5 }), lerpTensor: (x, a, b) => x.lerp(a, b), cross: (a, b) => a.cross(b),
  tensordot: (a, b) => tensordot(a, b, 1), cdist: (a, b) => cdist(a, b), gatherDim: (x) => x.gather(1, table([[0, 2], [1, 1]])), gatherDim0: (x) => x.gather(0, table([[1, 0, 1]])),
  scatter: (x, s) => x.scatter(1, table([[0, 2], [1, 0]]), s), scatterValue: (x) => x.scatter(1, table([[0, 2], [1, 0]]), 7),
  scatterAdd: (x, s) => x.scatterAdd(0, table([[0, 1, 0], [1, 1, 1]]), s), indexAdd: (x, s) => x.indexAdd(0, places(2, 0, 2), s),
  indexSelect: (x) => x.indexSelect(1, places(2, 0, 0)), indexFill: (x) => x.indexFill(1, places(2), 9), indexCopy: (x, s) => x.indexCopy(0, places(2, 0), s),
  maskedSelect: (x) => x.maskedSelect(x.gt(0)),
  take: (x) => x.take(places(4, 0, -1)), index: (x) => x.index(1, places(0, 2)), indexNegative: (x) => x.index(places(-1, 0)), repeat: (x) => x.repeat(2, 1, 2),
  repeatInterleave: (x) => x.repeatInterleave(2, 1), repeatInterleaveAll: (x) => x.repeatInterleave(2), movedim: (x) => x.movedim(0, -1),
  rollBoth: (x) => x.roll([1, -1], [0, 1]), rollAll: (x) => x.roll(1), chunk: (x) => x.chunk(2, 1),
  hstack: (a, b) => hstack([a, b]), vstack: (a, b) => vstack([a, b]), meshgrid: (a, b) => meshgrid(a, b),
  kthvalue2: (x) => x.kthvalue(2, 1), quantile: (x) => x.quantile(0.3, 1), normalizeRows: (x) => x.div(x.norm(2, 1, true).clamp(1e-12)),
  cosineSimilarity: (a, b) => a.mul(b).sum(1).div(a.norm(2, 1).mul(b.norm(2, 1))), logSumExpZero: (x) => x.logsumexp(0), varMean: (x) => varMean(x, 0), uniqueValues: (x) => x.unique().values,
  nonzero: (x) => x.nonzero(), bincount: (x) => x.int().bincount(), searchsorted: (s, x) => searchsorted(s, x), searchsortedRight: (s, x) => searchsorted(s, x, { right: true }),
}; // prettier-ignore

const layers: Record<string, Operation> = {
  layerNorm: (x, w) => tf.mul(standardize(x, [1], 1e-5), w), groupNorm: (x) => new nn.GroupNorm(2, 4, { affine: false }).forward(x),
  batchNorm: (x, scale, offset) => batchNormTraining(x, { scale, offset, mean: tf.zeros([3]), variance: tf.ones([3]), eps: 1e-5 }, () => undefined),
  crossEntropy: (x) => F.crossEntropy(x, places(2, 0, 1, 1), { reduction: 'none' }), crossEntropyDense: (x, p) => F.crossEntropy(x, p, { reduction: 'none' }),
  crossEntropyNaN: (x) => F.nllLoss(x, places(-100, 1)), bceWithLogits: (x, y) => F.bceWithLogits(x, y), l1Loss: (x, y) => F.l1Loss(x, y),
  mseLoss: (x, y) => F.mseLoss(x, y), smoothL1Loss: (x, y) => F.smoothL1Loss(x, y), huberLoss: (x, y) => F.huberLoss(x, y, { delta: 0.7 }),
  binaryCrossEntropy: (x) => F.binaryCrossEntropy(x, tf.tensor1d([0, 1, 0.5])), binaryCrossEntropyEdges: (x) => F.binaryCrossEntropy(x, tf.tensor1d([0, 1, 1])),
  attention: (q, k, v) => F.scaledDotProductAttention(q, k, v),
}; // prettier-ignore

const numbers: Record<string, Operation> = {
  intDiv: (a, b) => a.div(b), intFloorDivide: (a, b) => a.floorDivide(b), intTruncDivide: (a, b) => a.div(b, { roundingMode: 'trunc' }),
  intRemainder: (a, b) => a.remainder(b), intFmod: (a, b) => a.fmod(b), intAddOne: (x) => x.add(1), intMulHalf: (x) => x.mul(0.5),
  intMulTwo: (x) => x.mul(2), intSubOne: (x) => x.sub(1), intPow: (x) => x.pow(2), intDivTwo: (x) => x.div(2), intPlusFloat: (a, b) => a.add(b),
  boolSum: (x) => x.sum(), boolPlusInt: (a, b) => a.add(b), boolTimesFloat: (a, b) => a.mul(b), boolAnd: (a, b) => a.mul(b), boolOr: (a, b) => a.add(b),
  intAbs: (x) => x.abs(), intSum: (x) => x.sum(), intProd: (x) => x.prod(), intMax: (x) => x.max(), intCumsum: (x) => x.cumsum(0), intSort: (x) => x.sort(),
  intSortDown: (x) => x.sort(-1, true), intEq: (a, b) => a.eq(b), intSqrt: (x) => x.sqrt(), intExp: (x) => x.exp(), boolCumsum: (x) => x.cumsum(0),
  boolAny: (x) => x.any(0), boolAll: (x) => x.all(1), intClamp: (x) => x.clamp(0, 5), intTril: (x) => x.tril(), boolTril: (x) => x.tril(),
  floatToInt: (x) => x.int(), boolSort: (x) => x.sort(), boolMaximum: (a, b) => a.maximum(b), boolWhere: (c, a) => where(c, a, 0), intMedian: (x) => x.median(),
  intFlip: (x) => x.flip(0), intSign: (x) => x.sign(), intNeg: (x) => x.neg(), intSquare: (x) => x.square(), intMaximum: (a, b) => a.maximum(b),
  intRound: (x) => x.round(), intFloor: (x) => x.floor(),
}; // prettier-ignore

const elementwise = { ...unary, ...binary, ...shapes, ...layers, ...numbers };

/** `'amax/0,-1/keep'`: a reduction and its arguments. @throws Error for a name that nothing belongs to */
export function operation(name: string): Operation {
  const [base = '', dims, keep] = name.split('/');
  const plain = dims === undefined ? elementwise[base] : undefined;
  const along = dims === undefined ? undefined : reductions[base];
  if (plain) return plain;
  if (!along) throw new Error(`no operation ${name}`);
  const list = dims === '' ? [] : (dims ?? '').split(',').map(Number);
  return (x) => along(x, list.length > 1 ? list : list[0], keep === 'keep');
}

/** The outputs of an operation, one after the other. */
export function outputsOf(result: Result): Tensor[] {
  if (result instanceof tf.Tensor) return [result];
  return 'values' in result && 'indices' in result
    ? [result.values, result.indices]
    : [...(result as Tensor[])];
}

const CYCLE = [0.5, 1, 1.5, -2, 2.5];
/** What outputs are weighted with; record_operations.py makes the same. */
export const weights = (shape: readonly number[]): Tensor => {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => CYCLE[(3 * i) % 5]!),
    [...shape],
  );
};
