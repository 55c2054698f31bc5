/** What functions of grids say of inputs that do not fit: rows for test/nn/fitting.test.ts. */
import * as nn from '../../src/nn';
import { type Row, TYPE, whole, x } from './misfits';

/** Rows by the name of the function. */
export const gridRows: Readonly<Record<string, Row[]>> = {
  gridSample: [
    [
      'images [b, h, w, c] or volumes [b, d, h, w, c] that are not empty, got [2, 8, 3]',
      () => nn.gridSample(x(2, 8, 3), x(2, 4, 1)),
    ],
    [
      'images [b, h, w, c] or volumes [b, d, h, w, c] that are not empty, got [2, 0, 8, 3]',
      () => nn.gridSample(x(2, 0, 8, 3), x(2, 4, 4, 2)),
    ],
    [
      'images [b, h, w, c] in the mode bicubic, got [2, 4, 4, 4, 3]',
      () => nn.gridSample(x(2, 4, 4, 4, 3), x(2, 4, 4, 4, 3), { mode: 'bicubic' }),
    ],
    ["a grid [2, h', w', 2], got [2, 4, 4, 3]", () => nn.gridSample(x(2, 8, 8, 3), x(2, 4, 4, 3))],
    ["a grid [2, h', w', 2], got [1, 4, 4, 2]", () => nn.gridSample(x(2, 8, 8, 3), x(1, 4, 4, 2))],
    ["a grid [2, d', h', w', 3], got [2, 4, 4, 3]", () => nn.gridSample(x(2, 4, 4, 4, 3), x(2, 4, 4, 3))],
    [TYPE, () => nn.gridSample(whole(2, 8, 8, 3), x(2, 4, 4, 2))],
    ['float32, got int32; grid.float() makes it so', () => nn.gridSample(x(2, 8, 8, 3), whole(2, 4, 4, 2))],
    [
      'a mode of bilinear, nearest, bicubic, got linear',
      () => nn.gridSample(x(2, 8, 8, 3), x(2, 4, 4, 2), { mode: 'linear' as never }),
      'RangeError',
    ],
    [
      'a paddingMode of zeros, border, reflection, got reflect',
      () => nn.gridSample(x(2, 8, 8, 3), x(2, 4, 4, 2), { paddingMode: 'reflect' as never }),
      'RangeError',
    ],
  ],
  affineGrid: [
    [
      'theta [b, 2, 3] with a size [b, h, w, c], or [b, 3, 4] with [b, d, h, w, c], got [2, 2, 3] and [1, 4, 4, 3]',
      () => nn.affineGrid(x(2, 2, 3), [1, 4, 4, 3]),
    ],
    [
      'theta [b, 2, 3] with a size [b, h, w, c], or [b, 3, 4] with [b, d, h, w, c], got [2, 3] and [2, 4, 4, 3]',
      () => nn.affineGrid(x(2, 3), [2, 4, 4, 3]),
    ],
    [
      'sizes that are integers of at least 1, got 2, 0, 4, 3',
      () => nn.affineGrid(x(2, 2, 3), [2, 0, 4, 3]),
      'RangeError',
    ],
    ['float32, got int32; theta.float() makes it so', () => nn.affineGrid(whole(2, 2, 3), [2, 4, 4, 3])],
  ],
};
