/** How much there is to compute in a recording, which decides whether several threads are worth it. */
import type { Attributes } from '../graph/opdefs';

/**
 * The unit is one multiplication or addition of a product. An element that another operation reads or writes takes as
 * long as this many.
 */
const ELEMENT = 100;

/**
 * Recordings with less to do than this run on one thread: about 0.8 ms on a core of 2026. Handing work to a second thread
 * and waiting for it takes some 20 µs an operation. Measured with steps of MLPs, see bench/README.md.
 */
export const WORTH_THREADS = 250e6;

type Shape = readonly number[];

const sizeOf = (shape: Shape = []): number => shape.reduce((size, length) => size * length, 1);
const sizesOf = (shapes: readonly Shape[]): number => shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);

/** These copy nothing. */
const VIEWS: ReadonlySet<string> = new Set(['Reshape', 'ExpandDims', 'Squeeze', 'Identity']);

/** Of their inputs these read no more than they give. */
const PARTS: ReadonlySet<string> = new Set([
  'GatherV2',
  'GatherNd',
  'ResourceGather',
  'Slice',
  'StridedSlice',
]);

/** What an operation has to do. */
export function workOf(
  op: string,
  attributes: Attributes,
  inputs: readonly Shape[],
  outputs: readonly Shape[],
): number {
  if (VIEWS.has(op)) return 0;
  if (/MatMul/.test(op)) {
    const turned = attributes.adj_x?.value === true || attributes.transpose_a?.value === true;
    return 2 * sizeOf(outputs[0]) * (inputs[0]?.at(turned ? -2 : -1) ?? 1);
  }
  if (/Conv[23]d/i.test(op)) return convolution(op, inputs, outputs);
  return ELEMENT * Math.max(PARTS.has(op) ? 0 : sizesOf(inputs), sizesOf(outputs));
}

/** A convolution, or one of its gradients: each kernel's number meets each place of the result. */
function convolution(op: string, inputs: readonly Shape[], outputs: readonly Shape[]): number {
  const kernel = (op.includes('BackpropFilter') ? outputs[0] : inputs[1]) ?? [];
  const result = op.includes('Backprop') ? inputs[2] : outputs[0];
  const channels = kernel.slice(op.startsWith('Depthwise') ? -2 : -1);
  return (2 * sizeOf(result) * sizeOf(kernel)) / sizeOf(channels);
}
