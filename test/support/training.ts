/** Trains the models of models.ts: beside PyTorch, and long enough to see whether tensors pile up. */
import * as tf from '../../src/engine/tf';
import { fillByFormula, formulaInput } from '../../src/helpers/course/proof';
import { ResNet, resnet18, resnet34, resnet50 } from '../../src/models/resnet';
import { maxDiff } from './close';
import { batchOf, lossOf, recordedModel, trainables, withoutDropout } from './models';

type Step = (x: tf.Tensor, y: tf.Tensor) => tf.Scalar;

/**
 * The losses of five steps, from the recording script's weights and on its batches.
 * @param wrap what to make of the step, such as `compile`
 */
export function fiveLosses(name: string, wrap: (step: Step) => Step = (step) => step): number[] {
  const spec = trainables[name]!;
  const model = withoutDropout(fillByFormula(spec.build()));
  const optimizer = spec.optimizer(model);
  const step = wrap((x, y) => optimizer.minimize(() => lossOf(model, spec, x, y)));
  const losses = [0, 1, 2, 3, 4].map((k) => tf.tidy(() => step(...batchOf(spec, k)).dataSync()[0]!));
  model.dispose();
  return losses;
}

/** Largest difference of a model's logits and of its five losses from PyTorch's. */
export function modelDeviation(name: string): { logits: number; losses: number } {
  const expected = recordedModel(name);
  const spec = trainables[name]!;
  const model = fillByFormula(spec.build()).eval();
  const logits = tf.tidy(() => model.forward(spec.batch(1000)).dataSync());
  model.dispose();
  return { logits: maxDiff(logits, expected.logits), losses: maxDiff(fiveLosses(name), expected.losses) };
}

export const residualNetworks: Readonly<Record<string, () => ResNet>> = { resnet18, resnet34, resnet50 };

/** Largest difference of the first 20 logits from torchvision's. */
export function resnetDeviation(name: string): number {
  const expected = recordedModel(name);
  const model = fillByFormula(residualNetworks[name]!()).eval();
  const logits = tf.tidy(() => model.forward(formulaInput([1, 32, 32, 3])).dataSync());
  model.dispose();
  return maxDiff(logits.subarray(0, expected.logits.length), expected.logits);
}

/** How many more tensors there are after `steps` training steps (dropout on) than after the third. */
export function tensorsGained(name: string, steps: number): number {
  const spec = trainables[name]!;
  const model = spec.build();
  const optimizer = spec.optimizer(model);
  let before = 0;
  for (let k = 0; k < steps; k++) {
    if (k === 3) before = tf.memory().numTensors;
    const [x, y] = batchOf(spec, k % 5);
    tf.dispose([x, y, optimizer.minimize(() => lossOf(model, spec, x, y))]);
  }
  const gained = tf.memory().numTensors - before;
  model.dispose();
  return gained;
}
