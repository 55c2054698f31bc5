/** What a training run was like before a file is loaded into it, so that a file that does not fit changes nothing. */
import * as tf from '../../../engine/tf';
import type { Stateful } from '../../io/state';
import type { Optimizer } from '../../optim/optimizers';

/** Notes what is about to change; puts it back, the last change first. */
export class Before {
  private readonly undo: (() => void)[] = [];
  private readonly kept: tf.Tensor[] = [];

  /** A state, and how to go back to it. */
  note<T>(state: T, back: (state: T) => void): void {
    this.undo.push(() => back(state));
  }

  /** The weights as they are: they take memory once more only when others are loaded. */
  noteModel(model: Stateful): void {
    const old = [...model.stateDict().values()].map((variable) => ({ variable, value: this.keep(variable) }));
    this.undo.push(() => old.forEach(({ variable, value }) => variable.assign(value)));
  }

  noteOptimizer(optimizer: Optimizer): void {
    const { state, paramGroups } = optimizer.stateDict();
    const copied = Object.entries(state).map(([name, { step, tensors }]) => {
      const slots = Object.entries(tensors).map(([slot, tensor]) => [slot, this.keep(tensor)]);
      return [name, { step, tensors: Object.fromEntries(slots) as Record<string, tf.Tensor> }] as const;
    });
    this.undo.push(() => optimizer.loadStateDict({ state: Object.fromEntries(copied), paramGroups }));
  }

  restore(): void {
    for (const back of this.undo.reverse()) back();
  }

  dispose(): void {
    tf.dispose(this.kept);
  }

  private keep(tensor: tf.Tensor): tf.Tensor {
    const copy = tf.keep(tensor.clone());
    this.kept.push(copy);
    return copy;
  }
}
