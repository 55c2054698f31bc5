/**
 * Gradients of activation functions as one TensorFlow operation each. TensorFlow.js writes ReLU's as seven (a mask with
 * its case for NaN, its cast, a product), each as large as the activation, and by reading ReLU's input again it keeps
 * TensorFlow from fusing convolution, bias and ReLU. These read the output alone; the input is only there for
 * gradients of gradients, which TensorFlow.js's own form of tanh and sigmoid silently leaves out.
 */
import { withGradient } from '../autograd/gradient';
import { execute, isNative } from '../backend/rawops';
import * as tf from '../tfjs';

interface Activation {
  readonly kernelName: string;
  /** dy · f′ from dy and y = f(x), as TensorFlow has it. */
  readonly native: (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor;
  /** The same in plain operations. */
  readonly plain: (dy: tf.Tensor, y: tf.Tensor) => tf.Tensor;
  /** f″ from x. */
  readonly curvature: (x: tf.Tensor) => tf.Tensor;
}

const TYPES = { T: { type: 'float32' } } as const;

const ACTIVATIONS: readonly Activation[] = [
  {
    kernelName: 'Relu', // slope 0 at 0, as in PyTorch
    native: (dy, y) => execute('ReluGrad', TYPES, [dy, y]),
    plain: (dy, y) => tf.mul(dy, tf.cast(tf.step(y), 'float32')),
    curvature: (x) => tf.zerosLike(x),
  },
  {
    kernelName: 'Tanh',
    native: (dy, y) => execute('TanhGrad', TYPES, [y, dy]),
    plain: (dy, y) => tf.mul(dy, tf.sub(1, tf.square(y))),
    curvature: (x) => {
      const y = tf.tanh(x);
      return tf.mul(tf.mul(y, -2), tf.sub(1, tf.square(y)));
    },
  },
  {
    kernelName: 'Sigmoid',
    native: (dy, y) => execute('SigmoidGrad', TYPES, [y, dy]),
    plain: (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))),
    curvature: (x) => {
      const y = tf.sigmoid(x);
      return tf.mul(tf.mul(y, tf.sub(1, y)), tf.sub(1, tf.mul(y, 2)));
    },
  },
];

/** dy · f′(x), differentiable in both; y = f(x). */
function slope(activation: Activation, dy: tf.Tensor, x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const compute = isNative() && y.dtype === 'float32' ? activation.native : activation.plain;
  return withGradient(
    [dy, x],
    () => ({ value: compute(dy, y), saved: [dy, x, y] }),
    (next, saved) => {
      const [dy, x, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      return [() => slope(activation, next, x, y), () => tf.mul(tf.mul(next, dy), activation.curvature(x))];
    },
  );
}

/** Puts the forms above in the place of TensorFlow.js's; done once, when `tf` is loaded. */
export function registerActivations(): void {
  for (const activation of ACTIVATIONS) {
    const { kernelName } = activation;
    tf.unregisterGradient(kernelName);
    tf.registerGradient({
      kernelName,
      inputsToSave: ['x'],
      outputsToSave: [true],
      gradFunc: (dy, saved) => {
        const [x, y] = saved as [tf.Tensor, tf.Tensor];
        return { x: () => slope(activation, dy as tf.Tensor, x, y) };
      },
    });
  }
}
