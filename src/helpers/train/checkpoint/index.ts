/**
 * Checkpoints: everything that training needs to go on as if never interrupted, in one safetensors file. The model's
 * tensors lie under PyTorch's names, so that other programs can read them; the optimizer's beside them; the rest is
 * JSON in the file's metadata, its long parts tensors too. Written as a whole, read back, or not at all.
 * @module tsdl/helpers/train/checkpoint
 */
import { type RandomState, randomState, setRandomState } from '../../../engine/random';
import * as tf from '../../../engine/tf';
import type { LoadReport } from '../../../nn/state';
import { excerpt, isRecord, malformed } from '../../io/claims';
import { fromTensor } from '../../io/dtypes';
import { RawSource, SafetensorsFile, writeSafetensors } from '../../io/safetensors';
import { loadTorchState, Stateful, stateSources } from '../../io/state';
import type { Optimizer, OptimizerState } from '../../optim/optimizers';
import type { Scheduler } from '../../optim/schedulers';
import type { ParameterState } from '../../optim/state';
import { Before } from './before';
import { pack, PACKED, unpack } from './packed';

export type { Stateful } from '../../io/state';

/** A DataLoader, as far as checkpoints are concerned. */
export interface Resumable {
  /** Where it stands, as plain JSON. */
  stateDict(): unknown;
  /** Goes on from there. */
  loadStateDict(state: never): void;
}

/** What is saved from and restored into. */
export interface CheckpointParts {
  readonly model?: Stateful;
  readonly optimizer?: Optimizer;
  readonly scheduler?: Scheduler;
  /** The training loader: its place within an epoch and the order of its samples. */
  readonly loader?: Resumable;
}

/** What is saved and given back as it is: plain JSON with arrays of numbers and tensors in it. */
export interface CheckpointNotes {
  /** Epochs that are complete. */
  readonly epoch?: number;
  /** The best value so far of whatever decides which model is kept. */
  readonly bestMetric?: number;
  readonly history?: unknown;
  readonly extra?: unknown;
}

/** The notes of a checkpoint that was loaded. */
export interface LoadedCheckpoint extends CheckpointNotes {
  /** Names that the model and the file do not share; empty unless loaded with `strict: false`. */
  readonly report?: LoadReport;
}

interface Contents extends CheckpointNotes {
  readonly version: (typeof VERSIONS)[number];
  readonly random: RandomState;
  readonly optimizer?: { readonly steps: Record<string, number>; readonly paramGroups: unknown };
  readonly scheduler?: Record<string, unknown>;
  readonly loader?: unknown;
}

const KIND = 'checkpoint';
/** 1 held everything but the tensors of model and optimizer as JSON in the header. */
const VERSIONS = [1, 2] as const;
// A colon is in no name of a parameter, so nothing of the model can be taken for the optimizer's.
const OPTIMIZER = 'optimizer:';

/**
 * Saves a training run. The random state goes with it, so that shuffling and dropout continue too.
 * @example
 * saveCheckpoint('last.safetensors', { model, optimizer, scheduler, loader: trainLoader, epoch, bestMetric: bestLoss });
 */
export function saveCheckpoint(
  path: string,
  { model, optimizer, scheduler, loader, ...notes }: CheckpointParts & CheckpointNotes,
): void {
  const state = optimizer?.stateDict();
  const contents: Contents = {
    ...notes,
    version: 2,
    random: randomState(),
    ...(state && { optimizer: { steps: stepsOf(state), paramGroups: state.paramGroups } }),
    ...(scheduler && { scheduler: scheduler.stateDict() }),
    ...(loader && { loader: loader.stateDict() }),
  };
  const packed = pack(contents);
  const sources = [
    ...(model ? stateSources(model) : []),
    ...(state ? optimizerSources(state) : []),
    ...packed.sources,
  ];
  writeSafetensors(sources, path, { format: 'pt', tsdl: packed.json }, (file) => {
    tf.tidy(() => void contentsOf(file));
  });
}

/** What is restored into, and how. */
export interface LoadParts extends CheckpointParts {
  /** With `false`, names of tensors that the model and the file do not share are reported instead of refused. */
  readonly strict?: boolean;
  /** Whether the random state is restored; by default where an optimizer is. */
  readonly random?: boolean;
}

/**
 * Restores a training run into objects built as they were when it was saved, and gives back epoch, best metric,
 * history and extra. With an optimizer given the random state is restored too, since that means going on with training;
 * `random` decides otherwise. Where something of the file does not fit, nothing is changed.
 * @example
 * const { epoch } = loadCheckpoint('last.safetensors', { model, optimizer, scheduler, loader: trainLoader });
 * @throws SyntaxError if the file is no checkpoint, RangeError or TypeError if it does not fit the given objects
 */
export function loadCheckpoint(path: string, parts: LoadParts): LoadedCheckpoint {
  return restoreCheckpoint(path, parts, (loaded) => loaded);
}

/**
 * `loadCheckpoint`, and what else has to succeed for it to hold.
 * @param use makes something of the notes; where it throws, everything is as it was before
 * @throws what `loadCheckpoint` throws, RangeError where the file lacks a part
 */
