import assert from 'node:assert/strict';

import { grad, noGrad } from '../../../src/engine/autograd';
import { isNative } from '../../../src/engine/backend/rawops';
import { compile } from '../../../src/engine/compile';
import { fusedLayer, fusedScan, isFused } from '../../../src/engine/ops/fusedscan';
import {
  type Cell,
  GATES,
  project,
  type Scan,
  stepwise,
  type Weights,
} from '../../../src/engine/ops/recurrent';
import { manualSeed, normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { assertClose } from '../../support/close';

type Run = typeof stepwise;
interface Sizes {
  readonly t: number;
  readonly b: number;
  readonly h: number;
}

const CELLS: readonly Cell[] = ['lstm', 'gru', 'rnn_tanh', 'rnn_relu'];
/** Fewer and more than a vector, a tile and a thread take, and neither a multiple. */
const SIZES: readonly Sizes[] = [
  { t: 1, b: 1, h: 1 },
  { t: 5, b: 3, h: 2 },
  { t: 3, b: 1, h: 40 },
  { t: 4, b: 29, h: 16 },
  { t: 7, b: 64, h: 37 },
];

/** Leaves: projected, first hidden state, first cell, the hidden state's weights and the GRU's bias. */
function leaves(cell: Cell, { t, b, h }: Sizes): tf.Tensor[] {
  manualSeed(t * b * h);
  const wide = GATES[cell] * h;
  const made = [normal([t, b, wide]), normal([b, h]), normal([b, h]), normal([wide, h]), normal([wide])];
  const scaled = made.map((tensor, i) => (i === 3 ? tf.div(tensor, Math.sqrt(h)) : tensor));
  return scaled.map((tensor) => tensor.requiresGrad_());
}

function scanned(run: Run, cell: Cell, inputs: readonly tf.Tensor[], options: Parameters<Run>[4]): Scan {
  const [projected, hidden, memory, weight, bias] = inputs as [
    tf.Tensor3D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor1D,
  ];
  const weights: Weights = { input: weight, hidden: weight, hiddenBias: bias };
  return run(cell, projected, cell === 'lstm' ? [hidden, memory] : [hidden], weights, options);
}

/** Those of the leaves that a cell uses. */
const used = (cell: Cell, inputs: readonly tf.Tensor[]): tf.Tensor[] =>
  inputs.filter((_, i) => (i !== 2 || cell === 'lstm') && (i !== 4 || cell === 'gru'));

/** Everything a run gives: outputs, states, and the gradients of a loss that weighs all of them differently. */
function everything(run: Run, cell: Cell, sizes: Sizes, options: Parameters<Run>[4]): number[] {
  const inputs = leaves(cell, sizes);
  const { output, state } = scanned(run, cell, inputs, options);
  const results = [output, ...state];
  const weighed = results.map((value) => tf.sum(tf.mul(value, normal(value.shape as [number]))));
  const slopes = grad(tf.addN(weighed), used(cell, inputs));
  return [...results, ...slopes].flatMap((tensor) => Array.from(tensor.dataSync()));
}

describe('fusedScan', () => {
  before(function () {
    if (!isNative() || tf.device.kind !== 'cpu') this.skip();
  });

  for (const cell of CELLS) {
    for (const reverse of [false, true]) {
      it(`equals ${cell} by single steps, ${reverse ? 'backwards' : 'forwards'}, values and gradients`, () => {
        for (const sizes of SIZES) {
          for (const packed of [false, true]) {
            const numbers = Array.from({ length: sizes.b }, (_, i) => 1 + ((i * 3) % sizes.t));
            const lengths = packed ? tf.tensor1d(numbers, 'int32') : undefined;
            const [ours, steps] = [fusedScan, stepwise].map((run) =>
              everything(run, cell, sizes, { reverse, lengths }),
            );
            const most = Math.max(1, ...steps!.map(Math.abs)); // sums over all steps and sequences
            assertClose(ours!, steps!, 1e-5 * most);
          }
        }
      });
    }

    it(`gives gradients of gradients of ${cell}, in either way to ask for them`, () => {
      const [ours, steps] = [fusedScan, stepwise].map((run) => {
        const inputs = leaves(cell, { t: 3, b: 2, h: 3 });
        const { output } = scanned(run, cell, inputs, {});
        const [slope] = grad(tf.sum(tf.square(output)), inputs[0]!, { createGraph: true });
        return grad(tf.sum(tf.square(slope)), used(cell, inputs)).flatMap((x) => Array.from(x.dataSync()));
      });
      assertClose(ours!, steps!, 1e-4);
      const inputs = leaves(cell, { t: 3, b: 2, h: 3 });
      const loss = (projected: tf.Tensor): tf.Tensor =>
        tf.sum(tf.square(scanned(fusedScan, cell, [projected, ...inputs.slice(1)], {}).output));
      const twice = tf.grad((x) => tf.sum(tf.square(tf.grad(loss)(x))))(inputs[0]!);
      assertClose(Array.from(twice.dataSync()), ours!.slice(0, twice.size), 1e-4);
    });

    it(`keeps nothing of ${cell} without grad mode, gives the same, and NaN where a sequence has one`, () => {
      const inputs = leaves(cell, { t: 4, b: 5, h: 6 });
      const kept = scanned(fusedScan, cell, inputs, {});
      const { output } = noGrad(() => scanned(fusedScan, cell, inputs, {}));
      assert.deepEqual(output.dataSync(), kept.output.dataSync());
      const hole = tf.scatterND([[1, 2, 0]], tf.tensor1d([NaN]), inputs[0]!.shape);
      const broken = scanned(fusedScan, cell, [tf.add(inputs[0]!, hole), ...inputs.slice(1)], {}).output;
      const rows = tf.any(tf.isNaN(broken), [0, 2]).arraySync();
      assert.deepEqual(rows, [0, 0, 1, 0, 0]);
    });
  }

  it('is two operations of a recording, of whatever length', () => {
    const inputs = leaves('lstm', { t: 50, b: 2, h: 3 });
    const step = compile((x: tf.Tensor) => {
      const { output } = scanned(fusedScan, 'lstm', [x, ...inputs.slice(1)], {});
      return grad(tf.sum(tf.square(output)), inputs[3]!);
    });
    const [first] = step(inputs[0]!.detach());
    const [again] = step(inputs[0]!.detach());
    const { output } = scanned(stepwise, 'lstm', inputs, {});
    const [plain] = grad(tf.sum(tf.square(output)), inputs[3]!);
    assert.deepEqual(again.dataSync(), first.dataSync());
    assertClose(Array.from(first.dataSync()), Array.from(plain.dataSync()), 1e-4);
    step.dispose();
  });

  it('refuses sizes that do not fit, and leaves projected states to single steps', () => {
    const inputs = leaves('gru', { t: 2, b: 3, h: 4 });
    const other = [inputs[0]!, normal([2, 4]), ...inputs.slice(2)];
    assert.throws(() => scanned(fusedScan, 'gru', other, {}), /expected states \[b, h\]/);
    const [weight] = [normal([8, 2])];
    assert.equal(isFused({ input: weight, hidden: weight }), true);
    assert.equal(isFused({ input: weight, hidden: weight, projection: weight }), false);
  });
});

describe('fusedLayer', () => {
  before(function () {
    if (!isNative() || tf.device.kind !== 'cpu') this.skip();
  });

  /** Weights for `size` features, the biases where there are any, and the first state. */
  function layer(cell: Cell, { b, h }: Sizes, size: number, bias: boolean): [Weights, tf.Tensor2D[]] {
    const wide = GATES[cell] * h;
    const matrix = (inner: number): tf.Tensor2D => tf.div(normal([wide, inner]), Math.sqrt(inner));
    const biases = bias ? { inputBias: normal([wide]), hiddenBias: normal([wide]) } : {};
    const first = [normal([b, h]), normal([b, h])].slice(0, cell === 'lstm' ? 2 : 1);
    return [{ input: matrix(size), hidden: matrix(h), ...biases }, first];
  }

  for (const cell of CELLS) {
    it(`equals the input's product of ${cell} and single steps behind it`, () => {
      manualSeed(7);
      for (const sizes of SIZES) {
        for (const [size, reverse] of [
          [1, false],
          [19, true],
          [33, false],
        ] as const) {
          // prettier-ignore
          const [weights, first] = layer(cell, sizes, size, size > 1);
          const x: tf.Tensor3D = normal([sizes.t, sizes.b, size]);
          const numbers = Array.from({ length: sizes.b }, (_, i) => 1 + ((i * 3) % sizes.t));
          const lengths = size === 19 ? undefined : tf.tensor1d(numbers, 'int32');
          const options = { reverse, lengths };
          const ours = fusedLayer(cell, x, first, weights, options);
          const steps = stepwise(cell, project(cell, x, weights), first, weights, options);
          [ours, steps].forEach(({ state }) => assert.equal(state.length, first.length));
          assertClose(ours.output.arraySync(), steps.output.arraySync(), 1e-5);
          ours.state.forEach((part, i) => assertClose(part.arraySync(), steps.state[i]!.arraySync(), 1e-5));
        }
      }
    });
  }

  it('gives a sequence the same bits whatever lies beside it', () => {
    manualSeed(8);
    const sizes = { t: 40, b: 64, h: 21 };
    const [weights, first] = layer('lstm', sizes, 10, true);
    const x: tf.Tensor3D = normal([sizes.t, sizes.b, 10]);
    const all = fusedLayer('lstm', x, first, weights).output;
    for (const at of [0, 17, 63]) {
      const one = fusedLayer(
        'lstm',
        tf.slice(x, [0, at, 0], [-1, 1, -1]),
        first.map((part) => tf.slice(part, [at, 0], [1, -1])),
        weights,
      ).output;
      assert.deepEqual(one.dataSync(), tf.slice(all, [0, at, 0], [-1, 1, -1]).dataSync());
    }
  });

  it('refuses weights that do not fit', () => {
    const [weights, first] = layer('gru', { t: 1, b: 2, h: 3 }, 4, true);
    assert.throws(() => fusedLayer('gru', normal([5, 2, 6]), first, weights), /weights \[gates \* h, n\]/);
  });
});
