/**
 * Convolutions and pools where TensorFlow.js or oneDNN stops: gradients of taps that lie apart and of transposed
 * convolutions of volumes, which there are none of; and batches of no images, of which oneDNN makes images of the input's
 * channels, or ends the process (the gradient of a recorded max pool).
 */
import * as tf from '../tfjs';
import { replaceGradient } from './register';
import { collectTaps, spreadKernel, spreadShape } from './taps';

type Shape = readonly number[];
type Call = {
  inputs: Record<'x' | 'dy' | 'input' | 'filter', tf.Tensor | undefined>;
  attrs: tf.NamedAttrMap;
};

/** Names of the gradients for the input and for the kernel, by that of the convolution. */
const BACK = {
  Conv2D: ['Conv2DBackpropInput', 'Conv2DBackpropFilter'],
  Conv3D: ['Conv3DBackpropInputV2', 'Conv3DBackpropFilterV2'],
  DepthwiseConv2dNative: ['DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'],
} as const;

const kernel = (name: string, inputs: tf.NamedTensorMap, attributes: object): tf.Tensor =>
  tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);

/** One distance for each axis of the kernel's window. */
function distances(dilations: unknown, axes: number): number[] {
  const given = (dilations ?? 1) as number | number[];
  return typeof given === 'number' ? Array.from({ length: axes }, () => given) : given;
}

function mendGradientOf(name: keyof typeof BACK): void {
  const [toInput, toKernel] = BACK[name];
  replaceGradient({
    kernelName: name,
    inputsToSave: ['x', 'filter'],
    gradFunc: (dy, saved, attributes) => {
      const [x, filter] = saved;
      const dilation = distances(attributes.dilations, filter.rank - 2);
      const dense = { ...attributes, dilations: dilation.map(() => 1) };
      const wide = spreadShape(filter.shape, dilation);
      return {
        x: () =>
          kernel(toInput, { dy, filter: spreadKernel(filter, dilation) }, { ...dense, inputShape: x.shape }),
        filter: () =>
          collectTaps(kernel(toKernel, { x, dy }, { ...dense, filterShape: wide }), filter.shape, dilation),
      };
    },
  });
}

function mendTransposedVolumes(): void {
  replaceGradient({
    kernelName: 'Conv3DBackpropInputV2',
    inputsToSave: ['dy', 'filter'],
    gradFunc: (next, saved, attributes) => {
      const [dy, filter] = saved;
      const dense = { ...attributes, dilations: [1, 1, 1], dataFormat: 'NDHWC' };
      return {
        dy: () => kernel('Conv3D', { x: next, filter }, dense),
        filter: () =>
          kernel('Conv3DBackpropFilterV2', { x: next, dy }, { ...dense, filterShape: filter.shape }),
      };
    },
  });
}

/** Gives zeros of the right shape for a batch of none, without asking TensorFlow. */
function guard(kernelName: string, shapeOf: (call: Call) => Shape): void {
  const own = tf.getKernel(kernelName, 'tensorflow');
  if (!own) return;
  tf.unregisterKernel(kernelName, 'tensorflow');
  const kernelFunc = (call: Call & { readonly backend: unknown }) => {
    const [batch] = (call.inputs.x ?? call.inputs.dy)?.shape ?? [];
    if (batch !== 0) return own.kernelFunc(call as never);
    return tf.zeros([...shapeOf(call)]);
  };
  tf.registerKernel({ ...own, kernelFunc: kernelFunc as unknown as tf.KernelFunc });
}

/** TensorFlow.js's arithmetic of shapes, which wants the sizes as tuples. */
type Arithmetic = (...given: readonly unknown[]) => { readonly outShape: Shape };

const imageShape =
  (depthwise: boolean) =>
  ({ inputs: { x, filter }, attrs }: Call): Shape => {
    const { strides, dilations = 1, pad, dataFormat = 'NHWC', dimRoundingMode } = attrs;
    const format = tf.backend_util.convertConv2DDataFormat(dataFormat as 'NHWC');
    const compute = tf.backend_util.computeConv2DInfo as Arithmetic;
    return compute(x?.shape, filter?.shape, strides, dilations, pad, dimRoundingMode, depthwise, format)
      .outShape;
  };

function volumeShape({ inputs: { x, filter }, attrs }: Call): Shape {
  const { strides, dilations = 1, pad } = attrs;
  const compute = tf.backend_util.computeConv3DInfo as Arithmetic;
  return compute(x?.shape, filter?.shape, strides, dilations, pad).outShape;
}

/** Done once, when `tf` is loaded. */
export function mendConvolutions(): void {
  mendGradientOf('Conv2D');
  mendGradientOf('Conv3D');
  mendGradientOf('DepthwiseConv2dNative');
  mendTransposedVolumes();
  for (const name of ['Conv2D', 'FusedConv2D']) guard(name, imageShape(false));
  guard('DepthwiseConv2dNative', imageShape(true));
  guard('Conv3D', volumeShape);
  for (const name of ['Conv2DBackpropInput', 'Conv3DBackpropInputV2'])
    guard(name, ({ attrs }) => attrs.inputShape as number[]);
  for (const name of ['Conv2DBackpropFilter', 'Conv3DBackpropFilterV2'])
    guard(name, ({ attrs }) => attrs.filterShape as number[]);
  for (const name of ['MaxPoolGrad', 'MaxPool3DGrad']) guard(name, ({ inputs }) => inputs.input?.shape ?? []);
}
