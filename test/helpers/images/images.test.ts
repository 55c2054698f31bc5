import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { Sfc32 } from '../../../src/engine/random/sfc32';
import * as tf from '../../../src/engine/tf';
import * as images from '../../../src/helpers/images';
import recorded from '../../fixtures/images/expected.json';
import { assertClose } from '../../support/close';
import { temporaryFolder } from '../../support/folder';

const fixture = (name: string) => resolve(__dirname, '../../fixtures/images', name);
const bytesOf = (name: string) => new Uint8Array(readFileSync(fixture(name)));
type Plain = { shape: number[]; values: number[] };
const native = tf.getBackend() === 'tensorflow';

describe('readImage()', function () {
  before(function () {
    if (!native) this.skip(); // TensorFlow's own library decodes
  });

  for (const [name, modes] of Object.entries(recorded.pictures)) {
    it(`gives torchvision's numbers: ${name}`, () => {
      for (const [mode, { shape, values }] of Object.entries(modes as Record<string, Plain>)) {
        const upright = mode === 'upright';
        const options = upright ? { applyExifOrientation: true } : { mode: mode as images.ImageMode };
        const image = images.readImage(fixture(name), options);
        assert.deepEqual([image.dtype, image.shape], ['int32', shape], mode);
        // Grey of colours is rounded by libpng in its own way.
        assertClose(image.dataSync(), values, mode.startsWith('GRAY') ? 1 : 0);
        image.dispose();
      }
    });
  }

  for (const [name, modes] of Object.entries(recorded.fine)) {
    it(`gives torchvision's numbers of 16 bits, or the upper 8 of them: ${name}`, () => {
      assert.equal(images.imageInfo(bytesOf(name)).bits, 16);
      for (const [key, { shape, values }] of Object.entries(modes as Record<string, Plain>)) {
        const mode = key as images.ImageMode;
        const fine = images.readImage(fixture(name), { mode, bits: 16 });
        assert.deepEqual([fine.dtype, fine.shape], ['int32', shape]);
        assert.deepEqual([...fine.dataSync()], values, key);
        const coarse = images.readImage(fixture(name), { mode });
        assert.deepEqual(
          [...coarse.dataSync()],
          values.map((value) => value >> 8),
          key,
        );
        tf.dispose([fine, coarse]);
      }
    });
  }

  it('spreads 8 bits over 16 where that is asked for', () => {
    for (const name of ['rgb.png', 'rgb.jpg', 'one.gif', 'rgb.bmp', 'grey_alpha.png']) {
      const [coarse, fine] = [8, 16].map((bits) => images.readImage(fixture(name), { bits: bits as 8 | 16 }));
      assert.deepEqual(
        [...fine!.dataSync()],
        [...coarse!.dataSync()].map((value) => value * 257),
        name,
      );
      tf.dispose([coarse!, fine!]);
    }
    assert.equal(images.imageInfo(bytesOf('rgb.png')).bits, 8);
    const opaque = images.readImage(fixture('rgb.png'), { mode: 'RGB_ALPHA', bits: 16 });
    assert.equal(opaque.dataSync()[3], 65535);
    assert.throws(
      () => images.readImage(fixture('rgb.png'), { bits: 12 as 8 }),
      /expected bits 8 or 16, got 12$/,
    );
    opaque.dispose();
  });

  it('refuses what was cut off anywhere, with one sentence and no tensors', () => {
    const before = tf.memory().numTensors;
    for (const name of [
      'rgb.png',
      'palette.png',
      'rgb.jpg',
      'progressive.jpg',
      'one.gif',
      'moving.gif',
      'rgb.bmp',
    ]) {
      const bytes = bytesOf(name);
      for (let length = 0; length < bytes.length; length += 7) {
        assert.throws(() => images.decodeImage(bytes.slice(0, length)), {
          name: 'SyntaxError',
          message: /^Cannot decode image: expected a/,
        });
      }
    }
    assert.equal(tf.memory().numTensors, before);
  });

  it('takes damaged files for what they are: a picture or one sentence, and no tensors', () => {
    const before = tf.memory().numTensors;
    const random = Sfc32.from(1, 2);
    let refused = 0;
    for (let i = 0; i < 150; i++) {
      const bytes = bytesOf(['moving.gif', 'rgb.bmp', 'rgba.png'][i % 3]!);
      for (let k = 0; k < 3; k++)
        bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
      try {
        images.decodeImage(bytes, { maxPixels: 1e6 }).dispose();
      } catch (error) {
        refused++;
        const { name, message } = error as Error;
        assert.ok(
          ['SyntaxError', 'RangeError'].includes(name) && message.startsWith('Cannot decode image: '),
          message,
        );
      }
    }
    assert.ok(refused > 50 && refused < 150, String(refused));
    assert.equal(tf.memory().numTensors, before);
  });

  for (const [name, message] of [
    ['foreign.webp', /expected a PNG, JPEG, GIF or BMP picture, got WebP$/],
    ['palette.bmp', /a BMP without a palette, got one with colours of its own; save it as PNG$/],
    ['expected.json', /got another kind of file$/],
  ] as const) {
    it(`refuses ${name}`, () =>
      assert.throws(() => images.readImage(fixture(name)), { name: 'SyntaxError', message }));
  }

  it('looks at the size before anything is decoded', () => {
    const bomb = bytesOf('rgb.png');
    new DataView(bomb.buffer).setUint32(16, 2 ** 31 - 1);
    new DataView(bomb.buffer).setUint32(20, 2 ** 31 - 1);
    assert.throws(() => images.decodeImage(bomb), {
      name: 'SyntaxError',
      message: /a whole picture, got one/,
    });
    const moving = bytesOf('one.gif');
    new DataView(moving.buffer).setUint32(6, 0xffffffff);
    assert.throws(() => images.decodeImage(moving), {
      name: 'RangeError',
      message: /expected at most 67108864 pixels, got 65535 × 65535; maxPixels allows more$/,
    });
    assert.throws(() => images.readImage(fixture('moving.gif'), { maxPixels: 59 }), /got 3 × 4 × 5;/);
    assert.throws(
      () => images.readImage(fixture('rgb.png'), { mode: 'BGR' as 'RGB' }),
      /a mode of UNCHANGED, GRAY/,
    );
  });
});

