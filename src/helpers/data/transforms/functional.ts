/**
 * `torchvision.transforms.v2.functional`: what the transforms do, without drawing anything.
 * @module
 */
export { adjustSharpness, gaussianBlur, type KernelSize } from './blur';
export { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, rgbToGrayscale } from './color';
export { elastic } from './elastic';
export { rotate } from './geometric';
export { toDtype } from './conversion';
export { pad } from './borders';
export { perspective } from './perspective';
export { resize } from './resize';
export { adjustGamma, autocontrast, equalize, invert, posterize, solarize } from './tones';
