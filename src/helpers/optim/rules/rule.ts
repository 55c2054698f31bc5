/**
 * An optimizer by its rule: the options, what is remembered of a parameter, the numbers of a step, and how one parameter
 * moves by them. Each rule is PyTorch's arithmetic; groups, states, gates and compiled steps are the same for all.
 */
import { type Gate, select } from '../../../engine/ops/select';
import { dynamicScalar } from '../../../engine/recording/dynamic';
import { guard } from '../../../engine/recording/guards';
import * as tf from '../../../engine/tf';
import { checkOption, type Group, type GroupSpec, type Hyper, type Parameters } from '../groups';
import { Optimizer } from '../optimizer';
import { slopeOf } from '../slope';
import type { Move, Slot, Slots } from '../state';

/** What every rule's group has. */
export interface RuleHyper extends Hyper {
  /** Factor of the parameter that is added to its gradient (L2 penalty), or by which it shrinks. */
  weightDecay: number;
  /** Climbs instead of descending. */
  maximize: boolean;
}

/** One parameter about to be moved by a rule. */
export interface RuleStep<H, N extends string, S extends string> {
  readonly parameter: tf.Variable;
  /** The gradient to descend, weight decay added where it is not decoupled. */
  readonly g: tf.Tensor;
  /** The running values. */
  readonly slots: Readonly<Record<S, tf.Variable>>;
  /** The numbers of this step. */
  readonly n: Readonly<Record<N, tf.Scalar>>;
  /** What an option says that decides which operations run; a compiled step is recorded anew when it changes. */
  readonly look: <T>(at: (group: H) => T) => T;
  /** Gives a variable a new value, which is left out where the gate is shut; gives the variable. */
  readonly set: (variable: tf.Variable, value: tf.Tensor) => tf.Tensor;
}

/** A kind of optimizer. */
export interface Rule<H extends RuleHyper, N extends string, S extends string> {
  readonly defaults: H;
  /** In which [low, high) options have to lie; both of a pair. */
  readonly ranges: Readonly<Partial<Record<keyof H, readonly [low: number, high?: number]>>>;
  /** What else is wrong with a group's options. */
  readonly refuse?: (group: Group<H>) => string | undefined;
  /** Whether weight decay shrinks the parameter before the step instead of adding to its gradient; or the rule's matter. */
  readonly decoupled?: (group: H) => boolean | 'own';
  readonly slots: (group: H) => readonly (S | Slot<S>)[];
  /** The numbers of a step, counted from 1, in double precision. */
  readonly numbers: (group: H, step: number) => Readonly<Record<N, number>>;
  readonly move: (step: RuleStep<H, N, S>) => void;
}

/** A rule whose names do not matter any more. */
type AnyRule = Rule<RuleHyper, string, string>;

/** Checks a rule over the options H; the names of its numbers and running values follow from it. */
export function ruleOf<H extends RuleHyper>() {
  return <N extends string, S extends string>(rule: Rule<H, N, S>): AnyRule => rule as unknown as AnyRule;
}

/** An optimizer that goes by the rule of its class. */
export abstract class RuleOptimizer<H extends RuleHyper> extends Optimizer<H> {
  /** @internal Static, since the base class asks for it while it is built. */
  static readonly rule: AnyRule;

  constructor(params: Parameters | Iterable<GroupSpec<H>>, options: Partial<H> = {}) {
    super(params, { ...(new.target.rule.defaults as H), ...options });
  }

  private get rule(): AnyRule {
    return (this.constructor as typeof RuleOptimizer).rule;
  }

  /** @throws RangeError for an option out of its range */
  protected override check(group: Group<H>): void {
    const kind = this.constructor.name;
    const options = group as unknown as Record<string, number | null | readonly (number | null)[]>;
    for (const [key, range = [0]] of Object.entries(this.rule.ranges)) {
      const given = options[key] ?? null;
      [given].flat().forEach((value, i) => {
        if (value !== null)
          checkOption(kind, Array.isArray(given) ? `${key}[${i}]` : key, value, range[0], range[1]);
      });
    }
    const wrong = this.rule.refuse?.(group);
    if (wrong !== undefined) throw new RangeError(`Cannot build ${kind}: expected ${wrong}`);
  }

  protected override slots(group: Group<H>): Slots {
    return this.rule.slots(group);
  }

  protected override update(group: Group<H>, moves: readonly Move[], gate: Gate): void {
    const { rule } = this;
    const n = scalars(() => rule.numbers(group, this.count(moves, gate)));
    const look = <T>(at: (group: RuleHyper) => T): T => guard(() => at(group));
    const decoupled = rule.decoupled ? look(rule.decoupled) : false;
    const slope = slopeOf(group, decoupled !== false);
    const kept = decoupled === true && dynamicScalar(() => 1 - group.lr * group.weightDecay);
    const set = (variable: tf.Variable, value: tf.Tensor): tf.Tensor => {
      variable.assign(gate ? select(gate, value, variable) : value);
      return variable;
    };
    for (const { parameter, gradient, memory } of moves) {
      tf.tidy(() => {
        const g = slope(parameter, gradient);
        if (kept) set(parameter, tf.mul(parameter, kept));
        rule.move({ parameter, g, slots: memory.tensors, n, look, set });
      });
    }
  }
}

/** Several numbers that are worked out together once a step, read anew in every replay. */
function scalars<N extends string>(read: () => Readonly<Record<N, number>>): Record<N, tf.Scalar> {
  let values: Readonly<Partial<Record<string, number>>> = {};
  const first = dynamicScalar(() => {
    values = read();
    return Object.values(values)[0] ?? 0;
  });
  const each = Object.keys(values).map((name, i) => {
    return [name, i === 0 ? first : dynamicScalar(() => values[name] ?? NaN)] as const;
  });
  return Object.fromEntries(each) as Record<N, tf.Scalar>;
}
