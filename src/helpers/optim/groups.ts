/** Parameter groups: which variables an optimizer moves, under which names, with which learning rate and options. */
import { asVariable } from '../../engine/tensor/leaf';
import * as tf from '../../engine/tf';
import { markListed } from '../../nn/parameter';

/** A parameter with its name in the state dict, as `namedParameters()` lists them. */
export type NamedParameter = readonly [name: string, parameter: tf.Tensor];

/**
 * `model.parameters()`, `model.namedParameters()`, or leaves that require gradients; those without a name are called by
 * their number.
 */
export type Parameters = Iterable<tf.Tensor | NamedParameter>;

/** What every optimizer's group has beside its own options. */
export interface Hyper {
  lr: number;
}

/** Parameters that share options; the options may be changed at any time and hold from the next step on. */
export type Group<H extends Hyper> = H & {
  readonly params: readonly tf.Variable[];
  /** Names of `params`, in their order. */
  readonly names: readonly string[];
};

/** Parameters of a group to be, with the options in which it differs from the optimizer's. */
export type GroupSpec<H extends Hyper> = Partial<H> & { readonly params: Parameters };

/** The groups of an optimizer's first argument, which may list parameters alone. */
export function specsOf<H extends Hyper>(given: Parameters | Iterable<GroupSpec<H>>): GroupSpec<H>[] {
  const items = [...given] as (tf.Tensor | NamedParameter | GroupSpec<H>)[];
  const isSpec = (item: (typeof items)[number]): item is GroupSpec<H> =>
    !(item instanceof tf.Tensor) && typeof item === 'object' && 'params' in item;
  return items.length > 0 && items.every(isSpec) ? items : [{ params: items } as unknown as GroupSpec<H>];
}

const isNamed = (item: tf.Tensor | NamedParameter): item is NamedParameter => Array.isArray(item);

/**
 * Makes a group, checked against the groups there are.
 * @throws TypeError for what is no float32 variable, RangeError for an empty group or a parameter or name twice
 */
export function makeGroup<H extends Hyper>(
  { params, ...options }: GroupSpec<H>,
  defaults: H,
  others: readonly Group<H>[],
): Group<H> {
  const variables = new Set(others.flatMap((group) => group.params));
  const names = new Set(others.flatMap((group) => group.names));
  const taken = variables.size;
  const fail = (expected: string, actual: string, Kind: ErrorConstructor = RangeError): never => {
    throw new Kind(`Cannot add parameter group: expected ${expected}, got ${actual}`);
  };
  const named = [...params].map((item, i): [string, tf.Variable] => {
    const [name, given] = isNamed(item) ? item : [String(taken + i), item];
    const variable = asVariable(given);
    if (variable?.dtype === 'float32') return [name, variable];
    const what =
      (given as unknown) instanceof tf.Tensor ? `a tensor of ${given.dtype} that does not` : typeof given;
    return fail(`"${name}" to be a float32 leaf that requires gradients`, what, TypeError);
  });
  if (named.length === 0) fail('at least one parameter', 'none');
  for (const [name, variable] of named) {
    if (variables.has(variable)) fail('each parameter in one group, once', `"${name}" again`);
    if (names.has(name)) fail('each name once', `"${name}" again`);
    variables.add(variable);
    names.add(name);
  }
  markListed(variables);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const lists = { params: named.map(([, variable]) => variable), names: named.map(([name]) => name) };
  return { ...defaults, ...given, ...lists };
}

/**
 * Checks that `value` lies in [low, high).
 * @throws RangeError unless it does
 */
export function checkOption(kind: string, option: string, value: number, low: number, high = Infinity): void {
  if (value >= low && (value < high || high === Infinity)) return;
  const range = high === Infinity ? `at least ${low}` : `in [${low}, ${high})`;
  throw new RangeError(`Cannot build ${kind}: expected ${option} ${range}, got ${value}`);
}
