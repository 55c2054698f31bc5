/** One recording made runnable: what is fed, what is fetched, which variables it holds, and when it may be used. */
import { whenUnreachable } from '../backend/lifetimes';
import { DType, type NativeBackend, type OutputInfo } from '../backend/native';
import { autocast, type HalfType } from '../graph/autocast';
import { padDepthwise } from '../graph/depthwise';
import { shapeImages } from '../graph/fedshapes';
import { keepFilters, keepsFilters, withoutKeeping } from '../graph/filters';
import { foldNorms } from '../graph/foldnorms';
import { type GraphNode, needed, type Output, outputName } from '../graph/graph';
import { biasesApart, slopeBeforePool } from '../graph/imageslopes';
import { keepInvariants } from '../graph/invariants';
import { usesOneDnn } from '../graph/onednn';
import { Session } from '../graph/session';
import { needsServer } from '../graph/workersum';
import type { Values } from '../recording/active';
import type { FieldReads } from '../recording/fields';
import { Holdings } from '../recording/holders';
import * as tf from '../tf';
import { Keeping } from './keeping';
import { afterWrite, beforeWrite, currentVersion, release, settle } from './ledger';
import type { Feed, Recorder } from './recorder';
import type { RecordedVariable } from './resources';
import { WORTH_THREADS } from './work';

/** What a recording of one call gives. */
export interface Recorded {
  readonly recorder: Recorder;
  /** The placeholder of each argument tensor. */
  readonly parameters: readonly Output[];
  /** The graph's outputs, each once. */
  readonly results: readonly Output[];
  /** The plain fields of modules and options that were read. */
  readonly fields: FieldReads;
}

interface Synced extends RecordedVariable {
  readonly written: boolean;
  /** Feed of a new value, and what to fetch for it to be stored. */
  readonly store: { readonly feed: string; readonly done: string };
  readonly fetched: string;
}

const typedArrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;
const typeNumbers = { float32: DType.float32, int32: DType.int32, bool: DType.bool } as const;

/** Distinct sets of variables handed over in one run; TensorFlow keeps a plan for each. */
const MAX_STORE_PLANS = 16;

/**
 * How many variables are read one by one between two calls. The next one brings all with it: TensorFlow took 40 ms to
 * prepare each new read of EfficientNet's graph, 12 s for all its variables. What is not read is not brought, since the
 * next call has to copy what somebody holds.
 */
const FETCHED_SINGLY = 8;

/**
 * A recording as a TensorFlow session: feeds what changes, fetches results and variables, writes back what was
 * assigned.
 */
export class Program {
  readonly nodes: readonly GraphNode[];
  private readonly variables: Synced[];
  private readonly written: Synced[];
  private readonly held = new Map<tf.Variable, number>();
  /** Variables read since the last call. */
  private fetches = 0;
  private readonly parameters: Feed<number>[];
  private readonly captured: readonly Feed<object>[];
  private readonly feedNames: string;
  private readonly outputNames: string;
  /** What to fetch after variables were handed over. */
  private readonly refresh: string | undefined;
  private readonly trainable: readonly boolean[];
  private readonly keeping: Keeping;
  private readonly holdings: Holdings;
  private readonly storePlans = new Set<string>();
  /** Apart, so that it can be closed when nobody can call the program any more. */
  private readonly loaded: { session?: Session } = {};

  constructor(
    private readonly backend: NativeBackend,
    private readonly recorded: Recorded,
    precision?: HalfType,
  ) {
    const { recorder, parameters, results } = recorded;
    const states = [...recorder.resources.used.values()];
    const writes = states.flatMap(({ lastWrite }) => lastWrite ?? []);
    const core = new Set(needed([...results.map(({ node }) => node), ...writes]));
    const isUsed = ({ node }: Output): boolean => core.has(node);
    this.parameters = parameters
      .map((output, index) => ({ output, source: index }))
      .filter(({ output }) => isUsed(output));
    this.captured = recorder.captured.filter(({ output }) => isUsed(output));
    const used = states.filter(({ handle }) => isUsed(handle));
    const first = recorder.graph.nodes.length;
    this.variables = used.map((state) => this.synced(state));
    this.written = this.variables.filter(({ written }) => written);
    const done = recorder.graph.ready(writes);
    const added = recorder.graph.nodes.slice(first);
    const all = [...core, ...needed(added).filter((node) => !core.has(node))];
    const written = new Set(states.flatMap(({ handle, lastWrite }) => (lastWrite ? [handle.node.name] : [])));
    const { graph } = recorder;
    const asked = new Set(results.map(({ node }) => node.name));
    const safe = padDepthwise(graph, shapeImages(graph, foldNorms(graph, all, written, asked)));
    const pooled = slopeBeforePool(graph, safe);
    const chosen = precision === undefined ? biasesApart(graph, pooled) : autocast(pooled, precision);
    const kept = keepInvariants(graph, chosen, written);
    this.refresh = kept.refresh;
    this.nodes = this.keepingFilters(kept.nodes, written, asked);
    this.keeping = new Keeping(keepsFilters(this.nodes));
    const dynamics = recorder.dynamics.filter(({ output }) => isUsed(output));
    this.feedNames = [...this.parameters, ...this.captured, ...dynamics]
      .map(({ output }) => outputName(output))
      .join();
    this.outputNames = [...results, done].map(outputName).join();
    this.trainable = this.variables.map(({ variable }) => variable.trainable);
    this.holdings = new Holdings(recorder.resources.used.keys());
    whenUnreachable(this, closing(this.loaded));
  }

