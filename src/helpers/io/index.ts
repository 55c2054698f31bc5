/** Weights in files: safetensors, and PyTorch's `.pth` without running anything in it. */
export { looksLikePth, PthFile } from './pth';
export { readSafetensors, SafetensorsFile, saveSafetensors } from './safetensors';
export { loadStateDict, readStateDict, type ReadOptions, type SaveOptions, saveStateDict } from './state';
