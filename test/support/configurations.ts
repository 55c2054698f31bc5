/** Builds what configurations.py describes by PyTorch's names, runs it and says how far it is from PyTorch. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as tf from '../../src/engine/tf';
import * as optim from '../../src/helpers/optim';
import * as nn from '../../src/nn';
import * as F from '../../src/nn/functional';
import { snakeCase } from '../../src/nn/state';

export interface Packed {
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly data: (number | string | boolean)[];
}

type Plain = null | boolean | number | string | Packed | readonly Plain[] | { readonly [key: string]: Plain };
type Options = Readonly<Record<string, Plain>>;

interface Peer {
  /** How far PyTorch's float32 is from its own float64. */
  readonly noise: number;
}

interface LayerCase extends Peer {
  readonly kind: 'layer' | 'function' | 'loss' | 'lossfunction';
  readonly name: string;
  readonly args: readonly Plain[];
  readonly options: Options;
  readonly training: boolean;
  /** What stands between the parentheses, where it is not the inputs one after another. */
  readonly call: string | null;
  readonly tree: string | null;
  readonly inputs: Readonly<Record<string, Packed | number[]>>;
  readonly state: Readonly<Record<string, Packed>>;
  readonly outputs: readonly Packed[];
  readonly weights: readonly Packed[];
  readonly gradients: Readonly<Record<string, Packed>>;
  readonly after: Readonly<Record<string, Packed>>;
}

interface OptimizerCase extends Peer {
  readonly kind: 'optimizer';
  readonly name: string;
  readonly options: Options;
  readonly start: readonly Packed[];
  readonly track: readonly (readonly Packed[])[];
  readonly gradients?: readonly (readonly Packed[])[];
  readonly saved?: {
    readonly state: Record<string, Record<string, unknown>>;
    readonly param_groups: Options[];
  };
}

interface SchedulerCase extends Peer {
  readonly kind: 'scheduler';
  readonly name: string;
  readonly options: Options;
  readonly optimizer: string;
  readonly groupLrs: readonly number[];
  readonly metrics: readonly number[];
  readonly lrs: readonly (readonly number[])[];
  readonly momenta: readonly (readonly number[])[];
}

export type Configuration = LayerCase | OptimizerCase | SchedulerCase;

/** max|Δ| of values and of gradients (with state and buffers after the call), relative where values are above 1. */
export interface Difference {
  readonly forward: number;
  readonly gradient: number;
  /** Which gradient or step is the worst. */
  readonly worst: string;
  readonly tree?: { readonly actual: string; readonly expected: string };
}

/** `weight_decay` → `weightDecay`, `T_max` → `tMax`, `log_softmax` → `logSoftmax`. */
export function camel(name: string): string {
  const joined = name.replace(/_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return /^[A-Z]_/.test(name) ? joined.charAt(0).toLowerCase() + joined.slice(1) : joined;
}

/** Names that are written otherwise here. */
const FUNCTIONS: Readonly<Record<string, string>> = { logsigmoid: 'logSigmoid' };

const isPacked = (value: unknown): value is Packed =>
  typeof value === 'object' && value !== null && 'dtype' in value;

export function unpack({ shape, dtype, data }: Packed): tf.Tensor {
  const values = data.map((value) => (typeof value === 'string' ? numberOf(value) : Number(value)));
  return tf.tensor(values, shape, dtype);
}

const numberOf = (text: string): number =>
  text === 'inf' ? Infinity : text === '-inf' ? -Infinity : text === 'nan' ? NaN : Number(text);

function given(value: Plain): unknown {
  if (isPacked(value)) return unpack(value);
  if (value === 'inf') return Infinity;
  return Array.isArray(value) ? value.map((one: Plain) => given(one)) : value;
}

export const optionsOf = (options: Options): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [camel(name), given(value)]));

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
    const { grads } = tf.variableGrads(run as () => tf.Scalar, variables);
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
  return outputs instanceof tf.Tensor ? [outputs] : (outputs as unknown[]).flatMap((part) => flat(part));
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

/** The largest difference, relative to values above 1; Infinity for another shape. */
function distance(actual: tf.Tensor | undefined, expected: Packed): number {
  const { shape, data } = expected;
  if (!actual) return data.every((value) => value === 0) ? 0 : Infinity;
  if (!tf.util.arraysEqual(actual.shape, shape)) return Infinity;
  return apart(
    actual.dataSync(),
    data.map((v) => (typeof v === 'string' ? numberOf(v) : Number(v))),
  );
}