describe('imageInfo()', () => {
  it('tells what a picture is', () => {
    const info = (name: string): unknown[] => Object.values(images.imageInfo(bytesOf(name)));
    assert.deepEqual(info('rgba.png'), ['png', 5, 4, 4, 8, 1, 1]);
    assert.deepEqual(info('turned.jpg'), ['jpeg', 9, 7, 3, 8, 1, 6]);
    assert.deepEqual(info('turned.png'), ['png', 9, 7, 3, 8, 1, 6]);
    assert.deepEqual(info('moving.gif'), ['gif', 4, 5, 3, 8, 3, 1]);
    assert.deepEqual(info('grey.bmp'), ['bmp', 6, 8, 1, 8, 1, 1]);
  });
});

describe('writePng(), writeJpeg(), saveImage()', function () {
  before(function () {
    if (!native) this.skip();
  });
  const path = temporaryFolder();

  it('write what is read again: PNG to the bit, JPEG nearly', () => {
    for (const channels of [1, 3, 4]) {
      const image = tf.cast(tf.reshape(tf.range(0, 20 * channels), [4, 5, channels]), 'int32');
      images.writePng(image, path('a.png'), { compressionLevel: 9 });
      assert.deepEqual(images.readImage(path('a.png')).arraySync(), image.arraySync());
      if (channels === 4) continue;
      images.writeJpeg(image, path('a.jpg'), { quality: 100 });
      assertClose(images.readImage(path('a.jpg')).dataSync(), image.dataSync(), 3);
    }
  });

  it('saveImage() rounds as torchvision, lays out a batch', () => {
    const batch = tf.tensor4d([0, 0.5, 1, 2, -1, 0.2, 0.999, 0.25], [2, 2, 2, 1]);
    images.saveImage(batch, path('b.png'), { padding: 1, nrow: 2 });
    const read = images.readImage(path('b.png'));
    assert.deepEqual(read.shape, [4, 7, 3]);
    const red = read.slice([1, 1, 0], [2, 2, 1]).dataSync();
    assert.deepEqual([...red], [0, 128, 255, 255]);
  });

  it('refuse what is no image, an odd name, an odd quality', () => {
    const pixels = tf.zeros([2, 2, 3], 'int32');
    assert.throws(
      () => images.encodePng(tf.zeros([2, 2, 3])),
      /int32 of 0 … 255 \[h, w, c\] with c of 1, 2, 3, 4, got float32 \[2, 2, 3\]/,
    );
    assert.throws(
      () => images.encodeJpeg(tf.zeros([2, 2, 4], 'int32')),
      /with c of 1, 3, got int32 \[2, 2, 4\]/,
    );
    assert.throws(() => images.encodeJpeg(pixels, { quality: 0 }), /expected quality 1 … 100, got 0/);
    assert.throws(() => images.encodePng(pixels, { compressionLevel: 10 }), /compressionLevel 0 … 9, got 10/);
    assert.throws(() => images.saveImage(pixels, 'a.tiff'), /ends in .png, .jpg or .jpeg, got "a.tiff"/);
  });
});

describe('makeGrid()', () => {
  const options: Record<string, images.GridOptions> = {
    rows: { nrow: 2, padding: 1, padValue: 0.5 },
    normalize: { nrow: 3, normalize: true },
    each: { normalize: true, scaleEach: true },
    range: { normalize: true, valueRange: [0, 1] },
    grey: { nrow: 2, padding: 0 },
    one: { normalize: true },
  };
  for (const [name, { input, result }] of Object.entries(
    recorded.grids as Record<string, { input: Plain; result: Plain }>,
  )) {
    it(`lays out as torchvision: ${name}`, () => {
      const x = tf.tensor(input.values, input.shape);
      const grid = images.makeGrid(x, options[name]);
      assert.deepEqual(grid.shape, result.shape);
      assertClose(grid.dataSync(), result.values, 1e-6);
      if (x.rank !== 4) return;
      assert.deepEqual(images.makeGrid(tf.unstack(x), options[name]).dataSync(), grid.dataSync());
    });
  }

  it('refuses no image, no row', () => {
    assert.throws(() => images.makeGrid(tf.zeros([0, 2, 2, 3])), /expected an image, .* got 0/);
    assert.throws(() => images.makeGrid(tf.zeros([2, 2, 2, 3]), { nrow: 0 }), /nrow ≥ 1/);
    assert.throws(() => images.makeGrid(tf.zeros([2])), /Cannot call makeGrid: expected \[b, h, w, c\]/);
  });
});

it('reading and writing say what is missing on the plain-JavaScript backend', async () => {
  const old = tf.getBackend();
  await tf.setBackend('cpu');
  try {
    const said =
      /expected TensorFlow's own library, which (de|en)codes pictures, got the plain-JavaScript backend; `npx tsdl setup`/;
    assert.throws(() => images.readImage(fixture('rgb.png')), said);
    assert.throws(() => images.encodePng(tf.zeros([2, 2, 3], 'int32')), said);
  } finally {
    await tf.setBackend(old);
  }
});
