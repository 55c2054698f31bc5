/** The cases of record_spatial.py, which wrote down what it called. */
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';
import * as F from '../../../src/nn/functional';
import type { Case, Inputs } from '../fidelity';
import { camelCase, camelKeys, metadata } from '../fixture';

interface Call {
  /** Class of a layer, or name of a function in PyTorch's spelling. */
  readonly target: string;
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a call gives, places as numbers like the values beside them. */
function results(given: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
  return [given].flat().map((one) => tf.cast(one, 'float32'));
}

function caseOf(name: string, { target, args, options }: Call): Case {
  const rest = [...args, ...(Object.keys(options).length > 0 ? [camelKeys(options)] : [])];
  const tensors = ({ x, indices }: Inputs): tf.Tensor[] => (indices ? [x!, indices] : [x!]);
  if (/^[a-z]/.test(target)) {
    const call = F[camelCase(target) as 'pad'] as (...all: unknown[]) => tf.Tensor | tf.Tensor[];
    if (!target.startsWith('fractional'))
      return { file: 'spatial', name, run: (_, inputs) => results(call(...tensors(inputs), ...rest)) };
    const run: Case['run'] = (_, { x, indices: randomSamples }) =>
      results(call(x!, ...args, { ...camelKeys(options), randomSamples: randomSamples! }));
    return { file: 'spatial', name, run };
  }
  const Layer = nn[target as 'Upsample'] as unknown as new (...all: unknown[]) => nn.Module;
  const run: Case['run'] = (module, inputs) => {
    return results((module.forward as (...all: tf.Tensor[]) => tf.Tensor)(...tensors(inputs)));
  };
  return { file: 'spatial', name, build: () => new Layer(...rest), run };
}

/** Layers and functions over sequences, images and volumes with their options. */
export const spatialCases: readonly Case[] = Object.entries(
  JSON.parse(metadata('spatial').calls!) as Record<string, Call>,
).map(([name, call]) => caseOf(name, call));
