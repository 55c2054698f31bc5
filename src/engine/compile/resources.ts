/**
 * The variables of a recording. Each is one TensorFlow resource, whose value is read by one `ReadVariableOp`, however
 * often the function uses it. A plain `assign` only gives the variable another value within the recording and is
 * written once, at the end; an optimizer's fused update writes in place, so what was read before it is ordered before
 * it, and what is read afterwards is read anew. (The order also spares a copy: TensorFlow copies a variable that is
 * updated while its old value is in use.)
 */
import type { NativeBackend } from '../backend/native';
import type { Graph, GraphNode, Output } from '../graph/graph';
import type { Attributes } from '../graph/opdefs';
import * as tf from '../tf';

/** Stands for data that is of no interest any more. */
const NOWHERE = {};

/** A variable within a recording. */
export interface RecordedVariable {
  readonly variable: tf.Variable;
  readonly dtype: number;
  readonly handle: Output;
  /** The node that read the current value, once one did. */
  read?: Output;
  lastWrite?: GraphNode;
  /** The variable's data as of its last write; other data means a plain assignment not yet written. */
  dataId: object;
}

/** What the recording knows of tensors. */
interface Tensors {
  /** Finds the graph's output for a tensor, capturing it where the recording has not seen it. */
  lookup(tensor: tf.TensorInfo): Output;
  /** Whether one of the uses of this data is not the function's. */
  ignores(dataId: object): boolean;
}

/** The variables of a recording: who owns which data, and what each held when it was read and written. */
export class Resources {
  /** The variables that the function used, in order. */
  readonly used = new Map<tf.Variable, RecordedVariable>();
  private readonly byData = new Map<object, tf.Variable>();
  private readonly firstData = new Map<tf.Variable, object>();

  constructor(
    private readonly backend: NativeBackend,
    private readonly graph: Graph,
    private readonly tensors: Tensors,
  ) {}

  /** Makes `variable`, whose data no other tensor shares, known before it is used. */
  know(variable: tf.Variable): void {
    this.byData.set(variable.dataId, variable);
    if (!this.firstData.has(variable)) this.firstData.set(variable, variable.dataId);
  }

  /** The value of the variable that owns this data; `undefined` where none does. */
  read(dataId: object): Output | undefined {
    const variable = this.byData.get(dataId);
    if (!variable) return undefined;
    const state = this.stateOf(variable);
    if (!state.read) {
      const node = this.graph.add('ReadVariableOp', [state.handle], typeAttribute(state));
      if (state.lastWrite) node.controls.add(state.lastWrite);
      state.read = { node, index: 0, dtype: state.dtype };
    }
    return state.read;
  }

  /** Records `add`, which writes the variables in place, and `eager`, which does the same now. */
  update(variables: readonly tf.Variable[], add: (handles: Output[]) => GraphNode, eager: () => void): void {
    const states = variables.map((variable) => this.stateOf(variable));
    for (const state of states) {
      if (state.variable.dataId !== state.dataId) this.assign(state);
      this.keepOld(state);
    }
    const node = add(states.map(({ handle }) => handle));
    for (const state of states) writes(node, state);
    eager();
    for (const state of states) {
      this.byData.delete(state.dataId);
      state.dataId = state.variable.dataId;
      this.know(state.variable);
    }
  }

  /** Writes the values that plain assignments left behind. */
  finish(): void {
    for (const [variable, first] of this.firstData) {
      const known = this.used.get(variable)?.dataId ?? first;
      if (known !== variable.dataId && !variable.isDisposed) this.assign(this.stateOf(variable));
    }
  }

  /** Lets go of the data that the recorded run met; the variables themselves are still known. */
  forget(): void {
    this.byData.clear();
    this.firstData.clear();
    for (const state of this.used.values()) state.dataId = NOWHERE;
  }

  private stateOf(variable: tf.Variable): RecordedVariable {
    const known = this.used.get(variable);
    if (known) return known;
    const dataId = this.firstData.get(variable);
    if (!dataId) throw new Error(`Cannot compile: variable ${variable.name} was made unseen`);
    const { dtype } = this.backend.tensorMap.get(variable.dataId);
    const handle = this.graph.variable(dtype, variable.shape, `v${this.used.size}`, 'v');
    const state: RecordedVariable = { variable, dtype, handle, dataId };
    this.used.set(variable, state);
    return state;
  }

  private assign(state: RecordedVariable): void {
    this.keepOld(state);
    const value = this.tensors.lookup(state.variable);
    writes(this.graph.add('AssignVariableOp', [state.handle, value], typeAttribute(state)), state);
    state.dataId = state.variable.dataId;
  }

  /** Reads the value that is about to be overwritten if a tensor of the function still holds it. */
  private keepOld({ variable, dataId }: RecordedVariable): void {
    if (!this.backend.tensorMap.has(dataId)) return;
    const own = (variable.dataId === dataId ? 1 : 0) + (this.tensors.ignores(dataId) ? 1 : 0);
    if (this.backend.tensorMap.get(dataId).refCount <= own) return;
    this.tensors.lookup({ dataId, shape: variable.shape, dtype: variable.dtype });
  }
}

const typeAttribute = ({ dtype }: RecordedVariable): Attributes => ({
  dtype: { kind: 'type', value: dtype },
});

/** Orders `node`, which writes the variable, after everything that used its old value. */
function writes(node: GraphNode, state: RecordedVariable): void {
  const before = [state.lastWrite, state.read?.node, ...(state.read?.node.readers ?? [])];
  for (const earlier of before) if (earlier && earlier !== node) node.controls.add(earlier);
  state.lastWrite = node;
  state.read = undefined;
}
