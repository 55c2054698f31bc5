/**
 * Hangs the graph of autograd on TensorFlow.js's engine. Its own tape runs only inside `tf.grad` and its kin, and holds
 * all that they compute; this one is there whenever grad mode is on and an input requires a gradient. Inside `tf.grad`
 * the engine's tape alone is used.
 */
import * as tf from '../tfjs';
import { isGradEnabled } from './gradmode';
import { type Edge, edgeOf, type GradientFunction, Node, requiresGrad, setEdge } from './tapenode';

type Inputs = Record<string, tf.Tensor | null | undefined>;
type TfjsGradient = (
  dy: tf.Tensor | tf.Tensor[],
  saved: tf.Tensor[],
  attributes: tf.NamedAttrMap,
) => Record<string, () => tf.Tensor>;

/** The parts of TensorFlow.js's engine that have no public type. */
interface Engine {
  readonly state: {
    readonly gradientDepth: number;
    readonly kernelDepth: number;
    /** What `tf.grad` has recorded and not yet gone back through. */
    activeTape: readonly { readonly saved?: readonly tf.Tensor[] }[] | null;
  };
  readonly backend: { incRef(dataId: object): void };
  isTapeOn: () => boolean;
  runKernelFunc: (call: { readonly inputs: Inputs }) => unknown;
  clone: (x: tf.Tensor) => tf.Tensor;
  gradients: (...args: unknown[]) => unknown;
  addTapeNode: (
    name: string,
    inputs: Inputs,
    outputs: tf.Tensor[],
    gradient: TfjsGradient | null,
    saved: tf.Tensor[],
    attributes: tf.NamedAttrMap,
  ) => void;
  makeTensorFromTensorInfo(info: tf.TensorInfo): tf.Tensor;
}

const engine = (): Engine => tf.engine() as unknown as Engine;

/** Another tensor of the same data; nothing of autograd goes with it. */
export function sameData(tensor: tf.Tensor): tf.Tensor {
  const { dataId, shape, dtype } = tensor;
  engine().backend.incRef(dataId);
  return engine().makeTensorFromTensorInfo({ dataId, shape, dtype });
}

/** Of which tensor a saved one is the copy, until its operation is on the graph. */
const sources = new WeakMap<tf.Tensor, tf.Tensor>();

/** Tensorflow.js's gradient functions want every output's gradient, of several a list. */
function gradientFunction(
  gradient: TfjsGradient,
  outputs: readonly Pick<tf.Tensor, 'shape' | 'dtype'>[],
  attributes: tf.NamedAttrMap,
): GradientFunction {
  return (given, saved) => {
    const dys = outputs.map(({ shape, dtype }, i) => given[i] ?? tf.zeros(shape, dtype));
    return gradient(dys.length > 1 ? dys : (dys[0] as tf.Tensor), [...saved], attributes);
  };
}

const isDifferentiable = ({ dtype }: tf.Tensor): boolean => dtype === 'float32' || dtype === 'complex64';

function addNode(
  ...[name, inputs, outputs, own, saved, attributes]: Parameters<Engine['addTapeNode']>
): void {
  if (!outputs.some(isDifferentiable)) return saved.forEach((tensor) => tensor.dispose());
  const gradient = own ?? tf.getGradient(name)?.gradFunc;
  const edges = new Map<string, Edge>();
  for (const [key, input] of Object.entries(inputs)) {
    const edge = input ? edgeOf(input) : undefined;
    if (edge) edges.set(key, edge);
  }
  const shapes = outputs.map(({ shape, dtype }) => ({ shape, dtype }));
  const step = { edges, saved, gradient: gradient && gradientFunction(gradient, shapes, attributes) };
  const node = new Node(own ? `a custom function (${name})` : name, step);
  outputs.forEach((output, index) => {
    if (isDifferentiable(output)) setEdge(output, { node, index });
  });
  // gradients of gradients go on from what was saved
  for (const copy of saved) setEdge(copy, edgeOf(sources.get(copy) ?? copy));
}

/** Lets `tf.grad` and its kin free what they saved when the function throws, too: TensorFlow.js then keeps it for ever. */
function freeTapes(target: Engine): void {
  const { gradients } = target;
  target.gradients = (...args) => {
    try {
      return gradients.apply(target, args);
    } catch (error) {
      if (target.state.gradientDepth === 0) {
        for (const { saved } of target.state.activeTape ?? []) saved?.forEach((tensor) => tensor.dispose());
        target.state.activeTape = null;
      }
      throw error;
    }
  };
}

/** Begins to keep the graph; done once, when TensorFlow.js is loaded. */
export function keepGraph(): void {
  const target = engine();
  freeTapes(target);
  const { isTapeOn, addTapeNode, clone, runKernelFunc } = target;
  /** Whether the kernel that begins now is to be on the graph. */
  let wanted = false;
  target.runKernelFunc = (call) => {
    const { gradientDepth, kernelDepth } = target.state;
    if (gradientDepth === 0 && kernelDepth === 0) {
      wanted = isGradEnabled() && Object.values(call.inputs).some((input) => input && requiresGrad(input));
    }
    return runKernelFunc.call(target, call);
  };
  target.isTapeOn = () => {
    if (target.state.gradientDepth > 0) return isTapeOn.call(target);
    return wanted && target.state.kernelDepth === 0;
  };
  target.clone = (x) => {
    if (target.state.gradientDepth > 0) return clone.call(target, x);
    const copy = sameData(x);
    sources.set(copy, x);
    return copy;
  };
  target.addTapeNode = (...node) => {
    const [name, inputs, outputs, own, ...rest] = node;
    if (target.state.gradientDepth === 0) return addNode(...node);
    // What has no gradient and gives no numbers (x > 0) ends the way back, instead of an error there.
    if (own ?? tf.getGradient(name) ?? outputs.some(isDifferentiable)) {
      // A list of its own: the caller may sort or reverse the one that it is given.
      addTapeNode.call(target, name, inputs, [...outputs], own, ...rest);
    }
  };
}
