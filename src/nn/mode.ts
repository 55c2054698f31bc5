/** A model in training or evaluation mode for a while. */

/** A model as far as modes are concerned: every Module. */
export interface Moded {
  /** The module itself and all below it, by path. */
  namedModules(): readonly (readonly [string, OneMode])[];
}

/** A module whose mode can be set by itself. */
export interface OneMode {
  readonly training: boolean;
  /** Sets the mode of this module alone. */
  setTraining(mode: boolean): void;
}

/**
 * Runs `body` with a model in evaluation or training mode, then puts back the mode that each module had, also when
 * `body` throws; one that gives a promise has its mode until the promise settles.
 *
 * `'train'` leaves modules alone that are in evaluation mode, such as the frozen batch norm of a backbone, while others
 * train (a loop in PyTorch calls `model.train(); backbone.eval()` every epoch). Where none trains, the model has only
 * been looked at, and all of it is put into training mode.
 * @param body gets a function that sets the modes anew, after code that may have changed them
 * @example
 * const logits = withMode(model, 'eval', () => model.forward(x));
 */
export function withMode<T>(model: Moded, mode: 'train' | 'eval', body: (again: () => void) => T): T {
  const before = model.namedModules().map(([, module]) => ({ module, training: module.training }));
  const frozen = mode === 'train' && before.some(({ training }) => training);
  const enter = () =>
    before.forEach((m) => m.module.setTraining(mode === 'train' && (m.training || !frozen)));
  const leave = () => before.forEach(({ module, training }) => module.setTraining(training));
  let settling = false;
  try {
    enter();
    const result = body(enter);
    if (!(result instanceof Promise)) return result;
    settling = true;
    return result.finally(leave) as T;
  } finally {
    if (!settling) leave();
  }
}
