/** The loop behind `fit`: one object a run, which callbacks see as `Run`. */
import { say } from '../../../bin/bootstrap/language';
import { randomState, setRandomState } from '../../engine/random';
import * as tf from '../../engine/tf';
import { withMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import { yieldEvery, yieldToEventLoop } from '../notebook/pause';
import type { Optimizer } from '../optim/optimizers';
import { Average } from './average';
import { type Batch, type Walk, walkOf } from './batches';
import type { BatchLog, Callback, Run, RunState, StopRequest } from './callbacks';
import { refuseStep } from './callbacks/limits';
import { walk } from './evaluate';
import { type Ending, type EpochLog, History, type Position } from './history';
import type { Metric } from './metrics';
import type { FitOptions } from './options';
import type { Source } from './source';
import type { Step } from './step';
import { agree, size, type Wishes } from './workers';

const capital = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1);

/** What a run is made of. */
export interface TrainerParts {
  readonly model: Module;
  readonly options: FitOptions;
  /** Where each epoch's batches come from. */
  readonly sources: { readonly train: Source; readonly valid?: Source };
  /** What is done with one. */
  readonly steps: { readonly train: Step; readonly valid: Step };
  /** In the order in which they are asked. */
  readonly callbacks: readonly Callback[];
  /** Of the run so far; its position is where this one goes on. */
  readonly history: History;
  readonly resumed: boolean;
  /** Interrupts the run after the step it is in. */
  readonly signal?: AbortSignal | undefined;
  /** What this worker wishes among several, where all have to end after the same step. */
  readonly wishes: Wishes;
}

/** One run: epochs of training and validation, between which and after whose steps callbacks are asked. */
export class Trainer implements Run {
  readonly model: Module;
  readonly history: History;
  readonly resumed: boolean;
  readonly optimizer: Optimizer;
  readonly epochs: number;
  readonly batches: number | undefined;
  readonly samples: number | undefined;
  validSamples: number | undefined;
  readonly metrics: readonly Metric[] | undefined;
  private readonly average = new Average();
  /** The walk over the batches of the current epoch, or of the last one. */
  private walk: Walk | undefined;
  /** Batches of the current epoch so far. */
  private batch = 0;
  /** Seconds that the current epoch had taken when its run was interrupted. */
  private spent = 0;
  private started = 0;

  constructor(private readonly parts: TrainerParts) {
    const { model, options, history, resumed } = parts;
    const { optimizer, train, fastDevRun = false } = options;
    [this.model, this.history, this.resumed] = [model, history, resumed];
    this.optimizer = optimizer;
    this.metrics = options.metrics;
    this.epochs = fastDevRun ? 1 : options.epochs;
    // NaN: a loader over samples that come one after the other
    this.batches = fastDevRun ? 1 : Number.isNaN(train.length) ? undefined : train.length;
    this.samples = train.dataset?.length;
  }

  /** Trains to the end, an interrupt, or a callback's `'stop'`. */
  async run(): Promise<Ending> {
    let ending: Ending;
    try {
      for (const callback of this.parts.callbacks) await callback.onStart?.(this);
      await yieldToEventLoop();
      const position = this.history.position;
      if (position) this.restore(position);
      ending = await withMode(this.model, 'train', (again) => this.loop(position?.trained ?? false, again));
    } catch (error) {
      await this.end('failed').catch(() => undefined); // what went wrong first is what is told
      throw error;
    }
    await this.end(ending);
    return ending;
  }

