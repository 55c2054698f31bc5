/** Gradients in the place of TensorFlow.js's, and what many of them share. */
import { unbroadcast } from '../autograd/unbroadcast';
import * as tf from '../tfjs';

/** `x` where the condition holds, else 0, also where `x` is infinite or not a number. */
export const onlyWhere = (condition: tf.Tensor, x: tf.Tensor): tf.Tensor =>
  tf.where(condition, x, tf.zeros([]));

/** As float32, which gradients are. */
export const float = (x: tf.Tensor): tf.Tensor => (x.dtype === 'float32' ? x : tf.cast(x, 'float32'));

/** As many tensors as any gradient saves; there are as many as its configuration names. */
type Saved = readonly [tf.Tensor, tf.Tensor, tf.Tensor];

/** A gradient by the names of a kernel's inputs; of several outputs `dy` is a list. */
export interface Gradient extends Omit<tf.GradConfig, 'gradFunc'> {
  readonly gradFunc: (
    dy: tf.Tensor,
    saved: Saved,
    attributes: tf.NamedAttrMap,
  ) => Record<string, () => tf.Tensor>;
}

/** Puts a gradient in the place of TensorFlow.js's, or where it has none. */
export function replaceGradient(gradient: Gradient): void {
  if (tf.getGradient(gradient.kernelName)) tf.unregisterGradient(gradient.kernelName);
  tf.registerGradient(gradient as unknown as tf.GradConfig);
}

/** The gradient of a function of one tensor: dx from dy and x. */
export function gradientOfUnary(kernelName: string, slope: (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor): void {
  replaceGradient({
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => slope(dy, float(x)) }),
  });
}

/** Gradients of both sides of a function of two tensors that are broadcast, from dy, a and b. */
export interface Sides {
  readonly a: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
  readonly b: Sides['a'];
}

/** Registers `sides`; what they give is summed to the sides' own shapes. */
export function gradientOfBinary(
  kernelName: string,
  sides: Sides,
  [left, right]: readonly [string, string] = ['a', 'b'],
): void {
  replaceGradient({
    kernelName,
    inputsToSave: [left, right],
    gradFunc: (dy, saved) => {
      const [a, b] = saved;
      const to =
        (side: Sides['a'], { shape }: tf.Tensor) =>
        () =>
          unbroadcast(side(dy, float(a), float(b)), shape);
      return { [left]: to(sides.a, a), [right]: to(sides.b, b) };
    },
  });
}
