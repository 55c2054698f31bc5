/**
 * A model's state in files that PyTorch reads and writes: its names, its axes, its number types.
 */
import * as tf from '../../engine/tf';
import type { LoadReport } from '../../nn/state';
import { asInt64, FloatDtype, fromTensor } from './dtypes';
import { fromTorch, torchShape, toTorch } from './layout';
import { looksLikePth, PthFile } from './pth';
import { Metadata, RawSource, readSafetensors, writeSafetensors } from './safetensors';

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
}

/**
 * Writes parameters and buffers to a safetensors file, atomically. `model.load_state_dict(load_file(path))` takes it in
 * PyTorch, strict.
 * @example
 * saveStateDict(model, 'best_model.safetensors');
 */
export function saveStateDict(
  model: Stateful,
  path: string,
  { metadata = { format: 'pt' }, floats }: SaveOptions = {},
): void {
  writeSafetensors(stateSources(model, '', floats), path, metadata);
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
    return model.loadStateDict(turned, options);
  } finally {
    tf.dispose([...turned.values()]);
  }
}

/** Where in a file the state dict lies. */
export interface ReadOptions {
  /** Where a `.pth` file holds more than the state dict: the key it lies under, such as 'state_dict'. */
  readonly key?: string;
}

/**
 * Reads the tensors of a `.safetensors` or `.pth` file by name, axes as PyTorch has them; the caller disposes them.
 * @throws SyntaxError if the file is not well-formed, TypeError if it holds something else than tensors by name,
 *   RangeError if an integer does not fit into int32
 */
export async function readStateDict(
  path: string,
  { key }: ReadOptions = {},
): Promise<Map<string, tf.Tensor>> {
  if (!looksLikePth(path)) return readSafetensors(path).tensors;
  const file = await PthFile.open(path);
  const tensors = new Map<string, tf.Tensor>();
  try {
    for (const [name, tensor] of file.stateDict(key)) tensors.set(name, file.tensor(tensor));
    return tensors;
  } catch (error) {
    tf.dispose([...tensors.values()]);
    throw error;
  } finally {
    file.close();
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
  { strict = true, key }: ReadOptions & { readonly strict?: boolean } = {},
): Promise<LoadReport> {
  return loadTorchState(model, await readStateDict(path, key === undefined ? {} : { key }), { strict });
}
