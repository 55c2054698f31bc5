import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';

import { isNative } from '../../src/engine/backend/rawops';
import * as tf from '../../src/engine/tf';
import { loadPhotograph } from '../../src/helpers/datasets';
import { decodeImage } from '../../src/helpers/images';
import { imageGrid } from '../../src/viz/charts/images';
import { colourAt } from '../../src/viz/drawing/colours';
import { pngUrl } from '../../src/viz/drawing/png';
import { BAD, GOOD } from '../../src/viz/drawing/theme';
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

  it('packs photographs as JPEG, small pictures to the last bit', function () {
    const urlOf = (x: tf.Tensor) => String(valuesOf(imageGrid(x).spec)[0]?.url);
    if (!isNative()) this.skip();
    const cat = loadPhotograph('chelsea');
    const [kind, packed = ''] = urlOf(cat).split(',');
    assert.equal(kind, 'data:image/jpeg;base64');
    const seen = decodeImage(Buffer.from(packed, 'base64'));
    const padded = tf.pad(cat, [[0, 0], [0, 1], [0, 0]], 124).toFloat<tf.Tensor3D>(); // prettier-ignore
    const shrunk = tf.avgPool(padded, 2, 2, 'valid');
    assert.deepEqual(seen.shape, [150, 226, 3]);
    assert.ok(seen.sub(shrunk).abs().mean().item() < 4);
    assert.match(urlOf(cat.slice([0, 0, 0], [48, 48, 3])), /^data:image\/png/);
  });

  it('draws the first 64 of many and says so', () => {
    const chart = imageGrid(images([200, 2, 2]));
    assert.equal(valuesOf(chart.spec).length, 64);
    assert.match(subtitleOf(chart), /共 200 张，只画前 64 张/);
  });

  it('draws boxes where they lie in their image, cut off at its edge', () => {
    const boxes = [
      [{ box: [1, 0, 3, 2], label: '7' }],
      [{ box: [-1, 2, 9, 4], label: '1', correct: false }],
    ] as const;
    const chart = imageGrid(images([2, 4, 4]), { boxes, size: 40, columns: 2 });
    assertCompiles(chart);
    assert.match(chart.summary, /画了 2 个框/);
    const layers = chart.spec.layer as Record<string, unknown>[];
    const drawn = layers.map(valuesOf).filter((values) => values[0] && 'colour' in values[0]);
    const place = ({ x, y, x2, y2, colour }: Record<string, unknown>) => [x, y, x2, y2, colour];
    // Ten pixels of the picture a pixel; the second image starts at 52, behind a margin of 12.
    assert.deepEqual(drawn[0]?.map(place), [
      [10, 0, 30, 20, GOOD],
      [52, 20, 92, 40, BAD],
    ]);
    assert.deepEqual(
      drawn.slice(1).map((values) => values.map(({ label }) => label)),
      [['1'], ['7']], // above the box; inside it where there is no room above
    );
  });

  it('refuses wrong boxes', () => {
    assert.throws(
      () => imageGrid(images([2, 4, 4]), { boxes: [[]] }),
      /expected 2 lists of boxes, one for each/,
    );
    assert.throws(
      () => imageGrid(images([1, 4, 4]), { boxes: [[{ box: [3, 0, 1, 2] }]] }),
      /^RangeError: Cannot draw imageGrid: expected boxes .* got \[3, 0, 1, 2\]/,
    );
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
