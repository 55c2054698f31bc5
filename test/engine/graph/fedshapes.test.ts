import assert from 'node:assert/strict';

import { inferenceMode } from '../../../src/engine/autograd';
import { DType } from '../../../src/engine/backend/native';
import { isNative } from '../../../src/engine/backend/rawops';
import { compile } from '../../../src/engine/compile';
import { shapeImages } from '../../../src/engine/graph/fedshapes';
import { Graph } from '../../../src/engine/graph/graph';
import { manualSeed, normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';
import { assertClose } from '../../support/close';

describe('shapeImages', () => {
  it('makes sure of the shape of an image that is fed, once, for the convolutions that read it', () => {
    const graph = new Graph();
    const x = graph.placeholder(DType.float32, [2, 8, 8, 3], 'x');
    const w = graph.placeholder(DType.float32, [1, 1, 3, 3], 'w');
    const first = graph.output('Conv2D', [x, w], {}, DType.float32);
    const second = graph.output('DepthwiseConv2dNative', [x, w], {}, DType.float32);
    const later = graph.output('Conv2D', [first, w], {}, DType.float32);
    const sum = graph.output('AddV2', [second, x], {}, DType.float32);
    const nodes = shapeImages(graph, [...graph.nodes]);
    const inputOf = (name: string) => nodes.find((node) => node.name === name)?.inputs[0]?.node;
    const sure = inputOf(first.node.name);
    assert.equal(sure?.op, 'EnsureShape');
    assert.deepEqual(sure.attributes.shape?.value, [2, 8, 8, 3]);
    assert.deepEqual(
      sure.inputs.map(({ node }) => node),
      [x.node],
    );
    assert.equal(inputOf(second.node.name), sure);
    assert.equal(inputOf(later.node.name)?.name, first.node.name);
    assert.equal(inputOf(sum.node.name)?.name, second.node.name);
    assert.equal(nodes.filter((node) => node === sure).length, 1);
  });

  it('leaves a graph alone in which no image is convolved', () => {
    const graph = new Graph();
    const x = graph.placeholder(DType.float32, [2, 2], 'x');
    graph.output('MatMul', [x, x], {}, DType.float32);
    assert.equal(shapeImages(graph, graph.nodes), graph.nodes);
  });
});

describe('compile with sums taken into convolutions', () => {
  before(function () {
    if (!isNative()) this.skip();
  });

  /** A block whose last convolution TensorFlow can add to what went around it. */
  class Block extends nn.Module {
    readonly inner = new nn.Sequential(
      new nn.Conv2d(4, 8, 1),
      new nn.ReLU6(),
      new nn.Conv2d(8, 8, 3, { padding: 1, groups: 8 }),
      new nn.ReLU6(),
      new nn.Conv2d(8, 4, 1),
    );

    constructor(private readonly after: (x: tf.Tensor) => tf.Tensor) {
      super();
    }

    forward(x: tf.Tensor): tf.Tensor {
      return this.after(tf.add(this.inner.forward(x), x));
    }
  }

  const kinds: Record<string, (x: tf.Tensor) => tf.Tensor> = { nothing: tf.neg, 'a ReLU': tf.relu };
  for (const [kind, after] of Object.entries(kinds)) {
    it(`answers as one by one before ${kind}, keeps what it was given, and learns the same`, () => {
      manualSeed(7);
      const blocks = [0, 1].map(() => new Block(after));
      const stem = new nn.Conv2d(3, 4, 3, { stride: 2, padding: 1 });
      const forward = (x: tf.Tensor): tf.Tensor[] => {
        const begun = stem.forward(x);
        const all = blocks.reduce((all, block) => [...all, block.forward(all.at(-1)!)], [begun]);
        return [...all, tf.mean(all.at(-1)!, [1, 2])];
      };
      const answer = compile(forward);
      for (const b of [2, 3]) {
        const x = normal([b, 9, 8, 3]);
        const [plain, recorded] = inferenceMode(() => [forward(x), answer(x)] as [tf.Tensor[], tf.Tensor[]]);
        recorded.forEach((one, i) => assertClose(one.dataSync(), plain[i]!.dataSync(), 1e-5));
        const last = (all: tf.Tensor[]) => inferenceMode(() => all.at(-1)!.dataSync());
        assertClose(last(answer(x)), last(forward(x)), 1e-5);
      }
      const loss = (x: tf.Tensor) => tf.sum(tf.square(forward(x).at(-1)!));
      const slopes = (x: tf.Tensor) => tf.valueAndGrad(loss)(x);
      const x = normal([2, 9, 8, 3]);
      const [plain, recorded] = [slopes(x), compile(slopes)(x)];
      assertClose(recorded.grad.dataSync(), plain.grad.dataSync(), 1e-5);
    });
  }
});
