import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { Adam, SGD } from '../../../src/helpers/optim/optimizers';
import * as schedulers from '../../../src/helpers/optim/schedulers';
import recorded from '../../fixtures/schedulers.json';

type Options = Record<string, unknown>;
type Build = new (optimizer: SGD | Adam, options: Options) => schedulers.Scheduler;
type Track = { lrs: number[][]; momenta: number[][] | null };
const build = (kind: string, optimizer: SGD | Adam, options: Options) =>
  new (schedulers as unknown as Record<string, Build>)[kind]!(optimizer, options);

const variables: tf.Variable[] = [];

function optimizerOf(kind: string, lrs: readonly number[]): SGD | Adam {
  const groups = lrs.map((lr) => {
    const variable = tf.variable(tf.zeros([1]));
    variables.push(variable);
    return { params: [variable], lr };
  });
  return kind === 'SGD' ? new SGD(groups, { momentum: 0.9 }) : new Adam(groups);
}

const momentaOf = (optimizer: SGD | Adam) =>
  optimizer.paramGroups.map((group) => ('betas' in group ? group.betas[0] : group.momentum));

function follow(optimizer: SGD | Adam, scheduler: schedulers.Scheduler, from = 0, to = 200): Track {
  const lrs = [];
  const momenta = [];
  for (let step = from; step <= to; step++) {
    lrs.push(scheduler.getLastLr());
    momenta.push(momentaOf(optimizer));
    if (step === to) continue;
    if (scheduler instanceof schedulers.ReduceLROnPlateau) scheduler.step(recorded.metrics[step]!);
    else scheduler.step();
  }
  return { lrs, momenta };
}

/** Largest relative difference of two tables. */
function worst(actual: readonly number[][], expected: readonly number[][]): number {
  assert.deepEqual(
    actual.map(({ length }) => length),
    expected.map(({ length }) => length),
  );
  const pairs = actual.flatMap((row, i) => row.map((value, j) => [value, expected[i]![j]!] as const));
  return Math.max(...pairs.map(([a, e]) => (a === e ? 0 : Math.abs(a - e) / Math.abs(e))));
}

function assertSame(actual: Track, expected: Track): void {
  assert.ok(worst(actual.lrs, expected.lrs) < 1e-12, `lr differs by ${worst(actual.lrs, expected.lrs)}`);
  if (expected.momenta) assert.ok(worst(actual.momenta!, expected.momenta) < 1e-12, 'momentum');
}

