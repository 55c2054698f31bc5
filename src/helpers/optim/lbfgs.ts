/** L-BFGS: a quasi-Newton method that computes the loss several times a step. */
import { enableGrad } from '../../engine/autograd';
import { activeRecording } from '../../engine/recording/active';
import * as tf from '../../engine/tf';
import type { ClipOptions } from './clip';
import { gradients } from './gradients';
import { checkOption, type Group, type GroupSpec, type Hyper, type Parameters } from './groups';
import { type GivenGradients, Optimizer } from './optimizer';
import { type OptimizerState, savedOptions, type Slots } from './state';
import { dot, largest, type Place, strongWolfe } from './wolfe';

/** PyTorch's options of L-BFGS and their defaults: lr 1, 20 iterations a step, 100 remembered, no line search. */
export interface LBFGSOptions extends Hyper {
  maxIter: number;
  /** Most computations of the loss a step; `null`: 1.25 times `maxIter`. */
  maxEval: number | null;
  /** Stops where no gradient is above this. */
  toleranceGrad: number;
  /** Stops where loss or parameters change less. */
  toleranceChange: number;
  historySize: number;
  lineSearchFn: 'strong_wolfe' | null;
}

const DEFAULTS: LBFGSOptions = {
  ...{ lr: 1, maxIter: 20, maxEval: null, toleranceGrad: 1e-7 },
  ...{ toleranceChange: 1e-9, historySize: 100, lineSearchFn: null },
};

/** What is remembered from one iteration to the next; vectors are all parameters one after another. */
interface Past {
  iterations: number;
  direction: Float32Array;
  t: number;
  gradient: Float32Array;
  scale: number;
  /** Changes of gradients, and of parameters, with the inverse of their product. */
  pairs: { readonly y: Float32Array; readonly s: Float32Array; readonly ro: number }[];
}

/**
 * Limited-memory BFGS (Liu and Nocedal, 1989): one group of parameters, the loss as a function. Like `torch.optim.LBFGS`.
 * @example
 * const w = tf.variable(tf.tensor1d([3, -2]));
 * const optimizer = new LBFGS([w], { lineSearchFn: 'strong_wolfe' });
 * const loss = optimizer.minimize(() => tf.sum(tf.square(w)));
 */
export class LBFGS extends Optimizer<LBFGSOptions> {
  #past: Past | undefined;

  constructor(params: Parameters | Iterable<GroupSpec<LBFGSOptions>>, options: Partial<LBFGSOptions> = {}) {
    super(params, { ...DEFAULTS, ...options });
  }

  /** @throws RangeError for several groups */
  override addParamGroup(spec: GroupSpec<LBFGSOptions>): void {
    if (this.paramGroups.length > 0)
      throw new RangeError('Cannot build LBFGS: expected one group, got several');
    super.addParamGroup(spec);
  }

  /**
   * One step of several iterations; `loss` is computed, with its gradients, as often as they need it.
   * @throws RangeError for gradients to be clipped
   */
  override minimize(loss: () => tf.Scalar, clip: ClipOptions = {}): tf.Scalar {
    if (clip.clipNorm !== undefined || clip.clipValue !== undefined) {
      throw new RangeError('Cannot step LBFGS: expected gradients as they are, got clipping');
    }
    const compute = () => gradients(loss, this.parameters());
    return this.iterate(() => {
      const { loss: value, grads } = compute();
      const place = { loss: numberOf(value), gradient: this.flat((p) => grads.get(p)) };
      tf.dispose([...grads.values()]);
      return { value, place };
    });
  }

  /**
   * One step of several iterations.
   * @param closure clears the gradients, computes the loss, calls `backward()` on it and gives it, as in PyTorch
   * @returns the loss before the step; the caller disposes it
   * @throws TypeError for gradients in its place
   */
  override step(closure?: GivenGradients | (() => tf.Scalar)): tf.Scalar {
    if (typeof closure !== 'function') {
      throw new TypeError('Cannot step LBFGS: expected a function that computes the loss, got none');
    }
    return this.iterate(() => {
      const value = enableGrad(closure);
      const collected = this.collected();
      return { value, place: { loss: numberOf(value), gradient: this.flat((p) => collected.get(p)) } };
    });
  }

