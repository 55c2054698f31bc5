/** Runs what test/fixtures/operations.json recorded, and says how far the results lie from PyTorch's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { grad } from '../../src/engine/autograd';
import * as tf from '../../src/engine/tf';
import { operation, outputsOf, weights } from './operations';

type Coded = number | 'nan' | 'inf' | '-inf';
interface Stored {
  readonly k: 'f' | 'i' | 'b';
  readonly s: number[];
  readonly v: Coded[];
}

/** One case: tensors are numbers of the pool; what PyTorch refuses has inputs alone. */
export interface Row {
  readonly op: string;
  readonly in: number[];
  readonly out?: number[];
  readonly grad?: number[];
  readonly second?: number[];
  /** Which of the gradients have gradients themselves. */
  readonly again?: number[];
  readonly refused?: true;
}

const file = JSON.parse(readFileSync(join(__dirname, '../fixtures/operations.json'), 'utf8')) as {
  tensors: Stored[];
  rows: Row[];
};

/** All cases, in the order of recording. */
export const rows: readonly Row[] = file.rows;

const DTYPES = { f: 'float32', i: 'int32', b: 'bool' } as const;
const WORDS: Record<string, number> = { nan: NaN, inf: Infinity, '-inf': -Infinity };
const numberOf = (value: Coded): number => (typeof value === 'string' ? WORDS[value]! : value);

/** The inputs of a case; those that are float32 require gradients. */
export function inputsOf(row: Row): tf.Tensor[] {
  return row.in.map((at) => {
    const { k, s, v } = file.tensors[at]!;
    const x = tf.tensor(v.map(numberOf), s, DTYPES[k]);
    return k === 'f' ? x.requiresGrad_() : x;
  });
}

/** The rank of a tensor of the pool. */
export const rankOf = (at: number): number => file.tensors[at]!.s.length;

/** What a case computes: the outputs, gradients of what depends on the inputs, and gradients of those. */
export function computed(row: Row, inputs: tf.Tensor[]): tf.Tensor[] {
  const outputs = outputsOf(operation(row.op)(...(inputs as [tf.Tensor, tf.Tensor, tf.Tensor])));
  const wanted = inputs.filter((x) => x.requiresGrad);
  if (!row.grad) return outputs;
  const gradients = slopes(outputs, wanted, row.second !== undefined);
  if (!row.second) return [...outputs, ...gradients];
  return [...outputs, ...gradients, ...slopes(row.again!.map((at) => gradients[at]!), wanted, false)]; // prettier-ignore
}

function slopes(outputs: tf.Tensor[], wanted: tf.Tensor[], createGraph: boolean): tf.Tensor[] {
  const through = outputs.filter((y) => y.requiresGrad);
  if (through.length === 0) return wanted.map((x) => tf.zerosLike(x));
  const gradOutputs = through.map(({ shape }) => weights(shape));
  const found = grad(through, wanted, { gradOutputs, createGraph, retainGraph: true, allowUnused: true });
  return found.map((gradient, i) => gradient ?? tf.zerosLike(wanted[i]!));
}

const labels = (row: Row): string[] => [
  ...(row.out ?? []).map((_, i) => `output ${i}`),
  ...(row.grad ?? []).map((_, i) => `gradient ${i}`),
  ...(row.second ?? []).map((_, i) => `second derivative ${i}`),
];

/** How far two numbers lie apart, in units of the larger of 1 and the expected one. */
function apart(actual: number, expected: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  const distance = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  return Number.isNaN(distance) ? Infinity : distance;
}

/** What differs in a case, empty where all is equal within `tolerance`; and the largest distance. */
export function difference(row: Row, results: readonly tf.Tensor[], tolerance: number): [string[], number] {
  const expected = [...(row.out ?? []), ...(row.grad ?? []), ...(row.second ?? [])].map(
    (at) => file.tensors[at]!,
  );
  const names = labels(row);
  let worst = 0;
  const wrong = expected.flatMap((want, i) => {
    const got = results[i];
    if (!got || got.dtype !== DTYPES[want.k] || !tf.util.arraysEqual(got.shape, want.s))
      return [`${names[i]}: ${want.k} [${want.s.join()}], got ${got?.dtype} [${got?.shape.join()}]`];
    const values = got.dataSync();
    const far = want.v.map((value, at) => apart(values[at]!, numberOf(value)));
    worst = Math.max(worst, ...far);
    const at = far.findIndex((one) => one > tolerance);
    return at < 0 ? [] : [`${names[i]} at ${at}: ${want.v[at]}, got ${values[at]}`];
  });
  return [expected.length === results.length ? wrong : [...wrong, `${results.length} results`], worst];
}

/** Where a case stands: `remainder [2,3] [3]`. */
export const title = (row: Row): string =>
  `${row.op} ${row.in.map((at) => `[${file.tensors[at]!.s.join()}]`).join(' ')} (${rows.indexOf(row)})`;
