/** Gradients of images put in forms that take less time on a CPU and give the same numbers. */
import { DType } from '../backend/native';
import { completed, type Graph, type GraphNode, integers, type Output, readersOf } from './graph';

const isSame = (a: Output | undefined, b: Output | undefined): boolean =>
  a !== undefined && a.node.name === b?.node.name && a.index === b.index;

/**
 * The slope of a ReLU before a max pool, taken where there is one place a window: what the pool sends back lies where its
 * largest was, which is above 0 or not. Nodes keep their names.
 */
export function slopeBeforePool(graph: Graph, nodes: readonly GraphNode[]): readonly GraphNode[] {
  const readers = readersOf(nodes);
  const rewritten = (node: GraphNode): GraphNode[] => {
    const [sent, x] = node.inputs;
    if (node.op !== 'ReluGrad' || sent?.node.op !== 'TsdlMaxPoolSpread') return [node];
    const [images, slope] = sent.node.inputs;
    const window = JSON.stringify(sent.node.attributes.window);
    const largest = [...(readers.get(x?.node.name ?? '') ?? [])].find(
      ({ op, inputs, attributes }) =>
        op === 'TsdlMaxPool' && isSame(inputs[0], x) && JSON.stringify(attributes.window) === window,
    );
    if (!slope || !isSame(images, x) || !largest || readers.get(sent.node.name)?.size !== 1) return [node];
    const value = { node: largest, index: 0, dtype: DType.float32 };
    const masked = graph.output('ReluGrad', [slope, value], node.attributes, DType.float32);
    const controls = new Set([...node.controls, ...sent.node.controls]);
    return [masked.node, { ...sent.node, name: node.name, inputs: [x as Output, masked], controls }];
  };
  return nodes.some(({ op }) => op === 'TsdlMaxPoolSpread') ? completed(nodes.flatMap(rewritten)) : nodes;
}

/**
 * The gradient of a convolution's bias as that of rows. Of images, TensorFlow computes it together with the kernel's
 * gradient, and oneDNN sums it without vectors and on one thread where the numbers have 32 bits.
 */
export function biasesApart(graph: Graph, nodes: readonly GraphNode[]): readonly GraphNode[] {
  const readers = readersOf(nodes);
  const rewritten = (node: GraphNode): GraphNode[] => {
    const [dy] = node.inputs;
    if (node.op !== 'BiasAddGrad' || dy?.dtype !== DType.float32) return [node];
    const beside = [...(readers.get(dy.node.name) ?? [])].find(
      ({ op, inputs }) => op === 'Conv2DBackpropFilter' && isSame(inputs[2], dy),
    );
    const sizes = beside?.inputs[1]?.node.attributes.value;
    if (sizes?.kind !== 'tensor') return [node];
    const shape = Int32Array.of(-1, integers(sizes.value.bytes).at(-1) ?? 1);
    const rows = graph.constant({ dtype: DType.int32, shape: [2], bytes: Buffer.from(shape.buffer) });
    const flat = graph.output('Reshape', [dy, rows], {}, DType.float32);
    return [flat.node, { ...node, inputs: [flat] }];
  };
  return nodes.some(({ op }) => op === 'BiasAddGrad') ? completed(nodes.flatMap(rewritten)) : nodes;
}
