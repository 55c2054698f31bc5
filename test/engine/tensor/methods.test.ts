import '../../../src/engine/tf';

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  arange,
  cat,
  eye,
  full,
  linspace,
  max,
  outer,
  split,
  stack,
  tensor,
  where,
  zeros,
} from '../../../src/engine/tensor';
import type { Tensor } from '../../../src/engine/tf';

/** What PyTorch prints, recorded by test/fixtures/record_tensor.py. */
const { cases: RECORDED } = JSON.parse(
  readFileSync(join(__dirname, '../../fixtures/tensor.json'), 'utf8'),
) as { cases: Record<string, string> };

const a = arange(24).float().view(2, 3, 4);
const m = tensor([[1.5, -2, 3.25], [0, 4, -6.5]]); // prettier-ignore
const v = tensor([3, 1, 2]);
const i = tensor([[0, 2], [1, 0]], { dtype: 'int32' }); // prettier-ignore
const places = (...list: number[]): Tensor => tensor(list, { dtype: 'int32' });
const b = tensor([true, false, true]);

const CASES: Readonly<Record<string, () => Tensor>> = {
  view: () => a.view(4, -1),
  viewAs: () => v.viewAs(zeros(3, 1)),
  reshape: () => a.reshape(6, 4),
  flatten: () => a.flatten(1),
  flattenMiddle: () => a.flatten(0, 1),
  unflatten: () => v.unflatten(0, [3, 1]),
  permute: () => a.permute(2, 0, 1),
  transpose: () => a.transpose(1, 2),
  t: () => m.t(),
  unsqueeze: () => v.unsqueeze(-1),
  squeeze: () => zeros(1, 2, 1).squeeze(0),
  squeezeKeeps: () => m.squeeze(0),
  expand: () => v.unsqueeze(1).expand(-1, 2),
  expandAs: () => v.expandAs(zeros(2, 3)),
  repeat: () => v.repeat(2, 2),
  flip: () => m.flip(0, 1),
  roll: () => v.roll(1, 0),
  rollBack: () => m.roll(-1, 1),
  select: () => a.select(1, 0),
  selectLast: () => a.select(-1, -1),
  narrow: () => a.narrow(2, 1, 2),
  index: () => a.index(0, places(1, 2)),
  indexSlice: () => a.index(null, [1]),
  indexStep: () => a.index(1, null, [0, null, 2]),
  indexMask: () => v.index(b),
  indexLists: () => m.index(places(0, 1), places(2, 0)),
  indexTwoDim: () => m.index(null, i),
  indexSelect: () => m.indexSelect(1, places(2, 0)),
  gather: () => m.gather(1, i),
  maskedSelect: () => m.maskedSelect(m.gt(0)),
  maskedFill: () => m.maskedFill(m.lt(0), -1),
  chunk: () => arange(5).float().chunk(2)[0]!,
  unbind: () => m.unbind(1)[2]!,
  topk: () => m.topk(2, -1).values,
  topkIndices: () => m.topk(2, -1).indices,
  topkSmallest: () => m.topk(1, 0, false).values,
  sort: () => m.sort(1, true).values,
  argsort: () => m.argsort(0),
  triu: () => m.triu(1),
  tril: () => a.tril(-1),
  matmul: () => m.matmul(m.t()),
  matmulVector: () => m.matmul(v),
  matmulBatch: () => a.matmul(a.transpose(1, 2)),
  dot: () => v.matmul(v),
  eq: () => v.eq(1),
  ne: () => v.ne(tensor([3, 0, 2])),
  lt: () => v.lt(2),
  le: () => v.le(2),
  gt: () => m.gt(0),
  ge: () => v.ge(2),
  argmax: () => m.argmax(),
  argmaxDim: () => m.argmax(1),
  argmaxKeep: () => m.argmax(0, true),
  argmin: () => m.argmin(-1),
  amax: () => m.amax(1),
  amin: () => m.amin([0, 1]),
  sum: () => m.sum(0),
  mean: () => m.mean(),
  meanKeep: () => m.mean(1, true),
  var: () => m.var(),
  varDim: () => m.var(1),
  std: () => m.std(0, { correction: 0 }),
  clamp: () => m.clamp(-1, 2),
  clampMin: () => m.clamp(0),
  norm: () => m.norm(),
  int: () => m.int(),
  bool: () => m.bool(),
  cumsum: () => m.cumsum(1),
  prod: () => v.prod(),
  pow: () => v.pow(2),
  div: () => v.div(2),
  neg: () => v.neg(),
  eqSum: () => v.eq(v).sum(),
  item: () => tensor(2.5),
  empty: () => tensor([]),
  emptyRows: () => zeros(0, 3),
  negativeZero: () => tensor([-0, 1.5]),
  mixed: () => tensor([1, 0.5, 100.25]),
  large: () => tensor([1e9, 1]),
  small: () => tensor([1e-5, 2e-5]),
  ratio: () => tensor([0.001, 5]),
  infinite: () => tensor([Infinity, -Infinity, NaN, 2]),
  wholeInfinite: () => tensor([Infinity, 2]),
  negative: () => tensor([-1.5, 10.25]),
  integers: () => places(1, -20, 300),
  booleans: () => b,
  long: () => arange(60).float(),
  wide: () => linspace(-1, 1, 40),
  summary: () => zeros(1200),
  summary2d: () => arange(2000).float().view(50, 40),
  deep: () => arange(8).float().view(2, 1, 2, 2),
  thirds: () => arange(1, 7).float().view(2, 3).div(3),
  linspace: () => linspace(-5, 5, 11),
  arange: () => arange(1, 10, 3),
  arangeHalf: () => arange(0, 1, 0.25),
  eye: () => eye(2, 3),
  full: () => full([2, 2], 7.5),
  cat: () => cat([m, m], 1),
  stack: () => stack([v, v], 1),
  where: () => where(v.gt(1.5), v, zeros(3)),
  split: () => split(arange(7).float(), 3)[2]!,
  max: () => max(m, 1).values,
  maxIndices: () => max(m, 1).indices,
  outer: () => outer(v, v),
};

