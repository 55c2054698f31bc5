/**
 * Writes down one run of a function as a graph. Gradients need nothing special: TensorFlow.js's tape runs more
 * operations, which are written down like any other.
 */
import { DType, type NativeBackend, type OpAttribute, type OutputInfo, privateCopy } from '../backend/native';
import { Graph, type GraphNode, type Output } from '../graph/graph';
import { mended } from '../graph/mended';
import { addWorkerSums } from '../graph/workersum';
import type { ActiveRecording, FusedUpdate, ReadValues, Values } from '../recording/active';
import { callsite, CompileError } from '../recording/callsite';
import * as tf from '../tf';
import { constantValue, graphAttributes } from './convert';
import type { Listener } from './intercept';
import { Resources } from './resources';
import { Rewind } from './rewind';
import { workOf } from './work';

/** A placeholder and what it is fed from at each replay. */
export interface Feed<T> {
  readonly output: Output;
  readonly source: T;
}

/** A value that is read anew in every call. */
export interface DynamicSource {
  readonly read: ReadValues;
  /** What it gave in the recorded call. */
  readonly first: Values;
  readonly shape: number[];
  readonly dtype: tf.DataType;
}

/** How strictly one records, and what becomes of tensors from outside. */
export interface RecorderOptions {
  /** Throw at the first problem instead of finishing the run. */
  readonly strict: boolean;
  /** Write tensors from outside into the graph instead of feeding them. */
  readonly freeze?: boolean;
  /** Remember where in the program each node was made. */
  readonly sites?: boolean;
}

/** Writes down, as a graph, what a function does while it runs. */
export class Recorder implements Listener, ActiveRecording {
  readonly graph = new Graph();
  readonly resources: Resources;
  readonly rewind: Rewind;
  readonly dynamics: Feed<DynamicSource>[] = [];
  /** Tensors from outside that are neither arguments nor variables, by their data. */
  readonly captured: Feed<object>[] = [];
  readonly guards: { read: () => unknown; value: unknown }[] = [];
  readonly problems: CompileError[] = [];
  /** Sums over all workers that were recorded: after one the run's own results do not count. */
  workerSums = 0;
  /** How much there is to compute, see work.ts. */
  work = 0;
  /** Where nodes were made, if that was asked for. */
  readonly sites = new Map<GraphNode, Error>();
  /** The graph's output behind each tensor, by the binding's number of the tensor. */
  private readonly outputs = new Map<number, Output>();
  private readonly shapes = new Map<number, readonly number[]>();
  private readonly inside = new WeakSet<object>();
  private paused = false;

  constructor(
    private readonly backend: NativeBackend,
    private readonly options: RecorderOptions,
  ) {
    const rewind = (this.rewind = new Rewind(backend));
    this.resources = new Resources(backend, this.graph, {
      lookup: (tensor) => this.outputOf(tensor),
      ignores: (dataId) => rewind.holds(dataId),
    });
  }

  /** Makes `tensor`, whose data no other tensor shares, a placeholder. */
  argument(tensor: tf.Tensor): Output {
    return this.feed(tensor, 'a');
  }

  /** The graph's output that is `tensor`. */
  outputOf(tensor: tf.TensorInfo): Output {
    const [id = -1] = this.backend.getInputTensorIds([tensor]);
    return this.known(id);
  }

  /** Like `outputOf`, for a result: TensorFlow does not hand back what is fed. */
  fetchable(tensor: tf.Tensor): Output {
    const output = this.outputOf(tensor);
    if (output.node.op !== 'Placeholder') return output;
    return this.graph.output('Identity', [output], {}, output.dtype);
  }

  /** The dynamic values of the recorded call. */
  get values(): Values[] {
    return this.dynamics.map(({ source }) => source.first);
  }

  get portable(): boolean {
    return this.options.freeze === true;
  }

  /** Completes the graph when the function has returned. */
  finish(): void {
    if (!this.failed) this.resources.finish();
  }

  inputs(tensors: readonly tf.TensorInfo[]): void {
    if (this.failed) return;
    for (const tensor of tensors) {
      // a 64-bit scalar of tfjs-node has no data of its own: it becomes a constant
      if (!(tensor.dataId as object | undefined)) continue;
      const { values } = this.backend.tensorMap.get(tensor.dataId);
      if (values !== null && this.inside.has(tensor.dataId)) continue; // becomes a constant now
      const { id } = this.realized(tensor);
      if (this.outputs.has(id)) continue;
      this.shapes.set(id, tensor.shape);
      const value = this.resources.read(tensor.dataId);
      if (value) this.outputs.set(id, value);
      else if (this.options.freeze) this.outputs.set(id, this.frozen(tensor));
      else this.captured.push({ output: this.feed(tensor, 'k'), source: tensor.dataId });
    }
  }

  tensor(id: number, shape: number[], dtype: number, values: unknown): void {
    if (this.failed || this.outputs.has(id)) return;
    this.attempt(() => {
      const output = this.graph.constant(constantValue(shape, dtype, values));
      this.outputs.set(id, output);
      this.shapes.set(id, shape);
      this.remember(output.node);
    });
  }

