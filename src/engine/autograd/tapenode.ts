/**
 * The graph of what was computed, as PyTorch keeps it: each tensor leads to the operation that made it, each operation to
 * those behind its inputs, and a leaf (a parameter, a tensor with `requiresGrad_()`) ends the way. Tensors in between
 * are not held, only what an operation saved of them; a graph that nobody can go back through is garbage.
 */
import type * as tf from '../tfjs';

/** Called with the gradient of a tensor; what it returns takes its place. */
export type GradientHook = (gradient: tf.Tensor) => tf.Tensor | void;

/** One output of an operation, or a leaf. */
export interface Edge {
  readonly node: Node;
  readonly index: number;
}

/** From the gradients of the outputs to those of the inputs by name, each computed when it is asked for. */
export type GradientFunction = (
  dys: readonly (tf.Tensor | undefined)[],
  saved: readonly tf.Tensor[],
) => Record<string, () => tf.Tensor>;

let lastId = 0;

interface Step {
  readonly name: string;
  /** By the inputs' names; those through which no gradient flows are left out. */
  readonly edges: ReadonlyMap<string, Edge>;
  /** Missing for an operation that has no gradient. */
  readonly gradient: GradientFunction | undefined;
  readonly saved: readonly tf.Tensor[];
}

/** One operation. Those made later come first on the way back. */
export class Node {
  readonly id = ++lastId;
  readonly hooks: GradientHook[][] = [];
  /** Whether it was gone through by a `backward()` that did not retain the graph. */
  spent = false;
  private released = false;
  private step: Step | undefined;

  constructor(
    readonly name: string,
    step?: Omit<Step, 'name'>,
  ) {
    this.step = step && { ...step, name };
  }

  get edges(): ReadonlyMap<string, Edge> {
    return this.step?.edges ?? new Map<string, Edge>();
  }

  /** The gradients of the inputs. @throws Error where the graph was freed, or the operation has no gradient */
  gradients(dys: readonly (tf.Tensor | undefined)[]): Record<string, () => tf.Tensor> {
    if (this.released) {
      throw new Error(
        'Cannot go backward through the graph a second time: what it saved was freed by the first backward(); ' +
          'expected backward({ retainGraph: true }) there',
      );
    }
    const { gradient, saved = [] } = this.step ?? {};
    if (gradient) return gradient(dys, saved);
    throw new Error(
      `Cannot go backward through ${this.name}: it has no gradient; detach() what comes before it, or use another operation`,
    );
  }

  /** Frees what was saved; an operation that saved nothing can be gone through again. */
  release(): void {
    this.spent = true;
    if (!this.step || this.step.saved.length === 0) return;
    for (const tensor of this.step.saved) tensor.dispose();
    this.released = true;
    this.step = { ...this.step, saved: [], gradient: undefined };
  }
}

/** The end of a way: a tensor whose `grad` collects what arrives. */
export class Leaf extends Node {
  constructor(readonly tensor: tf.Tensor) {
    super('leaf');
  }
}

const EDGE = Symbol('edge');
const LEAF = Symbol('leaf');

/** A tensor with what autograd knows of it. */
type Known = tf.Tensor & { [EDGE]?: Edge | undefined; [LEAF]?: Leaf; trainable?: boolean };

/** Whether gradients are to reach a tensor: it is a leaf that wants one, or was computed from one. */
export function requiresGrad(tensor: tf.Tensor): boolean {
  const known = tensor as Known;
  return known[EDGE] !== undefined || known.trainable === true;
}

/** Whether a tensor was not computed from others that require a gradient. */
export const isLeaf = (tensor: tf.Tensor): boolean => (tensor as Known)[EDGE] === undefined;

/** Whether there is a way back from a tensor that no `backward()` has gone yet. */
export function hasGraph(tensor: tf.Tensor): boolean {
  const edge = (tensor as Known)[EDGE];
  return edge !== undefined && !edge.node.spent;
}

/** Where the way back from a tensor begins; undefined where no gradient is to reach it. */
export function edgeOf(tensor: tf.Tensor): Edge | undefined {
  const known = tensor as Known;
  if (known[EDGE]) return known[EDGE];
  if (known.trainable !== true) return undefined;
  known[LEAF] ??= new Leaf(tensor);
  return { node: known[LEAF], index: 0 };
}

/** Says how a tensor came about; undefined cuts it off. */
export function setEdge(tensor: tf.Tensor, edge: Edge | undefined): void {
  if (edge !== undefined || (tensor as Known)[EDGE] !== undefined) (tensor as Known)[EDGE] = edge;
}

/** Makes a tensor a leaf that wants a gradient, or one that does not. */
export function setRequiresGrad(tensor: tf.Tensor, mode: boolean): void {
  (tensor as Known).trainable = mode;
}

/** The number of the operation that was put on the graph last. */
export const newestNode = (): number => lastId;

/** Frees what operations later than `since` saved, where one can go back to them from these tensors. */
export function releaseSince(since: number, tensors: Iterable<tf.Tensor>): void {
  const seen = new Set<Node>();
  const open = [...tensors].flatMap((tensor) => (tensor as Known)[EDGE]?.node ?? []);
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.id <= since || seen.has(node)) continue;
    seen.add(node);
    open.push(...[...node.edges.values()].map((edge) => edge.node));
    node.release();
  }
}
