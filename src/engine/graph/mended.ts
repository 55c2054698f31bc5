/** What a graph on a CPU computes otherwise than the operation by itself, put right where it is written down. */
import { type Graph, type Output } from './graph';
import { usesOneDnn } from './onednn';
import { wholeRows } from './softmaxrows';

/**
 * What stands for the output of an operation.
 * @param given shapes of its inputs
 */
export function mended(graph: Graph, output: Output, given: readonly (readonly number[])[]): Output {
  const { op } = output.node;
  if (op === 'Softmax') return wholeRows(graph, output);
  if (op === 'Conv2D' && isGrouped(given) && !usesOneDnn()) return unfused(graph, output);
  return output;
}

/** Whether a kernel `[h, w, in / groups, out]` sees a part of the image's channels. */
const isGrouped = ([image, kernel]: readonly (readonly number[])[]): boolean => image?.[3] !== kernel?.[2];

/**
 * TensorFlow fuses a convolution with the bias, normalisation or activation that follows, and without oneDNN what it
 * fuses takes no groups (2.21). It looks for no convolution behind this operation, which hands on what it gets; an
 * Identity or a PreventGradient would be taken out again.
 */
function unfused(graph: Graph, output: Output): Output {
  const shape = graph.shapes.get(output.node.name) ?? [-1, -1, -1, -1];
  return graph.output('EnsureShape', [output], { shape: { kind: 'shape', value: shape } }, output.dtype);
}
