/**
 * `fit`: the training loop, once and for all. What it does can be read in the notebook's plain loop; what it adds is
 * that it shows its progress, can be interrupted and resumed, and lets callbacks look on.
 */
import { say } from '../../../bin/bootstrap/language';
import type { Module } from '../../nn/module';
import { kernelHost } from '../notebook/host';
import type { Optimizer } from '../optim/optimizers';
import { GradScaler } from '../optim/scaler';
import type { Batches, LossFunction } from './batches';
import { type Callback, defaultCallbacks, lineLog, type RunState } from './callbacks';
import { loadCheckpoint } from './checkpoint';
import { feedOf, type ResidentOption } from './feed';
import { History } from './history';
import type { Metric } from './metrics';
import { makeSteps, type Precision } from './step';
import { Trainer } from './trainer';

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

/** What `resume` needs beside the history itself. */
const runs = new WeakMap<History, { model: Module; options: FitOptions }>();

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

function check(options: FitOptions): void {
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

/** The user's callbacks, then what shows the run, then those that have to see what the others did. */
function allCallbacks({ callbacks = [], display = true, fastDevRun = false }: FitOptions): Callback[] {
  const shown = display ? (defaultCallbacks() ?? [lineLog()]) : [];
  const own = callbacks.filter((callback) => !(fastDevRun && callback.writes));
  return [...own.filter((c) => !c.last), ...shown, ...own.filter((c) => c.last)];
}

/** With the scaler that float16 needs, which a resumed run goes on using. */
function withScaler(options: FitOptions): FitOptions {
  const { precision, scaler } = options;
  return precision === 'float16' && !scaler ? { ...options, scaler: new GradScaler() } : options;
}

/** Where batches come from; one batch alone is not worth a copy of all. */
function makeFeeds({ train, valid, resident = 'auto', compile = true, fastDevRun = false }: FitOptions) {
  const asked = fastDevRun && resident === 'auto' ? false : resident;
  const feed = feedOf(train, asked, compile, 'train');
  try {
    return { train: feed, ...(valid && { valid: feedOf(valid, asked, compile, 'valid') }) };
  } catch (error) {
    feed.dispose();
    throw error;
  }
}

async function train(model: Module, given: FitOptions, history: History, resumed: boolean): Promise<History> {
  check(given);
  const options = withScaler(given);
  const signal = options.signal ?? kernelHost()?.signal();
  runs.set(history, { model, options });
  history.ending = 'running';
  history.reason = '';
  const feeds = makeFeeds(options);
  const steps = makeSteps(model, options, feeds);
  const trainer = new Trainer(model, options, steps, feeds, allCallbacks(options), history, resumed, signal);
  const ending = await trainer.run().finally(() => {
    steps.dispose();
    feeds.train.dispose();
    feeds.valid?.dispose();
  });
  if (ending === 'interrupted') {
    const { epochs = 0, batch = 0 } = history.position ?? {};
    const where =
      batch > 0
        ? say({ zh: `第 ${epochs + 1} 轮第 ${batch} 个小批量`, en: `batch ${batch} of epoch ${epochs + 1}` })
        : say({ zh: `第 ${epochs} 轮`, en: `epoch ${epochs}` });
    history.reason = say({
      zh: `已在${where}之后中断；模型、优化器和记录都已保留，用 await resume(history) 继续`,
      en: `interrupted after ${where}; model, optimizer and history are kept, await resume(history) goes on`,
    });
  }
  if (history.reason !== '' && (options.display ?? true)) console.log(history.reason);
  return history;
}

/**
 * Trains a model and returns the record of the run. Yields to the event loop at least ten times a second.
 * @example
 * const history = await fit(model, {
 *   epochs: 10,
 *   train: trainLoader,
 *   valid: testLoader,
 *   loss: nn.crossEntropy,
 *   optimizer: optimizer,
 *   callbacks: [reduceLROnPlateau(scheduler), earlyStopping({ patience: 7 })],
 * });
 */
export async function fit(model: Module, options: FitOptions): Promise<History> {
  if (options.resume === undefined) return train(model, options, new History(), false);
  check(options);
  return train(model, options, load(options.resume, model, options), true);
}

/** Puts model, optimizer and callbacks where they were when the file was written. */
function load(path: string, model: Module, { optimizer, callbacks = [] }: FitOptions): History {
  const { extra } = loadCheckpoint(path, { model, optimizer });
  const { history, callbacks: states } = (extra ?? {}) as Partial<RunState>;
  if (history === undefined || !states) {
    throw new RangeError(
      `Cannot resume from "${path}": expected a file of the callback checkpoint(), got another`,
    );
  }
  const names = callbacks.map(({ name = '' }) => name);
  const saved = states.filter(({ name }) => name !== undefined && names.includes(name));
  callbacks.forEach((callback) => {
    const at = saved.findIndex(({ name }) => name === callback.name);
    const [found] = at < 0 ? [] : saved.splice(at, 1);
    if (found?.state !== undefined) callback.loadStateDict?.(found.state as never);
  });
  return History.from(history);
}

/**
 * Goes on where a run was interrupted or stopped, with the same numbers as if it had not been; `changes` replaces
 * options, for example `{ epochs: 20 }` to train longer.
 * @example
 * await resume(history);
 */
export function resume(history: History, changes: Partial<FitOptions> = {}): Promise<History> {
  const run = runs.get(history);
  if (!run) throw new TypeError('Cannot resume: expected the history that fit() returned in this session');
  return train(run.model, { ...run.options, ...changes }, history, true);
}
