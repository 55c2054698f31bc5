/** What is measured: one piece of work that tsdl and its PyTorch peer do alike. */

/** A prepared piece of work; each call does it once, to the point where its result is a JavaScript number. */
export type Step = () => void | Promise<void>;

/** How tsdl runs it: recorded, recorded with products in 16 bits, or operation by operation. */
export type Mode = 'compiled' | 'bfloat16' | 'eager';

export interface Workload {
  readonly name: string;
  /** The peer's file in bench/peers and its arguments; default: the name. */
  readonly peer?: string;
  /**
   * What somebody who knows PyTorch would try, as the peer's arguments: the table's ratio is to the fastest of these and
   * plain eager. Default: `--compile`.
   */
  readonly variants?: readonly string[];
  /** Whether JAX and Keras have it, too. */
  readonly others?: boolean;
  /** What the table says. */
  readonly title: string;
  /** Calls in a row before it is the other's turn, and how many turns each has. */
  readonly calls: number;
  readonly rounds: number;
  /** Calls before measuring starts; recording is one of them. */
  readonly warmup: number;
  /** Whether the eager form is measured too (default) or would take too long. */
  readonly eager?: boolean;
  /** How it is recorded; `compiled` unless given. */
  readonly mode?: Mode;
  /** Builds model and data. */
  setup(mode: Mode): Step | Promise<Step>;
}
