/** Data sets, real and made. */
export { detectionSet, scatterDigits, segmentationSet } from './canvases';
export { landscape } from './landscape';
export { MNIST, loadMnist, MNIST_MEAN, MNIST_STD, type MnistOptions, type MnistSource } from './mnist';
export * from './numerals';
export * as poems from './poems';
export { type Figure, figurePoints } from './points';
export * from './sentiment';
export { drawPattern, type Pattern, PATTERNS, patternSet } from './textures';
