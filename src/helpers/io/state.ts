/**
 * A model's state in files that PyTorch reads and writes: its names, its axes, its number types.
 */
import * as tf from '../../engine/tf';
import type { LoadReport } from '../../models/layers/state';
import { asInt64, FloatDtype, fromTensor } from './dtypes';
import { fromTorch, torchShape, toTorch } from './layout';
import { Metadata, RawSource, readSafetensors, writeSafetensors } from './safetensors';

/** The part of a Module that files are about. */
export interface Stateful {
  stateDict(): Map<string, tf.Variable>;
  loadStateDict(state: ReadonlyMap<string, tf.Tensor>, options?: { strict?: boolean }): LoadReport;
}

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

/**
 * Reads a safetensors file, written here or by PyTorch, into a model.
 * @param options.strict with `false`, names on one side only are reported instead of refused
 * @throws SyntaxError if the file is not well-formed, TypeError if names or shapes do not fit the model
 */
export function loadStateDict(model: Stateful, path: string, options: { strict?: boolean } = {}): LoadReport {
  return loadTorchState(model, readSafetensors(path).tensors, options);
}
