/**
 * Kernels of the plain-JavaScript backend that give wrong numbers: an update of places changes the tensor it is given,
 * products of batches that are repeated, slices that drop a dimension, gradients of resizing, and what is said of nothing.
 */
import { refusalOf } from '../backend/refusals';
import * as tf from '../tfjs';

/** All inputs that a kernel here may have; it has those that are its own. */
type Inputs = Record<
  'x' | 'indices' | 'segmentIds' | 'a' | 'b' | 'images' | 'dy' | 'tensor' | 'alpha',
  tf.Tensor
>;

const backendName = 'cpu';
type Call = { inputs: Inputs; attrs: tf.NamedAttrMap };
type Own = (call: Call) => tf.Tensor;

/** Puts a kernel in the place of another, which it may call. */
function change(kernelName: string, make: (own: Own) => Own): void {
  const kernel = tf.getKernel(kernelName, backendName);
  if (!kernel) return;
  tf.unregisterKernel(kernelName, backendName);
  const own: Own = (call) => kernel.kernelFunc({ ...call, backend: tf.backend() }) as tf.Tensor;
  tf.registerKernel({
    ...kernel,
    kernelFunc: ((call: Call) => tf.tidy(() => make(own)(call))) as unknown as tf.KernelFunc,
  });
}

/** Both batches of matrices laid out in full. */
function laidOut(x: tf.Tensor, batch: readonly number[]): tf.Tensor {
  return tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
}

const broadcastProduct: (own: Own) => Own =
  (own) =>
  ({ inputs, attrs }) => {
    const { a, b } = inputs;
    const [left, right] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
    if (tf.util.arraysEqual(left, right)) return own({ inputs, attrs });
    const batch = tf.backend_util.assertAndGetBroadcastShape(left, right);
    return own({ inputs: { ...inputs, a: laidOut(a, batch), b: laidOut(b, batch) }, attrs });
  };

/** The slice with all dimensions kept, then without those that are to go. */
const keptSlice: (own: Own) => Own =
  () =>
  ({ inputs: { x }, attrs }) => {
    const list = (name: string): number[] => attrs[name] as number[];
    const mask = (name: string): number => attrs[`${name}Mask`] as number;
    const { finalShape, begin, end, strides } = tf.slice_util.sliceInfo(
      x.shape, list('begin'), list('end'), list('strides'),
      mask('begin'), mask('end'), mask('ellipsis'), mask('newAxis'), mask('shrinkAxis'),
    ); // prettier-ignore
    const sizes = tf.slice_util.computeOutShape(begin, end, strides);
    const part = sizes.reduce((rest, size, axis) => {
      const places = Int32Array.from(
        { length: size },
        (_, i) => (begin[axis] ?? 0) + i * (strides[axis] ?? 1),
      );
      return tf.gather(rest, tf.tensor1d(places, 'int32'), axis);
    }, x);
    return tf.reshape(part, finalShape);
  };

/** How much each of `from` places gives to each of `to`, as TensorFlow resizes a line by straight lines. */
function shares(from: number, to: number, corners: boolean, half: boolean): tf.Tensor {
  const scale = corners && to > 1 ? (from - 1) / (to - 1) : from / to;
  const rows = Array.from({ length: to }, (_, i) => {
    const at = Math.max(0, half ? (i + 0.5) * scale - 0.5 : i * scale);
    const low = Math.min(Math.floor(at), from - 1);
    const high = Math.min(low + 1, from - 1);
    return Array.from(
      { length: from },
      (_, j) => (j === low ? 1 - at + low : 0) + (j === high ? at - low : 0),
    );
  });
  return tf.tensor2d(rows);
}

const resizedGradient: (own: Own) => Own =
  () =>
  ({ inputs: { images, dy }, attrs }) => {
    const [b = 0, h = 0, w = 0, c = 0] = images.shape;
    const [, toH = 0, toW = 0] = dy.shape;
    const matrix = (from: number, to: number): tf.Tensor =>
      shares(from, to, Boolean(attrs.alignCorners), Boolean(attrs.halfPixelCenters));
    const tall = tf.matMul(
      matrix(h, toH),
      tf.reshape(tf.transpose(dy, [1, 0, 2, 3]), [toH, b * toW * c]),
      true,
    );
    const wide = tf.reshape(tf.transpose(tf.reshape(tall, [h, b, toW, c]), [2, 1, 0, 3]), [toW, b * h * c]);
    const both = tf.matMul(matrix(w, toW), wide, true);
    return tf.transpose(tf.reshape(both, [w, b, h, c]), [1, 2, 0, 3]);
  };

/** Says in our words which place there is not. */
const placed =
  (kernelName: string): ((own: Own) => Own) =>
  (own) =>
  (call) => {
    try {
      return own(call);
    } catch (error) {
      throw error instanceof Error ? (refusalOf(error, kernelName) ?? error) : error;
    }
  };

/** Rows of nothing, and sums of no segments. */
function mendNothing(): void {
  change('GatherV2', (own) => (call) => {
    const { x, indices } = call.inputs;
    if (x.size > 0 || indices.size > 0) return own(call);
    const [axis, batch] = [call.attrs.axis as number, (call.attrs.batchDims as number | undefined) ?? 0];
    const shape = [...x.shape.slice(0, axis), ...indices.shape.slice(batch), ...x.shape.slice(axis + 1)];
    return tf.zeros(shape, x.dtype);
  });
  change('UnsortedSegmentSum', (own) => (call) => {
    if (call.attrs.numSegments !== 0) return own(call);
    const { x, segmentIds } = call.inputs;
    return tf.zeros([0, ...x.shape.slice(segmentIds.shape.length)]);
  });
}

/** Done once, when `tf` is loaded. */
export function mendPlain(): void {
  change('TensorScatterUpdate', (own) => ({ inputs, attrs }) => {
    const { shape, dtype } = inputs.tensor;
    const values = inputs.tensor.dataSync().slice();
    return own({ inputs: { ...inputs, tensor: tf.tensor(values, shape, dtype) }, attrs });
  });
  mendNothing();
  for (const name of ['GatherV2', 'GatherNd', 'ScatterNd', 'TensorScatterUpdate']) change(name, placed(name));
  change('BatchMatMul', broadcastProduct);
  change('StridedSlice', keptSlice);
  change('ResizeBilinearGrad', resizedGradient);
  change(
    'Prelu',
    () =>
      ({ inputs: { x, alpha } }) =>
        tf.where(tf.greater(x, 0), x, tf.mul(x, alpha)),
  );
  change('All', (own) => (call) => {
    const { shape, size } = call.inputs.x;
    if (size > 0) return own(call);
    const axes = tf.util.parseAxisParam(call.attrs.axis as number[], shape);
    const keep = Boolean(call.attrs.keepDims);
    const left = shape.flatMap((n, i) => (axes.includes(i) ? (keep ? [1] : []) : [n]));
    return tf.ones(left, 'bool');
  });
  change('Mean', (own) => (call) => {
    const { shape } = call.inputs.x;
    const axes = tf.util.parseAxisParam(call.attrs.axis as number[], shape);
    const value = own(call);
    return axes.some((axis) => shape[axis] === 0) ? tf.fill(value.shape, NaN) : value;
  });
}
