/**
 * Learning rates along a cosine (Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017,
 * https://arxiv.org/abs/1608.03983).
 */
import type { Optimizer } from '../optimizer';
import { LRScheduler } from './scheduler';

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

  constructor(optimizer: Optimizer, { tMax, etaMin = 0 }: { tMax: number; etaMin?: number }) {
    super(optimizer);
    checkSteps('CosineAnnealingLR', 'tMax', tMax);
    this.tMax = tMax;
    this.etaMin = etaMin;
    this.start();
  }

  protected override nextLrs(): number[] {
    const { tMax, etaMin, lastEpoch } = this;
    // One step after the lowest point the recursion below would divide by zero.
    if ((lastEpoch - 1 - tMax) % (2 * tMax) === 0) {
      const rise = 1 - Math.cos(Math.PI / tMax);
      return this.groups().map(({ lr }, i) => lr + (((this.baseLrs[i] ?? lr) - etaMin) * rise) / 2);
    }
    const now = 1 + Math.cos((Math.PI * lastEpoch) / tMax);
    const before = 1 + Math.cos((Math.PI * (lastEpoch - 1)) / tMax);
    return this.groups().map(({ lr }) => (now / before) * (lr - etaMin) + etaMin);
  }
}

/** Half a cosine again and again, each `tMult` times as long as the one before. Like `CosineAnnealingWarmRestarts`. */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  private readonly tMult: number;
  private readonly etaMin: number;
  /** Length of the present cosine and the steps made in it. */
  private tI: number;
  private tCur = -1;

  constructor(
    optimizer: Optimizer,
    { t0, tMult = 1, etaMin = 0 }: { t0: number; tMult?: number; etaMin?: number },
  ) {
    super(optimizer);
    checkSteps('CosineAnnealingWarmRestarts', 't0', t0);
    checkSteps('CosineAnnealingWarmRestarts', 'tMult', tMult);
    [this.tMult, this.etaMin, this.tI] = [tMult, etaMin, t0];
    this.start();
  }

  override step(): void {
    this.tCur++;
    if (this.tCur >= this.tI) {
      this.tCur -= this.tI;
      this.tI *= this.tMult;
    }
    super.step();
  }

  override start(): void {
    this.tCur = 0;
    super.start();
  }

  protected override nextLrs(): number[] {
    return this.baseLrs.map((lr) => anneal(lr, this.etaMin, this.tCur / this.tI));
  }

  protected override initialLrs(): number[] {
    return this.nextLrs();
  }
}

function checkSteps(scheduler: string, option: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new RangeError(
    `Cannot build ${scheduler}: expected ${option} to be an integer above 0, got ${value}`,
  );
}
