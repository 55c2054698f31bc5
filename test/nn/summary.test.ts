import assert from 'node:assert/strict';

import * as tf from '../../src/engine/tf';
import { CNN } from '../../src/models/cnn';
import { LSTMModel } from '../../src/models/lstm';
import { MLP } from '../../src/models/mlp';
import * as nn from '../../src/nn';

describe('summary', () => {
  it('lists every call with its shape, parameters and multiply-adds', () => {
    const model = new MLP(784, 256, 10);
    model.layer1.requiresGrad(false);
    assert.equal(
      String(nn.summary(model, [64, 784])),
      [
        '====================================================================',
        'Layer (type:depth-idx)  Output Shape  Param #  Mult-Adds   Trainable',
        '====================================================================',
        'MLP                     [64, 10]      --       --          --',
        '├─Linear: 1-1           [64, 256]     200,960  12,861,440  False',
        '├─ReLU: 1-2             [64, 256]     --       --          --',
        '├─Linear: 1-3           [64, 256]     65,792   4,210,688   True',
        '├─ReLU: 1-4             [64, 256]     --       --          --',
        '├─Linear: 1-5           [64, 10]      2,570    164,480     True',
        '====================================================================',
        'Total params: 269,322',
        'Trainable params: 68,362',
        'Non-trainable params: 200,960',
        'Total mult-adds: 17.24 (M)',
        '====================================================================',
        'Input size (MB): 0.20',
        'Forward/backward pass size (MB): 0.27',
        'Params size (MB): 1.08',
        'Estimated Total Size (MB): 1.55',
        '====================================================================',
      ].join('\n'),
    );
  });

  it('counts a convolution at every pixel of its output', () => {
    const [conv] = nn.summary(new CNN(), [2, 28, 28, 1]).layers.slice(1);
    assert.deepEqual(conv!.outputShape, [2, 28, 28, 32]);
    assert.equal(conv!.multiplyAdds, 320 * 2 * 28 * 28);
  });

  it('takes word numbers and layers that return lists', () => {
    const model = new LSTMModel({ vocabSize: 10, embeddingDim: 4, hiddenDim: 3, outputDim: 2 });
    const { layers } = nn.summary(model, [5, 7], { dtype: 'int32' });
    assert.deepEqual(layers.find(({ type }) => type === 'LSTM')?.outputShape, [5, 7, 6]);
  });

  it('leaves the model, its modes and its statistics as they were, and no tensors', () => {
    const model = new nn.Sequential(new nn.Conv2d(1, 2, 3), new nn.BatchNorm2d(2).eval(), new nn.Dropout());
    const before = tf.memory().numTensors;
    nn.summary(model, [2, 5, 5, 1]);
    assert.equal(tf.memory().numTensors, before);
    assert.deepEqual(
      model.namedModules().map(([, module]) => [module.training, Object.hasOwn(module, 'forward')]),
      [true, true, false, true].map((training) => [training, false]),
    );
  });

  it('uncovers the modules when the model fails on the shape', () => {
    const model = new MLP(4, 3, 2);
    assert.throws(() => nn.summary(model, [1, 5]));
    assert.equal(Object.hasOwn(model.layer1, 'forward'), false);
    assert.equal(model.training, true);
  });

  it('shows as a table in a notebook, and as text where there is no HTML', () => {
    const shown = nn.summary(new MLP(4, 3, 2), [1, 4]) as unknown as Record<
      symbol,
      () => Record<string, string>
    >;
    const bundle = shown[Symbol.for('Jupyter.display')]!();
    assert.equal(bundle['text/html']!.match(/<tr>/g)!.length, 15);
    assert.match(bundle['text/plain']!, /Total params: 35/);
  });
});
