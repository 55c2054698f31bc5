/**
 * A convolution followed by batch normalisation with given statistics is a convolution with other weights and a bias:
 * γ (w x + b − μ) / √(σ² + ε) + β = (w s) x + (b − μ) s + β with s = γ / √(σ² + ε). Where none of them changes from run to
 * run, the new weights are made once.
 */
import { DType } from '../backend/native';
import type { GraphNode, Output } from './graph';
import { Invariants } from './invariants';
import type { Attributes } from './opdefs';

const CONVOLUTIONS = new Set(['Conv2D', 'DepthwiseConv2dNative']);

/** A normalisation that can be taken into the convolution before it. */
interface Pair {
  readonly norm: GraphNode;
  readonly conv: GraphNode;
  /** The convolution kernel's. */
  readonly shape: readonly number[];
  /** The bias between the two. */
  readonly bias?: Output;
}

/**
 * The same graph with such normalisations taken into their convolutions.
 * @param nodes in program order
 * @param written names of the handles of variables that the graph writes
 * @param fetched names of nodes that are asked for
 */
export function foldNorms(
  nodes: readonly GraphNode[],
  written: ReadonlySet<string>,
  fetched: ReadonlySet<string>,
): readonly GraphNode[] {
  if (!nodes.some(({ op }) => op === 'FusedBatchNormV3')) return nodes;
  const invariants = new Invariants(nodes, written);
  const readers = new Map<string, Set<string>>();
  const inner = new Set<string>(); // nodes of which another output than the first is used
  for (const { name, inputs, controls } of nodes) {
    for (const { node, index } of inputs) {
      readers.set(node.name, (readers.get(node.name) ?? new Set()).add(name));
      if (index > 0) inner.add(node.name);
    }
    for (const { name: waited } of controls)
      readers.set(waited, (readers.get(waited) ?? new Set()).add(name));
  }
  const isOwn = ({ name }: GraphNode): boolean => readers.get(name)?.size === 1 && !fetched.has(name);
  return nodes.flatMap((node) => {
    const pair = inner.has(node.name) ? undefined : pairOf(node, invariants, isOwn);
    return pair ? folded(pair) : [node];
  });
}

function pairOf(
  norm: GraphNode,
  invariants: Invariants,
  isOwn: (node: GraphNode) => boolean,
): Pair | undefined {
  if (norm.op !== 'FusedBatchNormV3' || norm.attributes.is_training?.value !== false) return undefined;
  const [x, ...vectors] = norm.inputs;
  if (!x || !vectors.every((one) => invariants.of(one)) || !isOwn(x.node)) return undefined;
  const bias = x.node.op === 'BiasAdd' ? x.node.inputs[1] : undefined;
  const conv = bias ? x.node.inputs[0]?.node : x.node;
  if (!conv || !CONVOLUTIONS.has(conv.op) || !isOwn(conv)) return undefined;
  const kernel = conv.inputs[1] && invariants.of(conv.inputs[1]);
  if (!kernel || (bias && !invariants.of(bias))) return undefined;
  return { norm, conv, shape: kernel.shape, ...(bias && { bias }) };
}

/** New nodes, named after the one they stand for. */
class Replacement {
  readonly nodes: GraphNode[] = [];

  constructor(private readonly place: GraphNode) {}

  /** Adds a node; without a suffix it has the name itself. */
  add(suffix: string, op: string, inputs: Output[], attributes: Attributes = { T: FLOAT }): Output {
    const { name: known, index } = this.place;
    const name = suffix === '' ? known : `${known}_${suffix}`;
    const node = { name, op, inputs, attributes, readers: [], controls: new Set<GraphNode>(), index };
    this.nodes.push(node);
    return { node, index: 0, dtype: DType.float32 };
  }

  constant(suffix: string, dtype: number, shape: number[], values: Float32Array | Int32Array): Output {
    const value = { kind: 'tensor', value: { dtype, shape, bytes: Buffer.from(values.buffer) } } as const;
    return { ...this.add(suffix, 'Const', [], { dtype: { kind: 'type', value: dtype }, value }), dtype };
  }
}

const FLOAT = { kind: 'type', value: DType.float32 } as const;
const INT = { kind: 'type', value: DType.int32 } as const;

/** The nodes in the normalisation's place; the convolution before it is not needed any more. */
function folded({ norm, conv, shape, bias }: Pair): GraphNode[] {
  const made = new Replacement(norm);
  const [, scale, offset, mean, variance] = norm.inputs as [Output, Output, Output, Output, Output];
  const eps = Float32Array.of(Number(norm.attributes.epsilon?.value));
  const spread = made.add('a', 'AddV2', [variance, made.constant('e', DType.float32, [], eps)]);
  const factor = made.add('s', 'Mul', [scale, made.add('r', 'Rsqrt', [spread])]); // [out]
  const [x, kernel] = conv.inputs as [Output, Output];
  let along = factor;
  if (conv.op === 'DepthwiseConv2dNative') {
    const to = made.constant('t', DType.int32, [2], Int32Array.from(shape.slice(2))); // [in, out / in]
    along = made.add('q', 'Reshape', [factor, to], { T: FLOAT, Tshape: INT });
  }
  const weights = made.add('w', 'Mul', [kernel, along]);
  const level = bias ? made.add('d', 'Sub', [mean, bias]) : mean;
  const shift = made.add('b', 'Sub', [offset, made.add('m', 'Mul', [level, factor])]);
  const [wide, attributes] =
    conv.op === 'DepthwiseConv2dNative' ? padded(made, x, conv) : [x, conv.attributes];
  const y = made.add('c', conv.op, [wide, weights], attributes);
  made.add('', 'BiasAdd', [y, shift], { T: FLOAT, data_format: { kind: 'string', value: 'NHWC' } });
  return made.nodes;
}

/** With a bias behind it a depthwise convolution must not pad by itself: see depthwise.ts. */
function padded(made: Replacement, x: Output, { attributes }: GraphNode): [Output, Attributes] {
  if (attributes.padding?.value !== 'EXPLICIT') return [x, attributes];
  const { explicit_paddings: given, ...others } = attributes;
  const sizes = made.constant('p', DType.int32, [4, 2], Int32Array.from(given?.value as readonly number[]));
  const wide = made.add('x', 'Pad', [x, sizes], { T: FLOAT, Tpaddings: INT });
  return [wide, { ...others, padding: { kind: 'string', value: 'VALID' } }];
}
