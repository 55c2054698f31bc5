import assert from 'node:assert/strict';

import { compile } from '../../../src/engine/compile';
import { manualSeed, normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { Adam, type Optimizer, SGD } from '../../../src/helpers/optim/optimizers';
import { CNN } from '../../../src/models/cnn';
import { LSTMModel } from '../../../src/models/lstm';
import { MLP } from '../../../src/models/mlp';
import { ResidualBlock } from '../../../src/models/resnet';
import { TransformerClassifier } from '../../../src/models/transformer';
import * as nn from '../../../src/nn';
import { assertClose } from '../../support/close';

type Step = (x: tf.Tensor, y: tf.Tensor1D) => tf.Scalar;
type Wrap = (step: Step) => Step;

const eagerly: Wrap = (step) => (x, y) => tf.tidy(() => step(x, y));

interface Classifier extends nn.Module {
  forward(x: tf.Tensor): tf.Tensor2D;
}

class ResidualNet extends nn.Module {
  readonly block1 = new ResidualBlock(1, 4);
  readonly block2 = new ResidualBlock(4, 8, { stride: 2 });
  readonly fc = new nn.Linear(8, 3);

  forward(x: tf.Tensor4D): tf.Tensor2D {
    return this.fc.forward(tf.mean(this.block2.forward(this.block1.forward(x)), [1, 2]));
  }
}

const labels = (count: number): tf.Tensor1D =>
  tf.tensor1d(
    Array.from({ length: count }, (_, i) => i % 3),
    'int32',
  );
const text = (seed: number): tf.Tensor =>
  tf.tensor2d(
    Array.from({ length: 24 }, (_, i) => (i * 7 + seed * 5) % 20),
    [4, 6],
    'int32',
  );

/** Losses of some steps on changing batches, dropout on, and the logits that the model ends with. */
function train(
  build: () => nn.Module,
  input: (seed: number) => tf.Tensor,
  steps: number,
  wrap: Wrap,
): number[] {
  manualSeed(7);
  const model = build() as Classifier;
  const normalised = [...model.stateDict().keys()].some((name) => name.endsWith('running_mean'));
  // a bias before batch norm has no gradient but rounding noise, which Adam would blow up to whole steps
  const optimizer = normalised
    ? new SGD(model.namedParameters(), { lr: 0.05, momentum: 0.9 })
    : new Adam(model.namedParameters(), { lr: 1e-3 });
  const step = wrap((x, y) => optimizer.minimize(() => nn.crossEntropy(model.forward(x), y)));
  const losses = Array.from({ length: steps }, (_, i) => {
    const x = input(i + 1);
    return step(x, labels(x.shape[0])).dataSync()[0]!;
  });
  model.eval();
  const logits = tf.tidy(() => model.forward(input(0)).dataSync());
  model.dispose();
  return [...losses, ...logits];
}

describe('compile and the models', () => {
  const cases: Record<string, [() => nn.Module, (seed: number) => tf.Tensor, number]> = {
    MLP: [() => new MLP(8, 16, 3), () => normal([6, 8]), 50],
    CNN: [() => new CNN({ numClasses: 3 }), () => normal([3, 28, 28, 1]), 50],
    ResidualBlock: [() => new ResidualNet(), () => normal([4, 8, 8, 1]), 50],
    LSTMModel: [
      () => new LSTMModel({ vocabSize: 20, embeddingDim: 5, hiddenDim: 6, outputDim: 3 }),
      text,
      50,
    ],
    Transformer: [
      () => new TransformerClassifier({ vocabSize: 20, dModel: 8, numHeads: 2, numLayers: 1, numClasses: 3 }),
      text,
      50,
    ],
  };
  for (const [name, [build, input, steps]] of Object.entries(cases)) {
    it(`${name} trains compiled as eagerly, dropout included`, () => {
      assertClose(train(build, input, steps, compile), train(build, input, steps, eagerly), 1e-5);
    });
  }
});

/** Everything that may change between two steps, in one run; returns what the steps returned. */
function changes(wrap: Wrap): number[] {
  manualSeed(3);
  const models = [new MLP(4, 8, 3), new MLP(4, 8, 3)];
  const optimizers: Optimizer[] = models.map(
    (model) => new SGD(model.namedParameters(), { lr: 0.1, momentum: 0.9 }),
  );
  const steps = models.map((model, i) =>
    wrap((x, y) => optimizers[i]!.minimize(() => nn.crossEntropy(model.forward(x), y))),
  );
  const [model, optimizer] = [models[0]!, optimizers[0]!];
  const again = wrap((x, y) => optimizer.minimize(() => nn.crossEntropy(model.forward(x), y)));
  const losses: number[] = [];
  const run = (step: Step, size = 6): void =>
    void losses.push(step(normal([size, 4]), labels(size)).dataSync()[0]!);
  const three = (step: Step): void => [1, 2, 3].forEach(() => run(step));

  three(steps[0]!);
  optimizer.lr = 0.01; // a schedule
  three(steps[0]!);
  run(steps[0]!, 2); // the last, smaller batch
  three(steps[1]!); // another model in between
  three(again); // the same function compiled twice
  model.layer1.weight.trainable = false;
  three(steps[0]!);
  model.layer1.weight.trainable = true;
  three(steps[0]!);
  const state = new Map([...models[1]!.stateDict()].map(([name, v]) => [name, v.clone() as tf.Tensor]));
  model.loadStateDict(state);
  three(again);
  three(steps[0]!);
  losses.push(...model.layer3.weight.dataSync());
  return losses;
}

describe('changes between the calls of a compiled step', () => {
  it('are all seen: learning rate, batch size, frozen parameters, loaded weights, other models and functions', () => {
    const eager = changes(eagerly);
    assertClose(changes(compile), eager, 1e-5);
    assert.ok(eager.length > 26);
  });

  it('from training to evaluation and back change dropout and batch norm', () => {
    const run = (wrap: (fn: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.Tensor): number[] => {
      manualSeed(5);
      const model = new nn.Sequential(new nn.Linear(4, 6), new nn.BatchNorm1d(6), new nn.Dropout(0.5));
      const forward = wrap((x) => model.forward(x));
      return [true, true, false, false, true, false].flatMap((training) => {
        model.train(training);
        return Array.from(forward(normal([5, 4])).dataSync());
      });
    };
    assertClose(
      run(compile),
      run((fn) => (x) => tf.tidy(() => fn(x))),
      1e-5,
    );
  });
});
