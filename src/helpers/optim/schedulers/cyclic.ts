/**
 * Learning rates that go up and down, and momentum against them (Smith, "Cyclical Learning Rates for Training Neural
 * Networks", 2017, https://arxiv.org/abs/1506.01186; Smith and Topin, "Super-Convergence", 2018,
 * https://arxiv.org/abs/1708.07120).
 */
import type { Optimizer } from '../optimizer';
import { type Continued, LRScheduler, perGroup, ScheduledGroup } from './scheduler';

/** PyTorch's options; rates and momenta are one number for all groups or one for each. */
export interface CyclicLROptions extends Continued {
  readonly baseLr: number | readonly number[];
  readonly maxLr: number | readonly number[];
  /** Steps from `baseLr` to `maxLr`. */
  readonly stepSizeUp?: number;
  /** Steps back; as many as up unless given. */
  readonly stepSizeDown?: number;
  /** Height of the cycles: always the same, halved each time, or times `gamma` at each step. */
  readonly mode?: 'triangular' | 'triangular2' | 'exp_range';
  readonly gamma?: number;
  /** Own height in place of `mode`, a function of the cycle (from 1) or of the step. */
  readonly scaleFn?: (x: number) => number;
  readonly scaleMode?: 'cycle' | 'iterations';
  readonly cycleMomentum?: boolean;
  readonly baseMomentum?: number | readonly number[];
  readonly maxMomentum?: number | readonly number[];
}

/** Goes up and down between two learning rates along lines; call `step` after every batch. Like `CyclicLR`. */
export class CyclicLR extends LRScheduler {
  private readonly maxLrs: number[];
  private readonly totalSize: number;
  /** Share of a cycle that goes up. */
  private readonly stepRatio: number;
  private readonly cycleMomentum: boolean;
  readonly #scale: (cycle: number) => number;
  /** Lowest and highest momentum of each group. */
  readonly #momenta: readonly (readonly [low: number, high: number])[];

  constructor(optimizer: Optimizer, options: CyclicLROptions) {
    const { stepSizeUp = 2000, stepSizeDown = stepSizeUp, cycleMomentum = true } = options;
    const { baseMomentum = 0.8, maxMomentum = 0.9, lastEpoch = -1 } = options;
    const baseLrs = perGroup('baseLr', options.baseLr, optimizer);
    if (lastEpoch === -1) optimizer.paramGroups.forEach((group, i) => (group.lr = baseLrs[i] ?? group.lr));
    super(optimizer, lastEpoch);
    this.maxLrs = perGroup('maxLr', options.maxLr, optimizer);
    this.totalSize = stepSizeUp + stepSizeDown;
    this.stepRatio = stepSizeUp / this.totalSize;
    this.#scale = this.scaleOf(options);
    this.cycleMomentum = cycleMomentum;
    this.#momenta = cycleMomentum ? limitMomentum(this, baseMomentum, maxMomentum) : [];
    this.start();
    // Only now, as in PyTorch: step 0 has the rate an earlier scheduler may have started from.
    this.baseLrs = baseLrs;
  }

  protected override nextLrs(): number[] {
    const cycle = Math.floor(1 + this.lastEpoch / this.totalSize);
    const x = 1 + this.lastEpoch / this.totalSize - cycle;
    const height = x <= this.stepRatio ? x / this.stepRatio : (x - 1) / (this.stepRatio - 1);
    const scale = this.#scale(cycle);
    if (this.cycleMomentum) {
      this.groups().forEach((group, i) => {
        const [low, high] = this.#momenta[i] ?? []; // none of a group that was added since
        if (low !== undefined && high !== undefined) setMomentum(group, high - (high - low) * height * scale);
      });
    }
    return this.baseLrs.map((base, i) => base + ((this.maxLrs[i] ?? base) - base) * height * scale);
  }

  private scaleOf({ mode = 'triangular', gamma = 1, scaleFn, scaleMode = 'cycle' }: CyclicLROptions) {
    if (scaleFn) return (cycle: number) => scaleFn(scaleMode === 'cycle' ? cycle : this.lastEpoch);
    switch (mode) {
      case 'triangular':
        return () => 1;
      case 'triangular2':
        return (cycle: number) => 1 / 2 ** (cycle - 1);
      case 'exp_range':
        return () => gamma ** this.lastEpoch;
      default:
        throw new RangeError(
          `Cannot build CyclicLR: expected mode triangular, triangular2 or exp_range, got ${String(mode)}`,
        );
    }
  }
}

/** PyTorch's options; rates and momenta are one number for all groups or one for each. */
export interface OneCycleLROptions extends Continued {
  readonly maxLr: number | readonly number[];
  /** Steps of the whole cycle; or give `epochs` and `stepsPerEpoch`. */
  readonly totalSteps?: number;
  readonly epochs?: number;
  readonly stepsPerEpoch?: number;
  /** Share of the steps that go up. */
  readonly pctStart?: number;
  readonly annealStrategy?: 'cos' | 'linear';
  readonly cycleMomentum?: boolean;
  readonly baseMomentum?: number | readonly number[];
  readonly maxMomentum?: number | readonly number[];
  /** The cycle begins at `maxLr / divFactor` … */
  readonly divFactor?: number;
  /** … and ends at that divided by `finalDivFactor`. */
  readonly finalDivFactor?: number;
  /** Goes down as slowly as up first, to the initial rate, and only then to the end. */
  readonly threePhase?: boolean;
}

interface Phase {
  readonly end: number;
  readonly lr: readonly ['initialLr' | 'maxLr', 'maxLr' | 'initialLr' | 'minLr'];
  readonly momentum: readonly ['maxMomentum' | 'baseMomentum', 'maxMomentum' | 'baseMomentum'];
}

