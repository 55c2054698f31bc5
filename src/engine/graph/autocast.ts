/**
 * Mixed precision for recorded graphs, after Micikevicius et al., "Mixed Precision Training", 2018,
 * https://arxiv.org/abs/1710.03740: matrix products and convolutions take operands of 16 bits, everything else keeps
 * float32. Variables, and so an optimizer's weights and averages, stay float32: only what is read from them is cast.
 *
 * Like PyTorch's `torch.autocast`, with fewer operations in 16 bits: no normalisation, softmax, loss or reduction.
 */
import { DType } from '../backend/native';
import type { GraphNode, Output } from './graph';
import type { Attributes } from './opdefs';

/** Types of 16 bits: IEEE's with 10 bits of fraction up to 65504, and float32's upper half. */
export type HalfType = 'float16' | 'bfloat16';

const NUMBERS: Readonly<Record<HalfType, number>> = { float16: 19, bfloat16: 14 }; // types.proto

/** Always in 16 bits: what tensor cores and AMX compute. */
const PRODUCTS = new Set([
  'BatchMatMul',
  'BatchMatMulV2',
  'MatMul',
  'Conv2D',
  'Conv2DBackpropInput',
  'Conv2DBackpropFilter',
]);

/** In 16 bits where all of their numbers already are: they round nothing, so a cast there and back is saved. */
const CARRIERS = new Set(['Relu', 'ReluGrad', 'MaxPool', 'Reshape', 'Transpose', 'Pad', 'Identity']);

const isFloat = ({ dtype }: Output): boolean => dtype === DType.float32;

/** One graph being rewritten. */
class Rewriting {
  readonly nodes: GraphNode[] = [];
  /** The 16-bit form of an output that has one, by the node that gives it. */
  private readonly halves = new Map<GraphNode, Output>();
  private readonly casts = new Map<GraphNode, Map<number, Output>>();

  constructor(private readonly type: number) {}

  visit(node: GraphNode): void {
    if (!this.wanted(node)) {
      this.nodes.push(node);
      return;
    }
    const inputs = node.inputs.map((input) => (isFloat(input) ? this.half(input) : input));
    const attributes: Attributes = { ...node.attributes, T: { kind: 'type', value: this.type } };
    const half = this.add({ ...node, name: `${node.name}h`, inputs, attributes });
    this.halves.set(node, half);
    // the old name gives the float32 form, so that whoever reads or waits for the node still finds it
    this.add(castNode(node, node.name, half, DType.float32));
  }

  private wanted({ op, inputs, attributes }: GraphNode): boolean {
    if (attributes.T?.value !== DType.float32) return false;
    if (PRODUCTS.has(op)) return true;
    const floats = inputs.filter(isFloat);
    if (op === 'BiasAdd') return floats[0] !== undefined && this.halves.has(floats[0].node);
    return CARRIERS.has(op) && floats.length > 0 && floats.every(({ node }) => this.halves.has(node));
  }

  /** The 16-bit form of an output, cast once. */
  private half(output: Output): Output {
    const made = this.halves.get(output.node) ?? this.casts.get(output.node)?.get(output.index);
    if (made) return made;
    const cast = this.add(castNode(output.node, `${output.node.name}c${output.index}`, output, this.type));
    const known = this.casts.get(output.node) ?? new Map<number, Output>();
    this.casts.set(output.node, known.set(output.index, cast));
    return cast;
  }

  private add(node: GraphNode): Output {
    this.nodes.push(node);
    const type = node.attributes.DstT ?? node.attributes.T;
    return { node, index: 0, dtype: Number(type?.value) };
  }
}

function castNode({ index }: GraphNode, name: string, input: Output, to: number): GraphNode {
  const attributes: Attributes = {
    SrcT: { kind: 'type', value: input.dtype },
    DstT: { kind: 'type', value: to },
    Truncate: { kind: 'bool', value: false },
  };
  return { name, op: 'Cast', inputs: [input], controls: new Set(), readers: [], attributes, index };
}

/**
 * The same graph with products in `type`; nodes keep their names, feeds and fetches their types.
 * @param nodes in program order
 */
export function autocast(nodes: readonly GraphNode[], type: HalfType): readonly GraphNode[] {
  const rewriting = new Rewriting(NUMBERS[type]);
  for (const node of nodes) rewriting.visit(node);
  return rewriting.nodes;
}
