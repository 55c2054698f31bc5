/**
 * torchvision.transforms.v2 as TensorFlow operations on whole batches `[b, h, w, c]`, of floats 0 … 1 or of whole numbers
 * 0 … 255 (int32), with torchvision's names and numbers. Each image of a batch draws for itself.
 * Random numbers come from engine/random, so that a transform may stand inside a compiled function.
 * @module tsdl/helpers/data/transforms
 * @example
 * import * as transforms from 'tsdl/helpers/data/transforms';
 * const augment = new transforms.Compose([
 *   new transforms.RandomHorizontalFlip(),
 *   new transforms.RandomRotation(10),
 *   new transforms.ColorJitter({ brightness: 0.2, contrast: 0.2 }),
 *   new transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
 * ]);
 */
export type { Interpolation, SampleOptions } from '../../../engine/ops/image';
export type { Transform } from '../dataset';
export { AugMix, type AugMixOptions } from './augmix';
export { AutoAugment, RandAugment, type RandAugmentOptions, TrivialAugmentWide } from './auto';
export { GaussianBlur, GaussianNoise, type KernelSize } from './blur';
export {
  LinearTransformation,
  type PhotometricOptions,
  RandomChannelPermutation,
  RandomPhotometricDistort,
} from './channels';
export {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  ColorJitter,
  type ColorJitterOptions,
  Grayscale,
} from './color';
export { RandomCrop, type RandomCropOptions, RandomResizedCrop, type RandomResizedCropOptions } from './crop';
export { type ElasticOptions, ElasticTransform } from './elastic';
export { RandomErasing, type RandomErasingOptions } from './erasing';
export {
  type Geometric,
  RandomAffine,
  type RandomAffineOptions,
  RandomHorizontalFlip,
  RandomRotation,
  type RandomRotationOptions,
  RandomVerticalFlip,
  type Range,
  type Size,
} from './geometric';
/** `torchvision.transforms.v2.functional`: what the transforms do, without drawing anything. */
export * as functional from './functional';
export { Compose, Identity, Lambda, RandomApply, RandomChoice, RandomOrder } from './joining';
export { ConvertImageDtype, Normalize, ToDtype, ToImage, ToTensor } from './conversion';
export type { PerImage } from './matrix';
export { CutMix, type Mixed, type MixOptions, MixUp } from './mix';
export {
  CenterCrop,
  FiveCrop,
  Pad,
  type Padding,
  type PaddingMode,
  type PadOptions,
  TenCrop,
} from './borders';
export { RandomPerspective, type RandomPerspectiveOptions } from './perspective';
export { Resize, type ResizeInterpolation, type ResizeOptions } from './resize';
export { RandomResize, RandomShortestSize, RandomZoomOut, ScaleJitter, type SizingOptions } from './sizing';
export {
  RandomAdjustSharpness,
  RandomAutocontrast,
  RandomEqualize,
  RandomGrayscale,
  RandomInvert,
  RandomPosterize,
  RandomSolarize,
} from './tones';