describe('methods of tensors', () => {
  for (const [name, make] of Object.entries(CASES)) {
    it(`${name} gives what PyTorch gives, and is printed as there`, () => {
      assert.equal(String(make()), RECORDED[name]);
    });
  }

  it('are all that were recorded', () =>
    assert.deepEqual(Object.keys(CASES).sort(), Object.keys(RECORDED).sort()));

  it('leave TensorFlow.js’s own of the same name as they are', () => {
    assert.deepEqual(a.transpose([2, 1, 0]).shape, [4, 3, 2]);
    assert.deepEqual(m.transpose().shape, [3, 2]);
    assert.deepEqual(m.reshape([3, 2]).shape, [3, 2]);
    assert.deepEqual(m.flatten().shape, [6]);
    assert.deepEqual(zeros(1, 2, 1).squeeze().shape, [2]);
    assert.deepEqual(zeros(1, 2, 1).squeeze([2]).shape, [1, 2]);
    assert.deepEqual(m.gather(places(1, 1), 1).shape, [2, 2]);
    assert.deepEqual([...m.topk(2).indices.dataSync()], [2, 0, 1, 0]);
  });

  it('say what they are, and give their values', () => {
    assert.deepEqual([m.numel(), m.dim(), m.item === undefined], [6, 2, false]);
    assert.equal(tensor([[2.5]]).item(), 2.5);
    assert.deepEqual(m.tolist(), [[1.5, -2, 3.25], [0, 4, -6.5]]); // prettier-ignore
    assert.deepEqual([tensor(3).tolist(), b.tolist()], [3, [true, false, true]]);
    assert.throws(
      () => m.item(),
      /Cannot take item\(\): expected a tensor of one element, got \[2, 3\]; tolist\(\) gives all/,
    );
    assert.ok(
      m.allclose(m.mul(1 + 1e-6)) && !m.allclose(m.add(1)) && m.equals(m.add(0)) && !m.equals(m.int()),
    );
  });

  const refused: [string, () => unknown, RegExp][] = [
    [
      'view',
      () => m.view(4, -1),
      /Cannot view: expected sizes of 6 elements, as \[2, 3\] has, got \[4, -1\]/,
    ],
    ['select', () => m.select(0, 2), /Cannot select: expected an index from -2 to 1, got 2/],
    ['dimension', () => m.transpose(0, 2), /Cannot transpose: expected a dimension from -2 to 1, got 2/],
    ['narrow', () => m.narrow(1, 2, 2), /within the 3 places of dimension 1, got 2 and 2/],
    [
      'matmul',
      () => m.matmul(m),
      /expected the last size of the first to equal the second last of the second, got \[2, 3\] and \[2, 3\]/,
    ],
    ['expand', () => v.expand(2), /Cannot expand: .*\[3\], got \[2\]/],
    ['permute', () => a.permute(0, 1), /each of the 3 dimensions once, got \[0, 1\]/],
    ['gather', () => m.gather(1, places(0)), /an index of 2 dimensions/],
    ['mask', () => m.index(tensor([true])), /a mask of shape \[2\], got \[1\]/],
    ['indices', () => v.index(0, 0), /at most 1 indices, got 2/],
    ['sizes', () => zeros(-1), /Cannot make zeros: expected sizes of at least 0, got -1/],
    ['arange', () => arange(3, 1), /a step from 3 towards 1, got 1/],
  ];
  for (const [name, call, message] of refused)
    it(`refuse a wrong ${name} in a sentence`, () => void assert.throws(call, message));
});
