/**
 * What all optimizers share: parameter groups, the step from gradients to parameters, and a state to save.
 * Gradients come from `loss.backward()`, which collects them in the parameters' `grad` until `zeroGrad()`, or from
 * `minimize`, which computes, uses and frees them.
 */
import { noGrad } from '../../engine/autograd';
import { clearGrad, gradOf } from '../../engine/autograd/grads';
import { type Gate, select } from '../../engine/ops/select';
import { dynamicScalar } from '../../engine/recording/dynamic';
import { unobserved, watchFields } from '../../engine/recording/fields';
import { guard } from '../../engine/recording/guards';
import * as tf from '../../engine/tf';
import { clipGradNorm, clipGradValue, type ClipOptions } from './clip';
import { type Gradients, gradients } from './gradients';
import { type Group, type GroupSpec, type Hyper, makeGroup, type Parameters, specsOf } from './groups';
import type { GradScaler } from './scaler';
import {
  checkState,
  type Memory,
  memoryOf,
  type Move,
  type OptimizerState,
  recall,
  savedOptions,
  type Slots,
} from './state';
import {
  type Dict,
  fromTorchState,
  isTorchState,
  type TorchOptimizerState,
  toTorchState,
} from './torchstate';
import { reportHidden, unlistedGradients } from './unlisted';

/** A step whose gradients may not be finite. */
export interface ScaledStep {
  /** The loss before the step, not scaled. */
  readonly loss: tf.Scalar;
  /** Whether the parameters were moved, bool: all gradients were finite. */
  readonly finite: tf.Scalar;
}

/** Gradients by parameter or by its name. */
export type GivenGradients = ReadonlyMap<tf.Variable, tf.Tensor> | ReadonlyMap<string, tf.Tensor>;

