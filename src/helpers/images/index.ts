/**
 * Pictures: read, written, laid out as one. The names are those of `torchvision.io` and `torchvision.utils`; tensors are
 * `[h, w, c]`.
 * @module tsdl/helpers/images
 */
export { decodeImage, imageInfo, type ImageMode, readImage, type ReadImageOptions } from './decode';
export { encodeJpeg, encodePng, saveImage, writeJpeg, writePng } from './encode';
export { type GridOptions, makeGrid } from './grid';
export type { ImageFormat, ImageInfo } from './header';
