/**
 * `torch.utils.data`: data sets, loaders, splits, text; image transforms in `./transforms`.
 * @module tsdl/helpers/data
 */
export {
  ArrayDataset,
  type Column,
  ConcatDataset,
  type Dataset,
  Subset,
  TensorDataset,
  type Tensors,
  type Transform,
} from './dataset';
export { DataLoader, type DataLoaderOptions, type LoaderState } from './loader';
export { type Masked, MaskedTextDataset, type MaskingOptions, maskTokens } from './masking';
export { seededRandom } from './permutation';
export { classWeights, randomSplit, stratifiedSplit } from './split';
export * from './text';
export * as transforms from './transforms';
