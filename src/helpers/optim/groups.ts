/**
 * Parameter groups: which variables an optimizer moves, under which names, with which learning rate and options.
 */
import * as tf from '../../engine/tf';

export type NamedParameter = readonly [name: string, variable: tf.Variable];

/** `model.parameters()` or `model.namedParameters()`; variables without a name are called by their number. */
export type Parameters = Iterable<tf.Variable | NamedParameter>;

/** What every optimizer's group has beside its own options. */
export interface Hyper {
  lr: number;
}

/** Parameters that share options; the options may be changed at any time and hold from the next step on. */
export type Group<H extends Hyper> = H & {
  readonly params: readonly tf.Variable[];
  /** Names of `params`, in their order. */
  readonly names: readonly string[];
  /** The learning rate a scheduler started from. */
  initialLr?: number;
  /** Set by schedulers that change momentum (or Adam's first beta) at every step: its limits. */
  baseMomentum?: number;
  maxMomentum?: number;
  /** Set by OneCycleLR: the learning rates it goes up and down to. */
  maxLr?: number;
  minLr?: number;
};

/** Parameters of a group to be, with the options in which it differs from the optimizer's. */
export type GroupSpec<H extends Hyper> = Partial<H> & { readonly params: Parameters };

/** Whether the first argument of an optimizer lists groups rather than parameters. */
export function specsOf<H extends Hyper>(given: Parameters | Iterable<GroupSpec<H>>): GroupSpec<H>[] {
  const items = [...given] as (tf.Variable | NamedParameter | GroupSpec<H>)[];
  const isSpec = (item: (typeof items)[number]): item is GroupSpec<H> =>
    !(item instanceof tf.Variable) && !Array.isArray(item) && typeof item === 'object' && 'params' in item;
  if (items.length > 0 && items.every(isSpec)) return items;
  return [{ params: items } as unknown as GroupSpec<H>];
}

const isNamed = (item: tf.Variable | NamedParameter): item is NamedParameter => Array.isArray(item);

/**
 * Makes a group, checked against the groups there are.
 * @throws TypeError for what is no float32 variable, RangeError for an empty group or a parameter or name twice
 */
export function makeGroup<H extends Hyper>(
  { params, ...options }: GroupSpec<H>,
  defaults: H,
  others: readonly Group<H>[],
): Group<H> {
  const taken = others.reduce((count, group) => count + group.params.length, 0);
  const named = [...params].map((item, i): NamedParameter => {
    return isNamed(item) ? item : [String(taken + i), item]; // what else it is, checkVariable says
  });
  if (named.length === 0) fail('at least one parameter', 'none');
  const variables = new Set(others.flatMap((group) => group.params));
  const names = new Set(others.flatMap((group) => group.names));
  for (const [name, variable] of named) {
    checkVariable(name, variable);
    if (variables.has(variable)) fail('each parameter in one group, once', `"${name}" again`);
    if (names.has(name)) fail('each name once', `"${name}" again`);
    variables.add(variable);
    names.add(name);
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const lists = { params: named.map(([, variable]) => variable), names: named.map(([name]) => name) };
  return { ...defaults, ...given, ...lists };
}

function checkVariable(name: string, variable: unknown): void {
  const what = variable instanceof tf.Variable ? variable.dtype : typeof variable;
  if (what !== 'float32') {
    throw new TypeError(
      `Cannot add parameter group: expected "${name}" to be a float32 variable, got ${what}`,
    );
  }
}

function fail(expected: string, actual: string): never {
  throw new RangeError(`Cannot add parameter group: expected ${expected}, got ${actual}`);
}

/** Throws a RangeError unless `value` lies in [low, high) — or is at least `low` when `high` is Infinity. */
export function checkOption(
  optimizer: string,
  option: string,
  value: number,
  low: number,
  high = Infinity,
): void {
  if (value >= low && (value < high || high === Infinity)) return;
  const range = high === Infinity ? `at least ${low}` : `in [${low}, ${high})`;
  throw new RangeError(`Cannot build ${optimizer}: expected ${option} ${range}, got ${value}`);
}
