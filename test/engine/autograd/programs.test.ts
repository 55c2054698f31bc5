import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { grad } from '../../../src/engine/autograd';
import { cat, matmul, maximum, minimum, where } from '../../../src/engine/tensor';
import * as tf from '../../../src/engine/tf';
import { logSoftmax, softmax } from '../../../src/nn/functional';

type Step = [name: string, x: number, y?: number];
interface Program {
  readonly shapes: readonly [number, number][];
  readonly inputs: readonly number[][];
  readonly steps: readonly Step[];
  readonly loss: number;
  readonly gradients: readonly (number[] | null)[];
  readonly second?: readonly (number[] | null)[];
}
/** Recorded by test/fixtures/record_autograd.py, which says what each step is in PyTorch. */
const { single, second } = JSON.parse(
  readFileSync(join(__dirname, '../../fixtures/autograd.json'), 'utf8'),
) as Record<'single' | 'second', Program[]>;

const STEPS: Readonly<Record<string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor>> = {
  abs: (x) => x.abs(),
  exp: (x) => x.exp(),
  log: (x) => x.abs().add(1).log(),
  sqrt: (x) => x.abs().add(1).sqrt(),
  rsqrt: (x) => x.abs().add(1).rsqrt(),
  square: (x) => x.square(),
  sin: (x) => x.sin(),
  cos: (x) => x.cos(),
  tanh: (x) => x.tanh(),
  sigmoid: (x) => x.sigmoid(),
  relu: (x) => x.relu(),
  neg: (x) => x.neg(),
  erf: (x) => x.erf(),
  log1p: (x) => x.abs().log1p(),
  pow3: (x) => x.pow(3),
  clamp: (x) => x.clamp(-0.5, 0.5),
  softmax: (x) => softmax(x, -1),
  logSoftmax: (x) => logSoftmax(x, -1),
  reciprocal: (x) => x.abs().add(1).reciprocal(),
  cumsum: (x) => x.cumsum(-1),
  flip: (x) => x.flip(0),
  roll: (x) => x.roll(1, 0),
  transpose: (x) => x.transpose(0, 1),
  sumRows: (x) => x.sum(1, true),
  meanColumns: (x) => x.mean(0, true),
  std: (x) => x.std(1, { keepdim: true }),
  amax: (x) => x.amax(1, true),
  narrow: (x) => x.narrow(0, 0, 2),
  row: (x) => x.select(0, 1).unsqueeze(0),
  repeat: (x) => x.repeat(2, 1),
  expand: (x) => x.narrow(0, 0, 1).expand(3, -1),
  view: (x) => x.view(-1, 1),
  triu: (x) => x.triu(),
  chunk: (x) => x.chunk(2, 0)[0]!,
  topk: (x) => x.topk(1, -1).values,
  maskedFill: (x) => x.maskedFill(x.gt(0.2), 0),
  where: (x) => where(x.gt(0), x.mul(2), x.mul(0.5)),
  indexSelect: (x) => x.indexSelect(0, tf.tensor1d([0, 0, 1], 'int32')),
  add: (x, y) => x.add(y),
  sub: (x, y) => x.sub(y),
  mul: (x, y) => x.mul(y),
  div: (x, y) => x.div(y.abs().add(1)),
  maximum: (x, y) => maximum(x, y),
  minimum: (x, y) => minimum(x, y),
  atan2: (x, y) => tf.atan2(x, y.abs().add(1)),
  matmul: (x, y) => matmul(x, y.transpose(0, 1)),
  cat: (x, y) => cat([x, y], 0),
};

function run({ shapes, inputs, steps }: Program): { leaves: tf.Tensor[]; loss: tf.Tensor } {
  const leaves = inputs.map((values, i) => tf.tensor(values, [...shapes[i]!]).requiresGrad_());
  const values: tf.Tensor[] = [...leaves];
  for (const [name, x, y = x] of steps) values.push(STEPS[name]!(values[x]!, values[y]!));
  const ends = values.slice(-3).map((value) => value.tanh().mul(0.5).add(value.mul(0.1)).sum());
  return { leaves, loss: ends.reduce((sum, one) => sum.add(one)) };
}

function assertGradients(
  actual: readonly (tf.Tensor | null)[],
  expected: readonly (number[] | null)[],
): void {
  actual.forEach((gradient, i) => {
    const wanted = expected[i] ?? null;
    if (wanted === null) return assert.ok(gradient === null || gradient.abs().max().dataSync()[0] === 0);
    const values = gradient?.dataSync() ?? [];
    wanted.forEach((value, k) => {
      const bound = 1e-5 * Math.max(1, Math.abs(value));
      assert.ok(
        Math.abs(value - (values[k] ?? NaN)) <= bound,
        `input ${i}: ${values[k]} instead of ${value}`,
      );
    });
  });
}

describe('gradients', () => {
  const names = (program: Program) => program.steps.map(([name]) => name).join(' ');
  for (const [i, program] of single.entries()) {
    it(`of composition ${i + 1} are PyTorch's: ${names(program)}`, () => {
      const { leaves, loss } = run(program);
      assert.ok(Math.abs(loss.item() - program.loss) <= 1e-4 * Math.max(1, Math.abs(program.loss)));
      loss.backward();
      assertGradients(
        leaves.map((leaf) => leaf.grad),
        program.gradients,
      );
    });
  }

  for (const [i, program] of second.entries()) {
    it(`of gradients, composition ${i + 1}, are PyTorch's: ${names(program)}`, () => {
      const { leaves, loss } = run(program);
      const first = grad(loss, leaves, { createGraph: true });
      assertGradients(first, program.gradients);
      const penalty = first
        .map((gradient) => gradient.mul(gradient).sum())
        .reduce((sum, one) => sum.add(one));
      assertGradients(grad(penalty, leaves, { allowUnused: true }), program.second ?? []);
    });
  }
});
