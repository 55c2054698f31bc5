/** Builds what configurations.py describes by PyTorch's names, runs it and says how far it is from PyTorch. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import * as F from '../../src/nn/functional';
import { snakeCase } from '../../src/nn/state';
import {
  camel,
  type Configuration,
  type Difference,
  distance,
  given,
  isPacked,
  type LayerCase,
  optionsOf,
  type Packed,
  unpack,
} from './packed';
import { compareOptimizer, compareScheduler } from './trajectories';

/** Names that are written otherwise here. */
const FUNCTIONS: Readonly<Record<string, string>> = { logsigmoid: 'logSigmoid' };

/** Runs one configuration; all tensors are freed again. */
export function compare(one: Configuration): Difference {
  tf.engine().startScope();
  try {
    if (one.kind === 'optimizer') return compareOptimizer(one);
    return one.kind === 'scheduler' ? compareScheduler(one) : compareLayer(one);
  } finally {
    tf.engine().endScope();
  }
}

function compareLayer(one: LayerCase): Difference {
  const options = optionsOf(one.options);
  const isModule = one.kind === 'layer' || one.kind === 'loss';
  const module = isModule ? built(one, options).train(one.training) : undefined;
  if (module) {
    const state = Object.entries(one.state).map(([name, value]) => [name, unpack(value)] as const);
    module.loadStateDict(new Map(state));
  }
  const inputs = Object.fromEntries(
    Object.entries(one.inputs).map(([name, value]) => [camel(name), isPacked(value) ? leaf(value) : value]),
  );
  let outputs: tf.Tensor[] = [];
  const run = () => {
    outputs = flat(module ? called(module, one, inputs) : functionOf(one, options, inputs));
    outputs = outputs.map((output) => tf.keep(output));
    const parts = outputs.map((output, i) => tf.sum(tf.mul(output, unpack(one.weights[i]!))));
    return parts.reduce((a, b) => tf.add(a, b));
  };
  const names = Object.keys(one.gradients);
  const variables = names.map((name) => variableOf(name, module, inputs));
  if (variables.length > 0) {
    const { grads } = tf.variableGrads(run, variables);
    return differences(
      one,
      module,
      outputs,
      new Map(names.map((name, i) => [name, grads[variables[i]!.name]])),
    );
  }
  run();
  return differences(one, module, outputs, new Map());
}

function differences(
  one: LayerCase,
  module: nn.Module | undefined,
  outputs: readonly tf.Tensor[],
  gradients: ReadonlyMap<string, tf.Tensor | undefined>,
): Difference {
  const forward = Math.max(0, ...one.outputs.map((expected, i) => distance(outputs[i], expected)));
  const state = module?.stateDict();
  const rest = [
    ...[...gradients].map(([name, value]) => [name, distance(value, one.gradients[name]!)] as const),
    ...Object.entries(one.after).map(([name, value]) => [name, distance(state?.get(name), value)] as const),
  ];
  const [worst, gradient] = rest.reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0] as readonly [
    string,
    number,
  ]);
  const tree = module && one.tree !== null ? { tree: { actual: String(module), expected: one.tree } } : {};
  tf.dispose(outputs as tf.Tensor[]);
  module?.dispose();
  return { forward, gradient, worst, ...tree };
}

const leaf = (value: Packed): tf.Tensor =>
  value.dtype === 'float32' ? tf.variable(unpack(value)) : unpack(value);

function built(one: LayerCase, options: Record<string, unknown>): nn.Module {
  const Layer = (nn as unknown as Record<string, new (...args: unknown[]) => nn.Module>)[one.name];
  if (!Layer) throw new TypeError(`Cannot build ${one.name}: nn has no such layer`);
  const positional = one.name === 'PairwiseDistance' ? [] : one.args.map((arg) => given(arg));
  return new Layer(...positional, ...(Object.keys(options).length > 0 ? [options] : []));
}

function called(module: nn.Module, one: LayerCase, inputs: Record<string, unknown>): unknown {
  const forward = (module as unknown as { forward: (...args: unknown[]) => unknown }).forward.bind(module);
  const { ids, offsets, perSampleWeights, x, h, c, ...others } = inputs;
  if (one.name === 'EmbeddingBag') return forward(ids, { offsets, perSampleWeights });
  if (h !== undefined) return forward(x, c === undefined ? h : [h, c]);
  const first = [x, ids].filter((value) => value !== undefined);
  if (one.name === 'Transformer' || one.kind === 'layer' || one.kind === 'loss')
    return forward(...first, ...Object.values(others));
  return forward(...Object.values(inputs));
}

function functionOf(
  one: LayerCase,
  options: Record<string, unknown>,
  inputs: Record<string, unknown>,
): unknown {
  const name = FUNCTIONS[one.name] ?? camel(one.name);
  const call = (F as unknown as Record<string, (...args: unknown[]) => unknown>)[name];
  if (!call) throw new TypeError(`Cannot call ${one.name}: F has no such function`);
  const norm = one.name.endsWith('_norm');
  const { weight, bias, ...others } = inputs;
  const rest = norm ? { ...(weight !== undefined && { weight }), ...(bias !== undefined && { bias }) } : {};
  const tensors = Object.values(norm ? others : inputs);
  const args = [...tensors, ...one.args.map((arg) => given(arg))];
  const all = { ...options, ...rest };
  return call(...args, ...(Object.keys(all).length > 0 ? [all] : []));
}

function flat(outputs: unknown): tf.Tensor[] {
  return outputs instanceof tf.Tensor
    ? [outputs as tf.Tensor]
    : (outputs as unknown[]).flatMap((part) => flat(part));
}

function variableOf(
  name: string,
  module: nn.Module | undefined,
  inputs: Record<string, unknown>,
): tf.Variable {
  const own = name.slice(name.indexOf('.') + 1);
  const found = name.startsWith('in.') ? inputs[camel(own)] : module?.stateDict().get(own);
  if (!found) throw new Error(`Cannot compare gradients: nothing is called ${name}`);
  return found as tf.Variable;
}

/** One configuration in a line, for whoever looks at a difference. */
export function described(one: Configuration): string {
  const args = 'args' in one ? one.args.map((arg) => JSON.stringify(arg)) : [];
  const options = Object.entries(one.options).map(([name, value]) => {
    return `${snakeCase(name)}=${isPacked(value) ? `[${value.shape.join(', ')}]` : JSON.stringify(value)}`;
  });
  const inputs =
    'inputs' in one
      ? Object.entries(one.inputs).map(
          ([name, value]) =>
            `${name} ${isPacked(value) ? `[${value.shape.join(', ')}]` : JSON.stringify(value)}`,
        )
      : [];
  return `${one.name}(${[...args, ...options].join(', ')})${inputs.length > 0 ? ` of ${inputs.join(', ')}` : ''}`;
}

/** The configurations that record_configurations.py drew. */
export const { cases: configurations } = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/configurations.json'), 'utf8'),
) as { cases: readonly Configuration[] };

/** What a difference may be: 1e-5, or, where PyTorch's own float32 is as far from the truth, ten times that. */
export const limitOf = ({ noise }: Configuration): number => Math.max(1e-5, 10 * noise);
