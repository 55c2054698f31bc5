/** Whether operations leave a trace for `backward()`: PyTorch's grad mode. */
import * as tf from '../tfjs';

let enabled = true;

/** Whether operations are recorded for `backward()`, as `torch.is_grad_enabled`. */
export function isGradEnabled(): boolean {
  return enabled;
}

/** Puts the mode back that was there before: at the end of a block with `using`, or by hand. */
class Previous implements Disposable {
  constructor(private readonly before: boolean) {}

  [Symbol.dispose](): void {
    enabled = this.before;
  }
}

function switchTo(mode: boolean): Previous;
function switchTo<T>(mode: boolean, body: (() => T) | undefined): T | Previous;
function switchTo<T>(mode: boolean, body?: () => T): T | Previous {
  const previous = new Previous(enabled);
  if (body?.constructor.name === 'AsyncFunction') {
    throw new TypeError(
      `Cannot set the grad mode: expected a synchronous function, got an async one; await before it and after it`,
    );
  }
  enabled = mode;
  if (!body) return previous;
  try {
    return body();
  } finally {
    previous[Symbol.dispose]();
  }
}

let creating = false;

/**
 * Whether gradients that are computed now are to have gradients themselves: within `backward({ createGraph: true })`, and
 * within `tf.grad` of `tf.grad`.
 */
export const createsGraph = (): boolean => creating || withinTfGrad();

/** Whether what is computed now lies within `tf.grad` or one of its kin. */
export function withinTfGrad(): boolean {
  const { state } = tf.engine() as unknown as { state: { gradientDepth: number } };
  return state.gradientDepth > 0;
}

/** Runs a walk back whose gradients are part of a graph. */
export function creatingGraph<T>(work: () => T): T {
  const before = creating;
  creating = true;
  try {
    return enableGrad(work);
  } finally {
    creating = before;
  }
}

/**
 * Computes without leaving a trace, as `torch.no_grad`: nothing of it can be gone back through. Given a function, which
 * has to be synchronous, for as long as it runs; without one until the end of the block.
 * @throws TypeError for an async function, which would end before its work does
 * @example
 * const scores = noGrad(() => model.forward(x));
 * @example
 * {
 *   using _ = noGrad();
 *   model.forward(x);
 * }
 */
export function noGrad(): Disposable;
export function noGrad<T>(body: () => T): T;
export function noGrad<T>(body?: () => T): T | Disposable {
  return switchTo(false, body);
}

/** `noGrad` and `tf.tidy` in one: what `body` makes is freed, all but its result. For those who only look. */
export function inferenceMode<T>(body: () => T): T {
  return noGrad(() => tf.tidy(body as () => tf.TensorContainer) as T);
}

/** The contrary of `noGrad`, within it; see there. */
export function enableGrad(): Disposable;
export function enableGrad<T>(body: () => T): T;
export function enableGrad<T>(body?: () => T): T | Disposable {
  return switchTo(true, body);
}
