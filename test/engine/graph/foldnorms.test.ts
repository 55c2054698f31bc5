import assert from 'node:assert/strict';

import { inferenceMode } from '../../../src/engine/autograd';
import { DType } from '../../../src/engine/backend/native';
import { isNative } from '../../../src/engine/backend/rawops';
import { compile } from '../../../src/engine/compile';
import { foldNorms } from '../../../src/engine/graph/foldnorms';
import { Graph, type Output } from '../../../src/engine/graph/graph';
import { usesOneDnn } from '../../../src/engine/graph/onednn';
import { manualSeed, normal, uniform } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';
import { assertClose } from '../../support/close';

const FLOAT = { kind: 'type', value: DType.float32 } as const;

/** A convolution and its normalisation as a recording has them. */
function example({ training = false, twice = false } = {}) {
  const graph = new Graph();
  const variable = (shape: number[]): Output => {
    const handle = graph.variable(DType.float32, shape, 'v', 'v');
    return graph.output('ReadVariableOp', [handle], { dtype: FLOAT }, DType.float32);
  };
  const kernel = variable([3, 3, 2, 4]);
  const vectors = Array.from({ length: 4 }, () => variable([4]));
  const x = graph.placeholder(DType.float32, [1, 8, 8, 2], 'x');
  const conv = graph.output('Conv2D', [x, kernel], {}, DType.float32);
  const attributes = {
    is_training: { kind: 'bool', value: training },
    epsilon: { kind: 'float', value: 1e-5 },
  } as const;
  const norm = graph.output('FusedBatchNormV3', [conv, ...vectors], attributes, DType.float32);
  if (twice) graph.output('Relu', [conv], {}, DType.float32);
  const handle = kernel.node.inputs[0]!.node.name;
  return { graph, conv, norm, handle };
}

describe('foldNorms', () => {
  const opsOf = (nodes: ReturnType<typeof foldNorms>) => nodes.map(({ op }) => op);

  it('puts a convolution with a bias in the place of a normalisation by given statistics', () => {
    const { graph, norm } = example();
    const nodes = foldNorms(graph, [...graph.nodes], new Set(), new Set());
    assert.ok(!opsOf(nodes).includes('FusedBatchNormV3'));
    assert.equal(nodes.find(({ name }) => name === norm.node.name)?.op, 'BiasAdd');
    assert.equal(new Set(nodes.map(({ name }) => name)).size, nodes.length);
  });

  it('leaves alone one that trains, one whose weights do, and a convolution that others read', () => {
    const kept = ({ graph }: { graph: Graph }, written: string[] = [], fetched: string[] = []) =>
      assert.deepEqual(foldNorms(graph, [...graph.nodes], new Set(written), new Set(fetched)), graph.nodes);
    kept(example({ training: true }));
    kept(example({ twice: true }));
    const one = example();
    kept(one, [one.handle]);
    kept(one, [], [one.conv.node.name]);
  });
});

describe('compile with normalisations taken into convolutions', () => {
  before(function () {
    if (!isNative()) this.skip();
  });

  /** Statistics as after some training. */
  function worn(norm: nn.BatchNorm2d): nn.BatchNorm2d {
    const c = norm.numFeatures;
    norm.runningMean?.assign(normal([c]));
    norm.runningVar?.assign(uniform([c], 0.2, 3));
    norm.weight?.assign(normal([c]));
    norm.bias?.assign(normal([c]));
    return norm;
  }

  const kinds: Record<string, () => nn.Sequential> = {
    plain: () => new nn.Sequential(new nn.Conv2d(3, 8, 3, { bias: false }), worn(new nn.BatchNorm2d(8))),
    'with bias': () => new nn.Sequential(new nn.Conv2d(3, 8, 3, { padding: 1 }), worn(new nn.BatchNorm2d(8))),
    depthwise: () => new nn.Sequential(new nn.Conv2d(3, 3, 3, { groups: 3 }), worn(new nn.BatchNorm2d(3))),
    'depthwise, padded, strided, and cut off': () =>
      new nn.Sequential(
        new nn.Conv2d(3, 3, 3, { groups: 3, padding: 1, stride: 2 }),
        worn(new nn.BatchNorm2d(3)),
        new nn.ReLU6(),
      ),
    'two a channel': () =>
      new nn.Sequential(new nn.Conv2d(3, 6, 3, { groups: 3 }), worn(new nn.BatchNorm2d(6))),
    dilated: () =>
      new nn.Sequential(
        new nn.Conv2d(3, 8, 3, { dilation: 2, padding: 1 }),
        worn(new nn.BatchNorm2d(8)),
        new nn.ELU(),
      ),
    'in groups': () =>
      new nn.Sequential(
        new nn.Conv2d(6, 4, 3, { groups: 2 }),
        worn(new nn.BatchNorm2d(4)),
        new nn.LeakyReLU(0.2),
      ),
    'depthwise, with another activation': () =>
      new nn.Sequential(new nn.Conv2d(3, 3, 3, { groups: 3 }), worn(new nn.BatchNorm2d(3)), new nn.ELU()),
    'in a row': () =>
      new nn.Sequential(
        new nn.Conv2d(3, 8, 3, { stride: 2 }),
        worn(new nn.BatchNorm2d(8)),
        new nn.ReLU(),
        new nn.Conv2d(8, 4, 1),
        worn(new nn.BatchNorm2d(4)),
      ),
  };

  for (const [kind, make] of Object.entries(kinds)) {
    it(`answers as the layers one by one, ${kind}, and as they are after more training`, function () {
      // TensorFlow's own fused convolution takes no groups
      if (kind === 'in groups' && !usesOneDnn()) this.skip();
      manualSeed(3);
      const model = make();
      const channels = kind === 'in groups' ? 6 : 3;
      const x = normal([2, 9, 9, channels]);
      const answer = compile((x: tf.Tensor) => model.forward(x));
      const train = compile((x: tf.Tensor) => model.forward(x));
      const check = (): void => {
        model.eval();
        const [plain, recorded] = inferenceMode(() => [model.forward(x), answer(x)] as tf.Tensor[]);
        assertClose(recorded!.dataSync(), plain!.dataSync(), 1e-5);
      };
      check();
      model.train();
      for (let i = 0; i < 3; i++) train(normal([4, 9, 9, channels], 5, 2)).dispose();
      check();
      for (const parameter of model.parameters()) tf.tidy(() => parameter.assign(tf.neg(parameter)));
      check();
    });
  }
});