/** One cycle over the whole training: up to `maxLr`, down to almost nothing; call `step` after every batch. */
export class OneCycleLR extends LRScheduler {
  private readonly totalSteps: number;
  private readonly annealStrategy: 'cos' | 'linear';
  private readonly cycleMomentum: boolean;
  private readonly phases: Phase[];

  /** @throws RangeError unless there is a step, `pctStart` is in [0, 1], and lists have a value for each group */
  constructor(optimizer: Optimizer, options: OneCycleLROptions) {
    const { maxLr, epochs = NaN, stepsPerEpoch = NaN, totalSteps = epochs * stepsPerEpoch } = options;
    const { divFactor = 25, finalDivFactor = 1e4, pctStart = 0.3, threePhase = false } = options;
    if (!Number.isInteger(totalSteps) || totalSteps < 1) {
      throw new RangeError(
        `Cannot build OneCycleLR: expected totalSteps, or epochs and stepsPerEpoch, above 0, got ${totalSteps}`,
      );
    }
    if (!(pctStart >= 0 && pctStart <= 1)) {
      throw new RangeError(`Cannot build OneCycleLR: expected pctStart in [0, 1], got ${pctStart}`);
    }
    const { annealStrategy = 'cos', lastEpoch = -1 } = options;
    if (!['cos', 'linear'].includes(annealStrategy)) {
      throw new RangeError(
        `Cannot build OneCycleLR: expected annealStrategy cos or linear, got ${annealStrategy}`,
      );
    }
    const maxLrs = perGroup('maxLr', maxLr, optimizer);
    if (lastEpoch === -1) {
      optimizer.paramGroups.forEach((group: ScheduledGroup, i) => {
        group.maxLr = maxLrs[i] ?? group.lr;
        group.initialLr = group.maxLr / divFactor;
        group.minLr = group.initialLr / finalDivFactor;
      });
    }
    super(optimizer, lastEpoch);
    this.totalSteps = totalSteps;
    this.annealStrategy = annealStrategy;
    this.phases = phasesOf(totalSteps, pctStart, threePhase);
    this.cycleMomentum = options.cycleMomentum ?? true;
    const { baseMomentum = 0.85, maxMomentum = 0.95 } = options;
    if (this.cycleMomentum) limitMomentum(this, baseMomentum, maxMomentum);
    this.start();
  }

  /** @throws RangeError beyond the last step of the cycle */
  protected override nextLrs(): number[] {
    const { lastEpoch, totalSteps, phases } = this;
    if (lastEpoch > totalSteps) {
      throw new RangeError(`Cannot step OneCycleLR: expected at most ${totalSteps} steps, got ${lastEpoch}`);
    }
    const found = phases.findIndex(({ end }) => lastEpoch <= end);
    const index = found === -1 ? phases.length - 1 : found;
    const phase = phases[index] as Phase;
    const begin = phases[index - 1]?.end ?? 0;
    const share = (lastEpoch - begin) / (phase.end - begin);
    return this.groups().map((group) => {
      const between = ([from, to]: Phase['lr'] | Phase['momentum']) =>
        this.anneal(group[from] ?? NaN, group[to] ?? NaN, share);
      if (this.cycleMomentum) setMomentum(group, between(phase.momentum));
      return between(phase.lr);
    });
  }

  private anneal(from: number, to: number, share: number): number {
    if (this.annealStrategy === 'linear') return (to - from) * share + from;
    return to + ((from - to) / 2) * (Math.cos(Math.PI * share) + 1);
  }
}

function phasesOf(totalSteps: number, pctStart: number, threePhase: boolean): Phase[] {
  const up = pctStart * totalSteps - 1;
  const rise: Phase = { end: up, lr: ['initialLr', 'maxLr'], momentum: ['maxMomentum', 'baseMomentum'] };
  const end = totalSteps - 1;
  if (!threePhase) return [rise, { end, lr: ['maxLr', 'minLr'], momentum: ['baseMomentum', 'maxMomentum'] }];
  const down = 2 * pctStart * totalSteps - 2;
  return [
    rise,
    { end: down, lr: ['maxLr', 'initialLr'], momentum: ['baseMomentum', 'maxMomentum'] },
    { end, lr: ['initialLr', 'minLr'], momentum: ['maxMomentum', 'maxMomentum'] },
  ];
}

/** The limits of the groups' momenta; they are noted there and set high, unless the scheduler goes on from a step. */
function limitMomentum(
  { constructor, optimizer, lastEpoch }: LRScheduler,
  low: number | readonly number[],
  high: number | readonly number[],
): (readonly [low: number, high: number])[] {
  const [lows, highs] = [perGroup('baseMomentum', low, optimizer), perGroup('maxMomentum', high, optimizer)];
  return optimizer.paramGroups.map((group: ScheduledGroup, i) => {
    const limits = [lows[i] ?? 0, highs[i] ?? 0] as const;
    if (group.momentum === undefined && group.betas === undefined) {
      throw new RangeError(
        `Cannot build ${constructor.name}: expected an optimizer with momentum or betas, got neither; ` +
          'set cycleMomentum: false',
      );
    }
    if (lastEpoch !== -1) return limits;
    [group.baseMomentum, group.maxMomentum] = limits;
    setMomentum(group, group.maxMomentum);
    return limits;
  });
}

/** Momentum of SGD, or Adam's first beta. */
function setMomentum(group: ScheduledGroup, momentum: number): void {
  if (group.betas) group.betas = [momentum, group.betas[1]];
  else group.momentum = momentum;
}
