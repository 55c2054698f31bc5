/**
 * A graph that takes any batch size, from two recordings of one function at two sizes. Where the recordings differ,
 * the size went into a constant (the shape given to a reshape, say); there the new graph computes the constant from
 * the size of its input.
 */
import { DType } from '../backend/native';
import { Graph, type GraphNode, integers, type Output } from './graph';
import type { ConstantValue } from './opdefs';

/** What a recording comes to for this purpose. */
export interface Sized {
  readonly size: number;
  readonly parameters: readonly Output[];
  readonly results: readonly Output[];
}

/** The two recordings cannot be joined: a difference is not the batch size. */
class Unlike extends Error {}

const ANY = -1;

/** The graph for any size, or `undefined` where the two recordings differ in more than the size. */
export function batchFree(a: Sized, b: Sized): (Omit<Sized, 'size'> & { graph: Graph }) | undefined {
  try {
    const join = new Join(a, b);
    const results = a.results.map((output, i) => join.output(output, b.results[i]));
    return { graph: join.graph, parameters: join.parameters, results };
  } catch (error) {
    if (error instanceof Unlike) return undefined;
    throw error;
  }
}

class Join {
  readonly graph = new Graph();
  readonly parameters: Output[];
  private readonly done = new Map<GraphNode, Map<GraphNode, GraphNode>>();
  private size: Output | undefined;

  constructor(
    private readonly a: Sized,
    private readonly b: Sized,
  ) {
    this.parameters = a.parameters.map(({ node, dtype }) => {
      const shape = node.attributes.shape?.value as readonly number[];
      if (shape.length === 0) throw new Unlike();
      return this.graph.placeholder(dtype, [ANY, ...shape.slice(1)], 'a');
    });
  }

  output(a: Output, b: Output | undefined): Output {
    if (a.index !== b?.index || a.dtype !== b.dtype) throw new Unlike();
    return { node: this.node(a.node, b.node), index: a.index, dtype: a.dtype };
  }

  private node(a: GraphNode, b: GraphNode): GraphNode {
    const known = this.done.get(a)?.get(b);
    if (known) return known;
    const joined = this.joined(a, b);
    this.done.set(a, (this.done.get(a) ?? new Map<GraphNode, GraphNode>()).set(b, joined));
    return joined;
  }

  private joined(a: GraphNode, b: GraphNode): GraphNode {
    const parameter = this.a.parameters.findIndex(({ node }) => node === a);
    if (parameter >= 0) {
      const own = this.parameters[parameter];
      if (!own || this.b.parameters[parameter]?.node !== b) throw new Unlike();
      return own.node;
    }
    if (a.op !== b.op || a.inputs.length !== b.inputs.length) throw new Unlike();
    const [value, other] = [a.attributes.value?.value, b.attributes.value?.value];
    if (a.op === 'Const') return this.constant(value as ConstantValue, other as ConstantValue).node;
    if (JSON.stringify(a.attributes) !== JSON.stringify(b.attributes)) throw new Unlike();
    const inputs = a.inputs.map((input, i) => this.output(input, b.inputs[i]));
    return this.graph.add(a.op, inputs, a.attributes, a.op === 'VarHandleOp' ? 'v' : 'n');
  }

  /** e = slope · size + base for each element of the two constants. */
  private constant(a: ConstantValue, b: ConstantValue): Output {
    if (a.dtype !== b.dtype) throw new Unlike();
    if (a.shape.join() !== b.shape.join()) return this.filled(a, b);
    if (a.bytes.equals(b.bytes)) return this.graph.constant(a);
    if (a.dtype !== DType.int32) throw new Unlike();
    const [from, to] = [integers(a.bytes), integers(b.bytes)];
    const slope = from.map((value, i) => ((to[i] ?? NaN) - value) / (this.b.size - this.a.size));
    if (!slope.every(Number.isInteger)) throw new Unlike();
    const base = from.map((value, i) => value - (slope[i] ?? 0) * this.a.size);
    const vector = (values: number[]): Output =>
      this.graph.constant({ ...a, bytes: Buffer.from(Int32Array.from(values).buffer) });
    const scaled = this.graph.output('Mul', [vector(slope), this.batchSize()], {}, DType.int32);
    return this.graph.output('AddV2', [scaled, vector(base)], {}, DType.int32);
  }

  /** One number as often as there are samples: the first state of a recurrent layer. */
  private filled(a: ConstantValue, b: ConstantValue): Output {
    const [width, first] = [a.bytes.length / a.shape.reduce((size, length) => size * length, 1), a.bytes[0]];
    const same = [a, b].every(({ bytes }) => bytes.every((byte, i) => byte === a.bytes[i % width]));
    if (a.shape.length !== b.shape.length || first === undefined || !same) throw new Unlike();
    const dims = ({ shape }: ConstantValue): ConstantValue => {
      return { dtype: DType.int32, shape: [shape.length], bytes: Buffer.from(Int32Array.from(shape).buffer) };
    };
    const value = this.graph.constant({ dtype: a.dtype, shape: [], bytes: a.bytes.subarray(0, width) });
    return this.graph.output('Fill', [this.constant(dims(a), dims(b)), value], {}, a.dtype);
  }

  private batchSize(): Output {
    if (this.size) return this.size;
    const [input] = this.parameters;
    if (!input) throw new Unlike();
    const shape = this.graph.output('Shape', [input], {}, DType.int32);
    const at = (value: number): Output =>
      this.graph.constant({
        dtype: DType.int32,
        shape: [1],
        bytes: Buffer.from(Int32Array.of(value).buffer),
      });
    const slice = [shape, at(0), at(1), at(1)];
    this.size = this.graph.output(
      'StridedSlice',
      slice,
      { shrink_axis_mask: { kind: 'int', value: 1 } },
      DType.int32,
    );
    return this.size;
  }
}
