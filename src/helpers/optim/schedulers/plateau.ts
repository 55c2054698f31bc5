/** Learning rates that fall when a metric stops improving. */
import type * as tf from '../../../engine/tf';
import type { Optimizer } from '../optimizer';
import { perGroup, Scheduler } from './scheduler';

/** PyTorch's options and defaults: a tenth of the rate after more than ten steps without a lower metric. */
export interface PlateauOptions {
  /** Whether a lower or a higher metric is better. */
  readonly mode?: 'min' | 'max';
  readonly factor?: number;
  /** Steps without improvement that are tolerated. */
  readonly patience?: number;
  /** Smallest change that counts as improvement, relative to the best metric or absolute. */
  readonly threshold?: number;
  readonly thresholdMode?: 'rel' | 'abs';
  /** Steps to wait after a reduction before counting again. */
  readonly cooldown?: number;
  readonly minLr?: number | readonly number[];
  /** Smaller changes of the learning rate are not made. */
  readonly eps?: number;
}

const DEFAULTS = {
  mode: 'min',
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  thresholdMode: 'rel',
  cooldown: 0,
  minLr: 0,
  eps: 1e-8,
} as const;

/**
 * Multiplies the learning rate by `factor` when the metric has not improved for more than `patience` steps. Like
 * `ReduceLROnPlateau`.
 * @example
 * const scheduler = new ReduceLROnPlateau(optimizer, { factor: 0.5, patience: 3 });
 * scheduler.step(validLoss); // after every epoch
 */
export class ReduceLROnPlateau extends Scheduler {
  /** The best metric so far. */
  best: number;
  /** Steps since the last improvement. */
  numBadEpochs = 0;
  private cooldownCounter = 0;
  private readonly minLr: number | readonly number[];
  private readonly options: Required<Omit<PlateauOptions, 'minLr'>>;

  /** @throws RangeError unless `factor` is below 1 and `mode` is min or max */
  constructor(optimizer: Optimizer, options: PlateauOptions = {}) {
    super(optimizer);
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    const { minLr, ...others } = { ...DEFAULTS, ...(Object.fromEntries(given) as PlateauOptions) };
    if (!(others.factor < 1)) {
      throw new RangeError(`Cannot build ReduceLROnPlateau: expected factor below 1, got ${others.factor}`);
    }
    if (!['min', 'max'].includes(others.mode)) {
      throw new RangeError(`Cannot build ReduceLROnPlateau: expected mode min or max, got ${others.mode}`);
    }
    if (!['rel', 'abs'].includes(others.thresholdMode)) {
      const got = others.thresholdMode;
      throw new RangeError(`Cannot build ReduceLROnPlateau: expected thresholdMode rel or abs, got ${got}`);
    }
    this.options = others;
    perGroup('minLr', minLr, optimizer);
    this.minLr = minLr;
    this.best = others.mode === 'min' ? Infinity : -Infinity;
    this.lastLr = optimizer.paramGroups.map(({ lr }) => lr);
  }

  /**
   * Takes the metric of one epoch, a number or a tensor of one.
   * @throws TypeError for anything else
   */
  step(metric: number | tf.Tensor): void {
    const value = typeof metric === 'object' ? metric.item() : metric;
    if (typeof value !== 'number') {
      throw new TypeError(
        `Cannot step ReduceLROnPlateau: expected the metric of the epoch, got ${typeof value}`,
      );
    }
    this.lastEpoch++;
    if (this.isBetter(value)) {
      this.best = value;
      this.numBadEpochs = 0;
    } else {
      this.numBadEpochs++;
    }
    if (this.cooldownCounter > 0) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs > this.options.patience) {
      this.reduce();
      this.cooldownCounter = this.options.cooldown;
      this.numBadEpochs = 0;
    }
    this.lastLr = this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  private isBetter(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.options;
    if (mode === 'min') {
      return metric < (thresholdMode === 'rel' ? this.best * (1 - threshold) : this.best - threshold);
    }
    return metric > (thresholdMode === 'rel' ? this.best * (threshold + 1) : this.best + threshold);
  }

  private reduce(): void {
    const limits = perGroup('minLr', this.minLr, this.optimizer); // anew: groups may have been added
    this.optimizer.paramGroups.forEach((group, i) => {
      const reduced = Math.max(group.lr * this.options.factor, limits[i] ?? 0);
      if (group.lr - reduced > this.options.eps) group.lr = reduced;
    });
  }
}
