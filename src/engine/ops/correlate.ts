/**
 * The three products of a convolution (forward, for the input, for the kernel) over two or three axes, by TensorFlow's
 * own kernels: a dense one, one for channels that do not see each other (depthwise), and one for groups of channels.
 * What a kernel does not take is arranged before and after: padding that has no name, taps that lie apart.
 */
import { hasGroupSlopes } from '../backend/groupslopes';
import { type Attributes, execute, isNative } from '../backend/rawops';
import { collectTaps, spreadKernel, spreadShape } from '../patches/taps';
import * as tf from '../tf';

/** How a kernel moves: a number, or a pair of numbers, for each axis of the window. */
export interface Geometry {
  readonly stride: readonly number[];
  /** Zeros before and behind. */
  readonly padding: readonly (readonly [number, number])[];
  /** Distance of the kernel's taps. */
  readonly dilation: readonly number[];
  /** Number of equal parts of the channels that do not see each other. */
  readonly groups: number;
}

type Shape = readonly number[];
type Product = 'forward' | 'input' | 'kernel';
type Family = 'dense' | 'depthwise' | 'volume';

/** TensorFlow's names of the products. */
const NAMES: Readonly<Record<Family, Readonly<Record<Product, string>>>> = {
  dense: { forward: 'Conv2D', input: 'Conv2DBackpropInput', kernel: 'Conv2DBackpropFilter' },
  depthwise: {
    forward: 'DepthwiseConv2dNative',
    input: 'DepthwiseConv2dNativeBackpropInput',
    kernel: 'DepthwiseConv2dNativeBackpropFilter',
  },
  volume: { forward: 'Conv3D', input: 'Conv3DBackpropInputV2', kernel: 'Conv3DBackpropFilterV2' },
};

/** x `[b, …, in]`, kernel `[…, in / groups, out]`; gives `[b, …, out]`. */
export function convForward(x: tf.Tensor, kernel: tf.Tensor, geometry: Geometry): tf.Tensor {
  const size = convShape(x.shape, kernel.shape, geometry);
  if (size[0] === 0) return tf.zeros(size); // oneDNN gives no images of the input's size
  if (isSplit('forward', kernel.shape, geometry)) {
    const kernels = parts(kernel, geometry);
    const each = parts(x, geometry).map((part, i) =>
      convForward(part, kernels[i] as tf.Tensor, alone(geometry)),
    );
    return tf.concat(each, -1);
  }
  const plan = planOf('forward', x.shape, kernel.shape, geometry);
  return run(plan, [padded(x, plan.zeros), plan.enter(kernel)]);
}

/** The gradient for an input of the given shape; equally the transposed convolution of dy. */
export function convInputGradient(
  shape: Shape,
  kernel: tf.Tensor,
  dy: tf.Tensor,
  geometry: Geometry,
): tf.Tensor {
  if (shape[0] === 0) return tf.zeros([...shape]);
  if (isSplit('input', kernel.shape, geometry)) {
    const kernels = parts(kernel, geometry);
    const one = withChannels(shape, (shape.at(-1) ?? 0) / geometry.groups);
    const each = parts(dy, geometry).map((part, i) =>
      convInputGradient(one, kernels[i] as tf.Tensor, part, alone(geometry)),
    );
    return tf.concat(each, -1);
  }
  const plan = planOf('input', shape, kernel.shape, geometry);
  const whole = shape.map((length, axis) => length + sum(plan.zeros[axis - 1] ?? []));
  const wide = run(plan, [plan.enter(kernel), dy], whole);
  const begin = shape.map((_, axis) => plan.zeros[axis - 1]?.[0] ?? 0);
  return plan.zeros.length === 0 ? wide : tf.slice(wide, begin, [...shape]);
}

/** The gradient for a kernel of the given shape. */
export function convKernelGradient(x: tf.Tensor, shape: Shape, dy: tf.Tensor, geometry: Geometry): tf.Tensor {
  if (x.shape[0] === 0) return tf.zeros([...shape]);
  if (isSplit('kernel', shape, geometry)) {
    const dys = parts(dy, geometry);
    const one = withChannels(shape, (shape.at(-1) ?? 0) / geometry.groups);
    const each = parts(x, geometry).map((part, i) =>
      convKernelGradient(part, one, dys[i] as tf.Tensor, alone(geometry)),
    );
    return tf.concat(each, -1);
  }
  const plan = planOf('kernel', x.shape, shape, geometry);
  return plan.leave(run(plan, [padded(x, plan.zeros), dy], plan.kernel));
}

/** The shape of a convolution's result: ⌊(length + padding − reach) / stride⌋ + 1 along each axis of the window. */
export function convShape(x: Shape, kernel: Shape, { stride, padding, dilation }: Geometry): number[] {
  const lengths = stride.map((step, i) => {
    const reach = (dilation[i] ?? 1) * ((kernel[i] ?? 1) - 1) + 1;
    return Math.floor(((x[i + 1] ?? 0) + sum(padding[i] ?? []) - reach) / step) + 1;
  });
  return [x[0] ?? 0, ...lengths, kernel.at(-1) ?? 0];
}

/** How one product is asked of TensorFlow. */
interface Plan {
  readonly product: Product;
  readonly family: Family;
  readonly stride: readonly number[];
  /** Padding and dilation as TensorFlow's attributes. */
  readonly attributes: Attributes;
  /** Padding that is put around the input before; empty where TensorFlow pads. */
  readonly zeros: Geometry['padding'];
  /** The kernel's shape as the product takes or gives it, and the way there and back. */
  readonly kernel: Shape;
  readonly enter: (kernel: tf.Tensor) => tf.Tensor;
  readonly leave: (gradient: tf.Tensor) => tf.Tensor;
}

