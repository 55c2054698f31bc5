import assert from 'node:assert/strict';

import { compile } from '../../../src/engine/compile';
import * as tf from '../../../src/engine/tf';
import { inJavaScript } from '../../support/javascript';
import { computed, difference, inputsOf, rankOf, type Row, rows, title } from '../../support/recorded';

const TOLERANCE = 1e-5;

/** Rows that differ, and why that is right. */
const EXPLAINED: Readonly<Record<string, string>> = {
  'relu [18]':
    "TensorFlow's fused gradient is 0 (in JavaScript NaN) where x is not a number; the value is NaN in both",
  'elu [18]': 'the same in JavaScript',
  'reluOfAbs [18]': 'the same in JavaScript',
  'gelu [18]':
    'of infinity infinity, which PyTorch gives in rows of up to 16 elements too; in longer ones NaN',
  'cumprod/1 [6,3]': 'of a row −∞, 0, 1 the sum of +∞ and −∞ is not a number',
  'prod/ [3]': 'of 1, NaN, ∞ the product of all but NaN is infinite; PyTorch divides by what is not a number',
};

/** The same of recordings alone. */
const EXPLAINED_RECORDED: Readonly<Record<string, string>> = {
  'softmax/1 [6,3]':
    'of a row with NaN the softmax of recorded graphs has NaN in some places, PyTorch in all',
};

/** What is read back to say how large the result is; a recording cannot. */
const READS = /^(maskedSelect|uniqueValues|nonzero|bincount)$/;

const label = (row: Row): string => title(row).replace(/ \(\d+\)$/, '');
const told = (row: Row): boolean => label(row) in EXPLAINED;

/** What is wrong in a row, in a line; undefined where all is right. */
function fault(row: Row, run: (row: Row) => tf.Tensor[]): string | undefined {
  return tf.tidy(() => {
    let results: tf.Tensor[];
    try {
      results = run(row);
    } catch (error) {
      return row.refused ? undefined : `${title(row)}: ${String(error)}`;
    }
    if (row.refused) return `${title(row)}: taken, though PyTorch refuses it`;
    const [wrong] = difference(row, results, TOLERANCE);
    return wrong.length > 0 && !told(row) ? `${title(row)}: ${wrong.join('; ')}` : undefined;
  });
}

const faults = (run: (row: Row) => tf.Tensor[], some: readonly Row[] = rows): string[] =>
  some.map((row) => fault(row, run)).filter((line) => line !== undefined);

const eagerly = (row: Row): tf.Tensor[] => computed(row, inputsOf(row));

/** Many rows in one recording, which is replayed once. */
function recorded(some: readonly Row[]): (row: Row) => tf.Tensor[] {
  const inputs = some.map(inputsOf);
  const step = compile((...flat: tf.Tensor[]) => {
    let at = 0;
    return some.map((row) => {
      const own = row.in.map(() => flat[at++]!.detach());
      for (const x of own) if (x.dtype === 'float32') x.requiresGrad_();
      return computed(row, own);
    });
  });
  const flat = inputs.flat().map((x) => x.detach());
  step(...flat);
  const results = step(...flat);
  step.dispose();
  return (row) => results[some.indexOf(row)]!;
}

describe('operations beside PyTorch’s', () => {
  it('have its values, gradients and second derivatives, and refuse what it refuses', () => {
    assert.ok(rows.length > 1200);
    assert.deepEqual(faults(eagerly), []);
  });

  it('have them when they are recorded, of each the first case and those of rank 6', function () {
    if (tf.getBackend() !== 'tensorflow') this.skip();
    this.timeout(60_000);
    const known = new Set<string>();
    const some = rows.filter(({ op, refused, ...row }) => {
      const first = !known.has(op);
      known.add(op);
      return (first || rankOf(row.in[0]!) > 5) && !READS.test(op) && !refused;
    });
    const size = 150;
    for (let i = 0; i < some.length; i += size) {
      const part = some.slice(i, i + size);
      const wrong = faults(recorded(part), part);
      assert.deepEqual(
        wrong.filter((line) => !(line.split(' (')[0]! in EXPLAINED_RECORDED)),
        [],
      );
    }
  });

  it('have them on the plain-JavaScript backend', () =>
    inJavaScript(() => assert.deepEqual(faults(eagerly), [])));

  it('are explained where they differ', () => {
    const differing = new Set(rows.filter(told).map(label));
    assert.deepEqual([...differing].sort(), Object.keys(EXPLAINED).sort());
  });
});