export function restoreCheckpoint<T>(
  path: string,
  parts: LoadParts,
  use: (loaded: LoadedCheckpoint) => T,
): T {
  const { model, optimizer, scheduler, loader, strict = true, random = optimizer !== undefined } = parts;
  const file = new SafetensorsFile(path);
  const before = new Before();
  let contents: Contents | undefined;
  try {
    contents = contentsOf(file);
    for (const part of ['optimizer', 'scheduler', 'loader'] as const) {
      if (parts[part] && contents[part] === undefined) {
        throw new RangeError(`Cannot load "${path}": expected a checkpoint with ${part}, got one without`);
      }
    }
    if (random) before.note(randomState(), setRandomState);
    if (scheduler && contents.scheduler) {
      before.note(scheduler.stateDict(), (state) => scheduler.loadStateDict(state));
      scheduler.loadStateDict(contents.scheduler);
    }
    if (loader) {
      before.note(loader.stateDict(), (state) => loader.loadStateDict(state as never));
      loader.loadStateDict(contents.loader as never);
    }
    if (model) before.noteModel(model);
    const report = model && loadTorchState(model, modelTensors(file), { strict });
    if (optimizer && contents.optimizer) loadOptimizer(file, optimizer, before, contents.optimizer);
    if (random) setRandomState(contents.random);
    const { epoch, bestMetric, history, extra } = contents;
    return use({ epoch, bestMetric, history, extra, report });
  } catch (error) {
    before.restore();
    if (contents) tf.dispose(contents as object as tf.TensorContainer);
    throw wellSaid(error, path);
  } finally {
    before.dispose();
    file.close();
  }
}

function contentsOf(file: SafetensorsFile): Contents {
  const { path } = file;
  const { tsdl } = file.metadata;
  if (tsdl === undefined)
    malformed(KIND, path, 'metadata "tsdl"', 'none', 'loadStateDict reads plain weights');
  let contents: unknown;
  try {
    contents = unpack(tsdl, file);
  } catch (error) {
    malformed(KIND, path, 'metadata in JSON', excerpt((error as Error).message));
  }
  try {
    return checked(contents, path);
  } catch (error) {
    tf.dispose(contents as tf.TensorContainer); // tensors among them
    throw error;
  }
}

/** What a file says of a run, if it says it as it should. @throws SyntaxError */
function checked(contents: unknown, path: string): Contents {
  if (!isRecord(contents)) malformed(KIND, path, 'metadata that describe a run', excerpt(contents));
  if (!VERSIONS.some((version) => version === contents.version)) {
    malformed(
      KIND,
      path,
      `version ${VERSIONS.join(' or ')}`,
      excerpt(contents.version),
      'a newer tsdl may have written it',
    );
  }
  const { random, optimizer, scheduler, loader } = contents;
  if (!isRandomState(random)) malformed(KIND, path, 'a random state', excerpt(random));
  if (optimizer !== undefined && !(isRecord(optimizer) && isRecord(optimizer.steps))) {
    malformed(KIND, path, 'the state of an optimizer', excerpt(optimizer));
  }
  if (scheduler !== undefined && !isRecord(scheduler)) {
    malformed(KIND, path, 'the state of a scheduler', excerpt(scheduler));
  }
  if (loader !== undefined && !isRecord(loader)) {
    malformed(KIND, path, 'the state of a loader', excerpt(loader));
  }
  return contents as unknown as Contents;
}

/** Our own errors say what is wrong; any other comes of a state that is not what it should be. */
function wellSaid(error: unknown, path: string): unknown {
  const { message, code } = error as NodeJS.ErrnoException;
  if (message.startsWith('Cannot ') && !message.startsWith('Cannot read properties')) return error;
  if (code !== undefined) return error; // the disk's
  return new SyntaxError(
    `Cannot read ${KIND} file "${path}": expected the state of a run, got "${excerpt(message)}"; save it again`,
    { cause: error },
  );
}

function isRandomState(value: unknown): value is RandomState {
  if (!isRecord(value) || !Array.isArray(value.stream) || value.stream.length !== 4) return false;
  return [value.seed, value.counter, ...(value.stream as unknown[])].every(Number.isInteger);
}

function modelTensors(file: SafetensorsFile): Map<string, tf.Tensor> {
  const names = [...file.entries.keys()].filter(
    (name) => ![OPTIMIZER, PACKED].some((own) => name.startsWith(own)),
  );
  return new Map(names.map((name) => [name, file.tensor(name)]));
}

function stepsOf({ state }: OptimizerState): Record<string, number> {
  return Object.fromEntries(Object.entries(state).map(([name, { step }]) => [name, step]));
}

/** Running averages keep our order of axes: no other program has a use for them. */
function optimizerSources({ state }: OptimizerState): RawSource[] {
  return Object.entries(state).flatMap(([name, { tensors }]) =>
    Object.entries(tensors).map(([slot, tensor]): RawSource => ({
      name: `${OPTIMIZER}${slot}:${name}`,
      dtype: 'F32',
      shape: tensor.shape,
      bytes: () => fromTensor(tensor).bytes,
    })),
  );
}

function loadOptimizer(
  file: SafetensorsFile,
  optimizer: Optimizer,
  before: Before,
  { steps, paramGroups }: NonNullable<Contents['optimizer']>,
): void {
  before.noteOptimizer(optimizer);
  const known = new Set(optimizer.paramGroups.flatMap(({ names }) => names));
  const stranger = Object.keys(steps).find((name) => !known.has(name));
  if (stranger !== undefined) {
    throw new RangeError(
      `Cannot load "${file.path}": expected the optimizer's parameters, got one called "${excerpt(stranger)}"`,
    );
  }
  const state: Record<string, ParameterState> = {};
  tf.tidy(() => {
    for (const [name, step] of Object.entries(steps)) {
      const suffix = `:${name}`;
      const own = [...file.entries.keys()].filter((key) => key.startsWith(OPTIMIZER) && key.endsWith(suffix));
      const slots = own.map(
        (key) => [key.slice(OPTIMIZER.length, -suffix.length), file.tensor(key)] as const,
      );
      state[name] = { step, tensors: Object.fromEntries(slots) };
    }
    optimizer.loadStateDict({ state, paramGroups: paramGroups as OptimizerState['paramGroups'] });
  });
}
