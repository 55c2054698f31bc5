/** Learning rates that fall by factors: at steps, at every step, by a function, along a line. */
import type { Optimizer } from '../optimizer';
import { type Continued, LRScheduler } from './scheduler';

/** Multiplies the learning rate by `gamma` every `stepSize` steps. Like `StepLR`. */
export class StepLR extends LRScheduler {
  private readonly stepSize: number;
  private readonly gamma: number;

  /** @throws RangeError unless `stepSize` is an integer above 0 */
  constructor(
    optimizer: Optimizer,
    { stepSize, gamma = 0.1, lastEpoch }: { stepSize: number; gamma?: number } & Continued,
  ) {
    super(optimizer, lastEpoch);
    if (!Number.isInteger(stepSize) || stepSize < 1) {
      throw new RangeError(
        `Cannot build StepLR: expected stepSize to be an integer above 0, got ${stepSize}`,
      );
    }
    this.stepSize = stepSize;
    this.gamma = gamma;
    this.start();
  }

  protected override nextLrs(): number[] {
    const falls = this.lastEpoch !== 0 && this.lastEpoch % this.stepSize === 0;
    return this.each((lr) => (falls ? lr * this.gamma : lr));
  }

  protected override closedLrs(): number[] {
    const factor = this.gamma ** Math.floor(this.lastEpoch / this.stepSize);
    return this.baseLrs.map((lr) => lr * factor);
  }
}

/** Multiplies the learning rate by `gamma` at each of the `milestones`. Like `MultiStepLR`. */
export class MultiStepLR extends LRScheduler {
  private readonly milestones: number[];
  private readonly gamma: number;

  constructor(
    optimizer: Optimizer,
    { milestones, gamma = 0.1, lastEpoch }: { milestones: readonly number[]; gamma?: number } & Continued,
  ) {
    super(optimizer, lastEpoch);
    this.milestones = [...milestones];
    this.gamma = gamma;
    this.start();
  }

  protected override nextLrs(): number[] {
    const times = this.milestones.filter((milestone) => milestone === this.lastEpoch).length;
    return this.each((lr) => (times > 0 ? lr * this.gamma ** times : lr));
  }

  protected override closedLrs(): number[] {
    const times = this.milestones.filter((milestone) => milestone <= this.lastEpoch).length;
    return this.baseLrs.map((lr) => lr * this.gamma ** times);
  }
}

/** Multiplies the learning rate by `gamma` at every step. Like `ExponentialLR`. */
export class ExponentialLR extends LRScheduler {
  private readonly gamma: number;

  constructor(optimizer: Optimizer, { gamma, lastEpoch }: { gamma: number } & Continued) {
    super(optimizer, lastEpoch);
    this.gamma = gamma;
    this.start();
  }

  protected override nextLrs(): number[] {
    return this.each((lr) => (this.initial ? lr : lr * this.gamma));
  }

  protected override closedLrs(): number[] {
    return this.baseLrs.map((lr) => lr * this.gamma ** this.lastEpoch);
  }
}

/** A factor of the initial learning rate for each step. */
export type LrLambda = (step: number) => number;

/** One function for all groups, or one for each. */
export interface LambdaLROptions extends Continued {
  readonly lrLambda: LrLambda | readonly LrLambda[];
}

/** Multiplies the initial learning rate by a function of the step, one for all groups or a list. Like `LambdaLR`. */
export class LambdaLR extends LRScheduler {
  readonly #lambdas: readonly LrLambda[];

  /** @throws RangeError unless there is one function, or one for each group */
  constructor(optimizer: Optimizer, { lrLambda, lastEpoch }: LambdaLROptions) {
    super(optimizer, lastEpoch);
    this.#lambdas = lambdasOf('LambdaLR', optimizer, lrLambda);
    this.start();
  }