  /** Lets every callback end, whatever the others do: a checkpoint is written all the same. @throws the first error */
  private async end(ending: Ending): Promise<void> {
    this.history.ending = ending;
    const errors: unknown[] = [];
    for (const callback of this.parts.callbacks) {
      try {
        await callback.onEnd?.(this.history, this);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  snapshot(): RunState {
    const callbacks = this.parts.callbacks.flatMap((callback) => {
      const state = callback.stateDict?.();
      return state === undefined ? [] : [{ name: callback.name ?? '', state }];
    });
    return { history: this.history.toJSON(), callbacks };
  }

  private async loop(trained: boolean, enterTraining: () => void): Promise<Ending> {
    while (this.history.epochs.length < this.epochs) {
      enterTraining(); // a callback may have looked at the model and left it in evaluation mode
      this.started = performance.now();
      const request = trained ? undefined : await this.trainEpoch();
      trained = false;
      if (request === 'interrupted') return request;
      const valid = await this.validate();
      if (valid === 'interrupted') return valid;
      if ((await this.closeEpoch(valid)) === 'stop' || request === 'stop') return 'stopped';
      if (this.history.epochs.length === this.epochs) break;
      const agreed = size > 1 ? agree(this.parts.wishes) : undefined;
      if (agreed === 'stop') return 'stopped';
      if (size > 1 ? agreed : this.parts.signal?.aborted) return 'interrupted';
    }
    return 'finished';
  }

  private async trainEpoch(): Promise<'interrupted' | StopRequest> {
    const rest = yieldEvery();
    let skip = this.parts.options.train.loadStateDict ? 0 : this.batch;
    let request: 'interrupted' | StopRequest = undefined;
    this.walk = walkOf(this.parts.sources.train);
    for await (const batch of this.walk) {
      if (skip-- > 0) continue;
      request = await this.trainBatch(batch);
      if (request === 'interrupted' || (size === 1 && this.parts.signal?.aborted)) {
        this.history.position = this.here(false);
        return 'interrupted';
      }
      if (request === 'stop' || this.parts.options.fastDevRun) break;
      await rest();
    }
    if (this.batch === 0) throw new RangeError('Cannot train: expected at least one batch, got 0');
    return request;
  }

  private async trainBatch(batch: Batch): Promise<'interrupted' | StopRequest> {
    const { lr } = this.optimizer;
    const epoch = this.history.epochs.length + 1;
    const numbers = this.parts.steps.train.run(batch);
    const step = this.history.steps.loss.length + 1;
    const { nanGuard = true, scaler } = this.parts.options;
    // a scaler meets infinite gradients by a smaller scale
    if (nanGuard && !(Number.isFinite(numbers.loss) && (scaler || numbers.finite !== false))) {
      tf.tidy(() => {
        const samples = this.parts.sources.train.gather(batch);
        refuseStep(numbers, { model: this.model, batch: samples, lr, epoch, step });
      });
    }
    this.average.add(numbers);
    this.batch++;
    this.history.steps.loss.push(numbers.loss);
    this.history.steps.lr.push(lr);
    const running = () => this.average.result(this.parts.options.metrics);
    const log: BatchLog = {
      epoch,
      step,
      batch: this.batch,
      size: numbers.size,
      loss: numbers.loss,
      lr,
      running,
    };
    const request = await this.ask((callback) => callback.onBatchEnd?.(log, this));
    if (this.parts.callbacks.some((c) => c.onBatchEnd && !c.looksOn)) this.parts.steps.train.recheck?.();
    return numbers.agreed ?? request;
  }

  /** Validation numbers under their own names; `'interrupted'` if the user did not want to wait. */
  private async validate(): Promise<Record<string, number> | 'interrupted'> {
    const { options, sources, steps, signal } = this.parts;
    const { valid } = sources;
    if (!valid) return {};
    this.history.position = this.here(true);
    const limits = { ...(size === 1 && { signal }), ...(options.fastDevRun ? { limit: 1 } : {}) };
    const average = await withMode(this.model, 'eval', () => walk(steps.valid, valid, limits));
    if (!average) return 'interrupted';
    this.validSamples = average.count;
    const result = Object.entries(average.result(options.metrics));
    return Object.fromEntries(result.map(([key, value]) => [`valid${capital(key)}`, value]));
  }

  private async closeEpoch(valid: Record<string, number>): Promise<StopRequest> {
    const log: EpochLog = {
      epoch: this.history.epochs.length + 1,
      ...(this.average.result(this.parts.options.metrics) as { loss: number }),
      ...valid,
      lr: this.optimizer.lr,
      seconds: this.seconds(),
    };
    this.history.epochs.push(log);
    this.batch = 0;
    this.spent = 0;
    this.average.reset();
    this.history.position = this.here(false);
    const request = await this.ask((callback) => callback.onEpochEnd?.(log, this));
    for (const step of Object.values(this.parts.steps)) step.recheck?.();
    return request;
  }

  /** Asks every callback, even after one said stop: each has to see every step. */
  private async ask(of: (callback: Callback) => StopRequest | Promise<StopRequest>): Promise<StopRequest> {
    let request: StopRequest = undefined;
    for (const callback of this.parts.callbacks) {
      const answer = of(callback);
      // No pause where none is needed: most callbacks answer at once, thousands of times.
      if ((answer instanceof Promise ? await answer : answer) !== 'stop') continue;
      if (size > 1 && callback.local) this.parts.wishes.stop = true;
      else request = 'stop';
      this.history.reason ||= say({
        zh: `回调 ${callback.name ?? '（未命名）'} 停止了训练`,
        en: `the callback ${callback.name ?? '(without a name)'} stopped the training`,
      });
    }
    return request;
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
      loader: (this.walk?.stateDict ? this.walk : this.parts.options.train).stateDict?.() ?? null,
      seconds: this.batch === 0 ? 0 : this.seconds(),
    };
  }

  private restore({ batch, average, random, loader, seconds }: Position): void {
    this.batch = batch;
    this.spent = seconds;
    this.average.loadStateDict(average);
    setRandomState(random);
    if (loader !== null) this.parts.options.train.loadStateDict?.(loader as never);
  }
}
