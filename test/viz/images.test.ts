import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';

import { imageGrid } from '../../src/viz/images';
import { colourAt, pngUrl } from '../../src/viz/png';
import { assertCompiles, subtitleOf, valuesOf } from '../support/spec';

const images = (shape: number[]) => ({
  shape,
  dataSync: () => Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i % 7) / 7),
});

describe('imageGrid', () => {
  it('draws grey and colour images with captions and frames', () => {
    const chart = imageGrid(images([3, 4, 4, 1]), {
      captions: ['零', '一', '二'],
      correct: [true, false, true],
    });
    assertCompiles(chart);
    const [first, second] = valuesOf(chart.spec);
    assert.equal(first?.caption, '零');
    assert.deepEqual([first?.frame, second?.frame], ['right', 'wrong']);
    assertCompiles(imageGrid(images([2, 4, 5, 3])));
    assertCompiles(imageGrid(images([6, 5]), { colours: 'diverging' }));
  });

  it('draws the first 64 of many and says so', () => {
    const chart = imageGrid(images([200, 2, 2]));
    assert.equal(valuesOf(chart.spec).length, 64);
    assert.match(subtitleOf(chart), /共 200 张，只画前 64 张/);
  });

  it('refuses wrong shapes and captions', () => {
    assert.throws(() => imageGrid(images([1, 4, 4, 2])), /1 or 3 channels.*got \[1, 4, 4, 2\]/);
    assert.throws(() => imageGrid(images([0, 4, 4, 1])), /at least one image/);
    assert.throws(
      () => imageGrid(images([2, 4, 4]), { captions: ['a'] }),
      /expected 2 captions, one for each image, got 1/,
    );
  });
});

describe('pngUrl', () => {
  it('writes each pixel enlarged, a filter byte before every row', () => {
    const url = pngUrl(1, 2, (_, column) => (column === 0 ? [255, 0, 0] : [0, 0, 255]), 2);
    const bytes = Buffer.from(url.split(',')[1]!, 'base64');
    const start = bytes.indexOf('IDAT') + 4;
    const rows = inflateSync(bytes.subarray(start, start + bytes.readUInt32BE(start - 8)));
    const row = [0, 255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255];
    assert.deepEqual([...rows], [...row, ...row]);
    assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [4, 2]);
  });
});

describe('colourAt', () => {
  it('ends where the scale ends and is grey for NaN', () => {
    assert.deepEqual(colourAt('grey', 0), [0, 0, 0]);
    assert.deepEqual(colourAt('grey', 7), [255, 255, 255]);
    assert.deepEqual(colourAt('viridis', 0), [0x44, 0x01, 0x54]);
    assert.deepEqual(colourAt('diverging', NaN), [221, 221, 221]);
  });
});
