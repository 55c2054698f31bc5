/**
 * `torch.utils.data`: data sets, loaders, splits, text; image transforms in `./transforms`.
 * @module tsdl/helpers/data
 */
export type { Shaped } from './collate';
export type { Column, Numbers } from './columns';
export {
  ArrayDataset,
  type Dataset,
  type SampleRandom,
  TensorDataset,
  type Tensors,
  type Transform,
} from './dataset';
export { ChainDataset, type ItemDataset, IterableDataset, type Samples } from './items';
export { DataLoader, type DataLoaderOptions, type LoaderWalk } from './loader';
export { type Masked, MaskedTextDataset, type MaskingOptions, maskTokens } from './masking';
export { seededRandom } from './permutation';
export type { LoaderState } from './places';
export {
  BatchSampler,
  RandomSampler,
  type RandomSamplerOptions,
  Sampler,
  type SamplerOptions,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
  type WeightedSamplerOptions,
} from './samplers';
export { classWeights, randomSplit, stratifiedSplit } from './split';
export { defaultCollate } from './tensors';
export * from './text';
export { ConcatDataset, StackDataset, Subset } from './views';
export type { Recipe } from './workers/factory';
export { ModuleDataset, type ModuleDatasetOptions } from './workers/recipe';
export * as transforms from './transforms';
