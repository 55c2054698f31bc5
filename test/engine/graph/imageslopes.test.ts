import assert from 'node:assert/strict';

import { hasOwnOperations } from '../../../src/engine/backend/load';
import { DType } from '../../../src/engine/backend/native';
import { compile } from '../../../src/engine/compile';
import { Graph, type GraphNode, type Output } from '../../../src/engine/graph/graph';
import { biasesApart, slopeBeforePool } from '../../../src/engine/graph/imageslopes';
import { manualSeed, normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';

const window = (size: number) => ({ window: { kind: 'int', value: [size, size, 2, 2, 0, 0] } }) as const;

const find = (nodes: readonly GraphNode[], { node }: Output): GraphNode =>
  nodes.find(({ name }) => name === node.name) ?? assert.fail(`expected ${node.name}`);

/** A max pool of `x`, what it sends back, and the slope of the ReLU before it. */
function pooled({ sent = 2, others = 0 } = {}) {
  const graph = new Graph();
  const [x, dy, sizes] = ['x', 'dy', 's'].map((name) => graph.placeholder(DType.float32, [1], name)) as [
    Output,
    Output,
    Output,
  ];
  const largest = graph.output('TsdlMaxPool', [x, sizes], window(2), DType.float32);
  const spread = graph.output('TsdlMaxPoolSpread', [x, dy], window(sent), DType.float32);
  const slope = graph.output('ReluGrad', [spread, x], {}, DType.float32);
  for (let i = 0; i < others; i++) graph.output('Relu', [spread], {}, DType.float32);
  return { graph, x, dy, largest, slope };
}

describe('the slope of a ReLU before a max pool', () => {
  it('is taken of what stands for a window', () => {
    const { graph, x, dy, largest, slope } = pooled();
    const nodes = slopeBeforePool(graph, [...graph.nodes]);
    const last = find(nodes, slope);
    assert.equal(last.op, 'TsdlMaxPoolSpread');
    assert.equal(last.inputs[0]?.node, x.node);
    const masked = last.inputs[1]?.node;
    assert.equal(masked?.op, 'ReluGrad');
    assert.deepEqual(
      masked?.inputs.map(({ node }) => node),
      [dy.node, largest.node],
    );
    assert.ok(nodes.indexOf(masked) < nodes.indexOf(last));
  });

  it('stays where the pools differ or others read what one sends back', () => {
    for (const { graph, slope } of [pooled({ sent: 3 }), pooled({ others: 1 })]) {
      assert.equal(find(slopeBeforePool(graph, [...graph.nodes]), slope).op, 'ReluGrad');
    }
  });
});

describe('the gradient of a bias', () => {
  it('is that of rows beside the gradient of a kernel of 32 bits, and of nothing else', () => {
    const graph = new Graph();
    const [x, dy, other] = ['x', 'dy', 'o'].map((name) => graph.placeholder(DType.float32, [1], name)) as [
      Output,
      Output,
      Output,
    ];
    const bytes = Buffer.from(Int32Array.of(3, 3, 2, 5).buffer);
    const sizes = graph.constant({ dtype: DType.int32, shape: [4], bytes });
    const gradient = graph.output('BiasAddGrad', [dy], {}, DType.float32);
    const alone = graph.output('BiasAddGrad', [other], {}, DType.float32);
    graph.output('Conv2DBackpropFilter', [x, sizes, dy], {}, DType.float32);
    const nodes = biasesApart(graph, [...graph.nodes]);
    const rows = find(nodes, gradient).inputs[0]?.node;
    assert.equal(rows?.op, 'Reshape');
    const shape = rows?.inputs[1]?.node.attributes.value;
    assert.ok(shape?.kind === 'tensor');
    assert.deepEqual([...new Int32Array(new Uint8Array(shape.value.bytes).buffer)], [-1, 5]);
    assert.ok(rows?.inputs.every(({ node }) => nodes.includes(node)));
    assert.equal(find(nodes, alone).inputs[0]?.node, other.node);
  });
});

describe('gradients of convolution, ReLU and max pool', () => {
  for (const [kernelSize, stride, padding] of [
    [2, 2, 0],
    [3, 2, 1],
    [3, 1, 1],
  ] as const) {
    it(`are the same compiled, windows of ${kernelSize} by steps of ${stride}`, function () {
      if (!hasOwnOperations()) this.skip();
      manualSeed(0);
      const model = new nn.Sequential(
        new nn.Conv2d(3, 5, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.MaxPool2d(kernelSize, stride, { padding }),
      );
      const weights = model.parameters();
      const x = normal<tf.Rank.R4>([2, 7, 9, 3]);
      const slopes = (x: tf.Tensor4D): tf.Tensor[] => {
        const { grads } = tf.variableGrads(() => tf.sum(tf.square(model.forward(x))), [...weights]);
        return Object.values(grads);
      };
      const [plain, recorded] = [tf.tidy(() => slopes(x)), compile(slopes)(x)];
      plain.forEach((gradient, i) => {
        const [a, b] = [gradient.dataSync(), recorded[i]?.dataSync() ?? []];
        assert.ok(Math.max(...a.map(Math.abs)) > 0.1);
        a.forEach((value, k) =>
          assert.ok(Math.abs(value - (b[k] ?? NaN)) <= 1e-4 * Math.max(1, Math.abs(value))),
        );
      });
    });
  }
});
