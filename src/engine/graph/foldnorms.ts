/**
 * A convolution followed by batch normalisation with given statistics is a convolution with other weights and a bias:
 * γ (w x + b − μ) / √(σ² + ε) + β = (w s) x + (b − μ) s + β with s = γ / √(σ² + ε). Where none of them changes from run to
 * run, the new weights are made once.
 */
import { DType } from '../backend/native';
import { completed, type Graph, type GraphNode, type Output, readersOf } from './graph';
import { Invariants } from './invariants';
import type { Attributes } from './opdefs';

const CONVOLUTIONS = new Set(['Conv2D', 'DepthwiseConv2dNative']);
const FLOAT: Attributes = { T: { kind: 'type', value: DType.float32 } };

/** A normalisation that can be taken into the convolution before it. */
interface Pair {
  readonly norm: GraphNode;
  readonly conv: GraphNode;
  /** The convolution kernel's. */
  readonly shape: readonly number[];
  /** The sum of a bias between the two. */
  readonly sum?: GraphNode;
}

/**
 * The same graph with such normalisations taken into their convolutions; nodes keep their names.
 * @param nodes in program order
 * @param written names of the handles of variables that the graph writes
 * @param fetched names of nodes that are asked for
 */
export function foldNorms(
  graph: Graph,
  nodes: readonly GraphNode[],
  written: ReadonlySet<string>,
  fetched: ReadonlySet<string>,
): readonly GraphNode[] {
  const norms = nodes.filter(isGiven);
  if (norms.length === 0) return nodes;
  const invariants = new Invariants(nodes, written);
  const readers = readersOf(nodes);
  const isOwn = ({ name }: GraphNode): boolean => readers.get(name)?.size === 1 && !fetched.has(name);
  const usesFirst = ({ name }: GraphNode): boolean =>
    [...(readers.get(name) ?? [])].every(({ inputs }) =>
      inputs.every(({ node, index }) => node.name !== name || index === 0),
    );
  const pairs = new Map<GraphNode, Pair>();
  for (const node of norms) {
    const pair = usesFirst(node) ? pairOf(node, invariants, isOwn) : undefined;
    if (pair) pairs.set(node, pair);
  }
  return pairs.size === 0 ? nodes : completed(rewritten(graph, nodes, pairs));
}

/** The nodes in program order, those behind a replaced one reading what stands for it. */
function rewritten(
  graph: Graph,
  nodes: readonly GraphNode[],
  pairs: ReadonlyMap<GraphNode, Pair>,
): GraphNode[] {
  const gone = new Set([...pairs.values()].flatMap(({ conv, sum }) => (sum ? [conv, sum] : [conv])));
  const other = new Map<GraphNode, GraphNode>();
  const current = (output: Output): Output => {
    const node = other.get(output.node);
    return node ? { ...output, node } : output;
  };
  return nodes.flatMap((node) => {
    if (gone.has(node)) return [];
    const pair = pairs.get(node);
    if (pair) {
      const first = graph.nodes.length;
      other.set(node, fold(graph, pair, current));
      return graph.nodes.slice(first);
    }
    const inputs = node.inputs.map(current);
    if (inputs.every((input, i) => input === node.inputs[i])) return [node];
    const fresh = { ...node, inputs };
    other.set(node, fresh);
    return [fresh];
  });
}

/** Whether it normalises by given statistics. */
const isGiven = ({ op, attributes }: GraphNode): boolean =>
  op === 'FusedBatchNormV3' && attributes.is_training?.value === false;

function pairOf(
  norm: GraphNode,
  invariants: Invariants,
  isOwn: (node: GraphNode) => boolean,
): Pair | undefined {
  const [x, ...vectors] = norm.inputs;
  if (!x || !vectors.every((one) => invariants.of(one)) || !isOwn(x.node)) return undefined;
  const sum = x.node.op === 'BiasAdd' ? x.node : undefined;
  const conv = sum ? sum.inputs[0]?.node : x.node;
  if (!conv || !CONVOLUTIONS.has(conv.op) || !isOwn(conv)) return undefined;
  const kernel = conv.inputs[1] && invariants.of(conv.inputs[1]);
  if (!kernel || (sum?.inputs[1] && !invariants.of(sum.inputs[1]))) return undefined;
  return { norm, conv, shape: kernel.shape, ...(sum && { sum }) };
}

/** Adds what stands for a pair, by the name of the normalisation. */
function fold(
  graph: Graph,
  { norm, conv, shape, sum }: Pair,
  current: (output: Output) => Output,
): GraphNode {
  const float = (op: string, inputs: Output[], attributes = FLOAT): Output =>
    graph.output(op, inputs, attributes, DType.float32);
  const constant = (dtype: number, size: number[], values: Float32Array | Int32Array): Output =>
    graph.constant({ dtype, shape: size, bytes: Buffer.from(values.buffer) });
  const [, scale, offset, mean, variance] = norm.inputs as [Output, Output, Output, Output, Output];
  const eps = Float32Array.of(Number(norm.attributes.epsilon?.value));
  const spread = float('AddV2', [variance, constant(DType.float32, [], eps)]);
  const factor = float('Mul', [scale, float('Rsqrt', [spread])]); // [out]
  const [x, kernel] = conv.inputs as [Output, Output];
  const perChannel = (): Output => {
    const sizes = constant(DType.int32, [2], Int32Array.from(shape.slice(2))); // [in, out / in]
    return float('Reshape', [factor, sizes]);
  };
  const weights = float('Mul', [kernel, conv.op === 'DepthwiseConv2dNative' ? perChannel() : factor]);
  const bias = sum?.inputs[1];
  const level = bias ? float('Sub', [mean, bias]) : mean;
  const shift = float('Sub', [offset, float('Mul', [level, factor])]);
  const y = float(conv.op, [current(x), weights], conv.attributes);
  const { node } = float('BiasAdd', [y, shift], { ...FLOAT, data_format: { kind: 'string', value: 'NHWC' } });
  node.name = norm.name;
  return node;
}