describe('schedulers', () => {
  afterEach(() => tf.dispose(variables.splice(0)));

  for (const { kind, options, optimizer: optimizerKind, groupLrs, ...expected } of recorded.runs) {
    const title = `${kind} ${JSON.stringify(options)}`;

    it(`${title}: 200 steps equal PyTorch's`, () => {
      const optimizer = optimizerOf(optimizerKind, groupLrs);
      assertSame(follow(optimizer, build(kind, optimizer, options)), expected);
    });

    it(`${title}: goes on from a saved state`, () => {
      const optimizer = optimizerOf(optimizerKind, groupLrs);
      const scheduler = build(kind, optimizer, options);
      follow(optimizer, scheduler, 0, 77);
      const [saved, groups] = [scheduler.stateDict(), optimizer.stateDict()];
      const expected = follow(optimizer, scheduler, 77, 200);
      const otherOptimizer = optimizerOf(optimizerKind, groupLrs);
      const other = build(kind, otherOptimizer, options);
      otherOptimizer.loadStateDict(groups);
      other.loadStateDict(saved);
      assert.deepEqual(follow(otherOptimizer, other, 77, 200), expected);
    });
  }

  it('go to a step that they are told, and on from there', () => {
    for (const { kind, options, places, lrs } of recorded.moved) {
      const optimizer = optimizerOf('SGD', [0.1, 0.4]);
      const scheduler = build(kind, optimizer, options) as schedulers.LRScheduler;
      const own = places.map((place) => (scheduler.step(place ?? undefined), scheduler.getLastLr()));
      assert.ok(worst(own, lrs) < 1e-12, `${kind} ${JSON.stringify(places)}: ${JSON.stringify(own)}`);
    }
  });

  it('are built again to go on from a step', () => {
    for (const { kind, options, lastEpoch, lrs } of recorded.resumed) {
      const optimizer = optimizerOf('SGD', [0.1, 0.4]);
      const noted = { initialLr: 0.2, maxLr: 0.5, minLr: 0.001, maxMomentum: 0.95, baseMomentum: 0.6 };
      for (const group of optimizer.paramGroups) Object.assign(group, noted);
      const scheduler = build(kind, optimizer, { ...options, lastEpoch }) as schedulers.LRScheduler;
      const own = lrs.map((_, i) => (i > 0 && scheduler.step(), scheduler.getLastLr()));
      assert.ok(worst(own, lrs) < 1e-12, `${kind} from ${lastEpoch}: ${JSON.stringify(own)}`);
    }
  });

  it('LambdaLR takes a function for each group', () => {
    const optimizer = optimizerOf('SGD', [0.1, 0.02]);
    const lrLambda = [(step: number) => 0.95 ** step, (step: number) => 1 / (1 + step)];
    assertSame(
      follow(optimizer, new schedulers.LambdaLR(optimizer, { lrLambda })),
      recorded.composed.LambdaLR,
    );
    assert.throws(() => new schedulers.LambdaLR(optimizer, { lrLambda: lrLambda.slice(1) }), RangeError);
  });

  it('SequentialLR hands over at the milestones', () => {
    const optimizer = optimizerOf('SGD', [0.1]);
    const parts = [
      new schedulers.LinearLR(optimizer, { startFactor: 0.1, totalIters: 20 }),
      new schedulers.CosineAnnealingLR(optimizer, { tMax: 100, etaMin: 1e-4 }),
      new schedulers.ExponentialLR(optimizer, { gamma: 0.98 }),
    ];
    const scheduler = new schedulers.SequentialLR(optimizer, { schedulers: parts, milestones: [20, 120] });
    assertSame(follow(optimizer, scheduler), recorded.composed.SequentialLR);
  });

  const six = (optimizer: SGD | Adam) => {
    const parts = [
      new schedulers.LambdaLR(optimizer, { lrLambda: (step) => (step + 1) / 10 }),
      new schedulers.CosineAnnealingWarmRestarts(optimizer, { t0: 20, tMult: 2 }),
      build('CyclicLR', optimizer, {
        ...{ baseLr: 0.001, maxLr: 0.01, stepSizeUp: 8, mode: 'exp_range', gamma: 0.999 },
      }) as schedulers.CyclicLR,
      new schedulers.StepLR(optimizer, { stepSize: 9, gamma: 0.5 }),
      new schedulers.MultiStepLR(optimizer, { milestones: [5, 9], gamma: 0.5 }),
      new schedulers.LinearLR(optimizer, { startFactor: 0.5, totalIters: 10 }),
    ];
    return new schedulers.SequentialLR(optimizer, { schedulers: parts, milestones: [10, 80, 120, 150, 170] });
  };

  it('SequentialLR restarts every kind of scheduler as PyTorch does', () => {
    const optimizer = optimizerOf('SGD', [0.1]);
    assertSame(follow(optimizer, six(optimizer)), recorded.composed['SequentialLR of six']);
  });

  it('SequentialLR goes on from a saved state', () => {
    const [optimizer, otherOptimizer] = [optimizerOf('SGD', [0.1]), optimizerOf('SGD', [0.1])];
    const [scheduler, other] = [six(optimizer), six(otherOptimizer)];
    follow(optimizer, scheduler, 0, 95);
    otherOptimizer.loadStateDict(optimizer.stateDict());
    other.loadStateDict(scheduler.stateDict());
    assert.deepEqual(follow(otherOptimizer, other, 95), follow(optimizer, scheduler, 95));
  });

  it('two schedulers at once multiply their factors', () => {
    const optimizer = optimizerOf('SGD', [0.1]);
    const first = new schedulers.ExponentialLR(optimizer, { gamma: 0.99 });
    const second = new schedulers.StepLR(optimizer, { stepSize: 25, gamma: 0.5 });
    const lrs = Array.from({ length: 201 }, () => {
      const lr = second.getLastLr();
      first.step();
      second.step();
      return lr;
    });
    assert.ok(worst(lrs, recorded.composed['two at once'].lrs) < 1e-12);
  });

  it('OneCycleLR ends after its steps', () => {
    const optimizer = optimizerOf('SGD', [0.1]);
    const scheduler = new schedulers.OneCycleLR(optimizer, { maxLr: 1, totalSteps: 3 });
    for (let i = 0; i < 3; i++) scheduler.step();
    assert.throws(() => scheduler.step(), {
      name: 'RangeError',
      message: 'Cannot step OneCycleLR: expected at most 3 steps, got 4',
    });
  });

  it('refuses the state of another kind of scheduler', () => {
    const optimizer = optimizerOf('SGD', [0.1]);
    const step = new schedulers.StepLR(optimizer, { stepSize: 3 });
    const cosine = new schedulers.CosineAnnealingLR(optimizer, { tMax: 3 });
    assert.throws(
      () => cosine.loadStateDict(step.stateDict()),
      /Cannot load CosineAnnealingLR state: expected/,
    );
  });
});
