/** What a network is made of, layer by layer, as torchinfo lists it. */
import * as tf from '../../engine/tf';
import { withMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import { forward } from '../train/batches';
import { firstTensor, withHooks } from './hooks';

export interface LayerRecord {
  /** Property path, e.g. `layer1.0.conv1`. */
  readonly name: string;
  readonly type: string;
  /** Shape of the layer's output for the given input. */
  readonly output: readonly number[];
  /** Numbers in the layer's own parameters, each counted where it is met first. */
  readonly parameters: number;
  readonly trainable: number;
}

/**
 * Runs the model once on an example (in evaluation mode) and lists the layers in the order in which they computed.
 * @example
 * show(summaryTable(summarize(model, tf.zeros([1, 28, 28, 1]))));
 */
export function summarize(model: Module, ...inputs: tf.Tensor[]): LayerRecord[] {
  const records: LayerRecord[] = [];
  const counted = new Set<tf.Variable>();
  withMode(model, 'eval', () =>
    withHooks(
      model,
      (name, module, output) => {
        const fresh = module.parameters().filter((variable) => !counted.has(variable));
        fresh.forEach((variable) => counted.add(variable));
        const size = (variables: tf.Variable[]) => variables.reduce((sum, v) => sum + v.size, 0);
        records.push({
          name,
          type: module.constructor.name,
          output: firstTensor(output)?.shape ?? [],
          parameters: size(fresh),
          trainable: size(fresh.filter((variable) => variable.trainable)),
        });
      },
      () => tf.tidy(() => void forward(model, inputs)),
    ),
  );
  if (records.length === 0)
    throw new RangeError('Cannot summarize: expected a model with layers, got none that computed');
  return records;
}
