import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { device, F, tensor, zeros } from '../../src';
import { NOTEBOOKS } from '../../src/cli/run/course';
import { cellText, type Notebook } from '../../src/cli/run/notebook';
import { CNN, MLP } from '../../src/models';

/** The texts of a drawing of the course, in order, that have a digit in them. */
function figures(name: string): string[] {
  const svg = readFileSync(join(NOTEBOOKS, 'images', `${name}.svg`), 'utf8');
  const texts = [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/gs)].map(([, text = '']) =>
    text.replace(/<[^>]*>/g, ''),
  );
  return texts.filter((text) => /\d/.test(text));
}

describe('numbers in drawings', () => {
  it('of the MLP are the sizes of its layers', () => {
    const { layer1, layer2, layer3 } = new MLP(784, 256, 10);
    const sizes = [layer1.inFeatures, ...[layer1, layer2, layer3].map(({ outFeatures }) => outFeatures)];
    const drawn = figures('03-mlp').filter((text) => !text.startsWith('layer'));
    assert.deepEqual(
      drawn.map((text) => parseInt(text, 10)),
      sizes,
    );
  });

  it('of the CNN are the shapes that images have on their way', () => {
    const { conv1, conv2, conv3, pool, fc1, fc2 } = new CNN();
    const shapes: string[] = ['28×28×1'];
    let x = zeros(1, 28, 28, 1);
    for (const conv of [conv1, conv2, conv3]) {
      x = pool.forward(F.relu(conv.forward(x)));
      shapes.push(x.shape.slice(1).join('×'));
    }
    assert.deepEqual(figures('05-cnn'), [...shapes, `${fc1.outFeatures}`, `${fc2.outFeatures}`]);
  });

  const numbers = (name: string) =>
    figures(name)
      .map((text) => Number(text.replace('−', '-')))
      .filter((value) => !Number.isNaN(value));

  it('of the convolution are image, kernel and what F.conv2d gives', () => {
    const drawn = numbers('05-convolution');
    const [image, kernel] = [tensor(drawn.slice(0, 25)), tensor(drawn.slice(25, 34))];
    const output = F.conv2d(image.view(1, 5, 5, 1), kernel.view(3, 3, 1, 1));
    assert.deepEqual(drawn.slice(34), output.view(9).tolist());
  });

  it('of padding and pooling are what the functions give', () => {
    const drawn = numbers('05-windows');
    const padded = tensor(drawn.slice(0, 49)).view(7, 7);
    const inner = padded.narrow(0, 1, 5).narrow(1, 1, 5);
    assert.equal(padded.sum().item(), inner.sum().item());
    const pooled = F.maxPool2d(tensor(drawn.slice(49, 65)).view(1, 4, 4, 1), 2);
    assert.deepEqual(drawn.slice(65), pooled.view(4).tolist());
  });

  it('of queries, keys and values are those of the cell beside them', () => {
    const { cells } = JSON.parse(readFileSync(join(NOTEBOOKS, '07-transformer.ipynb'), 'utf8')) as Notebook;
    const code = cells.map(cellText).join('\n');
    const given = (name: string) => {
      const [, rows = ''] =
        new RegExp(`^const ${name} = tensor\\((\\[\\[.*\\]\\])\\);`, 'm').exec(code) ?? [];
      return tensor(JSON.parse(rows) as number[][]);
    };
    const [x, Wq, Wk, Wv] = [given('tokens'), given('Wq'), given('Wk'), given('Wv')];
    const [Q, K, V] = [x.matmul(Wq), x.matmul(Wk), x.matmul(Wv)];
    const scores = Q.matmul(K.t()).div(Math.SQRT2);
    const weights = F.softmax(scores, 1);
    const parts = [x, Wq, Wk, Wv, Q, K, V, scores, weights, weights.matmul(V)];
    const expected = parts.flatMap((part) => part.view(-1).tolist<number[]>());
    const drawn = numbers('07-matrices');
    assert.equal(drawn.length, expected.length);
    drawn.forEach((value, i) =>
      assert.ok(Math.abs(value - (expected[i] ?? NaN)) <= 0.005 + 1e-6, `number ${i}: ${value}`),
    );
  });

  it('of the layers below a cell name the TensorFlow in use', function () {
    if (device.tensorflow === undefined) this.skip();
    const [, drawn] = /TensorFlow (\d+\.\d+)$/.exec(figures('02-setup').join()) ?? [];
    assert.equal(drawn, device.tensorflow.split('.').slice(0, 2).join('.'));
  });
});
