/**
 * Gradients that collect in `tensor.grad` are inputs and outputs of a recorded function that nobody passes: a call may
 * add to what an earlier one has left, and leave its own. While a function is recorded, each gradient that is there
 * becomes a placeholder, and what the function makes of them is compared with what was there. A replay is fed today's
 * gradients and puts the results in their places; it is true as long as those that the function looked at are there
 * where they were there, and missing where they were missing.
 */
import { heldGrad, observeGrads, replaceData, setGrad } from '../autograd/grads';
import { sameData } from '../autograd/tape';
import { type NativeBackend, privateCopy } from '../backend/native';
import type { Output } from '../graph/graph';
import * as tf from '../tf';
import type { Recorder } from './recorder';

/** A gradient that was there when the function was called. */
interface Entry {
  readonly variable: tf.Variable;
  readonly gradient: tf.Tensor;
  /** Its data before the call, in a tensor of its own. */
  readonly before: tf.Tensor;
  /** The data that stands for it while recording. */
  readonly dataId: object;
  readonly output: Output;
}

/** What a function does to the gradients of variables. */
export interface GradientEffects {
  /** The placeholders of the gradients that are there at each call. */
  readonly inputs: readonly { readonly variable: tf.Variable; readonly output: Output }[];
  /** Whether a gradient was there, of each variable that was looked at. */
  readonly observed: ReadonlyMap<tf.Variable, boolean>;
  readonly cleared: readonly tf.Variable[];
  readonly results: readonly { readonly variable: tf.Variable; readonly output: Output }[];
}

/** The gradients of all variables through one recording. */
export class RecordedGradients {
  private readonly entries = new Map<tf.Variable, Entry>();
  private readonly observed = new Set<tf.Tensor>();
  private readonly stop: () => void;

  constructor(
    backend: NativeBackend,
    private readonly recorder: Recorder,
    private readonly variables: readonly tf.Variable[],
  ) {
    for (const variable of variables) {
      const gradient = heldGrad(variable);
      if (!gradient) continue;
      const before = tf.keep(sameData(gradient));
      const copy = privateCopy(backend, gradient);
      const output = recorder.argument(copy);
      replaceData(gradient, copy);
      this.entries.set(variable, { variable, gradient, before, dataId: copy.dataId, output });
      copy.dispose();
    }
    const written = new Set<tf.Tensor>(); // what is looked at afterwards is the function's own
    const outer = observeGrads({
      read: (tensor) => !written.has(tensor) && this.observed.add(tensor),
      write: (tensor) => written.add(tensor),
    });
    this.stop = () => observeGrads(outer);
  }

  /** What has become of them; call it when the function has returned. */
  effects(): GradientEffects {
    const changed = this.variables.filter((variable) => {
      const [now, entry] = [heldGrad(variable), this.entries.get(variable)];
      return now !== null && (now !== entry?.gradient || now.dataId !== entry.dataId);
    });
    return {
      inputs: [...this.entries.values()],
      observed: new Map(
        this.variables
          .filter((variable) => this.observed.has(variable))
          .map((variable) => [variable, this.entries.has(variable)]),
      ),
      cleared: [...this.entries.keys()].filter((variable) => heldGrad(variable) === null),
      results: changed.map((variable) => ({
        variable,
        output: this.recorder.fetchable(heldGrad(variable) as tf.Tensor),
      })),
    };
  }

  /** Puts all gradients back as they were before the call. */
  undo(): void {
    this.stop();
    for (const variable of this.variables) {
      const entry = this.entries.get(variable);
      if (entry) replaceData(entry.gradient, entry.before);
      if (heldGrad(variable) !== (entry?.gradient ?? null)) setGrad(variable, entry?.gradient ?? null);
    }
  }

  /** Ends the recording. */
  end(): void {
    this.stop();
    tf.dispose([...this.entries.values()].map(({ before }) => before));
  }
}

/** Whether the gradients that a function looked at are there, or not, as they were. */
export const effectsHold = ({ observed }: GradientEffects): boolean =>
  [...observed].every(([variable, there]) => (heldGrad(variable) !== null) === there);

/** The gradients to feed; those that are missing are not looked at, and zeros stand for them. */
export const gradientInputs = ({ inputs }: GradientEffects): tf.Tensor[] =>
  inputs.map(({ variable }) => heldGrad(variable) ?? tf.zerosLike(variable));

/** Does to the gradients what the function did: `results` are its gradients, in their order. */
export function applyEffects(
  { cleared, results: changed }: GradientEffects,
  results: readonly tf.Tensor[],
): void {
  for (const variable of cleared) setGrad(variable, null);
  changed.forEach(({ variable }, i) => {
    const [held, result] = [heldGrad(variable), results[i] as tf.Tensor];
    if (!held) return setGrad(variable, result);
    replaceData(held, result);
    result.dispose();
  });
}
