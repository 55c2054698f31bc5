/** The loop behind `fit`: one object a run, which callbacks see as `Run`. */
import { say } from '../../../bin/bootstrap/language';
import { randomState, setRandomState } from '../../engine/random';
import * as tf from '../../engine/tf';
import { withMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import type { Optimizer } from '../optim/optimizers';
import { Average } from './average';
import { type Batch, Breath, breathe } from './batches';
import type { BatchLog, Callback, Run, RunState, Verdict } from './callbacks';
import { checkLoss } from './callbacks/limits';
import { walk } from './evaluate';
import type { Feed } from './feed';
import { type Ending, type EpochLog, History, type Position } from './history';
import type { FitOptions } from './options';
import { runStep, type Steps } from './step';

const capital = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1);

export class Trainer implements Run {
  readonly optimizer: Optimizer;
  readonly epochs: number;
  readonly batches: number | undefined;
  readonly samples: number | undefined;
  validSamples: number | undefined;
  private readonly average = new Average();
  /** Batches of the current epoch so far. */
  private batch = 0;
  /** Seconds that the current epoch had taken when its run was interrupted. */
  private spent = 0;
  private started = 0;

  constructor(
    readonly model: Module,
    private readonly options: FitOptions,
    private readonly steps: Steps,
    private readonly feeds: { readonly train: Feed; readonly valid?: Feed },
    private readonly callbacks: readonly Callback[],
    readonly history: History,
    readonly resumed: boolean,
    private readonly signal: AbortSignal | undefined,
  ) {
    const { optimizer, train, fastDevRun = false } = options;
    this.optimizer = optimizer;
    this.epochs = fastDevRun ? 1 : options.epochs;
    this.batches = fastDevRun ? 1 : train.length;
    this.samples = train.dataset?.length;
  }

  /** Trains to the end, an interrupt, or a callback's `'stop'`. */
  async run(): Promise<Ending> {
    let ending: Ending = 'failed';
    try {
      for (const callback of this.callbacks) await callback.onStart?.(this);
      await breathe();
      const position = this.history.position;
      if (position) this.restore(position);
      ending = await withMode(this.model, 'train', (again) => this.loop(position?.trained ?? false, again));
      return ending;
    } finally {
      this.history.ending = ending;
      for (const callback of this.callbacks) await callback.onEnd?.(this.history, this);
    }
  }

  snapshot(): RunState {
    const callbacks = this.callbacks.flatMap((callback) => {
      const state = callback.stateDict?.();
      return state === undefined ? [] : [{ name: callback.name ?? '', state }];
    });
    return { history: this.history.toJSON(), callbacks };
  }

  private async loop(trained: boolean, enterTraining: () => void): Promise<Ending> {
    while (this.history.epochs.length < this.epochs) {
      enterTraining(); // a callback may have looked at the model and left it in evaluation mode
      this.started = performance.now();
      const verdict = trained ? undefined : await this.trainEpoch();
      trained = false;
      if (verdict === 'interrupted') return verdict;
      const valid = await this.validate();
      if (valid === 'interrupted') return valid;
      if ((await this.closeEpoch(valid)) === 'stop' || verdict === 'stop') return 'stopped';
      if (this.signal?.aborted && this.history.epochs.length < this.epochs) return 'interrupted';
    }
    return 'finished';
  }

  private async trainEpoch(): Promise<'interrupted' | Verdict> {
    const breath = new Breath();
    let skip = this.options.train.loadStateDict ? 0 : this.batch;
    let verdict: Verdict = undefined;
    for (const batch of this.feeds.train) {
      if (skip-- > 0) continue;
      verdict = await this.trainBatch(batch);
      if (this.signal?.aborted) {
        this.history.position = this.here(false);
        return 'interrupted';
      }
      if (verdict === 'stop' || this.options.fastDevRun) break;
      await breath.take();
    }
    if (this.batch === 0) throw new RangeError('Cannot train: expected at least one batch, got 0');
    return verdict;
  }

  private async trainBatch(batch: Batch): Promise<Verdict> {
    const { lr } = this.optimizer;
    const epoch = this.history.epochs.length + 1;
    const numbers = runStep(this.steps.train, batch);
    const step = this.history.steps.loss.length + 1;
    if ((this.options.nanGuard ?? true) && !Number.isFinite(numbers.loss)) {
      tf.tidy(() => {
        const samples = this.feeds.train.samples(batch);
        checkLoss(numbers.loss, { model: this.model, batch: samples, lr, epoch, step });
      });
    }
    this.average.add(numbers);
    this.batch++;
    this.history.steps.loss.push(numbers.loss);
    this.history.steps.lr.push(lr);
    const running = () => this.average.result(this.steps.metrics.list);
    const log: BatchLog = {
      epoch,
      step,
      batch: this.batch,
      size: numbers.size,
      loss: numbers.loss,
      lr,
      running,
    };
    return this.ask((callback) => callback.onBatchEnd?.(log, this));
  }

  /** Validation numbers under their own names; `'interrupted'` if the user did not want to wait. */
  private async validate(): Promise<Record<string, number> | 'interrupted'> {
    const { fastDevRun } = this.options;
    const { valid } = this.feeds;
    if (!valid) return {};
    this.history.position = this.here(true);
    const options = { signal: this.signal, ...(fastDevRun ? { limit: 1 } : {}) };
    const average = await withMode(this.model, 'eval', () => walk(this.steps.valid, valid, options));
    if (!average) return 'interrupted';
    this.validSamples = average.count;
    const result = Object.entries(average.result(this.steps.metrics.list));
    return Object.fromEntries(result.map(([key, value]) => [`valid${capital(key)}`, value]));
  }

  private async closeEpoch(valid: Record<string, number>): Promise<Verdict> {
    const log: EpochLog = {
      epoch: this.history.epochs.length + 1,
      ...(this.average.result(this.steps.metrics.list) as { loss: number }),
      ...valid,
      lr: this.optimizer.lr,
      seconds: this.seconds(),
    };
    this.history.epochs.push(log);
    this.batch = 0;
    this.spent = 0;
    this.average.reset();
    this.history.position = this.here(false);
    return this.ask((callback) => callback.onEpochEnd?.(log, this));
  }

  /** Asks every callback, even after one said stop: each has to see every step. */
  private async ask(of: (callback: Callback) => Verdict | Promise<Verdict>): Promise<Verdict> {
    let verdict: Verdict = undefined;
    for (const callback of this.callbacks) {
      const answer = of(callback);
      // No pause where none is needed: most callbacks answer at once, thousands of times.
      if ((answer instanceof Promise ? await answer : answer) !== 'stop') continue;
      verdict = 'stop';
      this.history.reason ||= say({
        zh: `回调 ${callback.name ?? '（未命名）'} 停止了训练`,
        en: `the callback ${callback.name ?? '(without a name)'} stopped the training`,
      });
    }
    return verdict;
  }

  private seconds(): number {
    return this.spent + (performance.now() - this.started) / 1000;
  }

  private here(trained: boolean): Position {
    return {
      epochs: this.history.epochs.length,
      steps: this.history.steps.loss.length,
      batch: this.batch,
      trained,
      average: this.average.stateDict(),
      random: randomState(),
      loader: this.options.train.stateDict?.() ?? null,
      seconds: this.batch === 0 ? 0 : this.seconds(),
    };
  }

  private restore({ batch, average, random, loader, seconds }: Position): void {
    this.batch = batch;
    this.spent = seconds;
    this.average.loadStateDict(average);
    setRandomState(random);
    if (loader !== null) this.options.train.loadStateDict?.(loader as never);
  }
}
