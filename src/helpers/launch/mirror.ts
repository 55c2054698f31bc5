/** A run in other processes, shown here as if it were in this one. */
import type { Module } from '../../nn/module';
import type { Optimizer } from '../optim';
import { type Callback, defaultCallbacks, lineLog, type Run, type RunState } from '../train/callbacks';
import type { Report } from '../train/callbacks/sending';
import { History } from '../train/history';

const elsewhere = (what: string): Error =>
  new Error(
    `Cannot look at the ${what} of a launched run: it is in the workers, expected its history or its weights`,
  );

/** What callbacks that show a run may see of it. */
class Mirrored implements Run {
  readonly epochs: number;
  readonly batches: number | undefined;
  readonly samples: number | undefined;
  readonly resumed: boolean;
  validSamples: number | undefined;

  constructor(
    { epochs, batches, samples, resumed }: Extract<Report, { kind: 'start' }>,
    readonly history: History,
  ) {
    [this.epochs, this.batches, this.samples, this.resumed] = [epochs, batches, samples, resumed];
  }

  get model(): Module {
    throw elsewhere('model');
  }

  get optimizer(): Optimizer {
    throw elsewhere('optimizer');
  }

  snapshot(): RunState {
    throw elsewhere('state');
  }
}

/** Shows what worker 0 sends, by the callbacks that show a run of `fit`. */
export class Mirror {
  /** Of the last run that began. */
  history = new History();
  private run: Mirrored | undefined;
  private callbacks: readonly Callback[] = [];
  private shown: Promise<void> = Promise.resolve();

  constructor(private readonly display: boolean) {}

  /** Takes one report; they are shown one after the other. */
  receive(report: Report): void {
    this.shown = this.shown.then(() => this.show(report));
  }

  /** Resolves when everything that came is shown. */
  async finish(): Promise<History> {
    await this.shown;
    return this.history;
  }

  private async show(report: Report): Promise<void> {
    if (report.kind === 'start') {
      this.history = History.from(report.history);
      this.run = new Mirrored(report, this.history);
      this.callbacks = this.display ? (defaultCallbacks() ?? [lineLog()]) : [];
      for (const callback of this.callbacks) await callback.onStart?.(this.run);
    }
    if (this.run) await this.go(report, this.run);
  }

  private async go(report: Report, run: Mirrored): Promise<void> {
    const { history } = run;
    if (report.kind === 'batch') {
      const log = { ...report.log, running: () => report.running };
      history.steps.loss.push(log.loss);
      history.steps.lr.push(log.lr);
      for (const callback of this.callbacks) await callback.onBatchEnd?.(log, run);
    } else if (report.kind === 'epoch') {
      run.validSamples = report.validSamples;
      history.epochs.push(report.log);
      for (const callback of this.callbacks) await callback.onEpochEnd?.(report.log, run);
    } else if (report.kind === 'end') {
      const { ending, reason, position } = report.history as History;
      Object.assign(history, { ending, reason, position });
      for (const callback of this.callbacks) await callback.onEnd?.(history, run);
    }
  }
}
