import assert from 'node:assert/strict';

import { DType } from '../../../src/engine/backend/native';
import { compile } from '../../../src/engine/compile';
import { autocast } from '../../../src/engine/graph/autocast';
import { Graph, type GraphNode } from '../../../src/engine/graph/graph';
import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { Adam } from '../../../src/helpers/optim/optimizers';
import { CNN } from '../../../src/models/cnn';
import { ResidualBlock } from '../../../src/models/resnet';
import * as nn from '../../../src/nn';

const HALF = 19; // TensorFlow's number of float16

/** x → product with w → + b → ReLU → softmax, and what waits for the product. */
function example() {
  const graph = new Graph();
  const [x, w, b] = ['x', 'w', 'b'].map((name) => graph.placeholder(DType.float32, [2, 2], name));
  const product = graph.output('MatMul', [x!, w!], {}, DType.float32);
  const biased = graph.output('BiasAdd', [product, b!], {}, DType.float32);
  const relu = graph.output('Relu', [biased], {}, DType.float32);
  const soft = graph.output('Softmax', [relu], {}, DType.float32);
  const waiting = graph.ready([product.node]).node;
  return { graph, product, biased, relu, soft, waiting };
}

const typeOf = (node: GraphNode | undefined): unknown => node?.attributes.T?.value;

describe('autocast', () => {
  it('puts products, their bias and what only carries numbers into 16 bits, and nothing else', () => {
    const { graph, product, biased, relu, soft } = example();
    const nodes = autocast(graph.nodes, 'float16');
    const named = (name: string) => nodes.find((node) => node.name === name);
    for (const { node } of [product, biased, relu]) {
      assert.equal(typeOf(named(`${node.name}h`)), HALF);
      assert.equal(named(node.name)?.op, 'Cast'); // who reads it by name still gets float32
      assert.equal(named(node.name)?.attributes.DstT?.value, DType.float32);
    }
    assert.equal(named(soft.node.name), soft.node);
    assert.equal(named(`${relu.node.name}h`)?.inputs[0]?.node.name, `${biased.node.name}h`); // no cast between
    assert.equal(new Set(nodes.map(({ name }) => name)).size, nodes.length);
  });

  // The products of forward and backward passes: what runs on tensor cores and AMX.
  for (const op of [
    'MatMul',
    'BatchMatMul',
    'BatchMatMulV2',
    'Conv2D',
    'Conv2DBackpropInput',
    'Conv2DBackpropFilter',
  ]) {
    // prettier-ignore
    it(`takes ${op} as a product`, () => {
      const graph = new Graph();
      const [a, b] = ['a', 'b'].map((name) => graph.placeholder(DType.float32, [2, 2], name));
      const product = graph.output(op, [a!, b!], {}, DType.float32);
      const half = autocast(graph.nodes, 'float16').find(({ name }) => name === `${product.node.name}h`);
      assert.deepEqual([half?.op, typeOf(half)], [op, HALF]);
    });
  }

  it('casts an output once, however many products take it', () => {
    const graph = new Graph();
    const x = graph.placeholder(DType.float32, [2, 2], 'x');
    graph.output('MatMul', [x, x], {}, DType.float32);
    graph.output('MatMul', [x, x], {}, DType.float32);
    const down = autocast(graph.nodes, 'float16').filter(({ attributes }) => attributes.DstT?.value === HALF);
    assert.equal(down.length, 1);
  });

  it('normalises images of 16 bits by statistics of 32, whose own outputs stay where they were', () => {
    const graph = new Graph();
    const [x, w, ...vectors] = [...'xwsomv'].map((name) => graph.placeholder(DType.float32, [2], name));
    const product = graph.output('Conv2D', [x!, w!], {}, DType.float32);
    const norm = graph.add('FusedBatchNormV3', [product, ...vectors], {});
    const [y, mean] = [0, 1].map((index) => ({ node: norm, index, dtype: DType.float32 }));
    const relu = graph.output('Relu', [y!], {}, DType.float32);
    const kept = graph.output('Square', [mean!], {}, DType.float32);
    const nodes = autocast(graph.nodes, 'bfloat16');
    const named = (name: string) => nodes.find((node) => node.name === name);
    const half = named(`${norm.name}h`);
    assert.deepEqual([half?.attributes.T?.value, half?.attributes.U?.value], [14, DType.float32]);
    assert.deepEqual(
      half?.inputs.map(({ node }) => node.name),
      [`${product.node.name}h`, ...vectors.map(({ node }) => node.name)],
    );
    assert.equal(named(`${relu.node.name}h`)?.inputs[0]?.node.name, half?.name);
    const [read] = named(kept.node.name)?.inputs ?? [];
    assert.deepEqual([read?.node.name, read?.index], [half?.name, 1]); // a cast has one output
  });

  it('takes a constant beside 16 bits where they hold it, and no other', () => {
    const constant = (graph: Graph, value: number) =>
      graph.constant({ dtype: DType.float32, shape: [], bytes: Buffer.from(Float32Array.of(value).buffer) });
    for (const [value, exact] of [
      [0, true],
      [-0.125, true],
      [-Infinity, true],
      [1.9921875, true],
      [0.1, false],
      [1.99609375, false],
      [-3.4e38, false],
      [2 ** -20, false],
      [NaN, false],
    ] as const) {
      const { graph, relu } = example();
      const scaled = graph.output('Mul', [relu, constant(graph, value)], {}, DType.float32);
      const nodes = autocast(graph.nodes, 'bfloat16');
      assert.equal(
        nodes.some(({ name }) => name === `${scaled.node.name}h`),
        exact,
        String(value),
      );
    }
  });

  it('leaves a graph without products, and integer ones, as they are', () => {
    const graph = new Graph();
    const x = graph.placeholder(DType.int32, [2, 2], 'x');
    graph.output('MatMul', [x, x], {}, DType.int32);
    graph.output('Relu', [graph.placeholder(DType.float32, [2], 'y')], {}, DType.float32);
    assert.deepEqual(autocast(graph.nodes, 'bfloat16'), graph.nodes);
  });

  it('keeps the order of what waits for a product', () => {
    const { graph, product, waiting } = example();
    const nodes = autocast(graph.nodes, 'float16');
    assert.ok(nodes.includes(waiting));
    assert.ok([...waiting.controls].some(({ name }) => name === product.node.name));
  });
});

