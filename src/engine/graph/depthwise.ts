/**
 * TensorFlow fuses a depthwise convolution with the bias or activation that follows and forgets explicit paddings on the
 * way, whereupon its own check of shapes ends the process (2.21). Where it might fuse, zeros are put around the image
 * by an operation of their own.
 */
import { DType } from '../backend/native';
import { completed, type Graph, type GraphNode, type Output, readersOf } from './graph';

/** With these nothing is fused, so that a step of training copies no image. */
const APART = new Set(['FusedBatchNormV3', 'FusedBatchNormGradV3']);

/** The same graph without explicit paddings where they would be lost; nodes keep their names. */
export function padDepthwise(graph: Graph, nodes: readonly GraphNode[]): readonly GraphNode[] {
  const readers = readersOf(nodes);
  const inDanger = (node: GraphNode): boolean => {
    if (node.op !== 'DepthwiseConv2dNative' || node.attributes.padding?.value !== 'EXPLICIT') return false;
    const [reader, ...more] = readers.get(node.name) ?? [];
    return reader !== undefined && more.length === 0 && !APART.has(reader.op);
  };
  if (!nodes.some(inDanger)) return nodes;
  // who reads a node finds it by its name
  return completed(nodes.flatMap((node) => (inDanger(node) ? padded(graph, node) : [node])));
}

/** The wide image, and the convolution of it. */
function padded(graph: Graph, node: GraphNode): GraphNode[] {
  const { explicit_paddings: given, ...attributes } = node.attributes;
  const [x, kernel] = node.inputs as [Output, Output];
  const bytes = Buffer.from(Int32Array.from(given?.value as readonly number[]).buffer);
  const paddings = graph.constant({ dtype: DType.int32, shape: [4, 2], bytes });
  const wide = graph.output('Pad', [x, paddings], {}, x.dtype);
  const valid = { ...attributes, padding: { kind: 'string', value: 'VALID' } } as const;
  return [wide.node, { ...node, inputs: [wide, kernel], attributes: valid }];
}
