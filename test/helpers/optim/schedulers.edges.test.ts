/** Schedulers at the edges of their options, and the mistakes that they refuse. */
import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { Adam, Optimizer, SGD } from '../../../src/helpers/optim/optimizers';
import * as schedulers from '../../../src/helpers/optim/schedulers';
import { assertClose } from '../../support/close';
import { type Refusal, refuses } from '../../support/refusals';

const w = tf.variable(tf.zeros([1]));
const b = tf.variable(tf.zeros([1]));
const sgd = (lr = 1) => new SGD([w], { lr, momentum: 0.9 });
const two = () => new SGD([{ params: [w] }, { params: [b] }], { lr: 1, momentum: 0.9 });

/** The learning rates of steps 0, 1, 2, … */
function rates(optimizer: Optimizer, scheduler: schedulers.Scheduler, steps: number): number[] {
  return Array.from({ length: steps }, () => {
    const { lr } = optimizer;
    assert.deepEqual(scheduler.getLastLr(), [lr]);
    scheduler.step();
    return lr;
  });
}

/** An optimizer without anything like momentum. */
class Plain extends Optimizer {
  protected override check(): void {}
  protected override slots(): string[] {
    return [];
  }
  protected override update(): void {}
}

type Kind = keyof typeof schedulers;
type Build = new (optimizer: Optimizer, options: object) => schedulers.Scheduler;
const build = (kind: Kind, options: object, optimizer: Optimizer = sgd()) =>
  new (schedulers[kind] as unknown as Build)(optimizer, options);

/** Options that make no sense, and what is expected instead. */
const MISTAKES: readonly (readonly [Kind, object, string])[] = [
  ['StepLR', { stepSize: 0 }, 'stepSize to be an integer above 0, got 0'],
  ['StepLR', { stepSize: 1.5 }, 'stepSize to be an integer above 0, got 1.5'],
  ['CosineAnnealingLR', { tMax: 0 }, 'tMax to be an integer above 0, got 0'],
  ['CosineAnnealingLR', { tMax: 1.5 }, 'tMax to be an integer above 0, got 1.5'],
  ['CosineAnnealingWarmRestarts', { t0: 0 }, 't0 to be an integer above 0, got 0'],
  ['CosineAnnealingWarmRestarts', { t0: 1, tMult: -1 }, 'tMult to be an integer above 0, got -1'],
  ['LambdaLR', { lrLambda: [] }, '1 functions, got 0'],
  ['LinearLR', { startFactor: 0 }, 'startFactor in (0, 1], got 0'],
  ['LinearLR', { startFactor: 1.1 }, 'startFactor in (0, 1], got 1.1'],
  ['LinearLR', { endFactor: -0.1 }, 'endFactor in [0, 1], got -0.1'],
  ['LinearLR', { endFactor: 1.1 }, 'endFactor in [0, 1], got 1.1'],
  ['CyclicLR', { baseLr: 0, maxLr: 1, mode: 'saw' }, 'mode triangular, triangular2 or exp_range, got saw'],
  ['OneCycleLR', { totalSteps: 0 }, 'totalSteps, or epochs and stepsPerEpoch, above 0, got 0'],
  ['OneCycleLR', { epochs: 2 }, 'totalSteps, or epochs and stepsPerEpoch, above 0, got NaN'],
  ['OneCycleLR', { totalSteps: 3, pctStart: -0.1 }, 'pctStart in [0, 1], got -0.1'],
  ['OneCycleLR', { totalSteps: 3, pctStart: 1.1 }, 'pctStart in [0, 1], got 1.1'],
  ['ReduceLROnPlateau', { factor: 1 }, 'factor below 1, got 1'],
  ['ReduceLROnPlateau', { mode: 'mean' }, 'mode min or max, got mean'],
  ['ReduceLROnPlateau', { thresholdMode: 'per' }, 'thresholdMode rel or abs, got per'],
  ['OneCycleLR', { totalSteps: 3, annealStrategy: 'line' }, 'annealStrategy cos or linear, got line'],
  ['StepLR', { stepSize: 1, lastEpoch: -2 }, 'a whole lastEpoch of −1 or more, got -2'],
];

