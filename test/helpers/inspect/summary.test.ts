import assert from 'node:assert/strict';
import { inspect } from 'node:util';

import * as tf from '../../../src/engine/tf';
import { Summary, summary } from '../../../src/helpers/inspect/summary';
import { CNN } from '../../../src/models/cnn';
import { LSTMModel } from '../../../src/models/lstm';
import { MLP } from '../../../src/models/mlp';
import { Translator } from '../../../src/models/translator';
import * as nn from '../../../src/nn';
import { summaryTable } from '../../../src/viz/charts/network';
import { tensorsLeft } from '../../support/memory';

describe('summary', () => {
  it('lists every call with its shape, parameters and multiply-adds', () => {
    const model = new MLP(784, 256, 10);
    model.layer1.requiresGrad(false);
    assert.equal(
      String(summary(model, [64, 784])),
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
    const [conv] = summary(new CNN(), [2, 28, 28, 1]).layers.slice(1);
    assert.deepEqual(conv!.outputShape, [2, 28, 28, 32]);
    assert.equal(conv!.multiplyAdds, 320 * 2 * 28 * 28);
  });

  it('runs on given tensors, several too, and tells calls without others inside', () => {
    const inputs = [tf.zeros([2, 3], 'int32'), tf.ones([2, 4], 'int32')] as const;
    const options = { vocabSize: 9, dModel: 4, numHeads: 2, numLayers: 1 };
    const shown = summary(new Translator(options), inputs);
    assert.equal(shown.inputMB, (14 * 4) / 1e6);
    assert.deepEqual(shown.layers.at(-1)?.outputShape, [2, 4, 9]);
    const kinds = (leaf: boolean) => new Set(shown.layers.filter((l) => l.leaf === leaf).map((l) => l.type));
    assert.ok(kinds(true).has('Linear') && !kinds(false).has('Linear'));
    assert.ok(kinds(false).has('Translator') && !kinds(true).has('TransformerEncoder'));
    const table = String(summaryTable(summary(new MLP(4, 3, 2), [1, 4]).layers));
    assert.match(table, /layer1 +Linear +\[1, 3\] +15/);
    tf.dispose([...inputs]);
  });

  it('keeps a forward that a module had of its own', () => {
    const model = new nn.Linear(2, 2);
    const own = (x: tf.Tensor) => x;
    Object.assign(model, { forward: own });
    summary(model, [1, 2]);
    assert.equal(Object.getOwnPropertyDescriptor(model, 'forward')?.value, own);
  });

  it('takes token ids and layers that return lists', () => {
    const model = new LSTMModel({ vocabSize: 10, embeddingDim: 4, hiddenDim: 3, outputDim: 2 });
    const { layers } = summary(model, [5, 7], { dtype: 'int32' });
    assert.deepEqual(layers.find(({ type }) => type === 'LSTM')?.outputShape, [5, 7, 6]);
  });

  it('leaves the model, its modes and its statistics as they were, and no tensors', async () => {
    const model = new nn.Sequential(new nn.Conv2d(1, 2, 3), new nn.BatchNorm2d(2).eval(), new nn.Dropout());
    const before = await tensorsLeft();
    summary(model, [2, 5, 5, 1]);
    assert.ok((await tensorsLeft(before)) <= before);
    assert.deepEqual(
      model.namedModules().map(([, module]) => [module.training, Object.hasOwn(module, 'forward')]),
      [true, true, false, true].map((training) => [training, false]),
    );
  });

  it('uncovers the modules when the model fails on the shape', () => {
    const model = new MLP(4, 3, 2);
    assert.throws(() => summary(model, [1, 5]));
    assert.equal(Object.hasOwn(model.layer1, 'forward'), false);
    assert.equal(model.training, true);
  });

  it('shows as a table in a notebook, and as text where there is no HTML', () => {
    class Named extends nn.Sequential {
      override typeName(): string {
        return 'A & <B>';
      }
    }
    const shown = summary(new Named(new nn.Linear(2, 1)), [3, 2]);
    const bundle = (shown as unknown as Record<symbol, () => Record<string, string>>)[
      Symbol.for('Jupyter.display')
    ]!();
    const row = (tag: string, ...cells: string[]) =>
      `<tr>${cells.map((cell) => `<${tag} style="text-align:left">${cell}</${tag}>`).join('')}</tr>`;
    const [head, ...body] = [
      row('th', 'Layer&nbsp;(type:depth-idx)', 'Output&nbsp;Shape', 'Param&nbsp;#', 'Mult-Adds', 'Trainable'),
      row('td', 'A&nbsp;&amp;&nbsp;&lt;B>', '[3,&nbsp;1]', '--', '--', '--'),
      row('td', '├─Linear:&nbsp;1-1', '[3,&nbsp;1]', '3', '9', 'True'),
    ];
    const foot = [
      'Total params: 3',
      'Trainable params: 3',
      'Non-trainable params: 0',
      'Total mult-adds: 9',
      'Input size (MB): 0.00',
      'Forward/backward pass size (MB): 0.00',
      'Params size (MB): 0.00',
      'Estimated Total Size (MB): 0.00',
    ].map((line) => `<tr><td colspan="5">${line}</td></tr>`);
    const table = `<table><thead>${head}</thead><tbody>${body.join('')}</tbody><tfoot>${foot.join('')}</tfoot></table>`;
    assert.equal(bundle['text/html'], table);
    assert.equal(bundle['text/plain'], String(shown));
    assert.equal(inspect(shown), String(shown));
  });

  it('says of a layer that is called again that it is, of one half frozen that it is partly trained', () => {
    class Twice extends nn.Module {
      readonly inner = new nn.Sequential(new nn.Linear(2, 2));

      forward(x: tf.Tensor): tf.Tensor {
        return this.inner.forward(this.inner.forward(x));
      }
    }
    const model = new Twice();
    (model.inner.at(0) as nn.Linear).bias!.trainable = false;
    const { layers, parameters, trainable } = summary(model, [3, 2]);
    assert.deepEqual(
      layers.map(({ path, depth, index, repeated }) => [path, depth, index, repeated]),
      [
        ['', 0, 1, false],
        ['inner', 1, 1, false],
        ['inner.0', 2, 1, false],
        ['inner', 1, 2, true],
        ['inner.0', 2, 2, true],
      ],
    );
    assert.deepEqual([parameters, trainable], [6, 4]);
    const lines = String(summary(model, [3, 2]))
      .split('\n')
      .slice(3, 8);
    assert.deepEqual(
      lines.map((line) => line.replace(/ +/g, ' ')),
      [
        'Twice [3, 2] -- -- --',
        '├─Sequential: 1-1 [3, 2] -- -- --',
        '│ ├─Linear: 2-1 [3, 2] 6 18 Partial',
        '├─Sequential: 1-2 [3, 2] -- -- --',
        '│ ├─Linear: 2-2 [3, 2] (recursive) 18 Partial',
      ],
    );
    assert.ok(lines[2]!.startsWith('│    ├─Linear: 2-1'));
  });

  it('counts the places where each kind of layer applies its parameters', () => {
    const multiplyAdds = (layer: nn.Layer, shape: number[], dtype: 'float32' | 'int32' = 'float32') =>
      summary(layer, shape, { dtype }).multiplyAdds;
    // rows; pixels of the result; pixels of the input; samples, statistics being no parameters; rows; nothing
    assert.equal(multiplyAdds(new nn.Linear(3, 4), [2, 5, 3]), 16 * 2 * 5);
    assert.equal(multiplyAdds(new nn.Conv2d(2, 3, 1, { bias: false }), [2, 4, 5, 2]), 6 * 2 * 4 * 5);
    assert.equal(
      multiplyAdds(new nn.ConvTranspose2d(2, 3, 2, { stride: 2, bias: false }), [2, 4, 5, 2]),
      24 * 2 * 4 * 5,
    );
    assert.equal(multiplyAdds(new nn.BatchNorm2d(3), [2, 4, 5, 3]), 6 * 2);
    assert.equal(multiplyAdds(new nn.LayerNorm([5, 3]), [2, 4, 5, 3]), 30 * 2 * 4 * 5);
    assert.equal(multiplyAdds(new nn.Embedding(7, 3) as never, [2, 4], 'int32'), 0);
  });

  it('writes sums in thousands, millions and billions', () => {
    const none: tf.Variable[] = [];
    const written = (multiplyAdds: number) => {
      const layer = {
        type: '',
        path: '',
        depth: 0,
        index: 1,
        outputShape: [1],
        parameters: 1,
        trainable: 1,
        repeated: false,
        leaf: true,
      };
      return /mult-adds: (.*)/.exec(String(new Summary([{ ...layer, multiplyAdds }], [[1]], none)))?.[1];
    };
    const units = [
      [999, '999'],
      [1e3, '1.00 (k)'],
      [999_990, '999.99 (k)'],
      [1e6, '1.00 (M)'],
      [1e9, '1.00 (G)'],
      [1.25e12, '1250.00 (G)'],
    ] as const;
    for (const [count, text] of units) assert.equal(written(count), text);
  });

  it('counts the outputs of layers with parameters, and their gradients, as activations', () => {
    const { activationsMB, inputMB, parametersMB } = summary(
      new nn.Sequential(new nn.Linear(5, 3), new nn.ReLU()),
      [1000, 5],
    );
    assert.deepEqual(
      [activationsMB, inputMB, parametersMB],
      [(2 * 4 * 3000) / 1e6, (4 * 5000) / 1e6, (4 * 18) / 1e6],
    );
  });

  it('gives back a forward of a module’s own, and takes outputs without a tensor', () => {
    class Own extends nn.Module {
      readonly inner = new nn.Linear(2, 2);
      override forward = (x: tf.Tensor): number => this.inner.forward(x).size;
    }
    const model = new Own();
    const { forward } = model;
    assert.deepEqual(
      summary(model, [3, 2]).layers.map(({ outputShape }) => outputShape),
      [[], [3, 2]],
    );
    assert.equal(model.forward, forward);
    assert.equal(model.forward(tf.ones([3, 2])), 6);
    const shown = summary(new MLP(4, 3, 2), [1, 4]) as unknown as Record<
      symbol,
      () => Record<string, string>
    >;
    const bundle = shown[Symbol.for('Jupyter.display')]!();
    assert.equal(bundle['text/html']!.match(/<tr>/g)!.length, 15);
    assert.match(bundle['text/plain']!, /Total params: 35/);
  });
});
