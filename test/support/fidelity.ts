/** Compares a module or function with what PyTorch computed from the same numbers. */
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import { layoutOf } from '../../src/nn/parameter';
import { maxDiff } from './close';
import { Recorded, recorded } from './fixture';

export type Inputs = Readonly<Record<string, tf.Tensor>>;

/** One comparison: how to build the module (if it is one) and call it as the recording script did. */
export interface Case {
  readonly file: string;
  readonly name: string;
  readonly build?: () => nn.Module;
  readonly run: (module: nn.Module, inputs: Inputs) => tf.Tensor | readonly tf.Tensor[];
}

/** Largest absolute differences of one case, and which gradient or buffer is the worst. */
export interface Deviation {
  readonly name: string;
  readonly forward: number;
  readonly gradient: number;
  readonly worst: string;
  readonly tree: { readonly actual: string; readonly expected: string } | undefined;
}

/** The state with PyTorch's convolution kernels turned into our layout. */
function inOurLayout(model: nn.Module, state: ReadonlyMap<string, tf.Tensor>): Map<string, tf.Tensor> {
  const own = model.stateDict();
  return new Map([...state].map(([name, value]) => [name, turned(value, own.get(name))]));
}

/** Runs the case; all tensors are freed again. */
export function measure({ file, name, build, run }: Case): Deviation {
  return tf.tidy(() => {
    const truth = recorded(file, name);
    const module = build?.();
    module?.loadStateDict(inOurLayout(module, truth.state));
    const inputs = Object.fromEntries([...truth.inputs].map(([key, value]) => [key, input(value)]));
    let outputs: tf.Tensor[] = [];
    const { grads } = tf.variableGrads(
      () => {
        const made: readonly tf.Tensor[] = [run(module as nn.Module, inputs)].flat();
        outputs = made.map((output) => tf.keep(output));
        return weightedSum(outputs, truth.weights);
      },
      asked(truth, module, inputs),
    );
    const forward = Math.max(...truth.outputs.map((expected, i) => distance(outputs[i], expected)));
    const rest = [...gradients(truth, module, inputs, grads), ...buffers(truth, module)];
    const [worst, gradient] = rest.reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
    const tree = truth.tree === undefined ? undefined : { actual: String(module), expected: truth.tree };
    tf.dispose(outputs);
    tf.dispose(Object.values(inputs));
    module?.dispose();
    return { name, forward, gradient, worst, tree };
  });
}

function input(value: tf.Tensor): tf.Tensor {
  return value.dtype === 'float32' ? tf.variable(value) : tf.keep(value);
}

/** The variables whose gradients PyTorch recorded. */
function asked(truth: Recorded, module: nn.Module | undefined, inputs: Inputs): tf.Variable[] {
  return [...truth.gradients.keys()].map((name) => variableOf(name, module, inputs));
}

function variableOf(name: string, module: nn.Module | undefined, inputs: Inputs): tf.Variable {
  const found = name.startsWith('in.') ? inputs[name.slice(3)] : module?.stateDict().get(name.slice(6));
  if (!found) throw new Error(`Cannot compare gradients: nothing is called ${name}`);
  return found as tf.Variable;
}

function weightedSum(outputs: readonly tf.Tensor[], weights: readonly tf.Tensor[]): tf.Scalar {
  const parts = outputs.map((output, i) => tf.sum(tf.mul(output, weights[i]!)));
  return parts.reduce((a, b) => tf.add(a, b));
}

function gradients(
  truth: Recorded,
  module: nn.Module | undefined,
  inputs: Inputs,
  grads: tf.NamedTensorMap,
): [string, number][] {
  return [...truth.gradients].map(([name, expected]) => {
    const variable = variableOf(name, module, inputs);
    return [name, distance(grads[variable.name], turned(expected, variable))];
  });
}

function buffers(truth: Recorded, module: nn.Module | undefined): [string, number][] {
  const state = module?.stateDict();
  return [...truth.after].map(([name, expected]) => [name, distance(state?.get(name), expected)]);
}

function turned(value: tf.Tensor, own: tf.Variable | undefined): tf.Tensor {
  if (!own || layoutOf(own) !== 'HWIO') return value;
  return tf.transpose(value, [...Array.from({ length: value.rank - 2 }, (_, i) => i + 2), 1, 0]);
}

function distance(actual: tf.Tensor | undefined, expected: tf.Tensor): number {
  if (!actual || !tf.util.arraysEqual(actual.shape, expected.shape)) return Infinity;
  return maxDiff(actual.dataSync(), expected.dataSync());
}
