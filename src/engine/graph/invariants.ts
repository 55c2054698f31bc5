/**
 * What a graph makes of variables that it never writes is the same at each run: weights in 16 bits, weights with their
 * normalisation multiplied in. It is computed once, after the variables were handed over, and kept in variables beside them.
 */
import { completed, type Graph, type GraphNode, integers, type Output, outputName } from './graph';
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
  const sizes = integers(constantOf(to.node.attributes).bytes);
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

/**
 * The same graph, reading what never changes from variables of its own.
 * @param nodes in program order
 * @param written names of the handles of variables that the graph writes
 */
export function keepInvariants(
  graph: Graph,
  nodes: readonly GraphNode[],
  written: ReadonlySet<string>,
): Kept {
  const invariants = new Invariants(nodes, written);
  const first = graph.nodes.length;
  const reads = new Map<string, Output>();
  const assigns: GraphNode[] = [];
  const kept = (output: Output, shape: readonly number[]): Output => {
    const { name } = output.node;
    const known = reads.get(name);
    if (known) return known;
    const type = { dtype: { kind: 'type', value: output.dtype } } as const;
    const handle = graph.variable(output.dtype, shape, `kept${reads.size}`, 'w');
    assigns.push(graph.add('AssignVariableOp', [handle, output], type));
    const read = graph.output('ReadVariableOp', [handle], type, output.dtype);
    reads.set(name, read);
    return read;
  };
  const changed = nodes.map((node): GraphNode => {
    if (invariants.of({ node, index: 0, dtype: 0 })) return node; // what is kept is made of it
    const inputs = node.inputs.map((input) => {
      const fixed = invariants.of(input);
      return fixed?.kind === 'made' ? kept(input, fixed.shape) : input;
    });
    return inputs.some((input, i) => input !== node.inputs[i]) ? { ...node, inputs } : node;
  });
  if (assigns.length === 0) return { nodes, refresh: undefined };
  const refresh = outputName(graph.ready(assigns));
  return { nodes: completed([...changed, ...graph.nodes.slice(first)]), refresh };
}