/** `x` is the shape of the images, `shape` that of the kernel. */
function planOf(product: Product, x: Shape, shape: Shape, geometry: Geometry): Plan {
  const { stride, dilation, padding } = geometry;
  const family = familyOf(shape, geometry);
  // TensorFlow lets taps lie apart in the forward product alone, and not in all families
  const spread = !(product === 'forward' && family === 'dense' && isNative());
  const wide = spread ? spreadShape(shape, dilation) : [...shape];
  const reach = stride.map((_, i) => (dilation[i] ?? 1) * ((shape[i] ?? 1) - 1) + 1);
  const named = namedPadding(x, reach, geometry);
  const grouped = geometry.groups > 1 && family === 'dense';
  const explicit = isNative() && family !== 'volume' && !(grouped && product !== 'forward');
  const outside = !(named !== undefined && (isNative() || named === 'VALID')) && !explicit;
  const paddings = { ints: [0, 0, ...padding.flat(), 0, 0] };
  const [i = 0, o = 0] = shape.slice(-2);
  const entered =
    family === 'depthwise' ? [...wide.slice(0, -2), geometry.groups, (i * o) / geometry.groups] : wide;
  return {
    product,
    family,
    stride,
    kernel: entered,
    zeros: outside ? padding : [],
    attributes: {
      dilations: { ints: [1, ...(spread ? dilation.map(() => 1) : dilation), 1] },
      ...(outside || named !== undefined
        ? { padding: { text: outside ? 'VALID' : (named as string) } }
        : { padding: { text: 'EXPLICIT' }, explicit_paddings: paddings }),
    },
    enter: (kernel) => tf.reshape(spread ? spreadKernel(kernel, dilation) : kernel, entered),
    leave: (gradient) => collectTaps(tf.reshape(gradient, wide), shape, dilation),
  };
}

/** TensorFlow's name for a padding; its gradients are twice as fast on the CPU where it has one. */
function namedPadding(
  x: Shape,
  reach: readonly number[],
  { stride, padding }: Geometry,
): 'VALID' | 'SAME' | undefined {
  if (padding.every((pair) => sum(pair) === 0)) return 'VALID';
  const same = padding.every(([before, after], i) => {
    const [length, step, window] = [x[i + 1] ?? 0, stride[i] ?? 1, reach[i] ?? 1];
    const all = Math.max((Math.ceil(length / step) - 1) * step + window - length, 0);
    return before === all >> 1 && before + after === all;
  });
  return same ? 'SAME' : undefined;
}

function run({ product, family, stride, attributes }: Plan, inputs: tf.Tensor[], shape?: Shape): tf.Tensor {
  const name = NAMES[family][product];
  if (!isNative()) return runPlain(name, product, stride, inputs, shape);
  if (shape) inputs.splice(product === 'input' ? 0 : 1, 0, tf.tensor1d([...shape], 'int32'));
  return execute(
    name,
    {
      T: { type: 'float32' },
      strides: { ints: [1, ...stride, 1] },
      data_format: { text: family === 'volume' ? 'NDHWC' : 'NHWC' },
      ...(family === 'dense' && { use_cudnn_on_gpu: { bool: true } }),
      ...(family === 'volume' && product === 'input' && { Tshape: { type: 'int32' } }),
      ...attributes,
    },
    inputs,
  );
}

/** The same by the kernels of the plain-JavaScript backend, which have the same names. */
function runPlain(
  name: string,
  product: Product,
  stride: readonly number[],
  [first, second]: readonly tf.Tensor[],
  shape?: Shape,
): tf.Tensor {
  const inputs = {
    forward: { x: first, filter: second },
    input: { filter: first, dy: second },
    kernel: { x: first, dy: second },
  }[product] as tf.NamedTensorMap;
  const attributes = {
    strides: [...stride],
    pad: 'valid',
    dataFormat: stride.length === 3 ? 'NDHWC' : 'NHWC',
    dilations: stride.map(() => 1),
    ...(product === 'input' && { inputShape: [...(shape ?? [])] }),
    ...(product === 'kernel' && { filterShape: [...(shape ?? [])] }),
  };
  return tf.engine().runKernel(name, inputs, attributes);
}

function familyOf(shape: Shape, { groups, stride }: Geometry): Family {
  if (stride.length === 3) return 'volume';
  return groups > 1 && shape.at(-2) === 1 && stride[0] === stride[1] ? 'depthwise' : 'dense';
}

/** Whether the groups are convolved one by one, since nothing takes them all. */
function isSplit(product: Product, shape: Shape, geometry: Geometry): boolean {
  if (geometry.groups === 1 || familyOf(shape, geometry) === 'depthwise') return false;
  if (geometry.stride.length === 3 || !isNative()) return true;
  return product !== 'forward' && !hasGroupSlopes();
}

const alone = (geometry: Geometry): Geometry => ({ ...geometry, groups: 1 });
const parts = (x: tf.Tensor, { groups }: Geometry): tf.Tensor[] => tf.split(x, groups, x.rank - 1);
const withChannels = (shape: Shape, channels: number): Shape => [...shape.slice(0, -1), channels];
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function padded(x: tf.Tensor, zeros: Geometry['padding']): tf.Tensor {
  if (zeros.every((pair) => sum(pair) === 0)) return x;
  return tf.pad(x, [[0, 0], ...zeros.map(([before, after]): [number, number] => [before, after]), [0, 0]]);
}