  /** @throws TypeError always: PyTorch keeps the past of L-BFGS in another form */
  override torchStateDict(): never {
    throw new TypeError(
      "Cannot give the state of LBFGS: expected an optimizer whose form is PyTorch's, got LBFGS",
    );
  }

  /** @throws RangeError if groups differ, TypeError if an option does */
  protected override loadOwn({ state, paramGroups }: OptimizerState): void {
    const [options] = savedOptions(this.paramGroups, paramGroups, this.defaults);
    const [group] = this.paramGroups as [Group<LBFGSOptions>];
    this.check({ ...group, ...options });
    const saved = Object.values(state)[0];
    this.#past = saved && pastOf(saved.step, saved.tensors);
    this.remember();
    Object.assign(group, options);
  }

  override dispose(): void {
    super.dispose();
    this.#past = undefined;
  }

  /** @throws RangeError for a rate below 0 or another line search */
  protected override check(group: Group<LBFGSOptions>): void {
    checkOption('LBFGS', 'lr', group.lr, 0);
    if (![null, 'strong_wolfe'].includes(group.lineSearchFn)) {
      throw new RangeError(
        `Cannot build LBFGS: expected lineSearchFn strong_wolfe or null, got ${String(group.lineSearchFn)}`,
      );
    }
  }

  protected override slots(): Slots {
    return [];
  }

  /** @throws TypeError always: gradients alone are not enough */
  protected override update(): void {
    throw new TypeError('Cannot step LBFGS: expected a function that computes the loss, got gradients');
  }

  private parameters(): readonly tf.Variable[] {
    return (this.paramGroups[0]?.params ?? []).filter(({ trainable }) => trainable);
  }

  private iterate(evaluate: () => { value: tf.Scalar; place: Place }): tf.Scalar {
    if (activeRecording()) {
      throw new TypeError(
        'Cannot step LBFGS: expected plain code, since it looks at the loss, got a compiled function',
      );
    }
    const { value, place } = evaluate();
    const [group] = this.paramGroups as [Group<LBFGSOptions>];
    const again = (): Place => {
      const next = evaluate();
      next.value.dispose();
      return next.place;
    };
    this.iterations(group, place, again);
    this.remember();
    return value;
  }

  /** PyTorch's loop. */
  private iterations(group: Group<LBFGSOptions>, first: Place, again: () => Place): void {
    const { lr, maxIter, maxEval, toleranceGrad, toleranceChange, lineSearchFn } = group;
    const most = maxEval ?? Math.floor((maxIter * 5) / 4);
    let place = first;
    let evaluations = 1;
    if (largest(place.gradient) <= toleranceGrad) return;
    for (let n = 1; n <= maxIter; n++) {
      const past = this.towards(place.gradient, group.historySize);
      const d = past.direction;
      const sum = place.gradient.reduce((total, value) => total + Math.abs(value), 0);
      past.t = Math.fround(past.iterations === 1 ? Math.min(1, 1 / sum) * lr : lr);
      const before = place.loss;
      const slope = dot(place.gradient, d);
      if (slope > -toleranceChange) return;
      const start = this.values();
      const go = (t: number): void => this.assign(start, d, t);
      if (lineSearchFn === 'strong_wolfe') {
        const at = (t: number): Place => (go(t), again());
        const line = { d, start: place, slope, at, toleranceChange, most: most - evaluations };
        const { t, evaluations: more, ...found } = strongWolfe(line, past.t);
        past.t = t;
        place = found;
        evaluations += more;
        go(t);
      } else {
        go(past.t);
        if (n !== maxIter) {
          place = again();
          evaluations++;
        }
      }
      if (n === maxIter || evaluations >= most || largest(place.gradient) <= toleranceGrad) return;
      if (largest(d) * Math.abs(past.t) <= toleranceChange) return;
      if (Math.abs(place.loss - before) < toleranceChange) return;
    }
  }

