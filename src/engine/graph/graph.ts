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

const RESOURCE = 20; // TensorFlow's number of the type

/** Constants up to this many bytes are compared by content; larger ones are rare and stay as they are. */
const SHARED_BYTES = 4096;

/** TensorFlow's graph while it is built, nodes in program order; equal constants are one node. */
export class Graph {
  readonly nodes: GraphNode[] = [];
  /** The shape of a node's first output, by its name, where the recording saw it. */
  readonly shapes = new Map<string, readonly number[]>();
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

  /** A variable of the session. Two resources of one name would be one variable. */
  variable(dtype: number, shape: readonly number[], sharedName: string, prefix: string): Output {
    const attributes: Attributes = {
      dtype: { kind: 'type', value: dtype },
      shape: { kind: 'shape', value: shape },
      shared_name: { kind: 'string', value: sharedName },
    };
    return this.output('VarHandleOp', [], attributes, RESOURCE, prefix);
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

/** The int32 numbers of a constant. */
export function integers(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(4 * i));
}

/** Who of these nodes reads each of them, or waits for it, by its name: a pass may have put another in its place. */
export function readersOf(nodes: readonly GraphNode[]): ReadonlyMap<string, ReadonlySet<GraphNode>> {
  const readers = new Map<string, Set<GraphNode>>();
  for (const node of nodes) {
    for (const { name } of [...node.inputs.map((input) => input.node), ...node.controls]) {
      const known = readers.get(name) ?? new Set();
      readers.set(name, known.add(node));
    }
  }
  return readers;
}

/** The nodes behind what they read that is not among them, such as a constant that nothing needed before. */
export function completed(nodes: readonly GraphNode[]): GraphNode[] {
  const all = [...nodes];
  const names = new Set(nodes.map(({ name }) => name));
  for (const { inputs } of all) {
    for (const { node } of inputs) {
      if (names.has(node.name)) continue;
      names.add(node.name);
      all.push(node); // its inputs get their turn: the loop goes on to the end of the list
    }
  }
  return [...all.slice(nodes.length).reverse(), ...nodes];
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