  /** Whether a tensor or variable that the recording uses has been disposed, so that it can never run again. */
  get lost(): boolean {
    return (
      this.captured.some(({ source }) => !this.backend.tensorMap.has(source)) ||
      this.variables.some(({ variable }) => variable.isDisposed)
    );
  }

  /** Whether every flag that shaped the recording still has its value, and every module its variables and children. */
  get holds(): boolean {
    return (
      this.variables.every(({ variable }, i) => variable.trainable === this.trainable[i]) &&
      this.recorded.recorder.guards.every(({ read, value }) => Object.is(read(), value)) &&
      this.holdings.unchanged &&
      this.changedField === undefined
    );
  }

  /** The first field of a module or of options that no longer holds what the function read there. */
  get changedField(): string | undefined {
    return this.recorded.fields.changed;
  }

  /**
   * Runs the graph on new argument tensors; returns new tensors, one for each of `results`. A call that has been recorded
   * takes the dynamic values that were read while recording, so that readers count each call once.
   */
  run(args: readonly tf.Tensor[], values?: readonly Values[]): tf.Tensor[] {
    const own = this.dynamicIds(values);
    this.fetches = 0;
    try {
      const session = this.upToDate();
      const outputs = session.run([...this.fedIds(args), ...own], this.feedNames, this.outputNames);
      const done = outputs.pop();
      if (done) this.backend.binding.deleteTensor(done.id);
      return outputs.map((output) => this.backend.createOutputTensor(output));
    } finally {
      own.forEach((id) => this.backend.binding.deleteTensor(id));
      // also after a failure: TensorFlow may have stopped half-way, and its values are then the true ones
      for (const { variable } of this.written) {
        this.held.set(variable, afterWrite(this.backend, variable, this));
      }
    }
  }

  dispose(): void {
    if (!this.loaded.session) return;
    for (const { variable } of this.written) release(this.backend, variable, this);
    this.loaded.session.dispose();
    delete this.loaded.session;
    this.held.clear();
  }

  /**
   * Owner: the number of a new tensor with the variable's value.
   * @throws Error once the program is disposed of
   */
  fetch(variable: tf.Variable): number {
    const synced = this.written.find((one) => one.variable === variable);
    if (!synced || !this.loaded.session) {
      throw new Error(`Cannot read variable ${variable.name}: its compiled function was disposed`);
    }
    this.fetches += 1;
    if (this.fetches > FETCHED_SINGLY) return this.fetchAll(this.loaded.session, variable);
    return idOf(this.loaded.session.run([], '', synced.fetched)[0]);
  }

  /** Loads the graph into TensorFlow if it is not there yet; `run` does it too. */
  load(): Session {
    const nodes = this.keeping.now ? this.nodes : withoutKeeping(this.nodes);
    const threads = this.recorded.recorder.work < WORTH_THREADS ? 'one' : 'all';
    return (this.loaded.session ??= Session.load(this.backend.binding, nodes, threads));
  }

  /** `fetch` for whoever reads many variables: all of them in one run, since TensorFlow prepares each set anew. */
  private fetchAll(session: Session, variable: tf.Variable): number {
    const outputs = session.run([], '', this.written.map(({ fetched }) => fetched).join());
    const ids = outputs.map(idOf);
    this.written.forEach((one, i) => {
      const id = ids[i] ?? -1;
      const wanted = one.variable === variable || settle(this.backend, one.variable, this, id);
      if (!wanted) this.backend.binding.deleteTensor(id);
    });
    return ids[this.written.findIndex((one) => one.variable === variable)] ?? -1;
  }

