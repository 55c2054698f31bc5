/**
 * TensorFlow takes a shape that stands at a placeholder for a guess and forgets it, and without the shapes it does not see
 * that a sum of a convolution and what went around it can be one operation with it. Images that are fed to convolutions
 * are therefore of a shape that is made sure of.
 */
import { completed, type Graph, type GraphNode, type Output } from './graph';

const CONVOLUTIONS = new Set(['Conv2D', 'DepthwiseConv2dNative']);

/** The same graph whose convolutions know the shapes of the images that are fed; nodes keep their names. */
export function shapeImages(graph: Graph, nodes: readonly GraphNode[]): readonly GraphNode[] {
  const sure = new Map<GraphNode, Output>();
  const shaped = (image: Output): Output => {
    const { shape, dtype } = image.node.attributes;
    if (image.node.op !== 'Placeholder' || !shape || !dtype) return image;
    const known = sure.get(image.node) ?? graph.output('EnsureShape', [image], { shape }, image.dtype);
    sure.set(image.node, known);
    return known;
  };
  const changed = nodes.map((node): GraphNode => {
    const [image, ...rest] = node.inputs;
    if (!image || !CONVOLUTIONS.has(node.op)) return node;
    const own = shaped(image);
    return own === image ? node : { ...node, inputs: [own, ...rest] };
  });
  return sure.size === 0 ? nodes : completed(changed);
}