describe('compile with precision', () => {
  before(function () {
    if (tf.device.kind === 'js') this.skip();
  });

  for (const [precision, rounded] of [
    ['bfloat16', 1],
    ['float16', 1.0029296875],
  ] as const) {
    it(`rounds the operands of a product to ${precision}, and no others`, () => {
      const fn = compile((x: tf.Tensor2D) => [tf.matMul(x, tf.ones([1, 1])), tf.add(x, 0)], { precision });
      const x = tf.tensor2d([[1.0033]]);
      const [product, sum] = fn(x).map((tensor) => tensor.dataSync()[0]!);
      assert.equal(product, rounded);
      assert.equal(sum, Math.fround(1.0033));
    });
  }

  it('trains convolutions with normalisation and shortcuts like float32, and knows their statistics', function () {
    this.timeout(60_000);
    const x = tf.randomNormal([4, 12, 12, 3], 2, 1, 'float32', 1);
    const y = tf.tensor1d([0, 1, 2, 3], 'int32');
    const build = () => {
      manualSeed(1);
      const blocks = [new ResidualBlock(3, 8), new ResidualBlock(8, 16, { stride: 2 })];
      return new nn.Sequential(...blocks, new nn.MaxPool2d(2), new nn.Flatten(), new nn.Linear(144, 4));
    };
    const trained = (precision?: 'bfloat16') => {
      const model = build();
      const optimizer = new Adam(model.namedParameters(), { lr: 1e-3 });
      const step = compile(() => optimizer.minimize(() => nn.crossEntropy(model.forward(x), y)), {
        precision,
      });
      const losses = Array.from({ length: 6 }, () => tf.tidy(() => step().dataSync()[0]!));
      return { losses, state: model.stateDict() };
    };
    const [full, half] = [trained(), trained('bfloat16')];
    half.losses.forEach((loss, i) => assert.ok(Math.abs(loss - full.losses[i]!) < 0.05, `${i}: ${loss}`));
    assert.notDeepEqual(half.losses, full.losses);
    for (const [name, value] of full.state) {
      if (!name.includes('running')) continue;
      const worst = tf.max(tf.abs(tf.sub(half.state.get(name)!, value))).dataSync()[0]!;
      assert.ok(worst < 0.05, `${name}: ${worst}`);
    }
  });

  it('trains the CNN like float32, its weights too fine for 16 bits', function () {
    this.timeout(60_000);
    const x = tf.randomNormal([4, 28, 28, 1], 0, 1, 'float32', 1);
    const y = tf.tensor1d([0, 1, 2, 3], 'int32');
    const start = new CNN().eval();
    const losses = (precision?: 'bfloat16') => {
      const model = new CNN().eval();
      model.loadStateDict(start.stateDict());
      const optimizer = new Adam(model.namedParameters(), { lr: 1e-4 });
      const step = compile(
        (input: tf.Tensor4D, target: tf.Tensor1D) =>
          optimizer.minimize(() => nn.crossEntropy(model.forward(input), target)),
        { precision },
      );
      const values = Array.from({ length: 8 }, () => tf.tidy(() => step(x, y).dataSync()[0]!));
      const fine = model.fc1.weight
        .dataSync()
        .some((value) => (new Uint32Array(Float32Array.of(value).buffer)[0]! & 0xffff) !== 0);
      step.dispose();
      model.dispose();
      return { values, fine };
    };
    const [full, half] = [losses(), losses('bfloat16')];
    assert.ok(half.values[7]! < half.values[0]!);
    half.values.forEach((loss, i) => assert.ok(Math.abs(loss - full.values[i]!) < 0.02));
    assert.ok(half.fine);
  });
});
