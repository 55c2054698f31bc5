/**
 * Weights in files: safetensors, and PyTorch's `.pth` without running anything in it.
 * @module tsdl/helpers/io
 */
export type { FileDtype, FloatDtype, RawTensor } from './dtypes';
export { looksLikePth, PthFile } from './pth';
export { PyName, PyObject } from './pyobject';
export { PthSparse, PthTensor, type Quantizer, type Storage, type TensorTraits } from './rebuild';
export { type Entry, type Metadata, readSafetensors, SafetensorsFile, saveSafetensors } from './safetensors';
export { ShardedSafetensors } from './shards';
export {
  loadStateDict,
  readStateDict,
  type ReadOptions,
  type SaveOptions,
  saveStateDict,
  type Stateful,
} from './state';
export type { AnyTensor } from './tree';
