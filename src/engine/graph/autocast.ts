/**
 * Mixed precision for recorded graphs, after Micikevicius et al., "Mixed Precision Training", 2018,
 * https://arxiv.org/abs/1710.03740: matrix products and convolutions take operands of 16 bits, everything else keeps
 * float32. Variables, and so an optimizer's weights and averages, stay float32: only what is read from them is cast.
 *
 * Like PyTorch's `torch.autocast`: what lies between two products keeps 16 bits where its inputs have them, batch
 * normalisation with its statistics in float32 and the gradients of biases too, so that nothing is cast there and back and
 * oneDNN's own kernels fuse as they do in float32. Softmax, losses and other reductions are float32's.
 */
import { DType } from '../backend/native';
import type { GraphNode, Output } from './graph';
import type { Attributes, ConstantValue } from './opdefs';

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

/**
 * In 16 bits where all of their numbers already are or are constants that 16 bits hold, which saves a cast there and
 * back. They round nothing, or, as a sum of two branches and the gradient of a bias do, their result alone.
 */
const CARRIERS = new Set([
  ...['Relu', 'ReluGrad', 'Relu6', 'Relu6Grad', 'MaxPool', 'MaxPoolGrad', 'AvgPool', 'BiasAddGrad'],
  ...['Add', 'AddV2', 'AddN', 'Mul', 'Neg', 'Select', 'SelectV2'],
  ...['Reshape', 'Transpose', 'Pad', 'Slice', 'ConcatV2', 'Identity'],
]);

/** Those of which some inputs alone are to have 16 bits: images and their gradients, not statistics. */
const MIXED: Readonly<Record<string, number>> = { FusedBatchNormV3: 1, FusedBatchNormGradV3: 2 };

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
      const inputs = node.inputs.map((input) => this.current(input));
      this.nodes.push(inputs.some((input, i) => input !== node.inputs[i]) ? { ...node, inputs } : node);
      return;
    }
    const most = MIXED[node.op] ?? Infinity;
    const inputs = node.inputs.map((input, i) =>
      isFloat(input) && i < most ? this.half(input) : this.current(input),
    );
    const attributes: Attributes = { ...node.attributes, T: { kind: 'type', value: this.type } };
    const half = this.add({ ...node, name: `${node.name}h`, inputs, attributes });
    this.halves.set(node, half);
    // the old name gives the float32 form, so that whoever reads or waits for the node still finds it
    this.add(castNode(node, node.name, half, DType.float32));
  }

  private wanted({ op, inputs, attributes }: GraphNode): boolean {
    if (attributes.T?.value !== DType.float32) return false;
    if (PRODUCTS.has(op)) return true;
    const isHalf = (input: Output | undefined): boolean => input?.index === 0 && this.halves.has(input.node);
    if (op === 'BiasAdd') return isHalf(inputs[0]);
    const most = MIXED[op];
    if (most !== undefined) return inputs.slice(0, most).every(isHalf);
    const floats = inputs.filter(isFloat);
    if (!CARRIERS.has(op) || !floats.some(isHalf)) return false;
    return floats.every((input) => isHalf(input) || isExact(input));
  }

  /** Where an output is now: a cast has the first one's name, the others are those of the node in 16 bits. */
  private current(output: Output): Output {
    const half = output.index > 0 ? this.halves.get(output.node) : undefined;
    return half ? { ...output, node: half.node } : output;
  }

  /** The 16-bit form of an output, cast once. */
  private half(output: Output): Output {
    const made =
      (output.index === 0 && this.halves.get(output.node)) || this.casts.get(output.node)?.get(output.index);
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

/** Whether an output is a constant whose numbers bfloat16 and float16 hold as they are: 0, 1/8, −∞. */
function isExact({ node: { op, inputs, attributes } }: Output): boolean {
  if (op === 'Fill') return inputs[1] !== undefined && isExact(inputs[1]);
  if (op !== 'Const') return false;
  const { bytes } = attributes.value?.value as ConstantValue;
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)).every((value) => {
    const size = Math.abs(value);
    // seven bits behind the first one, within float16's normal numbers
    const held =
      Math.abs(Math.log2(size)) < 14 && Number.isInteger((size / 2 ** Math.floor(Math.log2(size))) * 128);
    return size === 0 || size === Infinity || held;
  });
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
