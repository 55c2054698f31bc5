/** Running averages of an epoch: the loss weighted by batch size, and each metric's tally. */
import { DEFAULT_METRICS, type Metric } from './metrics';

/** The numbers of one batch, read from the device. */
export interface BatchNumbers {
  /** Samples in the batch. */
  readonly size: number;
  /** Mean loss of the batch. */
  readonly loss: number;
  /** One tally a metric. */
  readonly tallies: readonly ArrayLike<number>[];
  /** Of a step that may be left out: whether loss and gradients were finite, so that it moved the parameters. */
  readonly finite?: boolean;
  /** Of several workers: whether any of them wished before this step that the run ends after it. */
  readonly agreed?: 'stop' | 'interrupted' | undefined;
}

/** Where an average stands; plain JSON, for checkpoints. */
export interface AverageState {
  readonly samples: number;
  readonly loss: number;
  readonly tallies: readonly (readonly number[])[];
}

/** Sums up batches; gives the means. */
export class Average {
  private samples = 0;
  private loss = 0;
  private tallies: number[][] = [];

  add({ size, loss, tallies }: BatchNumbers): void {
    this.samples += size;
    this.loss += loss * size;
    tallies.forEach((tally, i) => {
      const sum = (this.tallies[i] ??= new Array<number>(tally.length).fill(0));
      for (let j = 0; j < tally.length; j++) sum[j] = (sum[j] ?? 0) + (tally[j] ?? NaN);
    });
  }

  /** Mean loss over the samples so far, and each metric that was counted, by name. */
  result(metrics: readonly Metric[] = DEFAULT_METRICS): Record<string, number> {
    const values = this.tallies.map((tally, i): [string, number] => [
      metrics[i]?.name ?? '',
      metrics[i]?.value(tally) ?? NaN,
    ]);
    return { loss: this.loss / this.samples, ...Object.fromEntries(values) };
  }

  reset(): void {
    this.loadStateDict({ samples: 0, loss: 0, tallies: [] });
  }

  /** Samples so far. */
  get count(): number {
    return this.samples;
  }

  stateDict(): AverageState {
    return { samples: this.samples, loss: this.loss, tallies: structuredClone(this.tallies) };
  }

  loadStateDict({ samples, loss, tallies }: AverageState): void {
    this.samples = samples;
    this.loss = loss;
    this.tallies = tallies.map((tally) => [...tally]);
  }
}
