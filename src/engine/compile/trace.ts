/** One run of a function under the recorder's eyes. */
import { newestNode, releaseSince } from '../autograd/tapenode';
import { type NativeBackend, privateCopy } from '../backend/native';
import type { Output } from '../graph/graph';
import { withRecording } from '../recording/active';
import { CompileError } from '../recording/callsite';
import { FieldReads } from '../recording/fields';
import * as tf from '../tf';
import { type GradientEffects, RecordedGradients } from './collected';
import { deferring } from './deferred';
import { intercept } from './intercept';
import { detach, Recorder, type RecorderOptions } from './recorder';
import { isTensor, mapLeaves } from './structure';

/** A finished run; its tensors live until the `finish` callback returns. */
export interface Run {
  readonly recorder: Recorder;
  /** The placeholder of each argument tensor. */
  readonly parameters: readonly Output[];
  /** The tensors that stood for the arguments. */
  readonly copies: readonly tf.Tensor[];
  readonly result: unknown;
  /** The plain fields of modules and options that it read. */
  readonly fields: FieldReads;
  /** What it did to gradients that collect in variables. */
  readonly gradients: GradientEffects;
}

/** What becomes of a finished run: its own result counts, or a replay from where it began will make the call. */
export type Finish = 'counts' | 'rewind';

/**
 * Calls `fn` on `args`, whose tensors are `tensors` in order, hands what was recorded to `finish`, and returns the
 * result; nothing, and variables as they were, if `finish` asks to rewind. In between tensors are disposed.
 */
export function trace(
  backend: NativeBackend,
  fn: (...args: unknown[]) => unknown,
  args: readonly unknown[],
  tensors: readonly tf.Tensor[],
  { finish, ...options }: RecorderOptions & { finish: (run: Run) => Finish },
): unknown {
  const recorder = new Recorder(backend, options);
  const variables = allKnown(backend, recorder);
  const first = newestNode();
  const body = (): unknown => {
    const collected = new RecordedGradients(backend, recorder, variables);
    const copies = tensors.map((tensor) => privateCopy(backend, tensor));
    const parameters = copies.map((copy) => recorder.argument(copy));
    let next = 0;
    const own = mapLeaves(args, (leaf) => (isTensorArgument(leaf) ? copies[next++] : leaf)) as unknown[];
    const stop = intercept(backend, recorder);
    const fields = new FieldReads();
    let [how, result]: [Finish, unknown] = ['counts', undefined];
    try {
      result = withRecording(recorder, () => fields.during(() => fn(...own)));
      if (isPromise(result)) throw asyncError();
      how = finish({ recorder, parameters, copies, result, fields, gradients: collected.effects() });
      if (how === 'rewind') return undefined;
      const given = (leaf: unknown): unknown => tensors[copies.indexOf(leaf as tf.Tensor)] ?? leaf;
      return mapLeaves(result, given);
    } finally {
      stop();
      if (how === 'rewind') {
        recorder.rewind.undo();
        collected.undo();
        releaseSince(first, tensorsIn(result)); // nobody gets the result, whose graph would have to be computed
      } else recorder.rewind.forget();
      collected.end();
    }
  };
  return deferring(backend, () => tf.tidy(body as () => tf.TensorContainer));
}

function tensorsIn(result: unknown): tf.Tensor[] {
  const found: tf.Tensor[] = [];
  mapLeaves(result, (leaf) => {
    if (isTensor(leaf)) found.push(leaf);
    return leaf;
  });
  return found;
}

/** All variables, made known to the recorder, each with data of its own. */
function allKnown(backend: NativeBackend, recorder: Recorder): tf.Variable[] {
  const variables = Object.values(tf.engine().registeredVariables);
  for (const variable of variables) {
    detach(backend, variable);
    recorder.resources.know(variable);
  }
  return variables;
}

/** Why an async function cannot be recorded. */
export function asyncError(): CompileError {
  return new CompileError('the function is async', 'await before it and after it, and keep it synchronous');
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value;
}

const isTensorArgument = (leaf: unknown): boolean => isTensor(leaf) && !(leaf instanceof tf.Variable);