  operation(op: string, attributes: readonly OpAttribute[], inputs: number[], outputs: OutputInfo[]): void {
    if (this.paused || this.failed) return;
    this.attempt(() => {
      const from = inputs.map((id) => this.known(id));
      const node = this.graph.add(op, from, graphAttributes(attributes));
      this.remember(node);
      const given = inputs.map((id) => this.shapes.get(id) ?? []);
      const made = outputs.map(({ shape }) => shape);
      this.work += workOf(op, node.attributes, given, made);
      if (made[0]) this.graph.shapes.set(node.name, made[0]);
      outputs.forEach(({ id, dtype, shape }, index) => {
        this.shapes.set(id, shape);
        const output = { node, index, dtype };
        const own = tf.device.kind === 'cpu' && !this.portable;
        this.outputs.set(id, own ? mended(this.graph, output, given) : output);
      });
    });
  }

  written(dataId: object): void {
    this.inside.add(dataId);
  }

  variable(variable: tf.Variable): void {
    this.backend.getInputTensorIds([variable]); // its first value, shared with the tensor it was made of
    this.unrecorded(() => detach(this.backend, variable));
    this.resources.know(variable);
  }

  assigning(variable: tf.Variable): void {
    this.rewind.assigning(variable);
  }

  read(dataId: object): void {
    if (this.paused) return;
    const { values } = this.backend.tensorMap.get(dataId);
    if (values !== null && this.inside.has(dataId)) return; // what JavaScript itself put there
    this.problem(
      new CompileError(
        'the value of a tensor is read (dataSync, arraySync, data, print, a branch on it)',
        'return the tensor and read it outside, or decide with tf.where',
      ),
    );
  }

  /**
   * Notes why the function cannot be compiled.
   * @throws CompileError at once where the recorder is strict
   */
  problem(error: CompileError): void {
    this.problems.push(error);
    if (this.options.strict) throw error;
  }

  dynamic(tensor: tf.Tensor, read: ReadValues, first: Values): void {
    if (this.failed) return;
    this.inside.delete(tensor.dataId);
    const source = { read, first, shape: tensor.shape, dtype: tensor.dtype };
    this.dynamics.push({ output: this.feed(tensor, 'd'), source });
  }

  guard(read: () => unknown, value: unknown): void {
    this.guards.push({ read, value });
  }

  sumOverWorkers(tensors: readonly tf.Tensor[], weight?: tf.Scalar): tf.Tensor[] | undefined {
    if (this.failed) return undefined;
    const sums = addWorkerSums(this.graph, {
      inputs: tensors.map((tensor) => this.outputOf(tensor)),
      shapes: tensors.map(({ shape }) => shape),
      place: String(this.workerSums++),
      weight: weight && this.outputOf(weight),
    });
    const results: tf.Tensor[] = [];
    this.unrecorded(() => results.push(...tensors.map((tensor) => privateCopy(this.backend, tensor))));
    results.forEach((result, i) => this.outputs.set(this.realized(result).id, sums[i] as Output));
    return results;
  }

  update({ op, variables, inputs, attributes }: FusedUpdate, eager: () => void): void {
    if (this.failed) return eager();
    const values = inputs.map((input) =>
      typeof input === 'number'
        ? this.graph.constant(constantValue([], DType.float32, [input]))
        : this.outputOf(input),
    );
    const written = variables.map(({ shape }) => shape);
    this.work += workOf(op, {}, written, written);
    const flags = Object.entries(attributes).map(([name, value]) => [name, { kind: 'bool', value }] as const);
    this.resources.update(
      variables,
      (handles) => this.graph.add(op, [...handles, ...values], Object.fromEntries(flags)),
      () => this.unrecorded(eager),
    );
  }

  /** Whether a problem was met, after which nothing is worth writing down. */
  private get failed(): boolean {
    return this.problems.length > 0;
  }

  private remember(node: GraphNode): void {
    if (this.options.sites && !this.sites.has(node)) this.sites.set(node, callsite());
  }

  private attempt(body: () => void): void {
    try {
      body();
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      this.problem(error);
    }
  }

  private known(id: number): Output {
    const output = this.outputs.get(id);
    if (!output) throw new Error(`Cannot compile: tensor ${id} of TensorFlow was made unseen`);
    return output;
  }

  private unrecorded(body: () => void): void {
    const outer = this.paused;
    this.paused = true;
    try {
      body();
    } finally {
      this.paused = outer;
    }
  }

  private feed(tensor: tf.TensorInfo, prefix: string): Output {
    const { id, dtype } = this.realized(tensor);
    const output = this.graph.placeholder(dtype, tensor.shape, prefix);
    this.outputs.set(id, output);
    this.shapes.set(id, tensor.shape);
    return output;
  }

  private frozen(tensor: tf.TensorInfo): Output {
    const { id, dtype } = this.realized(tensor);
    return this.graph.constant(constantValue(tensor.shape, dtype, this.backend.binding.tensorDataSync(id)));
  }

  /** The backend's record of a tensor, handed to TensorFlow if it was not yet. */
  private realized(tensor: tf.TensorInfo): { id: number; dtype: number } {
    const record = this.backend.tensorMap.get(tensor.dataId);
    if (record.values !== null) {
      record.id = this.backend.binding.createTensor(record.shape, record.dtype, record.values);
      record.values = null;
      // the listening binding took it for a constant; the caller says what it is
      this.outputs.delete(record.id);
    }
    return record;
  }
}

/** Gives a variable data of its own where it shares it with other tensors, so that data tells which one is meant. */
export function detach(backend: NativeBackend, variable: tf.Variable): void {
  if (backend.tensorMap.get(variable.dataId).refCount === 1) return;
  const copy = privateCopy(backend, variable);
  variable.assign(copy);
  copy.dispose();
}
