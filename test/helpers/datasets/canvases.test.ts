import assert from 'node:assert/strict';

import { detectionSet, scatterDigits, segmentationSet } from '../../../src/helpers/datasets/canvases';
import { boxIou } from '../../../src/nn/boxes';

/** Ten "digits": digit k is a bar of 20 by k + 4 pixels. */
const source = {
  pixels: Uint8Array.from({ length: 10 * 784 }, (_, at) => {
    const [digit, row, column] = [Math.floor(at / 784), Math.floor((at % 784) / 28), at % 28];
    return row >= 4 && row < 24 && column >= 4 && column < 8 + digit ? 255 : 0;
  }),
  labels: Uint8Array.from({ length: 10 }, (_, k) => k),
};
const canvases = scatterDigits(source, { count: 60, seed: 3 });

describe('scatterDigits()', () => {
  it('puts 1 to 3 digits of each size on canvases of brightness 0 … 1', () => {
    assert.equal(canvases.images.length, 60 * 48 * 48);
    assert.ok(canvases.images.every((value) => value >= 0 && value <= 1));
    const counts = canvases.objects.map((digits) => digits.length);
    assert.deepEqual([Math.min(...counts), Math.max(...counts)], [1, 3]);
    for (const { box } of canvases.objects.flat()) {
      const side = Math.max(box[2] - box[0], box[3] - box[1]);
      assert.ok(side >= 13 && side <= 23, box.join());
    }
  });

  it('gives the smallest box around the pixels of each digit, and no box touches another', () => {
    canvases.objects.forEach((digits, i) => {
      const mask = canvases.masks.subarray(i * 2304, (i + 1) * 2304);
      let inside = 0;
      for (const { box, label } of digits) {
        const own: [number, number][] = [];
        for (let row = box[1]; row < box[3]; row++) {
          for (let column = box[0]; column < box[2]; column++) {
            if (mask[row * 48 + column] === label + 1) own.push([column, row]);
          }
        }
        const [xs, ys] = [own.map(([x]) => x), own.map(([, y]) => y)];
        const tight = [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
        assert.deepEqual(tight, box);
        inside += own.length;
        assert.ok(digits.every((other) => other.box === box || boxIou(other.box, box) === 0));
      }
      assert.equal(inside, mask.filter((value) => value > 0).length, 'no ink outside the boxes');
    });
  });

  it('is brighter where a digit is than around it', () => {
    const mean = (digit: boolean) => {
      const values = canvases.images.filter((_, at) => (canvases.masks[at] ?? 0) > 0 === digit);
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    assert.ok(mean(true) > mean(false) + 0.2);
  });

  it('is the same for the same seed alone', () => {
    assert.deepEqual(scatterDigits(source, { count: 3, seed: 3 }).objects, canvases.objects.slice(0, 3));
    assert.notDeepEqual(scatterDigits(source, { count: 3, seed: 4 }).objects, canvases.objects.slice(0, 3));
  });

  it('refuses what cannot be drawn', () => {
    const message = /^RangeError: Cannot scatter digits: expected /;
    assert.throws(() => scatterDigits(source, { count: 0 }), message);
    assert.throws(() => scatterDigits(source, { count: 1, size: 20 }), /at least 24 pixels.* got 20/);
    assert.throws(() => scatterDigits(source, { count: 1, digits: [3, 2] }), message);
    assert.throws(() => scatterDigits(source, { count: 1, sides: [1, 9] }), message);
    assert.throws(
      () => scatterDigits({ pixels: new Uint8Array(9), labels: new Uint8Array(1) }, { count: 1 }),
      message,
    );
  });
});

describe('detectionSet()', () => {
  it('writes each digit into the cell of its centre', () => {
    const [x, y] = detectionSet(canvases, 6).gather([0, 1, 2]);
    assert.deepEqual(
      [x.shape, y.shape],
      [
        [3, 48, 48, 1],
        [3, 6, 6, 6],
      ],
    );
    const cells = y.arraySync() as number[][][][];
    [0, 1, 2].forEach((i) => {
      const digits = canvases.objects[i] ?? [];
      assert.equal(cells[i]?.flat().filter(([own]) => own === 1).length, digits.length);
      for (const { box, label } of digits) {
        const [cx, cy] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
        const cell: number[] = cells[i]?.[Math.floor(cy / 8)]?.[Math.floor(cx / 8)] ?? [];
        const [own = NaN, dx = NaN, dy = NaN, w = NaN, h = NaN, k = NaN] = cell;
        const place = [8 * (Math.floor(cx / 8) + dx), 8 * (Math.floor(cy / 8) + dy), 48 * w, 48 * h];
        assert.deepEqual([own, k], [1, label]);
        const wanted = [cx, cy, box[2] - box[0], box[3] - box[1]];
        place.forEach((value, at) => assert.ok(Math.abs(value - (wanted[at] ?? NaN)) < 1e-4));
      }
    });
    assert.ok(cells.flat(2).every(([own, , , , , k]) => own === 1 || k === -1));
  });

  it('refuses two digits in one cell', () => {
    assert.throws(() => detectionSet(canvases, 1), /^RangeError: Cannot assign digits to a grid of 1: /);
  });
});

describe('segmentationSet()', () => {
  it('gives images and pixel classes', () => {
    const [x, y] = segmentationSet(canvases).gather([4]);
    assert.deepEqual([x.shape, y.shape, y.dtype], [[1, 48, 48, 1], [1, 48, 48], 'int32']);
    assert.deepEqual(y.dataSync(), Int32Array.from(canvases.masks.subarray(4 * 2304, 5 * 2304)));
  });
});
