/**
 * A model's state in files that PyTorch reads and writes: its names, its axes, its number types.
 */
import * as tf from '../../engine/tf';
import type { LoadReport } from '../../nn/state';
import { asInt64, FloatDtype, fromTensor } from './dtypes';
import { fromTorch, torchShape, toTorch } from './layout';
import { identityOf, looksLikePth, PthFile } from './pth';
import { Metadata, RawSource, SafetensorsFile } from './safetensors';
import { isShardIndex, ShardedSafetensors, writeShards } from './shards';

/** The part of a Module that files are about. */
export interface Stateful {
  /** Its variables by name. */
  stateDict(): Map<string, tf.Variable>;
  /** Takes values by name. */
  loadStateDict(state: ReadonlyMap<string, tf.Tensor>, options?: { strict?: boolean }): LoadReport;
}

/** What stands in a file besides the values, and how finely these are stored. */
export interface SaveOptions {
  readonly metadata?: Metadata;
  /** The type floats are stored as; F16 and BF16 halve the file and round the values. */
  readonly floats?: FloatDtype;
  /** Weights of more bytes go into several files of at most so many, beside an index that names them. */
  readonly maxShardSize?: number;
}

/**
 * Writes parameters and buffers to a safetensors file, atomically. `model.load_state_dict(load_file(path))` takes it in
 * PyTorch, strict.
 * @example
 * saveStateDict(model, 'best_model.safetensors');
 * @returns the file to read: `path`, or the index of several
 */
export function saveStateDict(
  model: Stateful,
  path: string,
  { metadata = { format: 'pt' }, floats, maxShardSize = Infinity }: SaveOptions = {},
): string {
  return writeShards(stateSources(model, '', floats), path, metadata, maxShardSize);
}

/** A model's state as PyTorch has it, ready to be written, each name behind `prefix`. */
export function stateSources(model: Stateful, prefix = '', floats: FloatDtype = 'F32'): RawSource[] {
  return [...model.stateDict()].map(([name, variable]) => {
    // PyTorch counts in 64-bit integers, and the only integers of a state are counters.
    const integer = variable.dtype === 'int32';
    const bytes = () => {
      const turned = toTorch(variable);
      const raw = fromTensor(turned, floats);
      turned.dispose();
      return (integer ? asInt64(raw) : raw).bytes;
    };
    const dtype = integer ? 'I64' : variable.dtype === 'bool' ? 'BOOL' : floats;
    return { name: prefix + name, dtype, shape: torchShape(variable), bytes };
  });
}

/** Copies tensors with PyTorch's axes into a model; consumes them. */
export function loadTorchState(
  model: Stateful,
  tensors: ReadonlyMap<string, tf.Tensor>,
  options: { strict?: boolean } = {},
): LoadReport {
  const variables = model.stateDict();
  const turned = new Map(
    [...tensors].map(([name, tensor]) => [name, fromTorch(tensor, variables.get(name))]),
  );
  try {
    return model.loadStateDict(withTied(turned, variables), options);
  } finally {
    tf.dispose([...turned.values()]);
  }
}

/** A weight that a model has under several names may stand in a file under one of them, as safetensors saves it. */
function withTied(
  given: ReadonlyMap<string, tf.Tensor>,
  variables: ReadonlyMap<string, tf.Variable>,
): Map<string, tf.Tensor> {
  const all = new Map(given);
  for (const [name, variable] of variables) {
    const twin = [...(given.has(name) ? [] : variables)].find(
      ([other, same]) => same === variable && given.has(other),
    );
    const value = twin && given.get(twin[0]);
    if (value) all.set(name, value);
  }
  return all;
}

/** Where in a file the state dict lies, and what its names are to become. */
export interface ReadOptions {
  /** Where a `.pth` file holds more than the state dict: the path of keys to it, such as 'state_dict' or 'model.ema'. */
  readonly key?: string;
  /** Only names that begin so, without this beginning: 'module.' of a DataParallel, 'encoder.' of a larger model. */
  readonly prefix?: string;
  /** The name a tensor is to have, after `prefix`; undefined leaves it out. */
  readonly rename?: (name: string) => string | undefined;
  /** With `false`, tensors that have no type here (integers beyond int32, numbers of 4 bits) are left out. */
  readonly strict?: boolean;
}

/** Tensors by name, read when they are asked for. */
interface Source {
  readonly names: readonly string[];
  tensor(name: string): tf.Tensor;
  close(): void;
}

