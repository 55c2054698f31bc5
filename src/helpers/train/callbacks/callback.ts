/** What a callback is, and what it may see of a run. */
import type { Module } from '../../../nn/module';
import type { Optimizer } from '../../optim/optimizers';
import type { EpochLog, History } from '../history';
import type { Metric } from '../metrics';

/** What callbacks may see of a run. */
export interface Run {
  readonly model: Module;
  readonly optimizer: Optimizer;
  /** Epochs to train in all. */
  readonly epochs: number;
  /** Batches an epoch, where the loader says so. */
  readonly batches: number | undefined;
  /** Training samples an epoch, where the loader says so. */
  readonly samples: number | undefined;
  /** Validation samples, once they have been walked. */
  readonly validSamples: number | undefined;
  readonly history: History;
  /** What is measured; undefined where nothing was asked for. */
  readonly metrics?: readonly Metric[] | undefined;
  /** Whether this run goes on where an earlier one stopped: a callback then keeps what it knows. */
  readonly resumed: boolean;
  /** Everything beside model and optimizer that going on needs: plain JSON with arrays of numbers and tensors in it. */
  snapshot(): RunState;
}

/** A run on paper: see `Run.snapshot`. */
export interface RunState {
  readonly history: unknown;
  /** State of each callback that has one, by name. */
  readonly callbacks: readonly { readonly name?: string; readonly state?: unknown }[];
}

/** One training step. */
export interface BatchLog {
  readonly epoch: number;
  /** Steps since training began, this one included. */
  readonly step: number;
  /** Batches of this epoch so far, this one included. */
  readonly batch: number;
  /** Samples in this batch. */
  readonly size: number;
  /** Loss of this batch. */
  readonly loss: number;
  readonly lr: number;
  /** Means over the epoch so far: loss and metrics. */
  running(): Readonly<Record<string, number>>;
}

/** `'stop'` ends training after this step or epoch. */
export type StopRequest = 'stop' | void;

/** What happens at the points of a run. A hook that returns `'stop'` ends the run, by way of `onEnd`. */
export interface Callback {
  /** Named in messages when it stops the run. */
  readonly name?: string;
  /** Runs after all others (checkpoints, which have to see what the others did). */
  readonly last?: boolean;
  /** Leaves files behind: not run by `fastDevRun`, and among several workers by the first alone. */
  readonly writes?: boolean;
  /** Its `onBatchEnd` changes nothing that a step computes with, or only the optimizer: recorded steps go on as they are. */
  readonly looksOn?: boolean;
  /** The file from which `fit` can go on: after `tsdl launch` has started all workers anew, it does so by itself. */
  readonly resumes?: string;
  /** Decides by what differs between workers, such as the clock: among several, all stop one step after it asks for it. */
  readonly local?: boolean;
  /** Before the first step, of a resumed run too. */
  onStart?(run: Run): void | Promise<void>;
  /** After each training step. */
  onBatchEnd?(batch: BatchLog, run: Run): StopRequest | Promise<StopRequest>;
  /** After each epoch and its validation. */
  onEpochEnd?(epoch: EpochLog, run: Run): StopRequest | Promise<StopRequest>;
  /** Always runs, after an error too. */
  onEnd?(history: History, run: Run): void | Promise<void>;
  /** What a later run needs to go on: plain JSON with arrays of numbers and tensors in it. */
  stateDict?(): unknown;
  /** Takes back what `stateDict` gave. */
  loadStateDict?(state: never): void;
}
