/**
 * Kernels of the native backend that TensorFlow.js hands on wrongly: PReLU multiplies infinities by zero, the gradients of
 * resizing leave out where a pixel's centre lies, and a recorded softmax takes at most five dimensions.
 */
import { execute } from '../backend/rawops';
import * as tf from '../tfjs';

/** All inputs that a kernel here may have; it has those that are its own. */
type Inputs = Record<'x' | 'alpha' | 'images' | 'dy' | 'logits', tf.Tensor>;
type Kernel = (call: { inputs: Inputs; attrs: tf.NamedAttrMap }) => tf.Tensor;

function replaceKernel(kernelName: string, kernelFunc: Kernel): void {
  const backendName = 'tensorflow';
  if (!tf.getKernel(kernelName, backendName)) return;
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc: kernelFunc as unknown as tf.KernelFunc });
}

function resized(kernelName: string, second: (images: tf.Tensor) => tf.Tensor): void {
  replaceKernel(kernelName, ({ inputs: { images, dy }, attrs }) => {
    const attributes = {
      T: { type: 'float32' },
      align_corners: { bool: Boolean(attrs.alignCorners) },
      half_pixel_centers: { bool: Boolean(attrs.halfPixelCenters) },
    } as const;
    return tf.tidy(() => execute(kernelName, attributes, [dy, second(images)]));
  });
}

/** TensorFlow's graphs have a softmax of up to five dimensions; its rows are all that counts. */
function ofRows(kernelName: string): void {
  const kernel = tf.getKernel(kernelName, 'tensorflow');
  if (!kernel) return;
  replaceKernel(kernelName, (call) => {
    const { logits } = call.inputs;
    const own = (x: tf.Tensor): tf.Tensor =>
      kernel.kernelFunc({ ...call, inputs: { logits: x }, backend: tf.backend() }) as tf.Tensor;
    if (logits.shape.length <= 5) return own(logits);
    const last = logits.shape.at(-1) ?? 1;
    const rows = tf.util.sizeFromShape(logits.shape.slice(0, -1));
    return tf.tidy(() => tf.reshape(own(tf.reshape(logits, [rows, last])), logits.shape));
  });
}

/** Done once, when `tf` is loaded. */
export function mendKernels(): void {
  replaceKernel('Prelu', ({ inputs: { x, alpha } }) =>
    tf.tidy(() => {
      const scaled = tf.mul(x, alpha);
      return tf.where(tf.greater(x, 0), tf.cast(x, scaled.dtype), scaled);
    }),
  );
  ofRows('Softmax');
  ofRows('LogSoftmax');
  resized('ResizeBilinearGrad', (images) => images);
  resized('ResizeNearestNeighborGrad', ({ shape }) => tf.tensor1d(shape.slice(1, 3), 'int32'));
}
