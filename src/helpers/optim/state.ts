/** What an optimizer remembers of its parameters, and what is wrong with a saved state. */
import * as tf from '../../engine/tf';
import type { Group, Hyper } from './groups';

/** What is remembered of a parameter; the running averages are variables, so that a compiled step updates them. */
export interface Memory {
  /** Steps made. */
  step: number;
  readonly tensors: Record<string, tf.Variable>;
}

/** A running value that an optimizer keeps for a parameter. */
export interface Slot<N extends string = string> {
  readonly name: N;
  /** Its shape; the parameter's unless given. */
  readonly shape?: (parameter: tf.Variable) => readonly number[];
  /** What it starts as; 0 unless given. */
  readonly initial?: number;
  /** Which parameters have it; all unless given. */
  readonly of?: (parameter: tf.Variable) => boolean;
}

/** A running value by its name alone: zeros of the parameter's shape. */
export type Slots = readonly (string | Slot)[];

/** The slots of one parameter by name, with their shapes and first values. */
export function slotsOf(
  slots: Slots,
  parameter: tf.Variable,
): Map<string, { readonly shape: number[]; readonly initial: number }> {
  const each = slots.map((slot): Slot => (typeof slot === 'string' ? { name: slot } : slot));
  const own = each.filter(({ of }) => of?.(parameter) ?? true);
  return new Map(
    own.map(({ name, shape, initial = 0 }) => [
      name,
      { shape: [...(shape?.(parameter) ?? parameter.shape)], initial },
    ]),
  );
}

/** A parameter about to be moved. */
export interface Move {
  readonly parameter: tf.Variable;
  readonly gradient: tf.Tensor;
  readonly memory: Memory;
}

/** Steps made by a parameter and its running averages. */
export interface ParameterState {
  readonly step: number;
  readonly tensors: Readonly<Record<string, tf.Tensor>>;
}

/** State of an optimizer: of each parameter by name, and the options of each group with its parameters' names. */
export interface OptimizerState {
  readonly state: Readonly<Record<string, ParameterState>>;
  readonly paramGroups: readonly (Readonly<Record<string, unknown>> & {
    readonly params: readonly string[];
  })[];
}

/** What is remembered of a parameter, with the slots it is asked for, which are made where they are missing. */
export function memoryOf(memories: Map<tf.Variable, Memory>, parameter: tf.Variable, slots: Slots): Memory {
  const memory = memories.get(parameter) ?? { step: 0, tensors: {} };
  memories.set(parameter, memory);
  for (const [name, { shape, initial }] of slotsOf(slots, parameter)) {
    memory.tensors[name] ??= tf.tidy(() => tf.variable(tf.fill(shape, initial), false));
  }
  return memory;
}

/** Takes over what is known of one parameter; running values that are not begin anew. */
export function recall(
  memories: Map<tf.Variable, Memory>,
  parameter: tf.Variable,
  slots: Slots,
  state: ParameterState | undefined,
): void {
  const { step = 0, tensors = {} } = state ?? {};
  const own = slotsOf(slots, parameter);
  const known = slots.filter((slot) => (typeof slot === 'string' ? slot : slot.name) in tensors);
  const others = Object.keys(tensors).filter((name) => !own.has(name));
  const memory = memoryOf(memories, parameter, [...known, ...others]);
  memory.step = step;
  for (const [name, variable] of Object.entries(memory.tensors)) {
    const first = () => tf.fill(variable.shape, own.get(name)?.initial ?? 0);
    tf.tidy(() => variable.assign(tf.cast(tensors[name] ?? first(), 'float32')));
  }
}

/**
 * The options of saved groups, for groups over parameters of the same names. Beside the optimizer's own options only
 * numbers are taken: those that schedulers note there.
 * @throws RangeError if the groups' parameters differ, TypeError if an option does
 */
export function savedOptions(
  groups: readonly Group<Hyper>[],
  saved: OptimizerState['paramGroups'],
  defaults: Hyper,
): Record<string, unknown>[] {
  const list: OptimizerState['paramGroups'] = Array.isArray(saved) ? saved : [];
  const [own, theirs] = [groups.map(({ names }) => names), list.map(({ params }) => params)].map((lists) =>
    lists.map((names) => `[${names.join(', ')}]`).join(' '),
  );
  if (own !== theirs) {
    throw new RangeError(`Cannot load optimizer state: expected parameter groups ${own}, got ${theirs}`);
  }
  return list.map((group, i) => {
    const options: Record<string, unknown> = { ...group };
    delete options.params;
    const known = groups[i] as Group<Hyper> & Record<string, unknown>;
    for (const key of Object.keys({ ...defaults, ...options })) {
      const expected = typeof (known[key] ?? 0);
      const actual = typeof options[key];
      const open = key in defaults && defaults[key as keyof Hyper] === null; // a name or none, checked by the optimizer
      if ((actual === expected || open) && key !== 'names') continue;
      throw new TypeError(
        `Cannot load optimizer state: expected option ${key} as ${expected}, got ${actual}`,
      );
    }
    return structuredClone(options);
  });
}

/**
 * Checks that a state has the shapes of the parameter's slots, or its own, and counts whole steps.
 * @throws RangeError for a count that is no whole number, TypeError for another shape
 */
export function checkState(
  name: string,
  parameter: tf.Variable,
  slots: Slots,
  state: ParameterState | undefined,
): void {
  if (!state) return;
  if (!(Number.isSafeInteger(state.step) && state.step >= 0)) {
    throw new RangeError(`Cannot load optimizer state: expected whole steps of "${name}", got ${state.step}`);
  }
  const own = slotsOf(slots, parameter);
  for (const [slot, tensor] of Object.entries(state.tensors)) {
    const expected = (own.get(slot)?.shape ?? parameter.shape).join(', ');
    const given = tensor.shape.join(', ');
    if (expected === given) continue;
    throw new TypeError(
      `Cannot load optimizer state: expected ${slot} of "${name}" as [${expected}], got [${given}]`,
    );
  }
}
