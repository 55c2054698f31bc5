import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';
import { refuses } from '../../support/refusals';

const image = tf.ones([1, 4, 4, 1]);

describe('Layers over sequences, images and volumes', () => {
  refuses([
    [
      'RangeError: Cannot build Conv2d: paddingMode must be one of zeros, reflect, replicate, circular, got mirror',
      () => new nn.Conv2d(1, 1, 3, { paddingMode: 'mirror' as 'reflect' }),
    ],
    [
      "RangeError: Cannot build Conv1d: padding must be numbers, 'same' or 'valid', got 'full'",
      () => new nn.Conv1d(1, 1, 3, { padding: 'full' as 'same' }),
    ],
    [
      'RangeError: Cannot build Conv1d: kernelSize must be an integer of at least 1, got 0',
      () => new nn.Conv1d(1, 1, 0),
    ],
    [
      'RangeError: Cannot build Conv3d: stride must be 3 integers of at least 1, got 1, 2',
      () => new nn.Conv3d(1, 1, 3, { stride: [1, 2] as unknown as [number, number, number] }),
    ],
    [
      'RangeError: Cannot call ConvTranspose2d: expected an output size from 7 by 7 to 8 by 8, got 9 by 9',
      () => new nn.ConvTranspose2d(1, 1, 3, { stride: 2, padding: 1 }).forward(image, 9),
    ],
    [
      'RangeError: Cannot build MaxPool2d: padding must be at most half of kernelSize 2, 2, got 2, 2',
      () => new nn.MaxPool2d(2, 2, { padding: 2 }),
    ],
    [
      'RangeError: Cannot call avgPool2d: expected a divisor other than 0, got 0',
      () => nn.avgPool2d(image, 2, { divisorOverride: 0 }),
    ],
    [
      'RangeError: Cannot build ReflectionPad2d: padding must be one integer or 4, got 1,2',
      () => new nn.ReflectionPad2d([1, 2] as unknown as number),
    ],
    [
      'TypeError: Cannot call pad: expected at most 3 places around 4 in the mode reflect, got 4 and 4',
      () => new nn.Conv2d(1, 1, 3, { padding: 4, paddingMode: 'reflect' }).forward(image),
    ],
    [
      'RangeError: Cannot call interpolate: expected a mode of nearest, nearest-exact, linear, bilinear, bicubic, ' +
        'trilinear, area, got cubic',
      () => nn.interpolate(image, { size: 2, mode: 'cubic' as 'bicubic' }),
    ],
    [
      'RangeError: Cannot build FractionalMaxPool2d: expected outputSize or outputRatio, got none',
      () => new nn.FractionalMaxPool2d(2),
    ],
    [
      'RangeError: Cannot build fractionalMaxPool3d: expected outputSize or outputRatio, got both',
      () => nn.fractionalMaxPool3d(tf.ones([1, 4, 4, 4, 1]), 2, { outputSize: 1, outputRatio: 0.5 }),
    ],
    [
      'RangeError: Cannot build FractionalMaxPool2d: outputRatio must be between 0 and 1, got 0.5, 1',
      () => new nn.FractionalMaxPool2d(2, { outputRatio: [0.5, 1] }),
    ],
    ...[[], [0, 3], [3, 3], [4, 2], [10]].map((cutoffs): [string, () => unknown] => [
      'RangeError: Cannot build AdaptiveLogSoftmaxWithLoss: cutoffs must be integers that rise from 1 to below nClasses ' +
        `10, got ${cutoffs.join(', ') || 'none'}`,
      () => new nn.AdaptiveLogSoftmaxWithLoss(4, 10, cutoffs),
    ]),
    [
      'RangeError: Cannot build pixelShuffle: upscaleFactor must be an integer of at least 1, got 0',
      () => nn.pixelShuffle(image, 0),
    ],
  ]);
});
