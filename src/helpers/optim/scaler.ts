/**
 * Loss scaling for float16, after Micikevicius et al., "Mixed Precision Training", 2018,
 * https://arxiv.org/abs/1710.03740: small gradients would become 0 in 16 bits, so the loss is multiplied by a large
 * number before and the gradients are divided by it after. Like `torch.amp.GradScaler`.
 */
import { select } from '../../engine/ops/select';
import * as tf from '../../engine/tf';

/** How the scale of the loss grows and shrinks. */
export interface GradScalerOptions {
  readonly initScale: number;
  /** Factor after `growthInterval` steps in a row without an infinite gradient. */
  readonly growthFactor: number;
  /** Factor after a step with one. */
  readonly backoffFactor: number;
  readonly growthInterval: number;
}

/** Where a scaler stands, as plain JSON. */
export interface GradScalerState extends Omit<GradScalerOptions, 'initScale'> {
  readonly scale: number;
  /** Good steps in a row. */
  readonly growthTracker: number;
}

/** PyTorch's defaults. */
const DEFAULTS: GradScalerOptions = {
  initScale: 65536,
  growthFactor: 2,
  backoffFactor: 0.5,
  growthInterval: 2000,
};

/**
 * Scales losses, unscales gradients and adapts the scale.
 *
 * `fit({ precision: 'float16' })` does all of it. By hand `optimizer.minimizeScaled` uses it within a step, recorded or
 * not; `optimizer.settle` follows outside, where the numbers can be read.
 * @example
 * const scaler = new GradScaler();
 * const { loss, finite } = optimizer.minimizeScaled(() => nn.crossEntropy(model.forward(x), y), scaler);
 * optimizer.settle(scaler, finite.dataSync()[0] === 1);
 */
export class GradScaler {
  private options: Omit<GradScalerOptions, 'initScale'>;
  private current: number;
  private growthTracker = 0;

  constructor(options: Partial<GradScalerOptions> = {}) {
    const { initScale, ...rest } = { ...DEFAULTS, ...options };
    check('initScale', initScale > 0, 'a number above 0', initScale);
    check('growthFactor', rest.growthFactor > 1, 'a number above 1', rest.growthFactor);
    const { backoffFactor, growthInterval } = rest;
    check('backoffFactor', backoffFactor > 0 && backoffFactor < 1, 'a number between 0 and 1', backoffFactor);
    const whole = Number.isInteger(growthInterval) && growthInterval >= 1;
    check('growthInterval', whole, 'a whole number of steps ≥ 1', growthInterval);
    this.options = rest;
    this.current = initScale;
  }

  /** The factor of the next loss. */
  get scale(): number {
    return this.current;
  }

  /**
   * Divides gradients of a scaled loss by `scale`, in place of the ones given, which are freed. Where any of them is
   * infinite or NaN, all become 0.
   * @returns whether all were finite, bool
   */
  unscale<K>(grads: Map<K, tf.Tensor>, scale: tf.Scalar): tf.Scalar {
    const finite = tf.tidy(() => {
      const each = [...grads.values()].map((gradient) => tf.all<tf.Scalar>(tf.isFinite(gradient)));
      return each.reduce((a, b) => tf.logicalAnd<tf.Scalar>(a, b), tf.scalar(true, 'bool'));
    });
    for (const [key, gradient] of grads) {
      grads.set(
        key,
        tf.tidy(() => select(finite, tf.div(gradient, scale), tf.scalar(0))),
      );
      gradient.dispose();
    }
    return finite;
  }

  /** Adapts the scale after a step: smaller where its gradients were not finite, larger after many that were. */
  update(finite: boolean): void {
    const { growthFactor, backoffFactor, growthInterval } = this.options;
    this.growthTracker = finite ? this.growthTracker + 1 : 0;
    if (!finite) this.current *= backoffFactor;
    if (this.growthTracker < growthInterval) return;
    this.growthTracker = 0;
    // a scale that no longer fits float32 would make every loss infinite
    const grown = this.current * growthFactor;
    if (Number.isFinite(Math.fround(grown))) this.current = grown;
  }

  /** The scale and its options, as plain JSON. */
  stateDict(): GradScalerState {
    return { ...this.options, scale: this.current, growthTracker: this.growthTracker };
  }

  /** @throws RangeError for what `new GradScaler` refuses */
  loadStateDict({ scale, growthTracker, ...options }: GradScalerState): void {
    const checked = new GradScaler({ ...options, initScale: scale });
    this.options = checked.options;
    this.current = scale;
    this.growthTracker = growthTracker;
  }
}

function check(name: string, right: boolean, expected: string, actual: number): void {
  if (right) return;
  throw new RangeError(`Cannot build GradScaler: expected ${name} to be ${expected}, got ${actual}`);
}
