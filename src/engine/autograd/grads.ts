/** `tensor.grad`: where the gradients of leaves collect, and how a tensor is given other data. */
import * as tf from '../tfjs';

const GRAD = Symbol('grad');
type Known = tf.Tensor & { [GRAD]?: tf.Tensor | null };

/** Told of each tensor whose gradient is looked at, and of each whose gradient is replaced or forgotten. */
export interface GradObserver {
  read(tensor: tf.Tensor): void;
  write(tensor: tf.Tensor): void;
}
let observer: GradObserver | undefined;

/** Makes `next` the one that is told, and gives the one before. */
export function observeGrads(next: GradObserver | undefined): GradObserver | undefined {
  const before = observer;
  observer = next;
  return before;
}

/** The gradient that has collected, null where none has. */
export function gradOf(tensor: tf.Tensor): tf.Tensor | null {
  observer?.read(tensor);
  return heldGrad(tensor);
}

/** The same, unobserved. */
export const heldGrad = (tensor: tf.Tensor): tf.Tensor | null => (tensor as Known)[GRAD] ?? null;

/**
 * Replaces the gradient.
 * @throws TypeError unless it is a tensor of the same shape and type
 */
export function setGrad(tensor: tf.Tensor, gradient: tf.Tensor | null): void {
  if (gradient && (gradient.dtype !== tensor.dtype || !tf.util.arraysEqual(gradient.shape, tensor.shape))) {
    throw new TypeError(
      `Cannot set grad: expected ${tensor.dtype} [${tensor.shape.join(', ')}] as the tensor itself, ` +
        `got ${gradient.dtype} [${gradient.shape.join(', ')}]`,
    );
  }
  observer?.write(tensor);
  if (gradient || heldGrad(tensor)) (tensor as Known)[GRAD] = gradient && tf.keep(gradient);
}

/** Forgets a gradient, or makes it zeros. */
export function clearGrad(tensor: tf.Tensor, setToNone: boolean): void {
  const gradient = heldGrad(tensor);
  if (setToNone || !gradient) return setGrad(tensor, null);
  const zeros = tf.zerosLike(gradient);
  replaceData(gradient, zeros);
  zeros.dispose();
}

interface Engine {
  readonly backend: { incRef(dataId: object): void; disposeData(dataId: object): boolean };
  removeDataId(dataId: object, backend: unknown): void;
}

/** Gives a tensor, which stays the same object, the data of another one of its shape and type. */
export function replaceData(tensor: tf.Tensor, { dataId }: tf.Tensor): void {
  const engine = tf.engine() as unknown as Engine;
  const { backend } = engine;
  const before = tensor.dataId;
  backend.incRef(dataId);
  (tensor as { dataId: object }).dataId = dataId;
  if (backend.disposeData(before)) engine.removeDataId(before, backend);
}
