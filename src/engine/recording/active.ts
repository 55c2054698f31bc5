/**
 * The place where a running recording can be reached, so that dynamic values, guards and optimizer updates can tell
 * it what the tensor operations alone do not show. Outside `compile()` it is empty and they act plainly.
 */
import type * as tf from '../tf';

/** One number, or as many as a tensor has elements. */
export type Values = number | ArrayLike<number>;

/** Values read anew for every call. */
export type ReadValues = () => Values;

/** An in-place update by one TensorFlow operation, e.g. `ResourceApplyAdam`. */
export interface FusedUpdate {
  readonly op: string;
  /** The variables that become the operation's leading resource inputs, in its order; all of them are written. */
  readonly variables: readonly tf.Variable[];
  /** The operation's remaining inputs, in its order; a number stands for a float32 scalar constant. */
  readonly inputs: readonly (tf.Tensor | number)[];
  readonly attributes: Readonly<Record<string, boolean>>;
}

/** What a recording wants to hear of beside the tensor operations themselves. */
export interface ActiveRecording {
  /** Whether others are to run the graph, who have TensorFlow's own operations alone. */
  readonly portable: boolean;
  /** `tensor` holds `values`, which `read()` just gave; the next replay reads again. */
  dynamic(tensor: tf.Tensor, read: ReadValues, values: Values): void;
  /** The recording holds only as long as `read()` stays `value`. */
  guard(read: () => unknown, value: unknown): void;
  /**
   * What stands for the sums of `tensors`, times `weight`, over all workers while recording: only replays meet the other
   * workers, and since a recorded call is made by one, the values do not count. Undefined where nothing is recorded any
   * more.
   */
  sumOverWorkers(tensors: readonly tf.Tensor[], weight?: tf.Scalar): tf.Tensor[] | undefined;
  /** Runs `eager` now; a replay runs the one operation instead. */
  update(fused: FusedUpdate, eager: () => void): void;
}

let active: ActiveRecording | undefined;

/** The recording under way, if there is one. */
export function activeRecording(): ActiveRecording | undefined {
  return active;
}

/** Runs `body` with `recording` as the active one (`undefined` pauses the one under way). */
export function withRecording<T>(recording: ActiveRecording | undefined, body: () => T): T {
  const outer = active;
  active = recording;
  try {
    return body();
  } finally {
    active = outer;
  }
}
