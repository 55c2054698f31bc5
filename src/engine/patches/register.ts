/** Gradients in the place of TensorFlow.js's, and what many of them share. */
import { unbroadcast } from '../autograd/broadcast';
import * as tf from '../tfjs';

/** `x` where the condition holds, else 0, also where `x` is infinite or not a number. */
export const onlyWhere = (condition: tf.Tensor, x: tf.Tensor): tf.Tensor =>
  tf.where(condition, x, tf.zeros([]));

/** As float32, which gradients are. */
export const float = (x: tf.Tensor): tf.Tensor => (x.dtype === 'float32' ? x : tf.cast(x, 'float32'));

/** Puts a gradient in the place of TensorFlow.js's, or where it has none. */
export function replaceGradient(config: tf.GradConfig): void {
  if (tf.getGradient(config.kernelName)) tf.unregisterGradient(config.kernelName);
  tf.registerGradient(config);
}

/** The gradient of a function of one tensor: dx from dy and x. */
export function gradientOfUnary(kernelName: string, slope: (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor): void {
  replaceGradient({
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => slope(dy as tf.Tensor, float(x!)) }),
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
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      const to = (side: Sides['a'], { shape }: tf.Tensor) => () =>
        unbroadcast(side(dy as tf.Tensor, float(a), float(b)), shape);
      return { [left]: to(sides.a, a), [right]: to(sides.b, b) };
    },
  });
}