async function openSource(path: string, key: string | undefined): Promise<Source> {
  if (isShardIndex(path)) return new ShardedSafetensors(path);
  if (!looksLikePth(path)) {
    const file = new SafetensorsFile(path);
    return {
      names: [...file.entries.keys()],
      tensor: (name) => file.tensor(name),
      close: () => file.close(),
    };
  }
  const file = await PthFile.open(path);
  try {
    return sourceOf(file, key);
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Weights under several names are read once and share their numbers. */
function sourceOf(file: PthFile, key: string | undefined): Source {
  const tensors = file.stateDict(key);
  const read = new Map<string, tf.Tensor>();
  return {
    names: [...tensors.keys()],
    tensor: (name) => {
      const tensor = tensors.get(name);
      if (!tensor)
        throw new RangeError(`Cannot read "${name}" from "${file.path}": expected a name that is there`);
      const identity = identityOf(tensor);
      const known = read.get(identity);
      if (known && !known.isDisposed) return known.clone();
      const made = file.tensor(tensor);
      read.set(identity, made);
      return made;
    },
    close: () => file.close(),
  };
}

/** The names to give, and those in the file that they come from. */
function namesFor(
  path: string,
  names: readonly string[],
  { prefix = '', rename }: ReadOptions,
): Map<string, string> {
  const chosen = new Map<string, string>();
  const inside = names.filter((name) => name.startsWith(prefix));
  if (inside.length === 0 && names.length > 0) {
    const heads = [...new Set(names.map((name) => name.slice(0, name.indexOf('.') + 1) || name))];
    throw new RangeError(
      `Cannot read state dict of "${path}": expected names that begin with "${prefix}", got ` +
        `${heads.slice(0, 12).join(', ')}${heads.length > 12 ? ', …' : ''}`,
    );
  }
  for (const name of inside) {
    const short = name.slice(prefix.length);
    const wanted = rename ? rename(short) : short;
    if (wanted === undefined) continue;
    const other = chosen.get(wanted);
    if (other !== undefined) {
      throw new RangeError(
        `Cannot read state dict of "${path}": expected a name for each tensor, got "${wanted}" for "${other}" and "${name}"`,
      );
    }
    chosen.set(wanted, name);
  }
  return chosen;
}

/**
 * Reads the tensors of a `.safetensors` file, of several by their `.safetensors.index.json`, or of a `.pth` file by name,
 * axes as PyTorch has them; the caller disposes them. Nothing in a file is run.
 * @example
 * const state = await readStateDict('checkpoint.pth', { key: 'ema.state_dict', prefix: 'module.' });
 * @throws SyntaxError if the file is not well-formed, TypeError if it holds something else than tensors by name,
 *   RangeError if a key, prefix or name does not fit, or an integer into int32
 */
export async function readStateDict(
  path: string,
  options: ReadOptions = {},
): Promise<Map<string, tf.Tensor>> {
  const source = await openSource(path, options.key);
  const tensors = new Map<string, tf.Tensor>();
  try {
    for (const [name, original] of namesFor(path, source.names, options)) {
      const tensor = readOne(source, original, path, options.strict ?? true);
      if (tensor) tensors.set(name, tensor);
    }
    return tensors;
  } catch (error) {
    tf.dispose([...tensors.values()]);
    throw error;
  } finally {
    source.close();
  }
}

/** A tensor; undefined where it has no type here and that is allowed. */
function readOne(source: Source, name: string, path: string, strict: boolean): tf.Tensor | undefined {
  try {
    return source.tensor(name);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    if (!strict) return undefined;
    const Kind = error instanceof RangeError ? RangeError : TypeError;
    throw new Kind(`Cannot read "${name}" of "${path}": ${error.message}, { strict: false } leaves it out`, {
      cause: error,
    });
  }
}

/**
 * Reads a `.safetensors` or `.pth` file, written here or by PyTorch, into a model.
 * @example
 * await loadStateDict(model, 'best_model.safetensors');
 * @param options.strict with `false`, names on one side only are reported instead of refused
 * @throws what `readStateDict` throws, TypeError if names or shapes do not fit the model
 */
export async function loadStateDict(
  model: Stateful,
  path: string,
  options: ReadOptions = {},
): Promise<LoadReport> {
  const { strict = true } = options;
  return loadTorchState(model, await readStateDict(path, options), { strict });
}
