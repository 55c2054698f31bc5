/** The graph of a SavedModel: a network's `forward`, open in its batch size where it can be, and its checkpoint. */
import type { NativeBackend } from '../backend/native';
import type { Recorder } from '../compile/recorder';
import { isTensor } from '../compile/structure';
import { type Finish, type Run, trace } from '../compile/trace';
import { batchFree } from '../graph/batch';
import { padDepthwise } from '../graph/depthwise';
import { Graph, type GraphNode, needed, type Output, outputName } from '../graph/graph';
import { shapeMessage } from '../graph/proto';
import { CompileError } from '../recording/callsite';
import * as tf from '../tf';
import { addCheckpoint, type CheckpointNodes, type SavedVariable } from './variables';

/** A variable and its name in the checkpoint. */
export interface ExportedVariable extends SavedVariable {
  readonly variable: tf.Variable;
}

/** A network as it goes into a SavedModel. */
export interface ExportedGraph {
  readonly nodes: readonly GraphNode[];
  readonly signature: { readonly inputs: object; readonly outputs: object };
  /** Absent where the network has no variables. */
  readonly checkpoint?: CheckpointNodes;
  readonly variables: readonly ExportedVariable[];
}

interface Network {
  forward(...inputs: never[]): unknown;
  stateDict(): ReadonlyMap<string, tf.Variable>;
}

/** `forward` recorded for inputs of one size. */
interface Recorded {
  readonly recorder: Recorder;
  readonly graph: Graph;
  readonly parameters: readonly Output[];
  readonly results: readonly Output[];
  readonly names: readonly string[];
  readonly shapes: readonly (readonly number[])[];
}

const SIZES = [2, 3] as const;
const ANY = -1;

/** Records `forward` on inputs of the shapes of `examples`; the batch size is open where two sizes agree. */
export function exportGraph(
  backend: NativeBackend,
  network: Network,
  examples: readonly tf.Tensor[],
): ExportedGraph {
  const [first, ...others] = examples;
  const batch = first?.shape[0];
  const open = batch !== undefined && others.every(({ shape }) => shape[0] === batch);
  const [a, b] = open ? SIZES.map((size) => record(backend, network, () => resized(examples, size))) : [];
  const free = a && b && batchFree({ ...a, size: SIZES[0] }, { ...b, size: SIZES[1] });
  if (!a || !free)
    return complete(
      network,
      record(backend, network, () => examples),
    );
  const shapes = a.shapes.map((shape) => (shape[0] === SIZES[0] ? [ANY, ...shape.slice(1)] : shape));
  return complete(network, { ...a, ...free, shapes });
}

/** The examples' first row, as often as asked for. */
function resized(examples: readonly tf.Tensor[], size: number): tf.Tensor[] {
  const rows = Array.from({ length: size }, () => 0);
  return examples.map((example) => tf.gather(example, tf.tensor1d(rows, 'int32')));
}

function record(backend: NativeBackend, network: Network, inputs: () => readonly tf.Tensor[]): Recorded {
  const runs: Recorded[] = [];
  const forward = network.forward.bind(network) as (...args: unknown[]) => unknown;
  const finish = (run: Run): Finish => {
    runs.push(recorded(run));
    return 'counts';
  };
  tf.tidy(() => {
    const tensors = inputs();
    trace(backend, forward, tensors, tensors, { strict: true, freeze: true, finish });
  });
  const [run] = runs;
  if (!run) throw new Error('Cannot export a network: forward was not recorded');
  return run;
}

function recorded({ recorder, parameters, result }: Run): Recorded {
  recorder.finish();
  const writes = [...recorder.resources.used.values()].some(({ lastWrite }) => lastWrite);
  if (writes || recorder.dynamics.length > 0) {
    throw new CompileError(
      'forward changes variables or draws random numbers in evaluation mode',
      'export a network whose forward only computes',
    );
  }
  const outputs = namedOutputs(result);
  return {
    recorder,
    graph: recorder.graph,
    parameters,
    results: outputs.map(([, tensor]) => recorder.fetchable(tensor)),
    names: outputs.map(([name]) => name),
    shapes: outputs.map(([, tensor]) => tensor.shape),
  };
}

function namedOutputs(result: unknown): [string, tf.Tensor][] {
  if (isTensor(result)) return [['output', result]];
  const entries = Array.isArray(result)
    ? result.map((item, i): [string, unknown] => [`output_${i}`, item])
    : Object.entries((result ?? {}) as Record<string, unknown>);
  if (entries.length > 0 && entries.every((entry): entry is [string, tf.Tensor] => isTensor(entry[1]))) {
    return entries;
  }
  throw new TypeError('Cannot export a network: expected forward to return tensors, got something else');
}

/** Names what people meet, adds checkpoint and signature, and leaves out what is not needed. */
function complete(network: Network, run: Recorded): ExportedGraph {
  const { graph, parameters, results, names, shapes } = run;
  const variables = exportedVariables(network, run);
  const checkpoint = variables.length > 0 ? addCheckpoint(graph, variables) : undefined;
  parameters.forEach(({ node }, i) => (node.name = parameters.length === 1 ? 'input' : `input_${i}`));
  const inputs = parameters.map((output) => [
    output.node.name,
    port(output, output.node.attributes.shape?.value as readonly number[]),
  ]);
  const outputs = results.map((output, i) => [names[i], port(output, shapes[i] ?? [])]);
  const roots = [...parameters, ...results].map(({ node }) => node);
  const extra = checkpoint && [checkpoint.saved.node, checkpoint.restored, checkpoint.stored.node];
  return {
    nodes: padDepthwise(graph, needed([...roots, ...(extra ?? [])])),
    signature: {
      inputs: Object.fromEntries(inputs) as object,
      outputs: Object.fromEntries(outputs) as object,
    },
    ...(checkpoint && { checkpoint }),
    variables,
  };
}

const port = (output: Output, shape: readonly number[]): object => ({
  name: outputName(output),
  dtype: output.dtype,
  tensor_shape: shapeMessage(shape),
});

/** The variables that `forward` reads, called by their names in the state dict. */
function exportedVariables(network: Network, { recorder, graph, results }: Recorded): ExportedVariable[] {
  const names = new Map([...network.stateDict()].map(([name, variable]) => [variable, name]));
  const taken = new Set(graph.nodes.map(({ name }) => name));
  const handles = needed(results.map(({ node }) => node)).filter(({ op }) => op === 'VarHandleOp');
  const used = [...recorder.resources.used.values()];
  return handles
    .map((node) => {
      const shared = node.attributes.shared_name?.value;
      const state = used.find(({ handle }) => handle.node.attributes.shared_name?.value === shared);
      if (!state) throw new Error(`Cannot export a network: variable ${node.name} is unknown`);
      return { node, state };
    })
    .map(({ node, state: { variable, dtype, handle } }, i) => {
      let name = names.get(variable) ?? `variable_${i}`;
      while (taken.has(name)) name += '_';
      taken.add(name);
      node.name = name;
      node.attributes.shared_name = { kind: 'string', value: name };
      return { name, variable, handle: { ...handle, node }, dtype, shape: variable.shape };
    });
}