/** Moves parameters along their gradients, by a rule that each kind of optimizer has. */
export abstract class Optimizer<H extends Hyper = Hyper> {
  /** The groups; change `lr` and other options of a group freely between steps. */
  readonly paramGroups: Group<H>[] = [];
  private readonly memories = new Map<tf.Variable, Memory>();
  /** Parameters that nobody has listed and that had gradients before this step: of another network, not of this loss. */
  private others: WeakSet<tf.Variable> | undefined;
  /** Whose steps the scaled step under way has counted. */
  private readonly counted: Memory[] = [];

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
    watchFields(group);
    this.paramGroups.push(group);
    for (const parameter of group.params)
      if (parameter.trainable) memoryOf(this.memories, parameter, this.slots(group));
  }

  /**
   * One step: computes the loss and its gradients, clips them if asked, moves the trainable parameters.
   * @returns the loss before the step; the caller disposes it
   * @example
   * const loss = optimizer.minimize(() => nn.crossEntropy(model.forward(x), y));
   */
  minimize(loss: () => tf.Scalar, clip: ClipOptions = {}): tf.Scalar {
    return tf.tidy(() => {
      const { loss: value, grads } = gradients(loss, this.named().values());
      this.clipAndStep(grads, clip);
      return value;
    });
  }

  /**
   * Like `minimize`, with the loss scaled for float16. Where a gradient is infinite or NaN, nothing moves; call
   * `settle` with what `finite` says before the next step.
   */
  minimizeScaled(loss: () => tf.Scalar, scaler: GradScaler, clip: ClipOptions = {}): ScaledStep {
    return tf.tidy(() => {
      // read first in every call: what a step that failed has counted is forgotten
      const scale = dynamicScalar(() => {
        this.counted.length = 0;
        return scaler.scale;
      });
      const scaled = gradients(() => tf.mul<tf.Scalar>(loss(), scale), this.named().values());
      const finite = scaler.unscale(scaled.grads, scale);
      this.clipAndStep(scaled.grads, clip, finite);
      return { loss: tf.div<tf.Scalar>(scaled.loss, scale), finite };
    });
  }

  /**
   * Like `minimize`; where the loss or a gradient is infinite or NaN, nothing moves. Call `settle` with what `finite`
   * says before the next step.
   */
  minimizeGuarded(loss: () => tf.Scalar, clip: ClipOptions = {}): ScaledStep {
    return tf.tidy(() => {
      dynamicScalar(() => (this.counted.length = 0)); // as above
      const { loss: value, grads } = gradients(loss, this.named().values());
      const sums = [...grads.values()].map((gradient) => tf.sum<tf.Scalar>(gradient));
      const finite = tf.isFinite<tf.Scalar>(tf.addN([value, ...sums]));
      for (const [parameter, gradient] of grads) grads.set(parameter, select(finite, gradient, tf.scalar(0)));
      this.clipAndStep(grads, clip, finite);
      return { loss: value, finite };
    });
  }

  /** Ends a step of the two above: one that moved nothing is not counted, and the scale of a scaler adapts. */
  settle(scaler: GradScaler | undefined, finite: boolean): void {
    if (!finite) for (const memory of this.counted) memory.step--;
    this.counted.length = 0;
    scaler?.update(finite);
  }

  /**
   * Forgets the gradients that have collected in the parameters, as `torch.optim.Optimizer.zero_grad`.
   * @param options.setToNone with `false`, they become zeros instead of null
   */
  zeroGrad({ setToNone = true } = {}): void {
    this.others = new WeakSet(unlistedGradients(new WeakSet()));
    for (const parameter of this.named().values()) clearGrad(parameter, setToNone);
  }

  /**
   * Moves the parameters by the gradients that have collected in them, or by given ones, by parameter or by name. Frozen
   * parameters (`trainable` false) and those without a gradient stay and do not count the step.
   * @param gate nothing moves where it is false; see `minimizeScaled`
   * @throws RangeError for a gradient of what is no parameter of this optimizer
   */
  step(grads: GivenGradients = this.collected(), gate?: Gate): unknown {
    const named = this.named();
    const known = new Set(named.values());
    const own: Gradients = new Map();
    for (const [key, gradient] of grads) {
      const parameter = typeof key === 'string' ? named.get(key) : key;
      if (!parameter || !known.has(parameter)) {
        const what = typeof key === 'string' ? key : key.name;
        throw new RangeError(
          `Cannot step: expected gradients of the optimizer's parameters, got one of "${what}"`,
        );
      }
      own.set(parameter, gradient);
    }
    const move = (): void => {
      guard(() => this.paramGroups.length); // which groups there are; what they hold they say themselves
      for (const group of this.paramGroups) {
        for (const moves of this.cohorts(group, own)) this.update(group, moves, gate);
      }
    };
    return noGrad(() => tf.tidy(move));
  }

  /** What `backward()` has left in the parameters. */
  protected collected(): Gradients {
    reportHidden(unlistedGradients(this.others));
    return new Map(
      [...this.named().values()].flatMap((parameter) => {
        const gradient = gradOf(parameter);
        return gradient ? [[parameter, gradient] as const] : [];
      }),
    );
  }

  /** Everything needed to go on as if never interrupted. Tensors are the live variables, not copies. */
  stateDict(): OptimizerState {
    const state = [...this.named()].flatMap(([name, parameter]) => {
      const memory = this.memories.get(parameter);
      return memory ? [[name, { ...memory }] as const] : [];
    });
    const paramGroups = this.paramGroups.map(({ names, ...options }) => {
      return structuredClone({ ...options, params: names });
    });
    return { state: Object.fromEntries(state), paramGroups };
  }

  /** The state in PyTorch's form, for its `load_state_dict`; the tensors are copies that belong to the caller. */
  torchStateDict(): TorchOptimizerState {
    return toTorchState(this.stateDict(), this.paramGroups);
  }

  /**
   * Takes over state and options from `stateDict()` of an optimizer over parameters of the same names, or from PyTorch's
   * own, `{ state, param_groups }`, of as many parameters in the same order.
   * @throws RangeError if groups or names differ, TypeError if a shape or an option does; nothing is changed then
   */
  loadStateDict(saved: OptimizerState | TorchOptimizerState | Dict): void {
    if (!isTorchState(saved)) {
      this.loadOwn(saved);
      return;
    }
    const own = fromTorchState(saved, this.paramGroups);
    this.loadOwn(own);
    for (const { tensors } of Object.values(own.state)) tf.dispose(tensors);
  }

  /** `loadStateDict` of our own form. */
  protected loadOwn({ state, paramGroups }: OptimizerState): void {
    const options = savedOptions(this.paramGroups, paramGroups, this.defaults);
    const groups = this.paramGroups.map((group, i): Group<H> => ({ ...group, ...options[i] }));
    groups.forEach((group) => this.check({ ...group, lr: Math.max(group.lr, 0) })); // schedulers may end below 0
    const each = groups.flatMap((group) => {
      const slots = this.slots(group);
      return group.params.map((parameter, i) => ({ parameter, slots, name: group.names[i] ?? '' }));
    });
    for (const { name, parameter, slots } of each) checkState(name, parameter, slots, state[name]);
    for (const { name, parameter, slots } of each) recall(this.memories, parameter, slots, state[name]);
    this.paramGroups.forEach((group, i) => Object.assign(group, groups[i]));
  }

  /** Frees the running averages; the parameters stay. */
  dispose(): void {
    for (const { tensors } of this.memories.values()) tf.dispose(tensors);
    this.memories.clear();
  }

  /** Throws a RangeError if a group's options make no sense. */
  protected abstract check(group: Group<H>): void;

  /** Names of the running averages that each parameter of the group needs. */
  protected abstract slots(group: Group<H>): Slots;

  /** Moves parameters that have made equally many steps, and counts this one. */
  protected abstract update(group: Group<H>, moves: readonly Move[], gate: Gate): void;

  /** Counts a step of parameters that move together, in a reader of `dynamicScalar`: once a call, recorded or not. */
  protected count(moves: readonly Move[], gate: Gate): number {
    for (const { memory } of moves) {
      memory.step++;
      if (gate) this.counted.push(memory);
    }
    return moves[0]?.memory.step ?? 0;
  }

  /** Takes another memory of a parameter; frees the one before. */
  protected replaceMemory(parameter: tf.Variable, memory: Memory): void {
    tf.dispose(this.memories.get(parameter)?.tensors ?? {});
    this.memories.set(parameter, memory);
  }

  private named(): Map<string, tf.Variable> {
    const each = this.paramGroups.flatMap(({ params, names }) =>
      params.map((parameter, i) => [names[i] ?? '', parameter] as const),
    );
    return new Map(each);
  }

  private clipAndStep(grads: Gradients, { clipValue, clipNorm }: ClipOptions, gate?: Gate): void {
    if (clipValue !== undefined) clipGradValue(grads, clipValue);
    if (clipNorm !== undefined) clipGradNorm(grads, clipNorm);
    this.step(grads, gate);
  }

  /**
   * The group's parameters that have a gradient, those together that have made equally many steps: one frozen for a
   * while lags behind. A recorded step is void once they no longer have.
   */
  private cohorts(group: Group<H>, grads: Gradients): Iterable<Move[]> {
    const cohorts = new Map<number, Move[]>();
    for (const parameter of group.params) {
      // Guarded one by one: a recorded step knows nothing of the parameters that it leaves alone.
      const gradient = guard(() => parameter.trainable) ? grads.get(parameter) : undefined;
      if (!gradient) continue;
      // only which averages there are, which the rules guard: momentum may change at every step
      const memory = memoryOf(
        this.memories,
        parameter,
        unobserved(() => this.slots(group)),
      );
      const moves = cohorts.get(memory.step) ?? [];
      moves.push({ parameter, gradient, memory });
      cohorts.set(memory.step, moves);
      const [first] = moves;
      guard(() => this.memories.get(parameter) === memory && memory.step === first?.memory.step);
    }
    return cohorts.values();
  }
}
