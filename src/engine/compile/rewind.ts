/**
 * Takes back what one run of a function wrote to variables. A recording runs the function only to see its
 * operations; its variables are then put back and the recorded graph makes the call, so that all calls of a compiled
 * function round alike and a run that goes on from a checkpoint in a new process gives the same bits.
 */
import type { NativeBackend } from '../backend/native';
import * as tf from '../tf';

/** The parts of TensorFlow.js's engine that have no public type. */
interface Engine {
  makeTensorFromDataId(dataId: object, shape: number[], dtype: tf.DataType, backend: unknown): tf.Tensor;
}

/** Takes back what a recorded run wrote into variables, so that recording a call leaves no trace. */
export class Rewind {
  /** What each written variable held first, kept alive by a tensor that shares the data. */
  private readonly first = new Map<tf.Variable, tf.Tensor>();
  private readonly data = new Set<object>();

  constructor(private readonly backend: NativeBackend) {}

  /** Call before `variable` is given other data. */
  assigning(variable: tf.Variable): void {
    if (this.first.has(variable)) return;
    const { dataId, shape, dtype } = variable;
    this.backend.incRef(dataId);
    // not tf.clone, which a gradient tape would write down
    const engine = tf.engine() as unknown as Engine;
    this.first.set(variable, tf.keep(engine.makeTensorFromDataId(dataId, shape, dtype, this.backend)));
    this.data.add(dataId);
  }

  /** Whether `dataId` is kept alive here, which is not a use by the function. */
  holds(dataId: object): boolean {
    return this.data.has(dataId);
  }

  /** Puts back what the variables held first. */
  undo(): void {
    for (const [variable, first] of this.first) if (!variable.isDisposed) variable.assign(first);
    this.forget();
  }

  /** Leaves the variables as the run left them. */
  forget(): void {
    tf.dispose([...this.first.values()]);
    this.first.clear();
    this.data.clear();
  }
}
