/**
 * `compile(fn)` records a function of tensors once and replays it as one TensorFlow graph.
 *
 * TensorFlow.js runs a function operation by operation. A first call of a compiled function does the same, writing
 * every operation down, and takes back what it changed; then it hands the arguments to TensorFlow in a single call, as
 * the later ones do at once. Results agree with the plain function's to 1e-5 and with each other to the bit.
 */
import { isGradEnabled } from '../autograd';
import { requiresGrad } from '../autograd/tapenode';
import { type NativeBackend, nativeBackend } from '../backend/native';
import type { HalfType } from '../graph/autocast';
import { activeRecording } from '../recording/active';
import { CompileError } from '../recording/callsite';
import * as tf from '../tf';
import { applyEffects, effectsHold, type GradientEffects, gradientInputs } from './collected';
import { Program } from './program';
import { planResults, type ResultPlan } from './results';
import { signature } from './structure';
import { asyncError, type Finish, type Run, trace } from './trace';

/** What happens where a function cannot be recorded, and how many recordings are kept. */
export interface CompileOptions {
  /**
   * Called once with a sentence that says why, where a function cannot be compiled (plain-JS backend, a value read
   * inside); it then runs eagerly. Without it the reason is thrown as an error, except on the plain-JS backend, which
   * runs everything eagerly.
   */
  readonly onFallback?: (reason: string) => void;
  /** Recordings kept for different shapes, arguments and flags; the one unused for longest goes first. */
  readonly maxRecordings?: number;
  /** Computes products and convolutions in 16 bits (see autocast.ts). */
  readonly precision?: HalfType;
}

/** A function that replays its recordings, with the same arguments and results. */
export type Compiled<A extends unknown[], R> = ((...args: A) => R) & {
  /** How many recordings are kept now. */
  readonly recordings: number;
  /** Frees TensorFlow's memory; variables keep their values. */
  dispose(): void;
};

interface Recording {
  readonly key: string;
  readonly program: Program;
  readonly plan: ResultPlan;
  readonly gradients: GradientEffects;
}

const MAX_RECORDINGS = 16;
const MISSES_TO_WARN = 8;

/**
 * Returns a function with the same arguments and results as `fn`, but faster.
 *
 * `fn` may read and write `tf.Variable`s, take gradients and step an optimizer; it must be synchronous. It is recorded
 * again for other shapes and types of its tensors, for every other value of its plain arguments (so pass what changes
 * often as a tensor), when a guarded flag such as `module.training` or `variable.trainable` has changed, and when a
 * module whose variables it uses has been given another child or variable (`model.fc = new nn.Linear(…)`; dispose of
 * the old one if it will not be used again, which frees its recordings too). What else it finds in JavaScript is read
 * while recording only. A number that changes from call to call belongs in `dynamicScalar`; a variable or a module
 * kept elsewhere, in a `let` or a plain object, and replaced there is noticed where it is read through `guard`:
 * `guard(() => head).forward(x)`. `fn` returns tensors, or arrays and objects of tensors; what it makes in between is
 * disposed.
 *
 * Inside another compiled function and under a gradient it runs as a plain function.
 * @throws CompileError naming the line, where `fn` does something that a replay could not repeat truly
 * @example
 * const step = compile((x: tf.Tensor4D, y: tf.Tensor1D) =>
 *   optimizer.minimize(() => nn.crossEntropy(model.forward(x), y)),
 * );
 * let total = 0;
 * for (const [x, y] of loader) {
 *   const loss = step(x, y); // the caller's, as what any operation returns
 *   total += loss.dataSync()[0] ?? NaN;
 *   loss.dispose();
 * }
 */
export function compile<A extends unknown[], R>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  if (fn.constructor.name === 'AsyncFunction') throw asyncError();
  const cache = new Cache(fn as (...args: unknown[]) => unknown, options);
  const compiled = (...args: A): R => cache.call(args) as R;
  return Object.defineProperties(compiled, {
    name: { value: fn.name },
    recordings: { get: () => cache.size },
    dispose: { value: () => cache.dispose() },
  }) as Compiled<A, R>;
}

/** Makes one call by a replay. */
function run(
  { program, plan, gradients }: Recording,
  tensors: tf.Tensor[],
  call: 'recorded' | 'next',
): unknown {
  const inputs = gradientInputs(gradients);
  const outputs = program.run([...tensors, ...inputs], call);
  applyEffects(gradients, outputs.slice(plan.outputs.length));
  return plan.fill(outputs.slice(0, plan.outputs.length), tensors);
}