function apart(actual: ArrayLike<number>, expected: readonly number[]): number {
  return expected.reduce((most, value, i) => {
    const own = actual[i] ?? NaN;
    if (Object.is(own, value) || own === value || (Number.isNaN(own) && Number.isNaN(value))) return most;
    const difference = Math.abs(own - value) / Math.max(1, Math.abs(value));
    return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
  }, 0);
}

type OptimizerOf = new (params: unknown, options: object) => optim.Optimizer;

function compareOptimizer(one: OptimizerCase): Difference {
  const Kind = (optim as unknown as Record<string, OptimizerOf>)[one.name];
  if (!Kind) throw new TypeError(`Cannot build ${one.name}: optim has no such optimizer`);
  const params = one.start.map((value) => tf.variable(unpack(value)));
  const optimizer = new Kind(params, optionsOf(one.options));
  let [forward, worst] = [0, ''];
  one.track.forEach((expected, step) => {
    const gradients = one.gradients?.[step];
    if (gradients) optimizer.step(new Map(params.map((p, i) => [p, unpack(gradients[i]!)])));
    else optimizer.minimize(() => bowl(params[0]!, params[1]!)).dispose();
    expected.forEach((value, i) => {
      const far = distance(params[i], value);
      if (far > forward) [forward, worst] = [far, `step ${step + 1} of parameter ${i}`];
    });
  });
  optimizer.dispose();
  return { forward, gradient: 0, worst };
}

/** What LBFGS goes down: the same as in configurations.py. */
function bowl(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  const factors = tf.add(1, tf.reshape(tf.range(0, 6), [3, 2]));
  const first = tf.sum(tf.mul(tf.mul(a, a), factors));
  const second = tf.sum(tf.square(tf.sub(b, tf.sum(a, 0))));
  return tf.add(tf.add(first, second), tf.sum(tf.square(tf.square(b))));
}

/** Functions and compositions, as configurations.py has them. */
const COMPOSED: Readonly<Record<string, (o: optim.Optimizer) => optim.lrScheduler.Scheduler>> = {
  LambdaLR: (o) => new optim.lrScheduler.LambdaLR(o, { lrLambda: (step) => 0.9 ** step }),
  MultiplicativeLR: (o) =>
    new optim.lrScheduler.MultiplicativeLR(o, { lrLambda: (step) => (step % 2 ? 0.9 : 0.95) }),
  SequentialLR: (o) =>
    new optim.lrScheduler.SequentialLR(o, {
      schedulers: [
        new optim.lrScheduler.ConstantLR(o, { factor: 0.1, totalIters: 2 }),
        new optim.lrScheduler.ExponentialLR(o, { gamma: 0.9 }),
        new optim.lrScheduler.PolynomialLR(o, { totalIters: 6 }),
      ],
      milestones: [4, 9],
    }),
  ChainedScheduler: (o) =>
    new optim.lrScheduler.ChainedScheduler([
      new optim.lrScheduler.ConstantLR(o, { factor: 0.1, totalIters: 4 }),
      new optim.lrScheduler.ExponentialLR(o, { gamma: 0.9 }),
    ]),
};

type SchedulerOf = new (optimizer: optim.Optimizer, options: object) => optim.lrScheduler.Scheduler;

function compareScheduler(one: SchedulerCase): Difference {
  const Kind = (optim as unknown as Record<string, OptimizerOf>)[one.optimizer]!;
  const groups = one.groupLrs.map((lr) => ({ params: [tf.variable(tf.zeros([1]))], lr }));
  const optimizer = new Kind(groups, one.optimizer === 'SGD' ? { momentum: 0.9 } : {});
  const Scheduler = (optim.lrScheduler as unknown as Record<string, SchedulerOf>)[one.name];
  if (!Scheduler) throw new TypeError(`Cannot build ${one.name}: lrScheduler has no such scheduler`);
  const options = Object.entries(optionsOf(one.options)).filter(([, value]) => value !== null);
  const plan = COMPOSED[one.name]?.(optimizer) ?? new Scheduler(optimizer, Object.fromEntries(options));
  let [forward, gradient] = [0, 0];
  one.lrs.forEach((lrs, step) => {
    const momenta = optimizer.paramGroups.map((group) => {
      const { betas, momentum } = group as { betas?: [number, number]; momentum?: number };
      return betas?.[0] ?? momentum ?? NaN;
    });
    forward = Math.max(forward, apart(plan.getLastLr(), lrs));
    gradient = Math.max(gradient, apart(momenta, one.momenta[step]!));
    if (step + 1 < one.lrs.length) plan.step(one.metrics[step]);
  });
  return { forward, gradient, worst: 'momentum' };
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