  /** The nodes with filters kept, where that is worth it: a session that is made anew has to bring what it has written. */
  private keepingFilters(
    nodes: readonly GraphNode[],
    written: ReadonlySet<string>,
    asked: ReadonlySet<string>,
  ): readonly GraphNode[] {
    if (this.written.length > FETCHED_SINGLY || nodes.some(needsServer)) return nodes;
    const kept = keepFilters(this.recorded.recorder.graph, nodes, written, asked);
    return keepsFilters(kept) && usesOneDnn() ? kept : nodes;
  }

  private fedIds(args: readonly tf.Tensor[]): number[] {
    const tensors = this.parameters.map(({ source }) => args[source] as tf.Tensor);
    const outside = this.captured.map(({ source }) => ({ dataId: source }) as tf.TensorInfo);
    return this.backend.getInputTensorIds([...tensors, ...outside]);
  }

  /** Reads every dynamic value, also those that no operation needs: a reader may count its calls. */
  private dynamicIds(given?: readonly Values[]): number[] {
    const { dynamics } = this.recorded.recorder;
    const used = new Set(this.feedNames.split(','));
    const values = given ?? dynamics.map(({ source }) => source.read());
    return dynamics.flatMap(({ output, source }, i) => {
      if (!used.has(outputName(output))) return [];
      return this.backend.binding.createTensor(source.shape, ...typed(source.dtype, values[i] ?? 0));
    });
  }

  /** The session, holding every variable's value, when values that others share are saved. */
  private upToDate(): Session {
    for (const { variable } of this.written) beforeWrite(this.backend, variable);
    const stale = this.stale();
    const another = this.keeping.next(stale.some(({ written }) => !written));
    if (another) this.dispose();
    const session = this.load();
    this.hand(session, another ? this.stale() : stale);
    return session;
  }

  /** The variables whose value the session does not hold. */
  private stale(): Synced[] {
    return this.variables.filter(({ variable }) => this.held.get(variable) !== currentVersion(variable));
  }

  private hand(session: Session, stale: readonly Synced[]): void {
    if (stale.length === 0) return;
    const plan = stale.map(({ store }) => store.feed).join();
    const together = this.storePlans.has(plan) || this.storePlans.size < MAX_STORE_PLANS;
    if (together) this.storePlans.add(plan);
    for (const group of together ? [stale] : stale.map((one) => [one])) this.store(session, group);
    for (const { variable } of stale) this.held.set(variable, currentVersion(variable));
    if (this.refresh === undefined || stale.every(({ written }) => written)) return;
    for (const { id } of session.run([], '', this.refresh)) this.backend.binding.deleteTensor(id);
  }

  private store(session: Session, group: readonly Synced[]): void {
    const ids = this.backend.getInputTensorIds(group.map(({ variable }) => variable));
    const feeds = group.map(({ store }) => store.feed).join();
    const outputs = session.run(ids, feeds, group.map(({ store }) => store.done).join());
    for (const { id } of outputs) this.backend.binding.deleteTensor(id);
  }

  /** Adds the nodes that bring a variable's value into the session and out of it. */
  private synced(state: RecordedVariable): Synced {
    const { graph } = this.recorded.recorder;
    const { variable, dtype, handle } = state;
    const type = { dtype: { kind: 'type', value: dtype } } as const;
    const value = graph.placeholder(dtype, variable.shape, 's');
    const store = graph.add('AssignVariableOp', [handle, value], type);
    const done = graph.ready([store]);
    const read = graph.output('ReadVariableOp', [handle], type, dtype, 'r');
    const fetched = outputName(graph.output('Identity', [read], {}, dtype));
    const names = { feed: outputName(value), done: outputName(done) };
    return { ...state, written: state.lastWrite !== undefined, store: names, fetched };
  }
}

/** A function of its own: one made in the constructor would hold `this`. */
const closing = (loaded: { session?: Session }) => () => loaded.session?.dispose();

function idOf(info: OutputInfo | undefined): number {
  if (!info) throw new Error('Cannot run a recorded graph: expected an output, got none');
  return info.id;
}

function typed(dtype: tf.DataType, value: Values): [number, unknown] {
  const type = dtype as keyof typeof typedArrays;
  return [typeNumbers[type], typedArrays[type].from(typeof value === 'number' ? [value] : value)];
}
