import assert from 'node:assert/strict';

import { DType } from '../../../src/engine/backend/native';
import { keepFilters, keepsFilters, withoutKeeping } from '../../../src/engine/graph/filters';
import { Graph, type GraphNode, type Output } from '../../../src/engine/graph/graph';

const FLOAT = { kind: 'type', value: DType.float32 } as const;
const NHWC = { data_format: { kind: 'string', value: 'NHWC' } } as const;

/** A graph with variables, and operations on images of one shape. */
class Example {
  readonly graph = new Graph();
  readonly x = this.graph.placeholder(DType.float32, [1, 4, 4, 2], 'x');

  variable(shape: number[]): Output {
    const handle = this.graph.variable(DType.float32, shape, `v${this.graph.nodes.length}`, 'v');
    return this.graph.output('ReadVariableOp', [handle], { dtype: FLOAT }, DType.float32);
  }

  add(op: string, inputs: Output[], shape = [1, 4, 4, 2]): Output {
    const output = this.graph.output(
      op,
      inputs,
      op === 'BiasAdd' || op.includes('onv') ? NHWC : {},
      DType.float32,
    );
    this.graph.shapes.set(output.node.name, shape);
    return output;
  }

  biased(x: Output, op = 'Conv2D', filter = this.variable([1, 1, 2, 2])): Output {
    return this.add('BiasAdd', [this.add(op, [x, filter]), this.variable([2])]);
  }

  kept(written: Output[] = [], fetched: Output[] = []): readonly GraphNode[] {
    const handles = written.map(({ node }) => node.inputs[0]!.node.name);
    const names = fetched.map(({ node }) => node.name);
    return keepFilters(this.graph, [...this.graph.nodes], new Set(handles), new Set(names));
  }
}

const fusedOps = (nodes: readonly GraphNode[]): string[] =>
  nodes.flatMap(({ op, attributes }) =>
    attributes.fused_ops
      ? [`${op.replace('_MklNative', '')} ${(attributes.fused_ops.value as string[]).join('+')}`]
      : [],
  );

describe('keepFilters', () => {
  it('takes bias, sum and activation into a convolution, by the name of the last', () => {
    const one = new Example();
    const y = one.add('Relu', [one.add('AddV2', [one.biased(one.x), one.x])]);
    const nodes = one.kept();
    assert.deepEqual(fusedOps(nodes), ['FusedConv2D BiasAdd+Add+Relu']);
    const made = nodes.find(({ name }) => name === y.node.name)!;
    assert.deepEqual([made.inputs.length, made.inputs[3]?.node], [4, one.x.node]);
    assert.ok(keepsFilters(nodes));
    const plain = withoutKeeping(nodes);
    assert.ok(!keepsFilters(plain));
    assert.deepEqual(fusedOps(plain), fusedOps(nodes));
  });

  it('gives a sum of two convolutions to one of them, and none to a depthwise one or of other shapes', () => {
    const two = new Example();
    two.add('Add', [two.biased(two.x), two.biased(two.x)]);
    assert.deepEqual(fusedOps(two.kept()), ['FusedConv2D BiasAdd', 'FusedConv2D BiasAdd+Add']);
    const deep = new Example();
    deep.add('Add', [deep.biased(deep.x, 'DepthwiseConv2dNative'), deep.x]);
    assert.deepEqual(fusedOps(deep.kept()), ['FusedDepthwiseConv2dNative BiasAdd']);
    const wide = new Example();
    wide.add('Add', [wide.biased(wide.x), wide.add('Neg', [wide.x], [1, 1, 1, 2])]);
    assert.deepEqual(fusedOps(wide.kept()), ['FusedConv2D BiasAdd']);
  });

  it('stops before what is asked for or read by others', () => {
    const asked = new Example();
    const sum = asked.biased(asked.x);
    asked.add('Relu', [sum]);
    assert.deepEqual(fusedOps(asked.kept([], [sum])), ['FusedConv2D BiasAdd']);
    asked.add('Neg', [sum]);
    assert.deepEqual(fusedOps(asked.kept()), ['FusedConv2D BiasAdd']);
  });

  it('leaves alone a filter that is written or fed, a convolution without a bias, and one that waits', () => {
    const own = new Example();
    const filter = own.variable([1, 1, 2, 2]);
    const { node } = own.biased(own.x, 'Conv2D', filter);
    assert.deepEqual(fusedOps(own.kept([filter])), []);
    node.inputs[0]!.node.controls.add(own.x.node);
    assert.deepEqual(fusedOps(own.kept()), []);
    const fed = new Example();
    fed.biased(fed.x, 'Conv2D', fed.x);
    fed.add('Relu', [fed.add('Conv2D', [fed.x, fed.variable([1, 1, 2, 2])])]);
    assert.deepEqual(fusedOps(fed.kept()), []);
  });
});
