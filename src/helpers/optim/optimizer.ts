/**
 * What all optimizers share: parameter groups, the step from gradients to parameters, and a state to save.
 *
 * There is no `zeroGrad`: gradients are values that `minimize` computes, uses and frees; nothing accumulates in the
 * parameters between steps.
 */
import { dynamicScalar } from '../../engine/recording/dynamic';
import * as tf from '../../engine/tf';
import { clipGradNorm, clipGradValue, ClipOptions } from './clip';
import type { Gate } from './gate';
import { Gradients, gradients } from './gradients';
import { Group, GroupSpec, Hyper, makeGroup, Parameters, specsOf } from './groups';
import type { GradScaler } from './scaler';
import { Counter, Move, OptimizerMemory, ParameterState } from './state';

/** Options that schedulers add to a group. */
const SCHEDULED_OPTIONS = ['initialLr', 'maxLr', 'minLr', 'baseMomentum', 'maxMomentum'];

/** State of an optimizer, parameters by name. */
export interface OptimizerState {
  readonly state: Readonly<Record<string, ParameterState>>;
  /** Options of each group and the names of its parameters. */
  readonly paramGroups: readonly (Readonly<Record<string, unknown>> & {
    readonly params: readonly string[];
  })[];
}

/** A step whose gradients may not be finite. */
export interface ScaledStep {
  /** The loss before the step, not scaled. */
  readonly loss: tf.Scalar;
  /** Whether the parameters were moved, bool: all gradients were finite. */
  readonly finite: tf.Scalar;
}

export abstract class Optimizer<H extends Hyper = Hyper> {
  /** The groups; change `lr` and other options of a group freely between steps. */
  readonly paramGroups: Group<H>[] = [];
  private readonly memory = new OptimizerMemory();
  /** The counters that the step under way has moved on. */
  private readonly counted: Counter[] = [];

  constructor(
    params: Parameters | Iterable<GroupSpec<H>>,
    readonly defaults: Readonly<H>,
  ) {
    for (const spec of specsOf<H>(params)) this.addParamGroup(spec);
  }

  /** Learning rate of the first group; setting it sets that of every group. */
  get lr(): number {
    return this.paramGroups[0]?.lr ?? this.defaults.lr;
  }

  set lr(lr: number) {
    for (const group of this.paramGroups) group.lr = lr;
  }

  /** Adds parameters, for example of layers that are thawed later, with options of their own. */
  addParamGroup(spec: GroupSpec<H>): void {
    const group = makeGroup(spec, this.defaults, this.paramGroups);
    this.check(group);
    this.paramGroups.push(group);
    const trainable = group.params.filter((parameter) => parameter.trainable);
    this.memory.prepare(trainable, this.slots(group));
  }

  /**
   * One step: computes the loss and its gradients, clips them if asked, moves the trainable parameters.
   * @returns the loss before the step; the caller disposes it
   * @example
   * const loss = optimizer.minimize(() => nn.crossEntropy(model.forward(x), y));
   */
  minimize(loss: () => tf.Scalar, { clipValue, clipNorm }: ClipOptions = {}): tf.Scalar {
    return tf.tidy(() => {
      const { loss: value, grads } = gradients(
        loss,
        this.paramGroups.flatMap((group) => group.params),
      );
      if (clipValue !== undefined) clipGradValue(grads, clipValue);
      if (clipNorm !== undefined) clipGradNorm(grads, clipNorm);
      this.step(grads);
      return value;
    });
  }

  /**
   * Like `minimize`, with the loss scaled for float16. Where a gradient is infinite or NaN, nothing moves; call
   * `settle` with what `finite` says before the next step.
   */
  minimizeScaled(
    loss: () => tf.Scalar,
    scaler: GradScaler,
    { clipValue, clipNorm }: ClipOptions = {},
  ): ScaledStep {
    return tf.tidy(() => {
      // read first in every call: what a step that failed has counted is forgotten
      const scale = dynamicScalar(() => {
        this.counted.length = 0;
        return scaler.scale;
      });
      const { loss: scaled, grads } = gradients(
        () => tf.mul<tf.Scalar>(loss(), scale),
        this.paramGroups.flatMap((group) => group.params),
      );
      const finite = scaler.unscale(grads, scale);
      if (clipValue !== undefined) clipGradValue(grads, clipValue);
      if (clipNorm !== undefined) clipGradNorm(grads, clipNorm);
      this.step(grads, finite);
      return { loss: tf.div<tf.Scalar>(scaled, scale), finite };
    });
  }

  /** Ends a step of `minimizeScaled`: one that moved nothing is not counted, and the scale adapts. */
  settle(scaler: GradScaler, finite: boolean): void {
    if (!finite) for (const counter of this.counted) counter.steps--;
    this.counted.length = 0;
    scaler.update(finite);
  }

  /**
   * Moves the parameters by given gradients, by parameter or by name. Frozen parameters (`trainable` false) and those
   * without a gradient stay and do not count the step. The gradients still belong to the caller.
   * @param gate nothing moves where it is false; see `minimizeScaled`
   */
  step(grads: ReadonlyMap<tf.Variable, tf.Tensor> | ReadonlyMap<string, tf.Tensor>, gate?: Gate): void {
    const byParameter = this.byParameter(grads);
    tf.tidy(() => {
      for (const group of this.paramGroups) {
        const moves = this.memory.moves(group.params, byParameter, this.slots(group));
        for (const [counter, cohort] of moves) this.update(group, cohort, counter, gate);
      }
    });
  }

