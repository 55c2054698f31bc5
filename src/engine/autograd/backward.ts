/** The way back: gradients of tensors by the chain rule, from the operation made last to the leaves. */
import * as tf from '../tfjs';
import { workersMeeting } from './exchange';
import { creatingGraph, noGrad } from './gradmode';
import { gradOf, replaceData, setGrad } from './grads';
import { sameData } from './tape';
import { type Edge, edgeOf, Leaf, type Node, requiresGrad } from './tapenode';

/** What `backward()` may be told. */
export interface BackwardOptions {
  /** The gradient with respect to the tensor, of its shape; 1 for a scalar. */
  readonly gradient?: tf.Tensor;
  /** Keeps what the graph has saved, so that it can be gone through again. Default: `createGraph`. */
  readonly retainGraph?: boolean;
  /** Makes the gradients part of a graph, so that they have gradients themselves. */
  readonly createGraph?: boolean;
}

/** Where a walk begins, and with what. */
interface Root {
  readonly edge: Edge;
  readonly gradient: tf.Tensor;
}

/** What is done with the gradient of one output of an operation, or of a leaf. */
type Visit = (gradient: tf.Tensor) => void;

/** Gradients that are on their way, and whose they are. */
class Arrivals {
  private readonly byNode = new Map<Node, (tf.Tensor | undefined)[]>();
  private readonly uses = new Map<tf.Tensor, number>();
  private readonly shared = new Set<tf.Tensor>();

  /** @param first tensors with a smaller id are others' */
  constructor(private readonly first: number) {}

  add({ node, index }: Edge, gradient: tf.Tensor): void {
    let list = this.byNode.get(node);
    if (!list) this.byNode.set(node, (list = []));
    const before = list[index];
    const sum = before ? tf.add(before, gradient) : gradient;
    if (before) this.drop(before);
    list[index] = sum;
    this.uses.set(sum, (this.uses.get(sum) ?? 0) + 1);
    if (before) this.dropUnused(gradient);
  }

  take(node: Node): (tf.Tensor | undefined)[] | undefined {
    const list = this.byNode.get(node);
    this.byNode.delete(node);
    return list;
  }

  /** Somebody else may hold the gradient from now on. */
  share(gradient: tf.Tensor): void {
    this.shared.add(gradient);
  }

  /** The gradient as a tensor that nobody else refers to, so that it can be handed out; one with a graph keeps it. */
  own(gradient: tf.Tensor): tf.Tensor {
    if (requiresGrad(gradient)) return gradient;
    if (this.uses.get(gradient) !== 1 || !this.isOurs(gradient)) return sameData(gradient);
    this.uses.delete(gradient);
    return gradient;
  }

  /** One use of a gradient has ended. */
  drop(gradient: tf.Tensor): void {
    const left = this.uses.get(gradient);
    if (left === undefined) return;
    if (left > 1) this.uses.set(gradient, left - 1);
    else {
      this.uses.delete(gradient);
      this.dropUnused(gradient);
    }
  }

  private dropUnused(gradient: tf.Tensor): void {
    if (!this.uses.has(gradient) && this.isOurs(gradient)) gradient.dispose();
  }

  private isOurs(gradient: tf.Tensor): boolean {
    return gradient.id >= this.first && !this.shared.has(gradient);
  }
}

/** All nodes that lead to the roots, those made last first. */
function ordered(roots: readonly Root[]): Node[] {
  const found = new Set<Node>();
  const stack = roots.map(({ edge }) => edge.node);
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const edge of node.edges.values()) stack.push(edge.node);
  }
  return [...found].sort((a, b) => b.id - a.id);
}

/** Those of the nodes through which a way leads to one of `targets`. */
function leadingTo(nodes: readonly Node[], targets: ReadonlySet<Node>): Node[] {
  const leading = new Set<Node>();
  for (const node of [...nodes].reverse()) {
    if (targets.has(node) || [...node.edges.values()].some((edge) => leading.has(edge.node)))
      leading.add(node);
  }
  return nodes.filter((node) => leading.has(node));
}

