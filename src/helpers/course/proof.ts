/**
 * What the notebooks' proofs against PyTorch share: weights that both sides compute by one integer formula instead of
 * storing them, and the records of what PyTorch made of them (`test/fixtures/record_course.py`).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { say } from '../../../bin/bootstrap/language';
import { PROJECT } from '../../engine/backend/paths';
import * as tf from '../../engine/tf';
import type * as nn from '../../nn';
import { fromTorch, torchShape } from '../io/layout';

const FIXTURES = join(PROJECT, 'notebooks/fixtures');
const PRIME = 10007;

/** `count` numbers in [0, 1): ((7 i² + 31 i + 101 k) mod 10007) / 10007, exact in any language. */
function unit(count: number, k: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => ((7 * i * i + 31 * i + 101 * k) % PRIME) / PRIME);
}

/** A tensor of numbers in [-1, 1) by the formula; `k` chooses which. The axes are ours: images channels-last. */
export function formulaInput<R extends tf.Rank>(shape: tf.ShapeMap[R], k = 1000): tf.Tensor<R> {
  const values = unit(tf.util.sizeFromShape(shape), k).map((u) => 2 * u - 1);
  return tf.tensor<R>(Float32Array.from(values), shape);
}

/**
 * Overwrites all parameters and running statistics of a model by the formula, `k` being the entry's place in the
 * state dict; `num_batches_tracked` does not count. Matrices and kernels stay within ±√(3 / fan in), scales and
 * variances within [0.5, 1.5), biases and means within ±0.1.
 */
export function fillByFormula<M extends nn.Module>(model: M): M {
  const entries = [...model.stateDict()].filter(([name]) => !name.endsWith('num_batches_tracked'));
  entries.forEach(([name, variable], k) => {
    tf.tidy(() => variable.assign(fromTorch(formulaValues(name, variable, k), variable)));
  });
  return model;
}

function formulaValues(name: string, variable: tf.Variable, k: number): tf.Tensor {
  const shape = torchShape(variable);
  const bound = Math.sqrt((3 * (shape[0] ?? 1)) / variable.size); // fan in = size / outputs
  const positive = name.endsWith('weight') || name.endsWith('running_var');
  const value = (u: number): number => {
    if (shape.length >= 2) return (2 * u - 1) * bound;
    return positive ? 0.5 + u : (2 * u - 1) * 0.1;
  };
  return tf.tensor(Float32Array.from(unit(variable.size, k).map(value)), shape);
}

/**
 * Reads what PyTorch computed for a notebook's proof.
 * @param number the notebook's number, e.g. '03' for `notebooks/fixtures/03.json`
 * @throws RangeError when there is no such record
 */
export function readFixture<T>(number: string): T {
  const file = join(FIXTURES, `${number}.json`);
  if (!existsSync(file)) {
    throw new RangeError(`Cannot read fixture: expected one in notebooks/fixtures, got no ${number}.json`);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

function demand(holds: boolean, name: string, said: string, wanted: string): void {
  if (!holds)
    throw new RangeError(
      say({ zh: `✗ ${name}：得到 ${said}，应当${wanted}`, en: `✗ ${name}: got ${said}, expected ${wanted}` }),
    );
  console.log(say({ zh: `✓ ${name}：${said}，${wanted}`, en: `✓ ${name}: ${said}, ${wanted}` }));
}

/**
 * Bounds for what a notebook states: printed with a tick when they hold, a RangeError when they do not.
 * Values are compared by `check` (`helpers/course/check.ts`); here are the inequalities. NaN meets no bound.
 */
export const bound = {
  /** Throws unless `value` < `limit`. */
  below(name: string, value: number, limit: number): void {
    demand(
      value < limit,
      name,
      short(value),
      say({ zh: `小于 ${short(limit)}`, en: `below ${short(limit)}` }),
    );
  },
  /** Throws unless `value` ≥ `limit`. */
  atLeast(name: string, value: number, limit: number): void {
    demand(
      value >= limit,
      name,
      short(value),
      say({ zh: `不小于 ${short(limit)}`, en: `at least ${short(limit)}` }),
    );
  },
  /** Throws unless `low` ≤ `value` ≤ `high`. */
  between(name: string, value: number, low: number, high: number): void {
    demand(
      value >= low && value <= high,
      name,
      short(value),
      say({ zh: `在 ${low} 与 ${high} 之间`, en: `between ${low} and ${high}` }),
    );
  },
  /** For text and truth values; the text itself is not repeated on screen. */
  same(name: string, value: string | number | boolean, expected: string | number | boolean): void {
    if (value !== expected)
      throw new RangeError(
        say({
          zh: `✗ ${name}：得到\n${value}\n应当是\n${expected}`,
          en: `✗ ${name}: got\n${value}\nexpected\n${expected}`,
        }),
      );
    console.log(say({ zh: `✓ ${name}：一致`, en: `✓ ${name}: the same` }));
  },
};
