import assert from 'node:assert/strict';

import { connectedComponents } from '../../../src/helpers/course/components';

const picture = (...rows: string[]): number[][] =>
  rows.map((row) => Array.from(row, (sign) => Number(sign !== '.')));

describe('connectedComponents()', () => {
  it('joins pixels at sides and corners, each pixel once', () => {
    const found = connectedComponents(picture('#..#', '.#.#', '....'), 0.5);
    assert.deepEqual(
      found.map(({ box, pixels }) => [box, pixels.length]),
      [
        [[0, 0, 2, 2], 2],
        [[3, 0, 4, 2], 2],
      ],
    );
  });

  it('leaves out what is not above the limit or too small', () => {
    const image = [
      [0.9, 0.5, 0],
      [0, 0, 0.9],
    ];
    assert.equal(connectedComponents(image, 0.5).length, 2);
    assert.deepEqual(
      connectedComponents(image, 0.4, 2).map(({ pixels }) => pixels),
      [
        [
          [0, 0],
          [1, 0],
          [2, 1],
        ],
      ],
    );
    assert.deepEqual(connectedComponents([], 0.5), []);
  });
});
