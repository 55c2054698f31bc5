import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { normal } from '../../../src/engine/random';
import { exportSavedModel, loadSavedModel } from '../../../src/engine/savedmodel';
import * as tf from '../../../src/engine/tf';
import { CNN } from '../../../src/models/cnn';
import * as nn from '../../../src/nn';
import { assertClose } from '../../support/close';
import { tensorsLeft } from '../../support/memory';

describe('exportSavedModel', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'tsdl-test-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  it('writes a network that loadSavedModel brings back, for any batch size', () => {
    const model = new CNN();
    exportSavedModel(model, join(dir, 'cnn'), tf.zeros([1, 28, 28, 1]));
    assert.ok(model.training, 'the mode is as before');
    model.eval();
    const loaded = loadSavedModel(join(dir, 'cnn'));
    assert.deepEqual(loaded.inputs, [{ name: 'input', node: 'input:0', dtype: 1, shape: [-1, 28, 28, 1] }]);
    assert.deepEqual(
      loaded.outputs.map(({ name, shape }) => [name, shape]),
      [['output', [-1, 10]]],
    );
    for (const size of [1, 5]) {
      const x = normal([size, 28, 28, 1]);
      assertClose((loaded.forward(x) as tf.Tensor).dataSync(), model.forward(x).dataSync(), 1e-5);
    }
    loaded.dispose();
  });

  for (const Kind of [nn.LSTM, nn.GRU, nn.RNN]) {
    it(`leaves the batch size open whose first state is made for it: ${Kind.name}`, () => {
      class Reader extends nn.Module {
        readonly rnn = new Kind(3, 4, { batchFirst: true, numLayers: 2 });

        forward(x: tf.Tensor3D): tf.Tensor {
          return this.rnn.forward(x)[0];
        }
      }
      const model = new Reader().eval();
      exportSavedModel(model, join(dir, 'reader'), tf.zeros([2, 5, 3]));
      const loaded = loadSavedModel(join(dir, 'reader'));
      assert.deepEqual(loaded.inputs[0]?.shape, [-1, 5, 3]);
      for (const size of [1, 7]) {
        const x: tf.Tensor3D = normal([size, 5, 3]);
        assertClose((loaded.forward(x) as tf.Tensor).dataSync(), model.forward(x).dataSync(), 1e-6);
      }
      loaded.dispose();
    });
  }

  it('keeps the weights of the moment, and replaces an older export', () => {
    const model = new nn.Linear(3, 2);
    const x = normal([4, 3]);
    for (const value of [1, 2]) {
      model.weight.assign(tf.fill([2, 3], value));
      exportSavedModel(model, join(dir, 'linear'), x);
      const loaded = loadSavedModel(join(dir, 'linear'));
      assertClose((loaded.forward(x) as tf.Tensor).dataSync(), model.forward(x).dataSync(), 1e-6);
      loaded.dispose();
    }
  });

  it('names several inputs and outputs, and fixes a batch size it cannot leave open', () => {
    class Mixed extends nn.Module {
      readonly fc = new nn.Linear(2, 2);
      forward(a: tf.Tensor2D, b: tf.Tensor2D): Record<string, tf.Tensor> {
        const sum = tf.add(this.fc.forward(a), b);
        // the floating-point batch size stands in the graph
        return { sum, share: tf.div(tf.sum(sum), a.shape[0]) };
      }
    }
    const model = new Mixed();
    const [a, b] = [normal([3, 2]), normal([3, 2])];
    exportSavedModel(model, join(dir, 'mixed'), [a, b]);
    const loaded = loadSavedModel(join(dir, 'mixed'));
    assert.deepEqual(
      loaded.inputs.map(({ name, shape }) => [name, shape]),
      [
        ['input_0', [3, 2]],
        ['input_1', [3, 2]],
      ],
    );
    const actual = loaded.forward(a, b) as Record<string, tf.Tensor>;
    const expected = model.forward(a, b);
    for (const name of ['sum', 'share'])
      assertClose(actual[name]!.dataSync(), expected[name]!.dataSync(), 1e-6);
    assert.throws(
      () => loaded.forward(a),
      /Cannot run a SavedModel: expected inputs input_0, input_1, got 1 tensors/,
    );
    loaded.dispose();
  });

  it('leaves no tensor behind', async () => {
    const model = new nn.Linear(3, 2);
    const x = tf.zeros([1, 3]);
    const before = await tensorsLeft();
    exportSavedModel(model, join(dir, 'linear'), x);
    assert.ok((await tensorsLeft(before)) <= before);
  });

  it('does not overwrite a folder of something else', () => {
    mkdirSync(join(dir, 'mine'));
    writeFileSync(join(dir, 'mine', 'notes.txt'), 'x');
    assert.throws(
      () => exportSavedModel(new nn.Linear(1, 1), join(dir, 'mine'), tf.zeros([1, 1])),
      RangeError,
    );
    assert.ok(existsSync(join(dir, 'mine', 'notes.txt')));
  });

  it('says what is missing when there is nothing to load', () => {
    assert.throws(() => loadSavedModel(join(dir, 'nowhere')), /expected a folder with saved_model.pb/);
  });
});
