/** The models of record_models.py: how to build them, what they are fed, how they are trained there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as tf from '../../src/engine/tf';
import { formulaInput } from '../../src/helpers/course/proof';
import { Adam, SGD } from '../../src/helpers/optim/optimizers';
import { CNN } from '../../src/models/cnn';
import { LSTMModel } from '../../src/models/lstm';
import { MLP } from '../../src/models/mlp';
import { ResidualBlock } from '../../src/models/resnet';
import { TransformerClassifier, TransformerLM } from '../../src/models/transformer';
import * as nn from '../../src/nn';
import { languageModels } from './language';

/** What PyTorch gave for one model. */
export interface RecordedModel {
  readonly tree?: string;
  readonly parameters: number;
  readonly state: Readonly<Record<string, number[]>>;
  readonly logits: number[];
  /** Largest logit, where only some are recorded. */
  readonly scale?: number;
  readonly losses: number[];
}

export interface Counts {
  readonly Perceptron: number;
  readonly MLP: number;
  readonly CNN: number;
  readonly LSTMModel: { sizes: [number, number, number, number]; parameters: number }[];
}

const read = (name: string) =>
  JSON.parse(readFileSync(join(__dirname, '../fixtures', name), 'utf8')) as Record<string, unknown>;
const records = { ...read('models.json'), ...read('models_language.json') };

export function recordedModel(name: string): RecordedModel {
  if (!(name in records)) throw new Error(`Cannot find "${name}" in the recorded models`);
  return records[name] as RecordedModel;
}

export const recordedCounts = records.counts as Counts;

export interface Trainable {
  readonly build: () => nn.Layer;
  /** The input of step k. */
  readonly batch: (k: number) => tf.Tensor;
  readonly classes: number;
  /** Whether every word has a target, not every text. */
  readonly perWord?: boolean;
  /** Number of targets, where not every word of the input has one. */
  readonly targets?: number;
  readonly optimizer: (model: nn.Module) => Adam | SGD;
}

/** Whole numbers in [0, vocab) by the formula of the recording script. */
function words(vocab: number, shape: [number, number]): (k: number) => tf.Tensor {
  return (k) => {
    return tf.tidy(() => {
      const unit = tf.div(tf.add(formulaInput(shape, k), 1), 2);
      return tf.cast(tf.floor(tf.mul(unit, vocab)), 'int32');
    });
  };
}

/** Three residual blocks and a head of five classes; the same as `residual_net` in record_models.py. */
export function residualNet(): nn.Sequential {
  return new nn.Sequential(
    new ResidualBlock(3, 4),
    new ResidualBlock(4, 6, { stride: 2 }),
    new ResidualBlock(6, 6),
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Linear(6, 5),
  );
}

const adam = (model: nn.Module) => new Adam(model.namedParameters(), { lr: 1e-3 });
const sgd = (model: nn.Module) => new SGD(model.namedParameters(), { lr: 0.02, momentum: 0.9 });

const transformer = { vocabSize: 30, dModel: 8, numHeads: 2, numLayers: 2, maxLen: 16 };

export const trainables: Readonly<Record<string, Trainable>> = {
  MLP: {
    build: () => new MLP(20, 16, 5),
    batch: (k) => formulaInput([8, 20], k),
    classes: 5,
    optimizer: adam,
  },
  CNN: { build: () => new CNN(), batch: (k) => formulaInput([4, 28, 28, 1], k), classes: 10, optimizer: sgd },
  'residual net': {
    build: residualNet,
    batch: (k) => formulaInput([4, 12, 12, 3], k),
    classes: 5,
    optimizer: sgd,
  },
  LSTMModel: {
    build: () => new LSTMModel({ vocabSize: 30, embeddingDim: 6, hiddenDim: 8, outputDim: 3 }),
    batch: words(30, [4, 7]),
    classes: 3,
    optimizer: adam,
  },
  TransformerClassifier: {
    build: () => new TransformerClassifier({ ...transformer, numClasses: 3 }),
    batch: words(30, [4, 7]),
    classes: 3,
    optimizer: adam,
  },
  TransformerLM: {
    build: () => new TransformerLM(transformer),
    batch: words(30, [4, 7]),
    classes: 30,
    perWord: true,
    optimizer: adam,
  },
  ...languageModels,
};

/** Turns all dropout off, in training too, as the recording script does. */
export function withoutDropout<M extends nn.Module>(model: M): M {
  for (const [, module] of model.namedModules()) {
    if (module instanceof nn.Dropout) module.p = 0;
    if (module instanceof nn.LSTM || module instanceof nn.MultiheadAttention) module.dropout = 0;
  }
  return model;
}

/** Input and targets of step k, those of the recording script. */
export function batchOf(
  { batch, classes, perWord = false, targets }: Trainable,
  k: number,
): [tf.Tensor, tf.Tensor] {
  const x = batch(1000 + k);
  const rows = targets ?? (perWord ? x.size : x.shape[0]);
  return [
    x,
    tf.tensor1d(
      Array.from({ length: rows }, (_, i) => (7 * i + k) % classes),
      'int32',
    ),
  ];
}

/** The loss of a batch. */
export function lossOf(model: nn.Layer, { classes }: Trainable, x: tf.Tensor, y: tf.Tensor): tf.Scalar {
  return nn.crossEntropy(tf.reshape(model.forward(x), [-1, classes]), y);
}
