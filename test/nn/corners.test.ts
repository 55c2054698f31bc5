import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import * as tf from '../../src/engine/tf';
import recorded from '../fixtures/corners.json';
import { corners } from '../support/cases/corners';
import { inJavaScript } from '../support/javascript';

type Coded = readonly (number | string)[];
interface Row {
  readonly shape: readonly number[];
  readonly value: Coded;
  readonly gradient: Coded;
}

const expected = recorded as Record<string, Row>;
const WORDS: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };
const numberOf = (value: number | string): number => (typeof value === 'string' ? WORDS[value]! : value);

/** TensorFlow.js's own kernels: sums by segment multiply by masks, a pool of −∞ alone chooses nothing, nor NaN. */
const PLAIN = [
  'nll weight 0: gradient 0 at 1, got NaN',
  'maxPool infinite: gradient 1 at 0, got 0',
  'multiMargin squared mean: gradient inf at 0, got NaN',
  'multiMargin squared none: gradient inf at 0, got NaN',
  'maxPool ends: gradient 0 at 0, got 1',
  'maxPool wide: gradient 0 at 0, got 1',
  'maxPool line: gradient 1 at 1, got 0',
  'maxPool volume: gradient 2 at 0, got 4',
];

/** The value, and the gradient of the sum of it. */
function both(call: (x: tf.Tensor) => tf.Tensor): (x: tf.Tensor) => [tf.Tensor, tf.Tensor] {
  return (x) => {
    const leaf = x.detach().requiresGrad_();
    const y = call(leaf);
    tf.sum(y).backward();
    return [y, leaf.grad ?? tf.zerosLike(x)];
  };
}

/** The first number that is far from PyTorch's. */
function far(actual: tf.Tensor, wanted: Coded): string | undefined {
  const values = Array.from(actual.dataSync());
  const at = wanted.findIndex((coded, i) => {
    const [want, got] = [numberOf(coded), values[i]!];
    return !(
      Object.is(want, got) ||
      want === got ||
      Math.abs(want - got) <= 2e-5 * Math.max(1, Math.abs(want))
    );
  });
  return at < 0 && values.length === wanted.length ? undefined : `${wanted[at]} at ${at}, got ${values[at]}`;
}

function faults(run: (call: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor) => [tf.Tensor, tf.Tensor]): string[] {
  return Object.entries(corners).flatMap(([name, [x, call]]) => {
    const [y, gradient] = run(call, x);
    const { shape, ...want } = expected[name]!;
    if (!tf.util.arraysEqual(y.shape, [...shape]) && y.rank < 3)
      return [`${name}: shape [${y.shape.join()}]`];
    const wrong = [far(y, want.value), far(gradient, want.gradient)];
    return wrong.flatMap((text, i) => (text ? [`${name}: ${['value', 'gradient'][i]} ${text}`] : []));
  });
}

describe('Losses and functions where arithmetic ends', () => {
  it('have a case for each row that was recorded', () => {
    assert.deepEqual(Object.keys(corners).sort(), Object.keys(expected).sort());
  });

  it('have PyTorch’s values and gradients', () => {
    const native = tf.getBackend() === 'tensorflow';
    assert.deepEqual(
      faults((call, x) => both(call)(x)),
      native ? [] : PLAIN,
    );
  });

  it('have them when they are recorded', function () {
    if (tf.getBackend() !== 'tensorflow') this.skip();
    this.timeout(60_000);
    const all = Object.values(corners);
    const step = compile((...inputs: tf.Tensor[]) => all.map(([, call], i) => both(call)(inputs[i]!)));
    const inputs = all.map(([x]) => x);
    step(...inputs);
    const results = step(...inputs);
    assert.deepEqual(
      faults((call) => results[all.findIndex(([, one]) => one === call)]!),
      [],
    );
  });

  it('have them on the plain-JavaScript backend', () =>
    inJavaScript(() => {
      assert.deepEqual(
        faults((call, x) => both(call)(tf.tensor(x.dataSync(), x.shape))),
        PLAIN,
      );
    }));
});