interface Walk {
  readonly roots: readonly Root[];
  /** Asked of each output of each node; what it gives is called with the output's whole gradient. */
  readonly visit: (node: Node, index: number) => Visit | undefined;
  /** The nodes worth going to; all without it. */
  readonly targets?: ReadonlySet<Node>;
  readonly retain: boolean;
  readonly create: boolean;
}

function walk({ roots, visit, targets, retain, create }: Walk): void {
  const first = create ? Infinity : (tf.engine() as unknown as { nextTensorId(): number }).nextTensorId();
  const arrivals = new Arrivals(first);
  const all = ordered(roots);
  const nodes = targets ? leadingTo(all, targets) : all;
  const worth = new Set(nodes);
  for (const { edge, gradient } of roots) if (worth.has(edge.node)) arrivals.add(edge, gradient);
  for (const node of nodes) {
    const dys = arrivals.take(node);
    if (!dys) continue;
    for (const [index, dy] of dys.entries()) {
      if (!dy) continue;
      dys[index] = hooked(node, index, dy, arrivals);
      visit(node, index)?.(arrivals.own(dys[index]));
    }
    if (!(node instanceof Leaf)) goThrough(node, dys, worth, arrivals);
    for (const dy of dys) if (dy) arrivals.drop(dy);
    if (!retain) node.release();
  }
}

/** What the hooks of an output make of its gradient. */
function hooked(node: Node, index: number, gradient: tf.Tensor, arrivals: Arrivals): tf.Tensor {
  let result = gradient;
  for (const hook of node.hooks[index] ?? []) {
    arrivals.share(result);
    result = hook(result) ?? result;
    arrivals.share(tf.keep(result));
  }
  return result;
}

/** Hands on the gradients of a node's inputs. */
function goThrough(
  node: Node,
  dys: readonly (tf.Tensor | undefined)[],
  worth: ReadonlySet<Node>,
  arrivals: Arrivals,
): void {
  const wanted = [...node.edges].filter(([, edge]) => worth.has(edge.node));
  if (wanted.length === 0 && node.edges.size > 0) return;
  const gradients = node.gradients(dys);
  for (const [name, edge] of wanted) {
    const compute = gradients[name];
    if (!compute) throw new Error(`Cannot go backward through ${node.name}: it has no gradient for ${name}`);
    arrivals.add(edge, tf.tidy(compute));
  }
}

/** The root for a tensor and its gradient, checked. */
function rootOf(tensor: tf.Tensor, gradient: tf.Tensor | undefined): Root {
  const edge = edgeOf(tensor);
  if (!edge) {
    throw new Error(
      'Cannot go backward: the tensor does not require grad and does not have a gradFn; expected one that was computed ' +
        'from a parameter, or from a tensor with requiresGrad, and not within noGrad',
    );
  }
  const shape = `[${tensor.shape.join(', ')}]`;
  if (!gradient && tensor.size !== 1) {
    throw new Error(
      `Cannot go backward: grad can be implicitly created only for scalar outputs, got ${shape}; ` +
        'reduce it (sum, mean) or give { gradient } of its shape',
    );
  }
  if (gradient && !tf.util.arraysEqual(gradient.shape, tensor.shape)) {
    throw new TypeError(
      `Cannot go backward: expected a gradient of shape ${shape}, got [${gradient.shape.join(', ')}]`,
    );
  }
  return { edge, gradient: gradient ?? tf.ones(tensor.shape) };
}

/** Adds to what has collected; without a graph to come, in place, so that whoever holds the old sum sees the new one. */
function accumulate(tensor: tf.Tensor, gradient: tf.Tensor, create: boolean): void {
  const before = gradOf(tensor);
  if (!before) return setGrad(tensor, gradient);
  const sum = tf.add(before, gradient);
  if (create) return setGrad(tensor, sum);
  replaceData(before, sum);
  tf.dispose([sum, gradient]);
}

/** Runs a walk with the graph it makes, or without any trace but the gradients. */
function inMode<T>(create: boolean, work: () => T): T {
  return create ? creatingGraph(work) : noGrad(() => tf.tidy(work as () => tf.TensorContainer) as T);
}

