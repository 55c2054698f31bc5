/** The recordings of one function: which of them a call may use, when one is made, checked and let go. */
import { isGradEnabled } from '../autograd';
import { requiresGrad } from '../autograd/tapenode';
import { size } from '../backend/membership';
import { type NativeBackend, nativeBackend } from '../backend/native';
import type { HalfType } from '../graph/autocast';
import { activeRecording, type Values } from '../recording/active';
import { CompileError } from '../recording/callsite';
import * as tf from '../tf';
import { applyEffects, effectsHold, gradientInputs } from './collected';
import { difference, type Outcome } from './compare';
import { Program } from './program';
import { Checks } from './rechecks';
import { planResults, type ResultPlan } from './results';
import { signature } from './structure';
import { type Finish, type Run, trace } from './trace';

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
  /**
   * Records the function again now and then and compares, to notice what it reads of a closure (see docs/compile.md);
   * default true. A function of its arguments, fields and dynamic values alone can do without.
   */
  readonly checked?: boolean;
}

interface Recording {
  readonly key: string;
  readonly program: Program;
  readonly plan: ResultPlan;
  readonly outcome: Outcome;
  readonly checks: Checks;
}

const MAX_RECORDINGS = 16;
const MISSES_TO_WARN = 8;
/** Recordings thrown away because the next call was another graph; after that the function runs plainly. */
const MOST_UNLIKE = 2;

/** Makes one call by a replay. */
function replay({ program, plan, outcome }: Recording, tensors: tf.Tensor[], values?: Values[]): unknown {
  const { gradients } = outcome;
  const outputs = program.run([...tensors, ...gradientInputs(gradients)], values);
  applyEffects(gradients, outputs.slice(plan.outputs.length));
  return plan.fill(outputs.slice(0, plan.outputs.length), tensors);
}

/** A run that has ended, taken together. */
function outcomeOf({ recorder, parameters, copies, result, gradients }: Run): Outcome & { plan: ResultPlan } {
  recorder.finish();
  const plan = planResults(recorder, result, copies);
  const { outputs, skeleton } = plan;
  return { recorder, arguments: parameters, outputs, skeleton, gradients, plan };
}

/** @throws CompileError after a sum over workers, which the run itself has not made */
function counting({ recorder: { workerSums, problems } }: Run): 'counts' {
  if (workerSums === 0) return 'counts';
  throw (
    problems[0] ?? new CompileError('a step of several workers has to be recorded', 'pass { compile: false }')
  );
}

/** One call: the arguments, the tensors among them, and what decides which recording it may use. */
interface Call {
  readonly backend: NativeBackend;
  readonly args: unknown[];
  readonly tensors: tf.Tensor[];
  readonly key: string;
}

/** The recordings of one function. */
export class Cache {
  private recordings: Recording[] = [];
  private misses = 0;
  private unlike = 0;
  /** The field whose value made the last call be recorded. */
  private changedField: string | undefined;
  /** Runs plainly from now on. */
  private fallen = false;
  private disposed = false;

  constructor(
    private readonly fn: (...args: unknown[]) => unknown,
    private readonly options: CompileOptions,
  ) {}

  get size(): number {
    return this.recordings.length;
  }

  recheck(): void {
    for (const { checks } of this.recordings) checks.ask();
  }

  /** @throws Error once disposed of */
  call(args: unknown[]): unknown {
    if (this.disposed) throw new Error('Cannot call a compiled function: it was disposed');
    const backend = nativeBackend();
    if (!backend) this.fallBack('the plain-JS backend has no graphs');
    const plain = (): unknown => tf.tidy(() => this.fn(...args) as tf.TensorContainer);
    if (!backend || this.fallen || activeRecording() || tf.engine().state.gradientDepth > 0) return plain();
    const tensors: tf.Tensor[] = [];
    const key = `${isGradEnabled()} ${signature(args, tensors)}`;
    if (isGradEnabled() && tensors.some(requiresGrad)) return plain(); // gradients go through it
    const known = this.find(key);
    if (!known) return this.fallen ? plain() : this.record({ backend, args, tensors, key });
    if (!this.prepare(known)) return plain();
    if (this.options.checked !== false && known.checks.due) {
      return this.check(known, { backend, args, tensors, key });
    }
    return known.checks.replay(() => replay(known, tensors));
  }

  dispose(): void {
    this.drop(this.recordings);
    this.disposed = true;
  }

  private fallBack(reason: string): void {
    if (this.fallen || !this.options.onFallback) return;
    this.runPlainly(reason, this.options.onFallback);
  }

  private runPlainly(reason: string, tell: (reason: string) => void): void {
    this.fallen = true;
    this.drop(this.recordings);
    tell(reason);
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
    const alike = this.recordings.filter((one) => one.key === key);
    const found = alike.find(({ program, outcome }) => program.holds && effectsHold(outcome.gradients));
    if (!found) {
      this.changedField = alike[0]?.program.changedField;
      this.countMiss();
      return undefined;
    }
    if (this.recordings[0] !== found) {
      this.recordings = [found, ...this.recordings.filter((one) => one !== found)];
    }
    this.misses = 0;
    return found;
  }

