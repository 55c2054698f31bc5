/**
 * What an optimizer remembers about its parameters: running averages, kept in variables so that a compiled step
 * updates them, and the number of steps made, kept in JavaScript and read anew at every step.
 */
import { guard } from '../../engine/recording/guards';
import * as tf from '../../engine/tf';

/** Number of steps made by all parameters that share it; never shared between groups. */
export interface Counter {
  steps: number;
}

/** A parameter about to be moved. */
export interface Move {
  readonly parameter: tf.Variable;
  readonly gradient: tf.Tensor;
  readonly slots: Readonly<Record<string, tf.Variable>>;
}

interface Memory {
  counter: Counter;
  readonly slots: Record<string, tf.Variable>;
}

/** State of one parameter as `stateDict` gives it: the live variables, not copies. */
export interface ParameterState {
  readonly step: number;
  readonly tensors: Readonly<Record<string, tf.Tensor>>;
}

export class OptimizerMemory {
  private readonly memories = new Map<tf.Variable, Memory>();
  /** Changes when parameters come to share counters differently: recordings made before are then void. */
  private version = 0;

  /** Makes room for parameters that will move together. */
  prepare(
    parameters: readonly tf.Variable[],
    slots: readonly string[],
    counter: Counter = { steps: 0 },
  ): void {
    for (const parameter of parameters) {
      const memory = this.memories.get(parameter) ?? this.remember(parameter, counter);
      for (const slot of slots) memory.slots[slot] ??= zerosLike(parameter);
    }
  }

  /**
   * Sorts the parameters of one group that have a gradient by the number of steps they have made: those frozen for a
   * while lag behind, and a parameter counts only its own steps.
   */
  moves(
    group: readonly tf.Variable[],
    gradients: ReadonlyMap<tf.Variable, tf.Tensor>,
    slots: readonly string[],
  ): Map<Counter, Move[]> {
    // Guarded one by one: a recorded step knows nothing of the parameters that it leaves alone.
    const trainable = group.filter((parameter) => guard(() => parameter.trainable));
    const active = trainable.filter((parameter) => gradients.has(parameter));
    this.prepare(active, slots);
    this.separate(group, new Set(active));
    guard(() => this.version);
    const sorted = new Map<Counter, Move[]>();
    for (const parameter of active) {
      const memory = this.memories.get(parameter);
      const gradient = gradients.get(parameter);
      if (!memory || !gradient) continue;
      const moves = sorted.get(memory.counter) ?? [];
      moves.push({ parameter, gradient, slots: memory.slots });
      sorted.set(memory.counter, moves);
    }
    return sorted;
  }

  get(parameter: tf.Variable): ParameterState | undefined {
    const memory = this.memories.get(parameter);
    return memory && { step: memory.counter.steps, tensors: memory.slots };
  }

  /** Replaces what is known of one group's parameters; those without a given state start anew. */
  load(given: ReadonlyMap<tf.Variable, ParameterState | undefined>): void {
    const counters = new Map<number, Counter>();
    for (const [parameter, state] of given) {
      const steps = state?.step ?? 0;
      const counter = counters.get(steps) ?? { steps };
      counters.set(steps, counter);
      const memory = this.memories.get(parameter) ?? this.remember(parameter, counter);
      memory.counter = counter;
      for (const slot of Object.keys(state?.tensors ?? {})) memory.slots[slot] ??= zerosLike(parameter);
      for (const [slot, variable] of Object.entries(memory.slots)) {
        tf.tidy(() => variable.assign(tf.cast(state?.tensors[slot] ?? tf.zerosLike(variable), 'float32')));
      }
    }
    this.version++;
  }

  dispose(): void {
    for (const { slots } of this.memories.values()) Object.values(slots).forEach((slot) => slot.dispose());
    this.memories.clear();
  }

  private remember(parameter: tf.Variable, counter: Counter): Memory {
    const memory: Memory = { counter, slots: {} };
    this.memories.set(parameter, memory);
    this.version++;
    return memory;
  }

  /** Gives the active parameters a counter of their own where others that share theirs stay behind. */
  private separate(group: readonly tf.Variable[], active: ReadonlySet<tf.Variable>): void {
    const idle = new Set(group.filter((p) => !active.has(p)).map((p) => this.memories.get(p)?.counter));
    const successors = new Map<Counter, Counter>();
    for (const parameter of active) {
      const memory = this.memories.get(parameter);
      if (!memory || !idle.has(memory.counter)) continue;
      const successor = successors.get(memory.counter) ?? { steps: memory.counter.steps };
      successors.set(memory.counter, successor);
      memory.counter = successor;
      this.version++;
    }
  }
}

function zerosLike(parameter: tf.Variable): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zeros(parameter.shape, 'float32'), false));
}
