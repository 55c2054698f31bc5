import assert from 'node:assert/strict';

import { DType } from '../../../src/engine/backend/native';
import { isNative } from '../../../src/engine/backend/rawops';
import { compile } from '../../../src/engine/compile';
import { Graph, type GraphNode, type Output } from '../../../src/engine/graph/graph';
import { Invariants, keepInvariants } from '../../../src/engine/graph/invariants';
import * as tf from '../../../src/engine/tf';

const FLOAT = { kind: 'type', value: DType.float32 } as const;

function variable(graph: Graph, name: string, shape: number[]): Output {
  const handle = graph.variable(DType.float32, shape, name, name);
  return graph.output('ReadVariableOp', [handle], { dtype: FLOAT }, DType.float32);
}

/** x · (w · s) with w and s variables. */
function example() {
  const graph = new Graph();
  const [w, s] = [variable(graph, 'w', [2, 3]), variable(graph, 's', [3])];
  const x = graph.placeholder(DType.float32, [4, 2], 'x');
  const product = graph.output('Mul', [w, s], {}, DType.float32);
  const result = graph.output('MatMul', [x, product], {}, DType.float32);
  const handle = (read: Output): string => read.node.inputs[0]?.node.name ?? '';
  return { graph, w, s, x, product, result, handle };
}

describe('Invariants', () => {
  it('knows values of variables that are not written, what is made of them, and its shape', () => {
    const { graph, w, s, x, product, result, handle } = example();
    const all = new Invariants(graph.nodes, new Set());
    assert.deepEqual(all.of(w), { shape: [2, 3], kind: 'value' });
    assert.deepEqual(all.of(product), { shape: [2, 3], kind: 'made' });
    assert.deepEqual([all.of(x), all.of(result)], [undefined, undefined]);
    const some = new Invariants(graph.nodes, new Set([handle(s)]));
    assert.deepEqual([some.of(s), some.of(product)], [undefined, undefined]);
  });

  it('does not take what waits for something, or draws, for the same each time', () => {
    const { graph, w, product, x } = example();
    product.node.controls.add(x.node);
    const drawn = graph.output('RandomStandardNormal', [w], {}, DType.float32);
    const all = new Invariants(graph.nodes, new Set());
    assert.deepEqual([all.of(product), all.of(drawn)], [undefined, undefined]);
  });
});

describe('keepInvariants', () => {
  const inputsOf = (nodes: readonly GraphNode[], name: string): string[] =>
    nodes.find((node) => node.name === name)?.inputs.map(({ node }) => node.name) ?? [];

  it('reads what is made of such variables from one of its own, written where it is asked for', () => {
    const { graph, product, result } = example();
    const { nodes, refresh } = keepInvariants(graph, [...graph.nodes], new Set());
    const [, read = ''] = inputsOf(nodes, result.node.name);
    const [own = ''] = inputsOf(nodes, read);
    const assign = nodes.find(({ op }) => op === 'AssignVariableOp');
    assert.deepEqual(inputsOf(nodes, assign?.name ?? ''), [own, product.node.name]);
    const ready = nodes.find(({ name }) => `${name}:0` === refresh);
    assert.deepEqual([...(ready?.controls ?? [])], [assign]);
    assert.equal(new Set(nodes.map(({ name }) => name)).size, nodes.length);
  });

  it('leaves a graph that writes the variables as it is', () => {
    const { graph, w, handle } = example();
    const { nodes, refresh } = keepInvariants(graph, [...graph.nodes], new Set([handle(w)]));
    assert.deepEqual([nodes, refresh], [graph.nodes, undefined]);
  });
});

describe('compile with kept invariants', () => {
  before(function () {
    if (!isNative()) this.skip();
  });

  for (const precision of ['bfloat16', undefined] as const) {
    it(`follows variables that change, by hand or in another program, in ${precision ?? 'float32'}`, () => {
      const [w, s] = [tf.variable(tf.tensor2d([[1, 2]])), tf.variable(tf.tensor1d([4]))];
      const fn = compile((x: tf.Tensor2D) => tf.matMul(x, tf.mul(w, s)), { precision });
      const double = compile(() => {
        w.assign(tf.mul(w, 2));
      });
      const x = tf.ones([1, 1]);
      const value = (): number[] => tf.tidy(() => Array.from(fn(x).dataSync()));
      assert.deepEqual(
        [value(), value()],
        [
          [4, 8],
          [4, 8],
        ],
      );
      s.assign(tf.tensor1d([3]));
      assert.deepEqual(
        [value(), value()],
        [
          [3, 6],
          [3, 6],
        ],
      );
      double();
      double();
      assert.deepEqual(value(), [12, 24]);
      w.assign(tf.tensor2d([[5, 7]]));
      assert.deepEqual(value(), [15, 21]);
    });
  }
});
