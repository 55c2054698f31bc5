/** A data-flow graph as it is being recorded: nodes in program order, shared constants, and what of it is needed. */
import { DType } from '../backend/native';
import { type Attributes, type ConstantValue, inferAttributes } from './opdefs';

/** An operation of a graph. */
export interface GraphNode {
  /** Changed only to give a node of an exported graph a name for people. */
  name: string;
  readonly op: string;
  readonly inputs: readonly Output[];
  /** Nodes that have to be finished before this one starts. */
  readonly controls: Set<GraphNode>;
  readonly attributes: Attributes;
  /** Nodes that take one of its outputs. */
  readonly readers: GraphNode[];
  /** Place in program order. */
  readonly index: number;
}

/** One output of a node. */
export interface Output {
  readonly node: GraphNode;
  readonly index: number;
  /** TensorFlow's type number. */
  readonly dtype: number;
}

/** The output as a graph and `runSavedModel` name it. */
export function outputName({ node, index }: Output): string {
  return `${node.name}:${index}`;
}

/** Constants up to this many bytes are compared by content; larger ones are rare and stay as they are. */
const SHARED_BYTES = 4096;

/** TensorFlow's graph while it is built, nodes in program order; equal constants are one node. */
export class Graph {
  readonly nodes: GraphNode[] = [];
  private readonly constants = new Map<string, Output>();

  /** Adds a node; missing attributes are inferred from its inputs. Names are short: every call states some. */
  add(op: string, inputs: readonly Output[], attributes: Attributes, prefix = 'n'): GraphNode {
    const index = this.nodes.length;
    const types = inputs.map((input) => input.dtype);
    const all = inferAttributes(op, attributes, types);
    const node: GraphNode = {
      name: `${prefix}${index}`,
      op,
      inputs,
      controls: new Set(),
      readers: [],
      attributes: all,
      index,
    };
    this.nodes.push(node);
    for (const input of inputs) input.node.readers.push(node);
    return node;
  }

  /** Adds a node with one output. */
  output(
    op: string,
    inputs: readonly Output[],
    attributes: Attributes,
    dtype: number,
    prefix?: string,
  ): Output {
    return { node: this.add(op, inputs, attributes, prefix), index: 0, dtype };
  }

  placeholder(dtype: number, shape: readonly number[], prefix: string): Output {
    const attributes: Attributes = {
      dtype: { kind: 'type', value: dtype },
      shape: { kind: 'shape', value: shape },
    };
    return this.output('Placeholder', [], attributes, dtype, prefix);
  }

  /** A scalar that is there when `nodes` are finished: the binding can only ask for values. */
  ready(nodes: readonly GraphNode[]): Output {
    const zero = this.constant({ dtype: DType.int32, shape: [], bytes: Buffer.alloc(4) });
    const ready = this.output('Identity', [zero], {}, DType.int32);
    for (const node of nodes) ready.node.controls.add(node);
    return ready;
  }

  constant(value: ConstantValue): Output {
    const { dtype, shape, bytes } = value;
    const key =
      bytes.length <= SHARED_BYTES ? `${dtype} ${shape.join('x')} ${bytes.toString('latin1')}` : undefined;
    const known = key === undefined ? undefined : this.constants.get(key);
    if (known) return known;
    const attributes: Attributes = {
      dtype: { kind: 'type', value: dtype },
      value: { kind: 'tensor', value: value },
    };
    const output = this.output('Const', [], attributes, dtype, 'c');
    if (key !== undefined) this.constants.set(key, output);
    return output;
  }
}

/** The nodes that `roots` need, in program order. */
export function needed(roots: Iterable<GraphNode>): GraphNode[] {
  const found = new Set<GraphNode>();
  const open = [...roots];
  for (let node = open.pop(); node; node = open.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) open.push(input.node);
    open.push(...node.controls);
  }
  return [...found].sort((a, b) => a.index - b.index);
}