  /** The direction from the present gradient, and what to remember of it. */
  private towards(gradient: Float32Array, historySize: number): Past {
    const past = this.#past;
    if (!past) {
      const direction = gradient.map((value) => -value);
      return (this.#past = { iterations: 1, direction, t: 0, gradient, scale: 1, pairs: [] });
    }
    past.iterations++;
    const y = gradient.map((value, i) => value - (past.gradient[i] ?? 0));
    const s = past.direction.map((value) => value * past.t);
    const product = dot(y, s);
    if (product > 1e-10) {
      if (past.pairs.length === historySize) past.pairs.shift();
      past.pairs.push({ y, s, ro: Math.fround(1 / product) });
      past.scale = Math.fround(product / dot(y, y));
    }
    past.direction = twoLoops(gradient, past);
    past.gradient = gradient;
    return past;
  }

  private values(): Float32Array[] {
    return this.parameters().map((parameter) => parameter.dataSync<'float32'>().slice());
  }

  /** Sets the parameters to start + t·d. */
  private assign(start: readonly Float32Array[], d: Float32Array, t: number): void {
    let from = 0;
    this.parameters().forEach((parameter, i) => {
      const offset = from;
      const moved = (start[i] ?? new Float32Array()).map((value, j) => value + t * (d[offset + j] ?? 0));
      from += moved.length;
      tf.tidy(() => parameter.assign(tf.tensor(moved, parameter.shape)));
    });
  }

  private flat(of: (parameter: tf.Variable) => tf.Tensor | undefined): Float32Array {
    const parts = this.parameters().map((p) => of(p)?.dataSync<'float32'>() ?? new Float32Array(p.size));
    const whole = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
    let from = 0;
    for (const part of parts) {
      whole.set(part, from);
      from += part.length;
    }
    return whole;
  }

  /** Keeps the past among the tensors that are saved, under the first parameter, as PyTorch does. */
  private remember(): void {
    const past = this.#past;
    const [parameter] = this.paramGroups[0]?.params ?? [];
    if (!parameter || !past) return;
    const { direction: d, gradient, scale, t, pairs } = past;
    const table = (rows: Float32Array[]) =>
      tf.tensor(
        rows.map((row) => Array.from(row)),
        [rows.length, d.length],
      );
    const made = tf.tidy(() => ({
      d: tf.variable(tf.tensor1d(d), false),
      prevFlatGrad: tf.variable(tf.tensor1d(gradient), false),
      oldDirs: tf.variable(table(pairs.map(({ y }) => y)), false),
      oldStps: tf.variable(table(pairs.map(({ s }) => s)), false),
      ro: tf.variable(tf.tensor1d(pairs.map(({ ro }) => ro)), false),
      t: tf.variable(tf.scalar(t), false),
      hDiag: tf.variable(tf.scalar(scale), false),
    }));
    this.replaceMemory(parameter, { step: past.iterations, tensors: made });
  }
}

/** The inverse Hessian, as far as it is known, times the gradient, downwards. */
function twoLoops(gradient: Float32Array, { pairs, scale }: Past): Float32Array {
  let q = gradient.map((value) => -value);
  const shares = new Map<number, number>();
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { y, s, ro } = pairs[i] as Past['pairs'][number];
    const share = Math.fround(dot(s, q) * ro);
    shares.set(i, share);
    q = q.map((value, j) => value - share * (y[j] ?? 0));
  }
  let r = q.map((value) => value * scale);
  pairs.forEach(({ y, s, ro }, i) => {
    const change = (shares.get(i) ?? 0) - Math.fround(dot(y, r) * ro);
    r = r.map((value, j) => value + change * (s[j] ?? 0));
  });
  return r;
}

function pastOf(iterations: number, tensors: Readonly<Record<string, tf.Tensor>>): Past | undefined {
  const vector = (name: string): Float32Array => Float32Array.from(tensors[name]?.dataSync() ?? []);
  const direction = vector('d');
  if (iterations === 0 || direction.length === 0) return undefined;
  const [dirs, steps, ro] = [vector('oldDirs'), vector('oldStps'), vector('ro')];
  const row = (table: Float32Array, i: number) =>
    table.slice(i * direction.length, (i + 1) * direction.length);
  const pairs = Array.from(ro, (value, i) => ({ y: row(dirs, i), s: row(steps, i), ro: value }));
  const [t = 0] = vector('t');
  const [scale = 1] = vector('hDiag');
  return { iterations, direction, t, gradient: vector('prevFlatGrad'), scale, pairs };
}

const numberOf = (loss: tf.Scalar): number => loss.dataSync()[0] ?? NaN;
