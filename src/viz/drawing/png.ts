/**
 * Pixels to PNG data URLs: images, heat maps too fine for rectangles, decision regions.
 * PNG (Portable Network Graphics), second edition, W3C 2003: signature, IHDR, IDAT (zlib), IEND.
 */
import { crc32, deflateSync } from 'node:zlib';

import type { Rgb } from './colours';

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** Bytes beyond which the densest packing takes seconds. */
const LARGE = 6e6;
/** How densely zlib packs: the pixels that a page carries, and a whole chart, a seventh larger in a fifth of the time. */
const [DENSE, QUICK] = [9, 7];

/**
 * Encodes pixels as a PNG file. `rows` holds `height` rows of `1 + 3 · width` bytes: a filter byte (0: none),
 * then red, green, blue. For charts that packs tighter than adaptive filters with a fast deflate.
 */
function encode(height: number, width: number, rows: Uint8Array, level: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB, deflate, no filter method, not interlaced
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const image = chunk('IDAT', deflateSync(rows, { level: rows.length > LARGE ? 5 : level }));
  return Buffer.concat([signature, chunk('IHDR', header), image, chunk('IEND', Buffer.alloc(0))]);
}

/** Encodes opaque RGBA pixels, as a renderer returns them. */
export function pngOfRgba(height: number, width: number, rgba: Uint8Array): Buffer {
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let row = 0, to = 0, from = 0; row < height; row++) {
    to++;
    for (let column = 0; column < width; column++, from += 4) {
      rows[to++] = rgba[from] ?? 0;
      rows[to++] = rgba[from + 1] ?? 0;
      rows[to++] = rgba[from + 2] ?? 0;
    }
  }
  return encode(height, width, rows, QUICK);
}

/**
 * A data URL of the picture whose pixel (row, column) is `pixel(row, column)`, each enlarged `zoom` times
 * without smoothing, so that a 28×28 digit stays crisp in every viewer.
 */
export function pngUrl(
  height: number,
  width: number,
  pixel: (row: number, column: number) => Rgb,
  zoom = 1,
): string {
  const [h, w] = [height * zoom, width * zoom];
  const length = 1 + 3 * w;
  const rows = Buffer.alloc(h * length);
  for (let row = 0; row < height; row++) {
    const start = row * zoom * length;
    for (let x = 0; x < w; x += zoom) {
      const colour = pixel(row, x / zoom);
      for (let copy = 0; copy < zoom; copy++) rows.set(colour, start + 1 + (x + copy) * 3);
    }
    for (let copy = 1; copy < zoom; copy++) rows.copyWithin(start + copy * length, start, start + length);
  }
  return `data:image/png;base64,${encode(h, w, rows, DENSE).toString('base64')}`;
}