  private drop(gone: readonly Recording[]): void {
    for (const { program } of gone) program.dispose();
    this.recordings = this.recordings.filter((one) => !gone.includes(one));
  }

  /** Records a call and makes it by a replay, or plainly where no recording comes of it. */
  private record({ backend, args, tensors, key }: Call): unknown {
    const made: Recording[] = [];
    const finish = (run: Run): Finish => {
      const recording = this.recording(backend, key, run);
      if (!recording) return counting(run);
      made.push(recording);
      return 'rewind';
    };
    const result = trace(backend, this.fn, args, tensors, { strict: !this.options.onFallback, finish });
    const [recording] = made;
    return recording ? this.begin(recording, tensors) : result;
  }

  /** Keeps a new recording, and makes the call that was recorded. */
  private begin(recording: Recording, tensors: tf.Tensor[]): unknown {
    this.recordings.unshift(recording);
    const outputs = replay(recording, tensors, recording.outcome.recorder.values);
    this.drop(this.recordings.slice(this.options.maxRecordings ?? MAX_RECORDINGS));
    return outputs;
  }

  /** A finished run as a recording, or nothing where it met something that cannot be recorded or replayed. */
  private recording(backend: NativeBackend, key: string, run: Run): Recording | undefined {
    try {
      const { plan, ...outcome } = outcomeOf(run);
      const { recorder, gradients } = outcome;
      const outputs = (list: GradientOutputs) => list.map(({ output }) => output);
      const parameters = [...run.parameters, ...outputs(gradients.inputs)];
      const results = [...plan.outputs, ...outputs(gradients.results)];
      recorder.resources.forget();
      const recorded = { recorder, parameters, results, fields: run.fields };
      const program = new Program(backend, recorded, this.options.precision);
      const recording = { key, program, plan, outcome, checks: new Checks() };
      // a function that disposes of what it uses is recorded again each time
      return !program.lost && this.prepare(recording) ? recording : undefined;
    } catch (error) {
      if (!(error instanceof CompileError) || !this.options.onFallback) throw error;
      this.fallBack(error.message);
      return undefined;
    }
  }

  /**
   * Makes one call of a recording after seeing that the function is still what was recorded. Where it is not, the call
   * is made by what it is now.
   * @throws CompileError where earlier calls may have been made with a stale value and nobody asked for a fallback
   */
  private check(known: Recording, { backend, args, tensors, key }: Call): unknown {
    const start = performance.now();
    const late = known.checks.unchecked;
    let [values, changed, next]: [Values[], CompileError?, Recording?] = [[]];
    const finish = (run: Run): Finish => {
      values = run.recorder.values;
      changed = compared(known.outcome, run, late);
      if (!changed) return 'rewind';
      if (late > 0 && !this.options.onFallback) return 'rewind';
      if (late === 0 && ++this.unlike <= MOST_UNLIKE && run.recorder.problems.length === 0) {
        next = this.recording(backend, key, run);
      }
      return next ? 'rewind' : counting(run);
    };
    const result = trace(backend, this.fn, args, tensors, { strict: false, sites: true, finish });
    if (!changed) {
      known.checks.passed(start);
      return replay(known, tensors, values);
    }
    this.drop([known]);
    if (next) return this.begin(next, tensors);
    this.stale(changed, late);
    return result;
  }

  /** Ends with recordings after one was not true any more; `late` calls were made with it unchecked. */
  private stale(changed: CompileError, late: number): void {
    const { onFallback } = this.options;
    if (late > 0 && !onFallback) throw changed;
    this.runPlainly(changed.message, onFallback ?? warn);
  }

  /** A function that is recorded at every call would be slower than uncompiled. */
  private countMiss(): void {
    this.misses += 1;
    if (this.misses !== MISSES_TO_WARN) return;
    const field = this.changedField;
    const cause = field === undefined ? '' : `; ${field} had another value each time`;
    const reason = `${MISSES_TO_WARN} calls in a row had to be recorded anew${cause}`;
    // of several workers one alone must not go another way than the others
    if (field !== undefined && this.options.onFallback && size === 1) return this.fallBack(reason);
    warn(
      `compile(${this.fn.name || 'function'}): ${reason}; pass numbers ` +
        'that change as tensors or dynamicScalar, and tensors from outside as arguments',
    );
  }
}

type GradientOutputs = Outcome['gradients']['inputs'];

const warn = (text: string): void => process.emitWarning(text);

/** What has changed since a recording was made; what can no longer be recorded at all has changed, too. */
function compared(known: Outcome, run: Run, late: number): CompileError | undefined {
  try {
    return difference(known, outcomeOf(run), late);
  } catch (error) {
    if (error instanceof CompileError) return error;
    throw error;
  }
}
