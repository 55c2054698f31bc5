/**
 * oneDNN convolves with a filter that lies in blocks of its own, and TensorFlow puts it there anew at each call unless it is
 * a constant. An operation that TensorFlow makes of a convolution and what follows it keeps the blocks of its first call
 * where it is told that the filter stays. Convolutions whose filters a graph never writes become such operations here, with
 * the bias, sum and activation that TensorFlow would take into them.
 */
import { DType } from '../backend/native';
import { type Graph, type GraphNode, type Output, readersOf } from './graph';
import { Invariants } from './invariants';
import type { Attributes, GraphAttribute } from './opdefs';

const FUSED: Readonly<Record<string, string>> = {
  Conv2D: '_MklNativeFusedConv2D',
  DepthwiseConv2dNative: '_MklNativeFusedDepthwiseConv2dNative',
};
const SUMS = new Set(['Add', 'AddV2']);
const ACTIVATIONS = new Set(['Relu', 'Relu6', 'Elu']);
/** The attribute that says that the filter stays. */
const STAYS = 'is_filter_const';

const text = (value: string): GraphAttribute => ({ kind: 'string', value });
const flag = (value: boolean): GraphAttribute => ({ kind: 'bool', value });

/** A convolution and what is computed with its result at once; the last of them gives the name. */
interface Chain {
  readonly conv: GraphNode;
  readonly bias: Output;
  readonly others: readonly GraphNode[];
  /** What is added. */
  readonly sum?: Output;
}

/**
 * The same graph with convolutions that keep their filters; nodes keep their names.
 * @param nodes in program order
 * @param written names of the handles of variables that the graph writes
 * @param fetched names of nodes that are asked for
 */
export function keepFilters(
  graph: Graph,
  nodes: readonly GraphNode[],
  written: ReadonlySet<string>,
  fetched: ReadonlySet<string>,
): readonly GraphNode[] {
  const invariants = new Invariants(nodes, written);
  const readers = readersOf(nodes);
  const chains = new Map<string, Chain>();
  const gone = new Set<string>();
  /** The one that reads it, unless another convolution has it already: a sum of two. */
  const next = ({ name }: GraphNode): GraphNode | undefined => {
    const [only, ...more] = fetched.has(name) ? [] : (readers.get(name) ?? []);
    const free = more.length === 0 && only && !chains.has(only.name) && !gone.has(only.name);
    return free && only.controls.size === 0 ? only : undefined;
  };
  for (const node of nodes) {
    const chain = isKeepable(node, invariants) ? chainOf(graph, node, next) : undefined;
    const last = chain?.others.at(-1);
    if (!chain || !last) continue;
    chains.set(last.name, chain);
    for (const one of [node, ...chain.others]) if (one !== last) gone.add(one.name);
  }
  return nodes.flatMap((node) => {
    const chain = chains.get(node.name);
    if (chain) return [fused(node, chain)];
    return gone.has(node.name) ? [] : [node];
  });
}

/** Whether one of the convolutions keeps its filter. */
export const keepsFilters = (nodes: readonly GraphNode[]): boolean =>
  nodes.some(({ attributes }) => attributes[STAYS]?.value === true);

/** The same graph, whose convolutions look at their filters at each call. */
export const withoutKeeping = (nodes: readonly GraphNode[]): readonly GraphNode[] =>
  nodes.map((node) =>
    node.attributes[STAYS] ? { ...node, attributes: { ...node.attributes, [STAYS]: flag(false) } } : node,
  );

function isKeepable({ op, inputs, controls, attributes }: GraphNode, invariants: Invariants): boolean {
  const filter = inputs[1];
  if (!FUSED[op] || !filter || filter.dtype !== DType.float32 || controls.size > 0) return false;
  return attributes.data_format?.value === 'NHWC' && invariants.of(filter)?.kind === 'value';
}

function chainOf(
  graph: Graph,
  conv: GraphNode,
  next: (node: GraphNode) => GraphNode | undefined,
): Chain | undefined {
  const biased = next(conv);
  const bias =
    biased?.op === 'BiasAdd' && biased.inputs[0]?.node.name === conv.name ? biased.inputs[1] : undefined;
  if (!biased || !bias) return undefined;
  const others = [biased];
  const added = conv.op === 'Conv2D' ? next(biased) : undefined;
  const sum = added && SUMS.has(added.op) ? summand(graph, added, biased) : undefined;
  if (added && sum) others.push(added);
  const active = next(others.at(-1) ?? biased);
  if (active && ACTIVATIONS.has(active.op)) others.push(active);
  return { conv, bias, others, ...(sum && { sum }) };
}

/** What is added to `own`, where it is of the same shape. */
function summand(graph: Graph, { inputs }: GraphNode, own: GraphNode): Output | undefined {
  const other = inputs.find(({ node }) => node.name !== own.name);
  const shapeOf = ({ name, op, attributes }: GraphNode) =>
    graph.shapes.get(name) ?? (op === 'Placeholder' ? (attributes.shape?.value as number[]) : undefined);
  const [shape, given] = [own, other?.node].map((node) => node && shapeOf(node)?.join());
  return shape !== undefined && other?.index === 0 && shape === given ? other : undefined;
}

/** The whole chain in one operation, by the name of its last. */
function fused(last: GraphNode, { conv, bias, others, sum }: Chain): GraphNode {
  const {
    T,
    strides,
    padding,
    explicit_paddings: paddings,
    data_format: format,
    dilations,
  } = conv.attributes;
  const inputs = [...conv.inputs, bias, ...(sum ? [sum] : [])];
  const names = others.map(({ op }) => (SUMS.has(op) ? 'Add' : op));
  const given: Record<string, GraphAttribute | undefined> = {
    T,
    strides,
    padding,
    explicit_paddings: paddings,
    data_format: format,
    dilations,
  };
  const attributes: Attributes = {
    ...Object.fromEntries(Object.entries(given).flatMap(([name, one]) => (one ? [[name, one]] : []))),
    ...(conv.op === 'Conv2D' && {
      TArgs: { kind: 'type', value: inputs.slice(2).map(({ dtype }) => dtype) },
    }),
    num_args: { kind: 'int', value: inputs.length - 2 },
    fused_ops: { kind: 'strings', value: names },
    [STAYS]: flag(true),
    _kernel: text('MklNameChangeOp'), // what TensorFlow's kernels of this kind are registered for
  };
  return { ...last, op: FUSED[conv.op] ?? conv.op, inputs, attributes };
}
