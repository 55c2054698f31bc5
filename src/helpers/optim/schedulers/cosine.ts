/**
 * Learning rates along a cosine (Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017,
 * https://arxiv.org/abs/1608.03983).
 */
import type { Optimizer } from '../optimizer';
import { type Continued, LRScheduler } from './scheduler';

/** From `base` at `share` 0 down to `low` at 1. */
function anneal(base: number, low: number, share: number): number {
  return low + ((base - low) * (1 + Math.cos(Math.PI * share))) / 2;
}

/**
 * Half a cosine from the initial learning rate down to `etaMin` in `tMax` steps, then up again. Like
 * `CosineAnnealingLR`, whose recursive form it follows.
 */
export class CosineAnnealingLR extends LRScheduler {
  private readonly tMax: number;
  private readonly etaMin: number;

  constructor(
    optimizer: Optimizer,
    { tMax, etaMin = 0, lastEpoch }: { tMax: number; etaMin?: number } & Continued,
  ) {
    super(optimizer, lastEpoch);
    checkSteps('CosineAnnealingLR', 'tMax', tMax);
    this.tMax = tMax;
    this.etaMin = etaMin;
    this.start();
  }

  protected override nextLrs(): number[] {
    const { tMax, etaMin, lastEpoch } = this;
    if (this.initial) return this.each();
    // One step after the lowest point the recursion below would divide by zero.
    if ((lastEpoch - 1 - tMax) % (2 * tMax) === 0) {
      const rise = 1 - Math.cos(Math.PI / tMax);
      return this.groups().map(({ lr }, i) => lr + (((this.baseLrs[i] ?? lr) - etaMin) * rise) / 2);
    }
    const now = 1 + Math.cos((Math.PI * lastEpoch) / tMax);
    const before = 1 + Math.cos((Math.PI * (lastEpoch - 1)) / tMax);
    return this.each((lr) => (now / before) * (lr - etaMin) + etaMin);
  }

  protected override closedLrs(): number[] {
    return this.baseLrs.map((lr) => anneal(lr, this.etaMin, this.lastEpoch / this.tMax));
  }
}

/** Half a cosine again and again, each `tMult` times as long as the one before. Like `CosineAnnealingWarmRestarts`. */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  private readonly tMult: number;
  private readonly etaMin: number;
  /** Length of the present cosine and the steps made in it. */
  private tI: number;
  private tCur: number;
  readonly #t0: number;

  constructor(
    optimizer: Optimizer,
    { t0, tMult = 1, etaMin = 0, lastEpoch }: { t0: number; tMult?: number; etaMin?: number } & Continued,
  ) {
    super(optimizer, lastEpoch);
    checkSteps('CosineAnnealingWarmRestarts', 't0', t0);
    checkSteps('CosineAnnealingWarmRestarts', 'tMult', tMult);
    [this.tMult, this.etaMin, this.tI, this.tCur, this.#t0] = [tMult, etaMin, t0, this.lastEpoch, t0];
    this.start();
  }

  /**
   * Moves on by one step, or to a given one, which may lie between two: `step(epoch + batch / batches)`.
   * @throws RangeError for an epoch below 0
   */
  override step(epoch?: number): void {
    const at = epoch ?? (this.lastEpoch < 0 ? 0 : undefined);
    if (at === undefined) {
      this.lastEpoch++;
      this.tCur++;
      if (this.tCur >= this.tI) [this.tCur, this.tI] = [this.tCur % this.tI, this.tI * this.tMult];
    } else {
      this.standAt(at);
    }
    this.apply(this.nextLrs());
  }

  protected override nextLrs(): number[] {
    return this.baseLrs.map((lr) => anneal(lr, this.etaMin, this.tCur / this.tI));
  }

  /** Which cosine an epoch lies in, and how far. */
  private standAt(epoch: number): void {
    if (!(epoch >= 0 && epoch < Infinity)) {
      throw new RangeError(
        `Cannot step CosineAnnealingWarmRestarts: expected an epoch of 0 or more, got ${epoch}`,
      );
    }
    const [t0, m] = [this.#t0, this.tMult];
    this.lastEpoch = Math.floor(epoch);
    if (epoch < t0 || m === 1) {
      this.tCur = epoch % t0;
      if (epoch < t0) this.tI = t0;
      return;
    }
    const n = Math.floor(Math.log((epoch / t0) * (m - 1) + 1) / Math.log(m)); // cosines that are over
    this.tCur = epoch - (t0 * (m ** n - 1)) / (m - 1);
    this.tI = t0 * m ** n;
  }
}

function checkSteps(scheduler: string, option: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new RangeError(
    `Cannot build ${scheduler}: expected ${option} to be an integer above 0, got ${value}`,
  );
}
