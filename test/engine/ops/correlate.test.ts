import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { isNative } from '../../../src/engine/backend/rawops';
import { conv, type Geometry } from '../../../src/engine/ops/conv';
import { manualSeed, normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { assertClose } from '../../support/close';
import { executedBy } from '../../support/executed';

type Pair = [number, number];

/** What `SAME` pads at this length: ⌈length / step⌉ results, the odd zero behind. */
function same(length: number, step: number, window: number): Pair {
  const all = Math.max((Math.ceil(length / step) - 1) * step + window - length, 0);
  return [Math.floor(all / 2), Math.ceil(all / 2)];
}

const nothing: Pair = [0, 0];

describe('conv with the padding that TensorFlow calls SAME', () => {
  const families = { dense: [1, 4, 6], depthwise: [4, 1, 4], grouped: [2, 2, 6] } as const;
  for (const [family, [groups, each, out]] of Object.entries(families)) {
    for (const [length, step, window] of [
      [8, 2, 3],
      [9, 2, 3],
      [8, 2, 5],
      [8, 3, 5],
      [7, 3, 2],
      [8, 3, 1],
    ] as const) {
      it(`gives what zeros around the image give, ${family}, ${length} by ${step}, ${window} taps`, () => {
        manualSeed(5);
        const x = normal([2, length, length, 4]);
        const kernel = normal([window, window, each, out]);
        const [around, stride] = [same(length, step, window), [step, step]];
        const of = (x: tf.Tensor, kernel: tf.Tensor, padding: Geometry['padding']) =>
          conv(x, kernel, { stride, padding, dilation: [1, 1], groups });
        const loss = (padded: boolean) => (x: tf.Tensor, kernel: tf.Tensor) => {
          const wide = padded ? tf.pad(x, [nothing, around, around, nothing]) : x;
          const y = of(wide, kernel, padded ? [nothing, nothing] : [around, around]);
          return tf.sum(tf.square(y));
        };
        const [own, wanted] = [false, true].map((padded) => tf.valueAndGrads(loss(padded))([x, kernel]));
        const worst = 1e-5 * wanted!.value.item();
        assertClose(own!.value.dataSync(), wanted!.value.dataSync(), worst);
        own!.grads.forEach((grad, i) => assertClose(grad.dataSync(), wanted!.grads[i]!.dataSync(), worst));
      });
    }
  }

  it('is asked for by that name where the image has that length, and written out where it has not', function () {
    if (!isNative()) this.skip();
    const kernel = normal([3, 3, 4, 4]);
    const padding = [
      [0, 1],
      [0, 1],
    ] as const;
    const asked = (length: number): unknown =>
      executedBy(() =>
        conv(normal([1, length, length, 4]), kernel, {
          stride: [2, 2],
          padding,
          dilation: [1, 1],
          groups: 1,
        }),
      )
        .find(({ op }) => op === 'Conv2D')
        ?.attributes.find(({ name }) => name === 'padding')?.value;
    assert.deepEqual([asked(8), asked(9)], ['SAME', 'EXPLICIT']);
  });
});

describe('gradients of convolutions in groups', () => {
  for (const oneDnn of ['0', '1']) {
    it(`are right where the first of a process is recorded, TF_ENABLE_ONEDNN_OPTS=${oneDnn}`, function () {
      if (!isNative()) this.skip();
      this.timeout(60_000);
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['-r', 'ts-node/register/transpile-only', join(__dirname, '../../support/recordedfirst.ts')],
        { encoding: 'utf8', env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: oneDnn } },
      );
      assert.equal(status, 0, stderr.slice(-2000));
      const apart = JSON.parse(stdout) as number[];
      assert.ok(apart.length === 3 && apart.every((one) => one <= 1e-5), stdout);
    });
  }
});