/**
 * Adds the gradient of `tensor` with respect to each leaf before it to the leaf's `grad`, as `torch.Tensor.backward`,
 * https://pytorch.org/docs/stable/generated/torch.Tensor.backward.html.
 * @throws Error for a tensor that no gradient leads through, one of several elements without `gradient`, or a graph that
 * was gone through before
 */
export function backward(
  tensor: tf.Tensor,
  { gradient, createGraph = false, retainGraph = createGraph }: BackwardOptions = {},
): void {
  inMode(createGraph, () => {
    const meeting = workersMeeting(tensor, createGraph);
    const collect = (leaf: tf.Tensor, arrived: tf.Tensor): void => {
      if (!meeting?.takes(leaf, arrived)) accumulate(leaf, arrived, createGraph);
    };
    const visit = (node: Node): Visit | undefined =>
      node instanceof Leaf ? (arrived) => collect(node.tensor, arrived) : undefined;
    walk({ roots: [rootOf(tensor, gradient)], visit, retain: retainGraph, create: createGraph });
    meeting?.end((leaf, mean) => accumulate(leaf, mean, false));
  });
}

const listOf = (given: tf.Tensor | readonly tf.Tensor[]): readonly tf.Tensor[] =>
  given instanceof tf.Tensor ? [given] : given;

/** What `grad` may be told. */
export interface GradOptions {
  /** One for each output; 1 for scalars. */
  readonly gradOutputs?: readonly (tf.Tensor | undefined)[];
  readonly retainGraph?: boolean;
  readonly createGraph?: boolean;
  /** Gives null for an input that no output depends on, instead of an error. */
  readonly allowUnused?: boolean;
}

/**
 * The gradients of the sum of `outputs` with respect to `inputs`; `grad` of no tensor changes. As `torch.autograd.grad`,
 * https://pytorch.org/docs/stable/generated/torch.autograd.grad.html.
 * @example
 * const x = tensor([3], { requiresGrad: true });
 * const [slope] = autograd.grad(x.pow(3).sum(), x, { createGraph: true }); // 27
 * const [curvature] = autograd.grad(slope.sum(), x); // 18
 * @throws Error as `backward`, and for an input that the outputs do not depend on
 */
export function grad(
  outputs: tf.Tensor | readonly tf.Tensor[],
  input: tf.Tensor,
  options?: GradOptions & { readonly allowUnused?: false },
): [tf.Tensor];
export function grad(
  outputs: tf.Tensor | readonly tf.Tensor[],
  inputs: readonly tf.Tensor[],
  options?: GradOptions & { readonly allowUnused?: false },
): tf.Tensor[];
export function grad(
  outputs: tf.Tensor | readonly tf.Tensor[],
  inputs: tf.Tensor | readonly tf.Tensor[],
  options: GradOptions,
): (tf.Tensor | null)[];
export function grad(
  outputs: tf.Tensor | readonly tf.Tensor[],
  inputs: tf.Tensor | readonly tf.Tensor[],
  { gradOutputs, createGraph = false, retainGraph = createGraph, allowUnused = false }: GradOptions = {},
): (tf.Tensor | null)[] {
  const [from, to] = [listOf(outputs), listOf(inputs)];
  return inMode(createGraph, () => {
    const edges = to.map((tensor, i) => {
      const edge = edgeOf(tensor);
      if (edge) return edge;
      throw new Error(
        `Cannot take gradients: input ${i} does not require grad; call requiresGrad_() before it is used`,
      );
    });
    const found: (tf.Tensor | null)[] = to.map(() => null);
    walk({
      roots: from.map((tensor, i) => rootOf(tensor, gradOutputs?.[i])),
      visit: (node, index) => {
        const places = edges.flatMap((edge, i) => (edge.node === node && edge.index === index ? [i] : []));
        if (places.length === 0) return undefined;
        return (arrived) => places.forEach((i, n) => (found[i] = n === 0 ? arrived : sameData(arrived)));
      },
      targets: new Set(edges.map(({ node }) => node)),
      retain: retainGraph,
      create: createGraph,
    });
    const missing = found.indexOf(null);
    if (missing >= 0 && !allowUnused) {
      throw new Error(
        `Cannot take gradients: input ${missing} was not used in the graph of the outputs; expected one that was, or allowUnused`,
      );
    }
    return found;
  });
}