/** Lists that are too short or too long for two groups. */
const LISTS: readonly (readonly [Kind, object, string])[] = [
  ['CyclicLR', { baseLr: [0], maxLr: 1 }, 'baseLr'],
  ['CyclicLR', { baseLr: 0, maxLr: [1] }, 'maxLr'],
  ['CyclicLR', { baseLr: 0, maxLr: 1, baseMomentum: [0] }, 'baseMomentum'],
  ['CyclicLR', { baseLr: 0, maxLr: 1, maxMomentum: [0] }, 'maxMomentum'],
  ['OneCycleLR', { maxLr: [1], totalSteps: 3 }, 'maxLr'],
  ['ReduceLROnPlateau', { minLr: [0] }, 'minLr'],
];

describe('a scheduler', () => {
  const plain = () => new Plain([w], { lr: 1 });
  refuses([
    ...MISTAKES.map(([kind, options, expected]): Refusal => [
      `RangeError: Cannot build ${kind}: expected ${expected}`,
      () => build(kind, { maxLr: 1, ...options }),
    ]),
    ...LISTS.map(([kind, options, name]): Refusal => [
      `RangeError: Cannot build scheduler: expected one ${name} for each of 2 parameter groups, got 1`,
      () => build(kind, options, two()),
    ]),
    ...(['CyclicLR', 'OneCycleLR'] as const).map((kind): Refusal => [
      `RangeError: Cannot build ${kind}: expected an optimizer with momentum or betas, got neither; ` +
        'set cycleMomentum: false',
      () => build(kind, { baseLr: 0, maxLr: 1, totalSteps: 2 }, plain()),
    ]),
  ]);

  it('may have its options at the edge of what is allowed', () => {
    const at = (kind: Kind, options: object, steps = 3) => {
      const optimizer = sgd();
      return rates(optimizer, build(kind, options, optimizer), steps);
    };
    assertClose(at('StepLR', { stepSize: 1, gamma: 0.5 }), [1, 0.5, 0.25]);
    assertClose(at('CosineAnnealingLR', { tMax: 1 }), [1, 0, 1]);
    assertClose(at('CosineAnnealingWarmRestarts', { t0: 1, tMult: 1 }), [1, 1, 1]);
    assertClose(at('LinearLR', { startFactor: 1, endFactor: 0, totalIters: 2 }), [1, 0.5, 0]);
    assertClose(at('LinearLR', { startFactor: 0.5, endFactor: 1, totalIters: 2 }), [0.5, 0.75, 1]);
    assertClose(at('OneCycleLR', { maxLr: 1, totalSteps: 1 }, 1), [1 / 25 / 1e4], 1e-9);
    assertClose(at('OneCycleLR', { maxLr: 1, totalSteps: 3, pctStart: 1 }, 2), [0.04, 0.52]);
    assertClose(at('OneCycleLR', { maxLr: 1, totalSteps: 3, pctStart: 0 }), [0.75, 0.25, 0]);
  });

  it('takes the state of its kind whatever the order of its fields, and names what it misses in another', () => {
    const [first, second] = [1, 2].map(() => new schedulers.StepLR(sgd(), { stepSize: 3 }));
    first!.step();
    second!.loadStateDict(Object.fromEntries(Object.entries(first!.stateDict()).reverse()));
    assert.deepEqual(second!.stateDict(), first!.stateDict());
    assert.throws(() => first!.loadStateDict({ lastEpoch: 0, baseLrs: 1 }), {
      name: 'RangeError',
      message:
        'Cannot load StepLR state: expected baseLrs: list, gamma: number, lastEpoch: number, lastLr: list, ' +
        'stepSize: number, got baseLrs: number, lastEpoch: number',
    });
  });
});

