/** The models of record_vision.py: how to build them, what they are fed, how they are trained there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { compile } from '../../src/engine/compile';
import * as tf from '../../src/engine/tf';
import { fillByFormula, formulaInput } from '../../src/helpers/course/proof';
import { Adam } from '../../src/helpers/optim/optimizers';
import { advantages, policyLoss } from '../../src/helpers/train/policy';
import { ActorCritic } from '../../src/models/actorcritic';
import { detectionLoss, Detector } from '../../src/models/detector';
import { TextureNet } from '../../src/models/texturenet';
import { UNet } from '../../src/models/unet';
import * as nn from '../../src/nn';
import { maxDiff } from './close';

/** What PyTorch gave for one model. */
export interface RecordedVision {
  readonly tree: string;
  readonly parameters: number;
  readonly state: Readonly<Record<string, number[]>>;
  readonly outputs: readonly number[][];
  readonly losses: readonly number[];
}

const path = join(__dirname, '../fixtures/models_vision.json');
export const recordedVision = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>;

interface VisionModel<M extends nn.Module = nn.Module> {
  readonly build: () => M;
  /** The input of step k. */
  readonly batch: (k: number) => tf.Tensor;
  outputs(model: M, x: tf.Tensor): tf.Tensor[];
  /** What else the loss of step k needs. */
  readonly targets: (k: number) => tf.Tensor[];
  /** The loss as a function of the parameters; what is computed before it is a constant for the gradient. */
  loss(model: M, x: tf.Tensor, ...targets: tf.Tensor[]): () => tf.Scalar;
}

type Step = (x: tf.Tensor, ...targets: tf.Tensor[]) => tf.Scalar;

/**
 * The losses of five steps of Adam, from the recording script's weights and on its batches.
 * @param wrap what to make of the step, such as `compile`
 */
export function visionLosses(name: string, wrap: (step: Step) => Step = (step) => step): number[] {
  const spec = visionModels[name]!;
  const model = fillByFormula(spec.build());
  const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
  const step = wrap((x, ...given) => optimizer.minimize(spec.loss(model, x, ...given)));
  const losses = [0, 1, 2, 3, 4].map((k) => {
    return tf.tidy(() => step(spec.batch(1000 + k), ...spec.targets(k)).dataSync()[0] ?? NaN);
  });
  model.dispose();
  return losses;
}

/** Two cells of each of two 2×2 grids with an object. */
function detectionTarget(k: number): tf.Tensor {
  const values = new Float32Array(2 * 2 * 2 * 6).map((_, at) => (at % 6 === 5 ? -1 : 0));
  for (const i of [0, 1]) {
    values.set([1, 0.25, 0.5, 0.3, 0.6, (k + i) % 3], ((i * 2 + 0) * 2 + i) * 6);
    values.set([1, 0.75, 0.125, 0.5, 0.2, (k + 2 * i + 1) % 3], ((i * 2 + 1) * 2 + 1) * 6);
  }
  return tf.tensor(values, [2, 2, 2, 6]);
}

/** Class numbers of the recording script. */
function classNumbers(rows: number, classes: number): (k: number) => tf.Tensor[] {
  return (k) => {
    const numbers = Array.from({ length: rows }, (_, i) => (7 * i + k) % classes);
    return [tf.tensor1d(numbers, 'int32')];
  };
}

const classLoss = (model: UNet | TextureNet, x: tf.Tensor, target: tf.Tensor) => (): tf.Scalar => {
  const logits = model.forward(x);
  return nn.crossEntropy(tf.reshape(logits, [target.size, -1]), target);
};

const detector: VisionModel<Detector> = {
  build: () => new Detector({ numClasses: 3, channels: [4, 6] }),
  batch: (k) => formulaInput([2, 8, 8, 1], k),
  outputs: (model, x) => [model.forward(x)],
  targets: (k) => [detectionTarget(k)],
  loss: (model, x, target) => () => detectionLoss(model.forward(x), target),
};

const unet: VisionModel<UNet> = {
  build: () => new UNet({ numClasses: 3, channels: [4, 6, 8] }),
  batch: (k) => formulaInput([2, 8, 8, 1], k),
  outputs: (model, x) => [model.forward(x)],
  targets: classNumbers(2 * 8 * 8, 3),
  loss: (model, x, target) => classLoss(model, x, target),
};

const unetOnPatches: VisionModel<UNet> = {
  ...unet,
  build: () => new UNet({ numClasses: 3, channels: [4, 6], patch: 2 }),
};

const textureNet: VisionModel<TextureNet> = {
  build: () => new TextureNet({ numClasses: 5, width: 4 }),
  batch: (k) => formulaInput([3, 8, 8, 3], k),
  outputs: (model, x) => [model.forward(x)],
  targets: classNumbers(3, 5),
  loss: (model, x, target) => classLoss(model, x, target),
};

/** Made-up returns of eight steps, the last two of which do not count. */
const actorCritic: VisionModel<ActorCritic> = {
  build: () => new ActorCritic({ features: 4, actions: 2, hidden: 8 }),
  batch: (k) => formulaInput([8, 4], k),
  outputs: (model, x) => model.forward(x),
  targets: (k) => [
    tf.tensor1d(
      Array.from({ length: 8 }, (_, i) => (i + k) % 2),
      'int32',
    ),
    formulaInput([8], 2000 + k),
    tf.tensor1d([1, 1, 1, 1, 1, 1, 0, 0]),
  ],
  loss: (model, x, ...given) => {
    const [actions, returns, weights] = given as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
    const played = { observations: x, actions, returns, weights };
    const advantage = advantages(model, played);
    return () => policyLoss(model, played, advantage);
  },
};

export const visionModels: Readonly<Record<string, VisionModel>> = {
  Detector: detector,
  UNet: unet,
  'UNet on patches': unetOnPatches,
  TextureNet: textureNet,
  ActorCritic: actorCritic,
};

/** Largest difference of outputs from PyTorch's, and of the losses over five steps, eager or compiled. */
export function visionDeviation(name: string): { outputs: number; losses: number } {
  const { outputs, losses } = recordedVision[name] as RecordedVision;
  const spec = visionModels[name]!;
  const apart = tf.tidy(() =>
    spec
      .outputs(fillByFormula(spec.build()).eval(), spec.batch(1000))
      .map((output, i) => maxDiff(output.dataSync(), outputs[i] ?? [])),
  );
  const runs = [visionLosses(name), visionLosses(name, compile)];
  return { outputs: Math.max(...apart), losses: Math.max(...runs.map((run) => maxDiff(run, losses))) };
}
