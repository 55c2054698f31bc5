/** What `fit` is told, and what is wrong with it. */
import type { Optimizer } from '../optim/optimizers';
import type { GradScaler } from '../optim/scaler';
import type { Batches, LossFunction } from './batches';
import type { Callback } from './callbacks';
import type { Metric } from './metrics';
import type { ResidentOption } from './source';
import type { Precision } from './step';

/** Everything that `fit` is told. */
export interface FitOptions {
  /** Epochs in all; a resumed run counts those it has. */
  readonly epochs: number;
  readonly train: Batches;
  readonly valid?: Batches;
  readonly loss: LossFunction;
  readonly optimizer: Optimizer;
  /** Default: accuracy where targets are class numbers. */
  readonly metrics?: readonly Metric[];
  readonly callbacks?: readonly Callback[];
  /** Largest norm of all gradients together. */
  readonly clipNorm?: number;
  /** Largest absolute value of any gradient. */
  readonly clipValue?: number;
  /** Replays one recorded graph a step instead of single operations; default true on the native backend. */
  readonly compile?: boolean;
  /**
   * What products and convolutions of the training steps compute in, weights and everything else staying float32:
   * PyTorch's `autocast`. `bfloat16` for CPUs with AMX or AVX512-BF16 and for cards since Ampere, `float16` with loss
   * scaling for older cards; default `float32`. Validation is float32.
   */
  readonly precision?: Precision;
  /** Scales the loss; default: a new `GradScaler` with `float16` (kept by `resume(history)`), none otherwise. */
  readonly scaler?: GradScaler;
  /**
   * Keeps `train` and `valid` on the device, so that a step is sent the positions of its samples only. `'auto'`, the
   * default: on a GPU, for a `DataLoader` whose data set is `fixed` and takes at most an eighth of the free memory.
   * The copy is made when `fit` or `resume` begins: what a callback then changes in the data set is not seen.
   */
  readonly resident?: ResidentOption;
  /** Shows progress; default true. */
  readonly display?: boolean;
  /** Ends with advice when a loss is NaN or infinite; default true. */
  readonly nanGuard?: boolean;
  /** One batch of training and one of validation, to see that everything fits together; writes no files. */
  readonly fastDevRun?: boolean;
  /** File that the callback `checkpoint` wrote: goes on from there. Model and optimizer are built as they were then. */
  readonly resume?: string;
  /** Interrupts the run after the step it is in; default: the running cell's interrupt. */
  readonly signal?: AbortSignal;
}

const PRECISIONS: readonly Precision[] = ['float32', 'float16', 'bfloat16'];

function checkPrecision({ precision = 'float32', compile = true }: FitOptions): void {
  if (!PRECISIONS.includes(precision)) {
    throw new RangeError(
      `Cannot fit: expected precision ${PRECISIONS.join(', ')}, got "${String(precision)}"`,
    );
  }
  if (precision !== 'float32' && !compile) {
    throw new RangeError(
      `Cannot fit: expected compile true with precision "${precision}", which only recorded steps have, got false`,
    );
  }
}

/** @throws RangeError or TypeError that names the option */
export function check(options: FitOptions): void {
  const { epochs, optimizer, train } = options;
  checkPrecision(options);
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new RangeError(`Cannot fit: expected an integer number of epochs ≥ 1, got ${epochs}`);
  }
  if (optimizer === undefined || train === undefined) {
    const missing = [optimizer === undefined && 'optimizer', train === undefined && 'train'].filter(Boolean);
    throw new TypeError(`Cannot fit: expected options ${missing.join(' and ')}, got undefined`);
  }
}
