/** Optimizers and schedulers of configurations.py, step by step. */
import * as tf from '../../src/engine/tf';
import * as optim from '../../src/helpers/optim';
import {
  apart,
  type Difference,
  distance,
  type OptimizerCase,
  optionsOf,
  type SchedulerCase,
  unpack,
} from './packed';

type OptimizerOf = new (params: unknown, options: object) => optim.Optimizer;

export function compareOptimizer(one: OptimizerCase): Difference {
  const Kind = (optim as unknown as Record<string, OptimizerOf>)[one.name];
  if (!Kind) throw new TypeError(`Cannot build ${one.name}: optim has no such optimizer`);
  const params = one.start.map((value) => tf.variable(unpack(value)));
  const optimizer = new Kind(params, optionsOf(one.options));
  let [forward, worst] = [0, ''];
  one.track.forEach((expected, step) => {
    const gradients = one.gradients?.[step];
    if (gradients) optimizer.step(new Map(params.map((p, i) => [p, unpack(gradients[i]!)])));
    else optimizer.minimize(() => bowl(params[0]!, params[1]!)).dispose();
    expected.forEach((value, i) => {
      const far = distance(params[i], value);
      if (far > forward) [forward, worst] = [far, `step ${step + 1} of parameter ${i}`];
    });
  });
  optimizer.dispose();
  return { forward, gradient: 0, worst };
}

/** What LBFGS goes down: the same as in configurations.py. */
function bowl(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  const factors = tf.add(1, tf.reshape(tf.range(0, 6), [3, 2]));
  const first = tf.sum(tf.mul(tf.mul(a, a), factors));
  const second = tf.sum(tf.square(tf.sub(b, tf.sum(a, 0))));
  return tf.add(tf.add(first, second), tf.sum(tf.square(tf.square(b))));
}

/** Functions and compositions, as configurations.py has them. */
const COMPOSED: Readonly<Record<string, (o: optim.Optimizer) => optim.lrScheduler.Scheduler>> = {
  LambdaLR: (o) => new optim.lrScheduler.LambdaLR(o, { lrLambda: (step) => 0.9 ** step }),
  MultiplicativeLR: (o) =>
    new optim.lrScheduler.MultiplicativeLR(o, { lrLambda: (step) => (step % 2 ? 0.9 : 0.95) }),
  SequentialLR: (o) =>
    new optim.lrScheduler.SequentialLR(o, {
      schedulers: [
        new optim.lrScheduler.ConstantLR(o, { factor: 0.1, totalIters: 2 }),
        new optim.lrScheduler.ExponentialLR(o, { gamma: 0.9 }),
        new optim.lrScheduler.PolynomialLR(o, { totalIters: 6 }),
      ],
      milestones: [4, 9],
    }),
  ChainedScheduler: (o) =>
    new optim.lrScheduler.ChainedScheduler([
      new optim.lrScheduler.ConstantLR(o, { factor: 0.1, totalIters: 4 }),
      new optim.lrScheduler.ExponentialLR(o, { gamma: 0.9 }),
    ]),
};

type SchedulerOf = new (optimizer: optim.Optimizer, options: object) => optim.lrScheduler.Scheduler;

export function compareScheduler(one: SchedulerCase): Difference {
  const Kind = (optim as unknown as Record<string, OptimizerOf>)[one.optimizer]!;
  const groups = one.groupLrs.map((lr) => ({ params: [tf.variable(tf.zeros([1]))], lr }));
  const optimizer = new Kind(groups, one.optimizer === 'SGD' ? { momentum: 0.9 } : {});
  const Scheduler = (optim.lrScheduler as unknown as Record<string, SchedulerOf>)[one.name];
  if (!Scheduler) throw new TypeError(`Cannot build ${one.name}: lrScheduler has no such scheduler`);
  const options = Object.entries(optionsOf(one.options)).filter(([, value]) => value !== null);
  const plan = COMPOSED[one.name]?.(optimizer) ?? new Scheduler(optimizer, Object.fromEntries(options));
  let [forward, gradient] = [0, 0];
  one.lrs.forEach((lrs, step) => {
    const momenta = optimizer.paramGroups.map((group) => {
      const { betas, momentum } = group as { betas?: [number, number]; momentum?: number };
      return betas?.[0] ?? momentum ?? NaN;
    });
    forward = Math.max(forward, apart(plan.getLastLr(), lrs));
    gradient = Math.max(gradient, apart(momenta, one.momenta[step]!));
    if (step + 1 === one.lrs.length) return;
    if (plan instanceof optim.lrScheduler.ReduceLROnPlateau) plan.step(one.metrics[step]!);
    else plan.step();
  });
  return { forward, gradient, worst: 'momentum' };
}