describe('CyclicLR and OneCycleLR', () => {
  const cycle = { baseLr: 0.1, maxLr: 1, stepSizeUp: 2 };

  it('take a function of the cycle or of the step for the height', () => {
    const [a, c] = [sgd(), sgd()];
    const own = new schedulers.CyclicLR(a, { ...cycle, scaleFn: (n) => 1 / 2 ** (n - 1) });
    const named = new schedulers.CyclicLR(c, { ...cycle, mode: 'triangular2' });
    assert.deepEqual(rates(a, own, 12), rates(c, named, 12));
    const [d, e] = [sgd(), sgd()];
    const byStep = new schedulers.CyclicLR(d, {
      ...cycle,
      scaleFn: (n) => 0.9 ** n,
      scaleMode: 'iterations',
    });
    const range = new schedulers.CyclicLR(e, { ...cycle, mode: 'exp_range', gamma: 0.9 });
    assert.deepEqual(rates(d, byStep, 12), rates(e, range, 12));
  });

  for (const name of ['CyclicLR', 'OneCycleLR'] as const) {
    it(`${name} leaves momentum and betas alone when told to, and moves them otherwise`, () => {
      const make = (optimizer: Optimizer, cycleMomentum: boolean) =>
        build(name, { ...cycle, totalSteps: 9, cycleMomentum }, optimizer);
      for (const optimizer of [sgd(), new Adam([w])]) {
        const read = () => {
          const group = optimizer.paramGroups[0] as unknown as Record<string, unknown>;
          return [group.momentum, group.betas, group.baseMomentum];
        };
        const before = read();
        const still = make(optimizer, false);
        for (let i = 0; i < 3; i++) still.step();
        assert.deepEqual(read(), before);
        make(optimizer, true).step();
        assert.notDeepEqual(read().slice(0, 2), before.slice(0, 2));
      }
    });
  }
});

describe('ReduceLROnPlateau', () => {
  /** Which metrics count as better than the best so far. */
  const better = (options: schedulers.PlateauOptions, metrics: readonly number[]) => {
    const scheduler = new schedulers.ReduceLROnPlateau(sgd(), { patience: 99, ...options });
    return metrics.map((metric) => (scheduler.step(metric), scheduler.numBadEpochs === 0));
  };
  const [yes, no] = [true, false];
  for (const [options, metrics, expected] of [
    [{ threshold: 0 }, [2, 2, 1.9], [yes, no, yes]],
    [{ threshold: 0.5 }, [2, 1, 0.9], [yes, no, yes]],
    [{ threshold: 0.5, thresholdMode: 'abs' }, [2, 1.5, 1.4], [yes, no, yes]],
    [{ mode: 'max', threshold: 0 }, [2, 2, 2.1], [yes, no, yes]],
    [{ mode: 'max', threshold: 0.5 }, [2, 3, 3.1], [yes, no, yes]],
    [{ mode: 'max', threshold: 0.5, thresholdMode: 'abs' }, [2, 2.5, 2.6], [yes, no, yes]],
  ] as const) {
    it(`asks for more than ${JSON.stringify(options)}`, () =>
      assert.deepEqual(better(options, metrics), expected));
  }

  it('takes a tensor of one number, options left undefined, and nothing but a metric', () => {
    const optimizer = sgd();
    const scheduler = new schedulers.ReduceLROnPlateau(optimizer, {
      patience: 0,
      factor: undefined as never,
    });
    for (const metric of [tf.scalar(1), tf.tensor1d([2])]) scheduler.step(metric);
    assert.deepEqual([optimizer.lr, scheduler.best], [0.1, 1]);
    assert.throws(
      () => scheduler.step(undefined as never),
      /expected the metric of the epoch, got undefined/,
    );
    assert.equal(scheduler.lastEpoch, 2);
  });

  it('counts its steps, and makes no reduction of eps or less', () => {
    const optimizer = sgd(0.5);
    const scheduler = new schedulers.ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.5, eps: 0.25 });
    [1, 1, 1].forEach((metric) => scheduler.step(metric));
    assert.deepEqual([optimizer.lr, scheduler.lastEpoch, scheduler.stateDict().lastEpoch], [0.5, 3, 3]);
    const other = new schedulers.ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.5, eps: 0.24 });
    [1, 1].forEach((metric) => other.step(metric));
    assert.deepEqual([optimizer.lr, other.getLastLr()], [0.25, [0.25]]);
  });
});

