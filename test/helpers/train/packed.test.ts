import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';

import * as tf from '../../../src/engine/tf';
import { writeSafetensors } from '../../../src/helpers/io/safetensors';
import { loadCheckpoint, saveCheckpoint } from '../../../src/helpers/train/checkpoint';
import { History } from '../../../src/helpers/train/history';
import * as nn from '../../../src/nn';
import { temporaryFolder } from '../../support/folder';

describe('what a checkpoint holds beside model and optimizer', () => {
  const path = temporaryFolder();
  const saved = (extra: unknown) => {
    saveCheckpoint(path('run.safetensors'), { extra });
    return loadCheckpoint(path('run.safetensors'), {}).extra;
  };

  for (const count of [1e5, 1e6, 1e7]) {
    it(`keeps arrays of ${count} numbers as they are, in the bytes they take`, () => {
      const weights = Float32Array.from({ length: count }, (_, i) => 1 / (i + 1));
      const loaded = saved({ weights }) as { weights: Float32Array };
      assert.equal(Buffer.compare(Buffer.from(weights.buffer), Buffer.from(loaded.weights.buffer)), 0);
      assert.ok(loaded.weights instanceof Float32Array);
      assert.ok(statSync(path('run.safetensors')).size < 4 * count + 4096);
    });
  }

  it('keeps every type of array, NaN, infinities and −0', () => {
    const extra = {
      arrays: [Float64Array.of(0.1, -0), BigInt64Array.of(2n ** 60n), Uint8Array.of(255), Int32Array.of(-7)],
      plain: [NaN, -Infinity, 'text', null, { deep: [true] }],
      long: Array.from({ length: 5000 }, (_, i) => (i === 7 ? NaN : i === 8 ? -0 : i / 3)),
    };
    assert.deepEqual(saved(extra), extra);
  });

  it('keeps tensors with their shape', () => {
    const shift = tf.tensor2d([
      [1.5, 2],
      [3, 4],
    ]);
    const loaded = saved({ shift }) as { shift: tf.Tensor2D };
    assert.deepEqual(loaded.shift.arraySync(), shift.arraySync());
    tf.dispose([shift, loaded.shift]);
  });

  it('keeps a history of a million steps and one of many epochs', () => {
    const history = new History();
    for (let i = 0; i < 1e6; i++) {
      history.steps.loss.push(1 / (i + 1));
      history.steps.lr.push(0.01);
    }
    for (let epoch = 1; epoch <= 60_000; epoch++) {
      history.epochs.push({
        epoch,
        loss: 1 / epoch,
        validLoss: 2 / epoch,
        validAccuracy: 0.5,
        lr: 0.01,
        seconds: 0.1,
      });
    }
    saveCheckpoint(path('run.safetensors'), { history });
    const loaded = History.from(loadCheckpoint(path('run.safetensors'), {}).history);
    const { loss, lr } = loaded.steps;
    assert.ok(loss.length === 1e6 && loss.every((value, i) => value === history.steps.loss[i]));
    assert.ok(lr.length === 1e6 && lr.every((value) => value === 0.01));
    assert.deepEqual(loaded.epochs.at(-1), history.epochs.at(-1));
    assert.equal(loaded.epochs.length, 60_000);
  });

  it('is no part of the model that the file holds', () => {
    const model = new nn.Linear(2, 2);
    saveCheckpoint(path('run.safetensors'), { model, extra: { weights: new Float32Array(4) } });
    const { report } = loadCheckpoint(path('run.safetensors'), { model: new nn.Linear(2, 2) });
    assert.deepEqual(report, { missingKeys: [], unexpectedKeys: [] });
  });

  it('is refused where JSON would lose it', () => {
    assert.throws(() => saved({ weights: new Map([['a', 1]]) }), /expected plain values.*got a Map/);
    assert.throws(
      () => saved({ weights: new Uint8ClampedArray(2) }),
      /arrays of numbers, got Uint8ClampedArray/,
    );
  });

  it('leaves the old file where the new one could not be read back', () => {
    saveCheckpoint(path('run.safetensors'), { extra: 'good' });
    const good = readFileSync(path('run.safetensors'));
    // Names a tensor that is not there: what was written would be refused by loadCheckpoint.
    assert.throws(
      () => saved({ $array: 'state:99' }),
      /Cannot write ".*run.safetensors": expected to read back/,
    );
    assert.throws(
      () => writeSafetensors([], path('run.safetensors'), { note: 'x'.repeat(9 << 20) }),
      /expected names, shapes and metadata in 8388608 bytes at most, got 94\d+/,
    );
    assert.deepEqual(readFileSync(path('run.safetensors')), good);
    assert.deepEqual(readdirSync(path('')), ['run.safetensors']);
  });
});