  /** Everything needed to go on as if never interrupted. Tensors are the live variables, not copies. */
  stateDict(): OptimizerState {
    const state: Record<string, ParameterState> = {};
    const paramGroups = this.paramGroups.map(({ params, names, ...options }) => {
      names.forEach((name, i) => {
        const parameter = params[i];
        const known = parameter && this.memory.get(parameter);
        if (known) state[name] = known;
      });
      return { ...structuredClone(options), params: [...names] };
    });
    return { state, paramGroups };
  }

  /**
   * Takes over state and options from `stateDict()` of an optimizer over parameters of the same names.
   * @throws RangeError if groups or names differ, TypeError if a shape does; nothing is changed then
   */
  loadStateDict({ state, paramGroups }: OptimizerState): void {
    const lists: OptimizerState['paramGroups'] = Array.isArray(paramGroups) ? paramGroups : [];
    this.checkNames(lists.map(({ params }) => params));
    const groups = this.paramGroups.map((group, i) => this.updated(group, lists[i] ?? { params: [] }));
    const loaded = this.paramGroups.map(({ params, names }) => {
      const named = params.map((parameter, i) => [parameter, names[i] ?? ''] as const);
      return new Map(named.map(([parameter, name]) => [parameter, checkState(name, parameter, state[name])]));
    });
    for (const group of loaded) this.memory.load(group);
    this.paramGroups.forEach((group, i) => Object.assign(group, groups[i]));
  }

  /** Frees the running averages; the parameters stay. */
  dispose(): void {
    this.memory.dispose();
  }

  /** Throws a RangeError if a group's options make no sense. */
  protected abstract check(group: Group<H>): void;

  /** Names of the running averages that each parameter of the group needs. */
  protected abstract slots(group: Group<H>): readonly string[];

  /** Moves parameters that have made equally many steps, and counts this one. */
  protected abstract update(group: Group<H>, moves: readonly Move[], counter: Counter, gate: Gate): void;

  /** Counts a step, in a reader of `dynamicScalar`: once for every call, recorded or not. */
  protected count(counter: Counter, gate: Gate): number {
    if (gate) this.counted.push(counter);
    return ++counter.steps;
  }

  private byParameter(grads: ReadonlyMap<tf.Variable | string, tf.Tensor>): Gradients {
    const named = new Map<string, tf.Variable>();
    const known = new Set<tf.Variable>();
    for (const { params, names } of this.paramGroups) {
      params.forEach((parameter, i) => {
        known.add(parameter);
        named.set(names[i] ?? '', parameter);
      });
    }
    return new Map(
      [...grads].map(([key, gradient]) => {
        const parameter = typeof key === 'string' ? named.get(key) : key;
        if (parameter && known.has(parameter)) return [parameter, gradient];
        const what = typeof key === 'string' ? key : key.name;
        throw new RangeError(
          `Cannot step: expected gradients of the optimizer's parameters, got one of "${what}"`,
        );
      }),
    );
  }

  /** The group with saved options, checked as if it were built with them. */
  private updated(group: Group<H>, saved: OptimizerState['paramGroups'][number]): Group<H> {
    const options = Object.entries(saved).filter(([key]) => key !== 'params');
    for (const [key, value] of options) {
      const known = Object.hasOwn(group, key) || SCHEDULED_OPTIONS.includes(key);
      const own: unknown = group[key as keyof Group<H>];
      const kind = own === undefined ? 'number' : typeof own;
      if (known && typeof value === kind) continue;
      const expected = known ? `option ${key} as ${kind}` : `options ${Object.keys(group).join(', ')}`;
      throw new TypeError(
        `Cannot load optimizer state: expected ${expected}, got ${known ? typeof value : key}`,
      );
    }
    const updated: Group<H> = { ...group, ...structuredClone(Object.fromEntries(options)) };
    this.check(updated);
    return updated;
  }

  private checkNames(given: readonly (readonly string[])[]): void {
    const describe = (groups: readonly (readonly string[])[]) =>
      groups.map((g) => `[${g.join(', ')}]`).join(' ');
    const [own, theirs] = [describe(this.paramGroups.map(({ names }) => names)), describe(given)];
    if (own !== theirs) {
      throw new RangeError(`Cannot load optimizer state: expected parameter groups ${own}, got ${theirs}`);
    }
  }
}

/** Throws unless the state has the parameter's shape and counts whole steps. */
function checkState(
  name: string,
  parameter: tf.Variable,
  state?: ParameterState,
): ParameterState | undefined {
  if (state && !(Number.isSafeInteger(state.step) && state.step >= 0)) {
    throw new RangeError(`Cannot load optimizer state: expected whole steps of "${name}", got ${state.step}`);
  }
  for (const [slot, { shape }] of Object.entries(state?.tensors ?? {})) {
    if (shape.length === parameter.shape.length && shape.every((n, i) => n === parameter.shape[i])) continue;
    const [own, given] = [parameter.shape.join(', '), shape.join(', ')];
    throw new TypeError(
      `Cannot load optimizer state: expected ${slot} of "${name}" as [${own}], got [${given}]`,
    );
  }
  return state;
}