  protected override nextLrs(): number[] {
    return this.baseLrs.map((lr, i) => lr * (this.#lambdas[i]?.(this.lastEpoch) ?? 1));
  }
}

/** Multiplies the learning rate at each step by a function of the step, one for all groups or a list. Like `MultiplicativeLR`. */
export class MultiplicativeLR extends LRScheduler {
  readonly #lambdas: readonly LrLambda[];

  /** @throws RangeError unless there is one function, or one for each group */
  constructor(optimizer: Optimizer, { lrLambda, lastEpoch }: LambdaLROptions) {
    super(optimizer, lastEpoch);
    this.#lambdas = lambdasOf('MultiplicativeLR', optimizer, lrLambda);
    this.start();
  }

  protected override nextLrs(): number[] {
    if (this.initial) return this.each();
    return this.groups().map(({ lr }, i) => lr * (this.#lambdas[i]?.(this.lastEpoch) ?? 1));
  }
}

/** One function for each group, out of one for all or a list. */
function lambdasOf(
  kind: string,
  optimizer: Optimizer,
  lrLambda: LrLambda | readonly LrLambda[],
): readonly LrLambda[] {
  const groups = optimizer.paramGroups.length;
  const lambdas = typeof lrLambda === 'function' ? Array<LrLambda>(groups).fill(lrLambda) : [...lrLambda];
  if (lambdas.length === groups) return lambdas;
  throw new RangeError(`Cannot build ${kind}: expected ${groups} functions, got ${lambdas.length}`);
}

/** Keeps the learning rate at a part of it for the first steps, a third for five unless told otherwise. Like `ConstantLR`. */
export class ConstantLR extends LRScheduler {
  private readonly factor: number;
  private readonly totalIters: number;

  /** @throws RangeError unless `factor` is in [0, 1] */
  constructor(
    optimizer: Optimizer,
    { factor = 1 / 3, totalIters = 5, lastEpoch }: { factor?: number; totalIters?: number } & Continued = {},
  ) {
    super(optimizer, lastEpoch);
    if (!(factor >= 0 && factor <= 1)) {
      throw new RangeError(`Cannot build ConstantLR: expected factor in [0, 1], got ${factor}`);
    }
    [this.factor, this.totalIters] = [factor, totalIters];
    this.start();
  }

  protected override nextLrs(): number[] {
    if (this.lastEpoch === 0) return this.each((lr) => lr * this.factor);
    const ends = this.lastEpoch === this.totalIters;
    return this.each((lr) => (ends ? lr * (1 / this.factor) : lr));
  }

  protected override closedLrs(): number[] {
    const factor = this.lastEpoch >= this.totalIters ? 1 : this.factor;
    return this.baseLrs.map((lr) => lr * factor);
  }
}

/** Leads the learning rate down to 0 along (1 − step / totalIters)^power, in five steps unless told otherwise. Like `PolynomialLR`. */
export class PolynomialLR extends LRScheduler {
  private readonly totalIters: number;
  private readonly power: number;

  constructor(
    optimizer: Optimizer,
    { totalIters = 5, power = 1, lastEpoch }: { totalIters?: number; power?: number } & Continued = {},
  ) {
    super(optimizer, lastEpoch);
    [this.totalIters, this.power] = [totalIters, power];
    this.start();
  }

  protected override nextLrs(): number[] {
    const { lastEpoch, totalIters, power } = this;
    if (this.initial || lastEpoch > totalIters) return this.each();
    const left = (step: number): number => 1 - step / totalIters;
    const factor = (left(lastEpoch) / left(lastEpoch - 1)) ** power;
    return this.each((lr) => lr * factor);
  }

  protected override closedLrs(): number[] {
    const { lastEpoch, totalIters, power } = this;
    return this.baseLrs.map((lr) => lr * (1 - Math.min(totalIters, lastEpoch) / totalIters) ** power);
  }
}

/** PyTorch's options and defaults: from a third of the rate to all of it in five steps. */
export interface LinearLROptions extends Continued {
  /** Factor of the learning rate at step 0, above 0 and at most 1. */
  readonly startFactor?: number;
  /** Factor from step `totalIters` on. */
  readonly endFactor?: number;
  /** Steps from the first factor to the last. */
  readonly totalIters?: number;
}

/** Leads the learning rate along a line, up to its full value unless told otherwise: a warm-up. Like `LinearLR`. */
export class LinearLR extends LRScheduler {
  private readonly startFactor: number;
  private readonly endFactor: number;
  private readonly totalIters: number;

  /** @throws RangeError unless `startFactor` is in (0, 1] and `endFactor` in [0, 1] */
  constructor(
    optimizer: Optimizer,
    { startFactor = 1 / 3, endFactor = 1, totalIters = 5, lastEpoch }: LinearLROptions = {},
  ) {
    super(optimizer, lastEpoch);
    if (!(startFactor > 0 && startFactor <= 1)) {
      throw new RangeError(`Cannot build LinearLR: expected startFactor in (0, 1], got ${startFactor}`);
    }
    if (!(endFactor >= 0 && endFactor <= 1)) {
      throw new RangeError(`Cannot build LinearLR: expected endFactor in [0, 1], got ${endFactor}`);
    }
    [this.startFactor, this.endFactor, this.totalIters] = [startFactor, endFactor, totalIters];
    this.start();
  }

  protected override nextLrs(): number[] {
    if (this.lastEpoch === 0) return this.each((lr) => lr * this.startFactor);
    if (this.initial || this.lastEpoch > this.totalIters) return this.each();
    const rise = this.endFactor - this.startFactor;
    const before = this.totalIters * this.startFactor + (this.lastEpoch - 1) * rise;
    return this.each((lr) => lr * (1 + rise / before));
  }

  protected override closedLrs(): number[] {
    const { lastEpoch, totalIters, startFactor, endFactor } = this;
    const made = Math.min(totalIters, lastEpoch) / totalIters;
    return this.baseLrs.map((lr) => lr * (startFactor + (endFactor - startFactor) * made));
  }
}