describe('ReduceLROnPlateau over groups that were added', () => {
  it('wants a limit for each of them, or one for all', () => {
    const grown = (minLr: number | number[]) => {
      const optimizer = sgd();
      const scheduler = new schedulers.ReduceLROnPlateau(optimizer, { patience: 0, minLr });
      optimizer.addParamGroup({ params: [b] });
      [1, 1].forEach((metric) => scheduler.step(metric));
      return optimizer.paramGroups.map(({ lr }) => lr);
    };
    assert.deepEqual(grown(0.5), [0.5, 0.5]);
    assert.throws(() => grown([0.5]), /one minLr for each of 2 parameter groups, got 1/);
  });
});

describe('SequentialLR', () => {
  const parts = (optimizer: Optimizer) => [
    new schedulers.StepLR(optimizer, { stepSize: 1, gamma: 0.5 }),
    new schedulers.MultiStepLR(optimizer, { milestones: [0, 1], gamma: 0.1 }),
  ];
  const joined = (optimizer: Optimizer) =>
    new schedulers.SequentialLR(optimizer, { schedulers: parts(optimizer), milestones: [2] });
  const count = (schedulersGiven: number, milestones: number[]) => () =>
    new schedulers.SequentialLR(sgd(), { schedulers: parts(sgd()).slice(0, schedulersGiven), milestones });
  const cannot = 'RangeError: Cannot build SequentialLR: expected';
  const between = `${cannot} one milestone between every two schedulers, got`;
  refuses([
    [`${between} 0 schedulers and 0 milestones`, count(0, [])],
    [`${between} 0 schedulers and 1 milestones`, count(0, [1])],
    [`${between} 2 schedulers and 0 milestones`, count(2, [])],
    [`${between} 1 schedulers and 1 milestones`, count(1, [1])],
    [
      `${cannot} schedulers of its own optimizer, got others`,
      () => {
        const own = sgd();
        return new schedulers.SequentialLR(own, {
          schedulers: [parts(own)[0]!, parts(sgd())[1]!],
          milestones: [1],
        });
      },
    ],
    [
      `${cannot} schedulers that go by steps alone, got ReduceLROnPlateau`,
      () => {
        const own = sgd();
        const plateau = new schedulers.ReduceLROnPlateau(own) as never;
        return new schedulers.SequentialLR(own, { schedulers: [parts(own)[0]!, plateau], milestones: [1] });
      },
    ],
    ...[{}, { lastEpoch: 1 }, { lastEpoch: 1, schedulers: [{}] }, { schedulers: [{}, {}] }].map(
      (state): readonly [string, () => unknown] => [
        `RangeError: Cannot load SequentialLR state: expected 2 schedulers, got ${state.schedulers?.length ?? 0}`,
        () => joined(sgd()).loadStateDict(state),
      ],
    ),
  ]);

  it('starts the next scheduler at its step 0, milestones at 0 included, and goes on there when loaded', () => {
    const optimizer = sgd();
    const scheduler = joined(optimizer);
    // 1, ½; then the initial rate times 0.1 for the milestone at 0 and again for that at 1
    assertClose(rates(optimizer, scheduler, 5), [1, 0.5, 0.1, 0.01, 0.01], 1e-9);
    const [first, second] = [sgd(), sgd()];
    const [saved, other] = [joined(first), joined(second)];
    [1, 2].forEach(() => saved.step());
    second.loadStateDict(first.stateDict());
    other.loadStateDict(saved.stateDict());
    assert.deepEqual(other.getLastLr(), saved.getLastLr());
    assert.deepEqual(rates(second, other, 3), rates(first, saved, 3));
  });
});
