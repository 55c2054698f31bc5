/**
 * What a graph makes of variables that it never writes is the same at each run: weights in 16 bits, weights with their
 * normalisation multiplied in. It is computed once, after the variables were handed over, and kept in variables beside them.
 */
import type { GraphNode, Output } from './graph';
import { outputName } from './graph';
import type { Attributes, ConstantValue } from './opdefs';

/** Operations of one output that depend on their inputs alone, and whose shape is plain. */
const ELEMENTWISE = new Set(['Cast', 'Mul', 'Sub', 'AddV2', 'Rsqrt']);

/** Known of an output that never changes. */
interface Fixed {
  readonly shape: readonly number[];
  /** A constant, a variable's value, or what is made of such values and so is worth keeping. */
  readonly kind: 'constant' | 'value' | 'made';
}

/** The outputs that are the same at each run. */
export class Invariants {
  private readonly known = new Map<string, Fixed>();

  /**
   * Looks at a graph in program order.
   * @param written names of the handles of variables that the graph writes
   */
  constructor(
    nodes: readonly GraphNode[],
    private readonly written: ReadonlySet<string>,
  ) {
    for (const node of nodes) this.add(node);
  }

  /** Learns of one node more, whose inputs it has seen. */
  add(node: GraphNode): void {
    const fixed = node.controls.size > 0 ? undefined : this.judged(node);
    if (fixed) this.known.set(node.name, fixed);
  }

  /** Shape of an output that never changes; undefined for others. */
  of({ node, index }: Output): Fixed | undefined {
    return index === 0 ? this.known.get(node.name) : undefined;
  }

  private judged({ op, inputs, attributes }: GraphNode): Fixed | undefined {
    if (op === 'Const') return { shape: constantOf(attributes).shape, kind: 'constant' };
    const [first] = inputs;
    if (!first) return undefined;
    if (op === 'ReadVariableOp') {
      const shape = first.node.attributes.shape?.value as readonly number[] | undefined;
      return shape && !this.written.has(first.node.name) ? { shape, kind: 'value' } : undefined;
    }
    const all = inputs.map((input) => this.of(input));
    if (!all.every((one) => one !== undefined)) return undefined;
    const kind = all.every((one) => one.kind === 'constant') ? 'constant' : 'made';
    const shape = op === 'Reshape' ? shapeIn(inputs[1]) : broadcast(all.map(({ shape }) => shape));
    return shape && (op === 'Reshape' || ELEMENTWISE.has(op)) ? { shape, kind } : undefined;
  }
}

const constantOf = ({ value }: Attributes): ConstantValue => value?.value as ConstantValue;

/** The shape to which something is reshaped, where it is written there. */
function shapeIn(to: Output | undefined): number[] | undefined {
  if (to?.node.op !== 'Const') return undefined;
  const { bytes, shape } = constantOf(to.node.attributes);
  const sizes = Array.from({ length: shape[0] ?? 0 }, (_, i) => bytes.readInt32LE(4 * i));
  return sizes.every((size) => size >= 0) ? sizes : undefined;
}

function broadcast(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, i) =>
    Math.max(...shapes.map((shape) => shape[i - rank + shape.length] ?? 1)),
  );
}

/** A graph whose invariant parts are kept. */
export interface Kept {
  readonly nodes: readonly GraphNode[];
  /** What to fetch for them to be computed anew; undefined where there are none. */
  readonly refresh: string | undefined;
}

/** The same graph, reading what never changes from variables of its own. */
export function keepInvariants(nodes: readonly GraphNode[], written: ReadonlySet<string>): Kept {
  const invariants = new Invariants(nodes, written);
  const added: GraphNode[] = [];
  const reads = new Map<string, Output>();
  const assigns: GraphNode[] = [];
  const kept = (output: Output, shape: readonly number[]): Output => {
    const known = reads.get(outputName(output));
    if (known) return known;
    const at = `i${reads.size}_`; // a recording's own names have no such sign
    const dtype = { kind: 'type', value: output.dtype } as const;
    const name = { kind: 'string', value: at } as const;
    const variable = node(`${at}v`, 'VarHandleOp', [], {
      dtype,
      shape: { kind: 'shape', value: shape },
      shared_name: name,
    });
    const handle = { node: variable, index: 0, dtype: RESOURCE };
    const assign = node(`${at}a`, 'AssignVariableOp', [handle, output], { dtype });
    const read = node(`${at}r`, 'ReadVariableOp', [handle], { dtype });
    added.push(variable, assign, read);
    assigns.push(assign);
    const result = { node: read, index: 0, dtype: output.dtype };
    reads.set(outputName(output), result);
    return result;
  };
  const changed = nodes.map((one): GraphNode => {
    if (invariants.of({ node: one, index: 0, dtype: 0 })) return one;
    const inputs = one.inputs.map((input) => {
      const fixed = invariants.of(input);
      return fixed?.kind === 'made' ? kept(input, fixed.shape) : input;
    });
    return inputs.some((input, i) => input !== one.inputs[i]) ? { ...one, inputs } : one;
  });
  if (assigns.length === 0) return { nodes, refresh: undefined };
  const done = finished(assigns);
  return { nodes: [...changed, ...added, ...done], refresh: `${done.at(-1)?.name ?? ''}:0` };
}

const RESOURCE = 20; // TensorFlow's number of the type
const INT32 = 3;

const node = (name: string, op: string, inputs: Output[], attributes: Attributes): GraphNode => ({
  ...{ name, op, inputs, attributes },
  controls: new Set(),
  readers: [],
  index: 0,
});

/** A number that is there when all is assigned. */
function finished(assigns: readonly GraphNode[]): GraphNode[] {
  const dtype = { kind: 'type', value: INT32 } as const;
  const value = { dtype: INT32, shape: [], bytes: Buffer.alloc(4) };
  const zero = node('i_0', 'Const', [], { dtype, value: { kind: 'tensor', value } });
  const ready = node('i_ready', 'Identity', [{ node: zero, index: 0, dtype: INT32 }], { T: dtype });
  for (const assign of assigns) ready.controls.add(assign);
  return [zero, ready];
}
