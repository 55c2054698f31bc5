/**
 * States of optimizers in PyTorch's form: `{ state: { 0: { step, exp_avg, … } }, param_groups: [{ lr, …, params: [0] }] }`.
 * Parameters are numbers in the order of the groups, running values have PyTorch's names and its order of axes.
 */
import * as tf from '../../engine/tf';
import { torchOrder } from '../../nn/parameter';
import { snakeCase } from '../../nn/state';
import type { Group, Hyper } from './groups';
import type { OptimizerState, ParameterState } from './state';

/** What `torch.optim.Optimizer.state_dict()` gives; as read from a file, dicts may be Maps. */
export interface TorchOptimizerState {
  readonly state: Dict;
  readonly param_groups: readonly Dict[];
}

/** A dict of Python. */
export type Dict = Readonly<Record<string, unknown>> | ReadonlyMap<unknown, unknown>;

/** Names of the parameters, where the optimizer was given them; the order alone says which is which. */
const NAMES = 'param_names';

/** What PyTorch keeps in a group besides; none of it changes a number. */
const IMPLEMENTATION = { foreach: null, capturable: false, differentiable: false, fused: null };

const entries = (dict: Dict): [string, unknown][] =>
  [...(dict instanceof Map ? (dict as ReadonlyMap<unknown, unknown>).entries() : Object.entries(dict))].map(
    ([key, value]) => [String(key), value],
  );

const camel = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Whether a state is of PyTorch's form. */
export function isTorchState(
  state: OptimizerState | TorchOptimizerState | Dict,
): state is TorchOptimizerState | Dict {
  return state instanceof Map ? state.has('param_groups') : 'param_groups' in state;
}

/** Our state in PyTorch's form; the tensors are copies that belong to the caller. */
export function toTorchState(own: OptimizerState, groups: readonly Group<Hyper>[]): TorchOptimizerState {
  const numbers = new Map(groups.flatMap(({ names }) => [...names]).map((name, i) => [name, i]));
  const parameters = new Map(
    groups.flatMap(({ names, params }) => names.map((name, i) => [name, params[i]] as const)),
  );
  const state = Object.entries(own.state).map(([name, { step, tensors }]) => {
    const values = Object.entries(tensors).map(([slot, tensor]) => {
      return [snakeCase(slot), turned(tensor, parameters.get(name), 'to')] as const;
    });
    return [String(numbers.get(name)), { step, ...Object.fromEntries(values) }] as const;
  });
  const paramGroups = own.paramGroups.map(({ params, ...options }) => {
    const named = Object.entries(options).map(([name, value]) => [snakeCase(name), value] as const);
    return {
      ...Object.fromEntries(named),
      ...IMPLEMENTATION,
      params: params.map((name) => numbers.get(name)),
    };
  });
  return { state: Object.fromEntries(state), param_groups: paramGroups };
}

/**
 * PyTorch's state in our form, for the groups of an optimizer of the same kind.
 * @throws RangeError for another number of groups or parameters
 */
export function fromTorchState(
  saved: TorchOptimizerState | Dict,
  groups: readonly Group<Hyper>[],
): OptimizerState {
  const { state, param_groups: theirs } = Object.fromEntries(
    entries(saved as Dict),
  ) as unknown as TorchOptimizerState;
  const lists = theirs.map(
    (group) => Object.fromEntries(entries(group)) as Record<string, unknown> & { params: unknown[] },
  );
  const sizes = (all: readonly { params: readonly unknown[] }[]) =>
    all.map(({ params }) => params.length).join(', ');
  if (sizes(lists) !== sizes(groups)) {
    throw new RangeError(
      `Cannot load optimizer state: expected groups of ${sizes(groups)} parameters, got ${sizes(lists)}`,
    );
  }
  const names = new Map<string, readonly [name: string, parameter: tf.Variable | undefined]>();
  lists.forEach(({ params }, g) => {
    params.forEach((number, i) =>
      names.set(String(number), [groups[g]?.names[i] ?? '', groups[g]?.params[i]]),
    );
  });
  const own = entries(state).flatMap(([number, dict]) => {
    const [name, parameter] = names.get(number) ?? [];
    return name === undefined ? [] : [[name, parameterState(dict as Dict, parameter)] as const];
  });
  // Options that PyTorch's kind does not have, such as Rprop's weight decay, stay as they are.
  const paramGroups = lists.map((options, g) => {
    const own = { ...groups[g] } as Record<string, unknown>;
    delete own.names;
    return { ...own, ...optionsOf(options), params: groups[g]?.names ?? [] };
  });
  return { state: Object.fromEntries(own), paramGroups };
}

function optionsOf(group: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const without = new Set(['params', NAMES, ...Object.keys(IMPLEMENTATION)]);
  const kept = Object.entries(group).filter(([name]) => !without.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [camel(name), numberOf(value)]));
}

/** A number that PyTorch may keep in a tensor: a rate, a count. */
const numberOf = (value: unknown): unknown =>
  value instanceof tf.Tensor && value.size === 1 ? value.dataSync()[0] : value;

function parameterState(dict: Dict, parameter: tf.Variable | undefined): ParameterState {
  const { step, ...values } = Object.fromEntries(entries(dict));
  const tensors = Object.entries(values).flatMap(([name, value]) => {
    if (!(value instanceof tf.Tensor)) return [];
    return [[camel(name), turned(value as tf.Tensor, parameter, 'from')] as const];
  });
  const counted = numberOf(step);
  // SGD and Muon count no steps: one that has a running value has made its first.
  const steps = typeof counted === 'number' ? counted : tensors.length > 0 ? 1 : 0;
  return { step: steps, tensors: Object.fromEntries(tensors) };
}

/** A running value of the parameter's shape with the axes in the other order; a copy of any other. */
function turned(value: tf.Tensor, parameter: tf.Variable | undefined, way: 'to' | 'from'): tf.Tensor {
  const order = parameter && torchOrder(parameter);
  const shape = way === 'from' ? order?.to.map((axis) => parameter?.shape[axis] ?? 0) : parameter?.shape;
  if (!order || !shape || !tf.util.arraysEqual(value.shape, shape)) return value.clone();
  return tf.transpose(value, order[way]);
}