class Cache {
  private recordings: Recording[] = [];
  private misses = 0;
  private fallen = false;
  private disposed = false;

  constructor(
    private readonly fn: (...args: unknown[]) => unknown,
    private readonly options: CompileOptions,
  ) {}

  get size(): number {
    return this.recordings.length;
  }

  call(args: unknown[]): unknown {
    if (this.disposed) throw new Error('Cannot call a compiled function: it was disposed');
    const backend = nativeBackend();
    if (!backend) this.fallBack('the plain-JS backend has no graphs');
    if (!backend || this.fallen || activeRecording() || tf.engine().state.gradientDepth > 0) {
      return tf.tidy(() => this.fn(...args) as tf.TensorContainer);
    }
    const tensors: tf.Tensor[] = [];
    const key = `${isGradEnabled()} ${signature(args, tensors)}`;
    const plain = (): unknown => tf.tidy(() => this.fn(...args) as tf.TensorContainer);
    if (isGradEnabled() && tensors.some(requiresGrad)) return plain(); // gradients go through it
    const known = this.find(key);
    if (!known) return this.record(backend, key, args, tensors);
    return this.prepare(known) ? run(known, tensors, 'next') : plain();
  }

  dispose(): void {
    this.drop(this.recordings);
    this.disposed = true;
  }

  private fallBack(reason: string): void {
    if (this.fallen || !this.options.onFallback) return;
    this.fallen = true;
    this.drop(this.recordings);
    this.options.onFallback(reason);
  }

  /** Loads a recording into TensorFlow; false where TensorFlow refuses it and there is a fallback. */
  private prepare({ program }: Recording): boolean {
    try {
      program.load();
      return true;
    } catch (error) {
      if (!this.options.onFallback) throw error;
      this.fallBack(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  private find(key: string): Recording | undefined {
    const lost = this.recordings.filter(({ program }) => program.lost);
    if (lost.length > 0) this.drop(lost);
    const index = this.recordings.findIndex(
      (one) => one.key === key && one.program.holds && effectsHold(one.gradients),
    );
    const found = this.recordings[index];
    if (found && index > 0) {
      this.recordings.splice(index, 1);
      this.recordings.unshift(found);
    }
    if (found) this.misses = 0;
    return found;
  }

  private drop(gone: readonly Recording[]): void {
    for (const { program } of gone) program.dispose();
    this.recordings = this.recordings.filter((one) => !gone.includes(one));
  }

  /** Records a call and makes it by a replay, or plainly where no recording comes of it. */
  private record(backend: NativeBackend, key: string, args: unknown[], tensors: tf.Tensor[]): unknown {
    this.warnOfMisses();
    const made: Recording[] = [];
    const finish = (run: Run): Finish => {
      const recording = this.recording(backend, key, run);
      if (!recording) return 'counts';
      made.push(recording);
      return 'rewind';
    };
    const result = trace(backend, this.fn, args, tensors, { strict: !this.options.onFallback, finish });
    const [recording] = made;
    if (!recording) return result;
    this.recordings.unshift(recording);
    const outputs = run(recording, tensors, 'recorded');
    this.drop(this.recordings.slice(this.options.maxRecordings ?? MAX_RECORDINGS));
    return outputs;
  }

  /** A finished run as a recording, or nothing where it met something that cannot be recorded or replayed. */
  private recording(backend: NativeBackend, key: string, run: Run): Recording | undefined {
    const { recorder, copies, result, gradients } = run;
    try {
      recorder.finish();
      const plan = planResults(recorder, result, copies);
      const outputs = (list: GradientEffects['inputs']) => list.map(({ output }) => output);
      const parameters = [...run.parameters, ...outputs(gradients.inputs)];
      const results = [...plan.outputs, ...outputs(gradients.results)];
      recorder.resources.forget();
      const program = new Program(backend, { recorder, parameters, results }, this.options.precision);
      const recording = { key, program, plan, gradients };
      // a function that disposes of what it uses is recorded again each time
      return !program.lost && this.prepare(recording) ? recording : undefined;
    } catch (error) {
      if (!(error instanceof CompileError) || !this.options.onFallback) throw error;
      this.fallBack(error.message);
      return undefined;
    }
  }

  /** A function that is recorded at every call would be slower than uncompiled. */
  private warnOfMisses(): void {
    this.misses += 1;
    if (this.misses !== MISSES_TO_WARN) return;
    process.emitWarning(
      `compile(${this.fn.name || 'function'}): ${MISSES_TO_WARN} calls in a row had to be recorded anew; pass numbers ` +
        'that change as tensors or dynamicScalar, and tensors from outside as arguments',
    );
  }
}
