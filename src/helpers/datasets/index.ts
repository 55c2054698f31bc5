/**
 * Data sets, real and made.
 * @module tsdl/helpers/datasets
 */
export {
  type Canvases,
  detectionSet,
  type DigitSource,
  type PlacedDigit,
  scatterDigits,
  type ScatterOptions,
  segmentationSet,
} from './canvases';
export { type FlowerOptions, loadFlowers, type PhotographArchive } from './flowers';
export { DatasetFolder, type DatasetFolderOptions, type FolderSample, ImageFolder } from './folder';
export {
  EMOJI_GROUPS,
  EMOJI_PROJECTS,
  EmojiDataset,
  type EmojiGroup,
  type EmojiItem,
  type EmojiLicence,
  type EmojiOptions,
  type EmojiProject,
} from './emoji';
export { landscape } from './landscape';
export {
  type Penguin,
  penguins,
  type PenguinSpecies,
  type SeaTemperatures,
  seaTemperatures,
} from './measurements';
export { MNIST, loadMnist, MNIST_MEAN, MNIST_STD, type MnistOptions, type MnistSource } from './mnist';
export * from './numerals';
export { loadPhotograph, type Photograph, photographs } from './photographs';
export * as poems from './poems';
export { type Figure, figurePoints } from './points';
export * as rl from './rl';
export * from './sentiment';
export {
  type Colour,
  drawPattern,
  type Pattern,
  type PatternOptions,
  PATTERNS,
  patternSet,
} from './textures';
