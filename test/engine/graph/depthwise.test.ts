import assert from 'node:assert/strict';

import { DType } from '../../../src/engine/backend/native';
import { compile } from '../../../src/engine/compile';
import { padDepthwise } from '../../../src/engine/graph/depthwise';
import { Graph } from '../../../src/engine/graph/graph';
import { manualSeed, normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';

/** A depthwise convolution with explicit paddings and what reads it. */
function example(reader: string) {
  const graph = new Graph();
  const [x, w, b] = ['x', 'w', 'b'].map((name) => graph.placeholder(DType.float32, [2, 2], name));
  const padding = { kind: 'string', value: 'EXPLICIT' } as const;
  const paddings = { kind: 'int', value: [0, 0, 1, 2, 3, 4, 0, 0] } as const;
  const attributes = { padding, explicit_paddings: paddings };
  const conv = graph.output('DepthwiseConv2dNative', [x!, w!], attributes, DType.float32);
  graph.output(reader, reader === 'Relu' ? [conv] : [conv, b!], {}, DType.float32);
  return { graph, conv };
}

describe('a depthwise convolution with explicit paddings', () => {
  for (const reader of ['BiasAdd', 'AddV2', 'Relu']) {
    it(`pads its image by an operation of its own before ${reader}`, () => {
      const { graph, conv } = example(reader);
      const nodes = padDepthwise(graph, [...graph.nodes]);
      const made = nodes.find(({ name }) => name === conv.node.name);
      assert.equal(made?.attributes.padding?.value, 'VALID');
      assert.equal(made.attributes.explicit_paddings, undefined);
      const wide = made.inputs[0]!.node;
      const value = wide.inputs[1]?.node.attributes.value;
      assert.equal(wide.op, 'Pad');
      assert.ok(value?.kind === 'tensor');
      assert.deepEqual(
        [...new Int32Array(new Uint8Array(value.value.bytes).buffer)],
        [0, 0, 1, 2, 3, 4, 0, 0],
      );
      assert.ok(wide.inputs.every(({ node }) => nodes.includes(node)));
    });
  }

  it('stays as it is where nothing is fused: before batch norm, and with two readers', () => {
    const normed = example('FusedBatchNormGradV3');
    assert.deepEqual(padDepthwise(normed.graph, normed.graph.nodes), normed.graph.nodes);
    const both = example('BiasAdd');
    both.graph.output('Relu', [both.conv], {}, DType.float32);
    assert.deepEqual(padDepthwise(both.graph, both.graph.nodes), both.graph.nodes);
  });

  // Each ended the process when compiled, for TensorFlow checks the shapes of what it fused.
  const after = { nothing: [], ReLU: [new nn.ReLU()], ReLU6: [new nn.ReLU6()], sigmoid: [new nn.Sigmoid()] };
  for (const [name, layers] of Object.entries(after)) {
    for (const options of [
      { stride: 2, padding: 1 },
      { stride: 1, padding: [1, 2] as [number, number] },
      { stride: 2, padding: 1, bias: false },
      { stride: 2, padding: 3, dilation: 2 },
    ]) {
      it(`computes the same compiled, ${JSON.stringify(options)}, then ${name}`, () => {
        manualSeed(3);
        const net = new nn.Sequential(new nn.Conv2d(4, 8, 3, { groups: 4, ...options }), ...layers);
        const x = normal([2, 9, 8, 4]);
        const sum = (x: tf.Tensor) => tf.valueAndGrad((x) => tf.sum(tf.square(net.forward(x))))(x);
        const [plain, fast] = [sum(x), compile(sum)(x)];
        const worst = (a: tf.Tensor, b: tf.Tensor) => tf.max(tf.abs(tf.sub(a, b))).item();
        assert.ok(worst(plain.value, fast.value) < 1e-4);
        assert.ok(worst(plain.grad, fast.grad) < 1e-5);
        assert.ok(worst(compile((x: tf.Tensor) => net.forward(x))(x), net.forward(x)) < 1e-5);
      });
    }
  }
});
