/** The course's drawings: no line runs through what is written. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Resvg } from '@resvg/resvg-js';
import width from 'string-width';

import { NOTEBOOKS } from '../../../src/cli/run/course';

const FOLDERS = ['images', '11-summary/images'];
const DEFS = /<defs>[\s\S]*?<\/defs>/g;
const TEXTS = /<text ([^>]*)>([^<]*)<\/text>/g;
const LINES = /<(line|polyline|path)\b[^>]*\/>/g;

/** Pixels of a line below a text that are none: where it only touches. */
const TOUCH = 6;

/** The red, green, blue and alpha of each pixel. */
const pixelsOf = (svg: string): { width: number; pixels: Uint8Array } => {
  const { width: across, pixels } = new Resvg(svg, { font: { loadSystemFonts: false } }).render();
  return { width: across, pixels };
};

/** Where letters stand, in pixels from the drawing's corner: no accents, no descenders. */
function boxOf(attributes: string, text: string, top: number) {
  const of = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
  const [x, y, size] = [of('x'), of('y'), of('font-size')].map(Number) as [number, number, number];
  const long = (width(text) * size) / 2 - 2;
  const left = x - ({ middle: long / 2, end: long }[of('text-anchor') ?? 'start'] ?? 0);
  return { left, right: left + long, top: y - 0.7 * size - top, bottom: y - top };
}

/** The texts of a drawing that a line runs through, where nothing covers it. */
function crossed(svg: string): string[] {
  const [, top = 0] = (/viewBox="([^"]*)"/.exec(svg)?.[1] ?? '').split(' ').map(Number);
  const bare = svg.replace(TEXTS, '');
  const markers = bare.match(DEFS)?.join('') ?? '';
  const drawn = pixelsOf(bare);
  const without = pixelsOf(
    bare.replace(DEFS, '').replace(LINES, '').replace('</title>', `</title>${markers}`),
  );
  const isLine = (x: number, y: number) => {
    const at = 4 * (Math.round(y) * drawn.width + Math.round(x));
    return [0, 1, 2].some((i) => Math.abs((drawn.pixels[at + i] ?? 0) - (without.pixels[at + i] ?? 0)) > 24);
  };
  return [...svg.matchAll(TEXTS)].flatMap(([, attributes = '', text = '']) => {
    if ([...text].length === 1 || attributes.includes('transform')) return []; // a sign on a line, a turned word
    const { left, right, top: from, bottom } = boxOf(attributes, text, top);
    let count = 0;
    for (let y = from; y < bottom; y++) for (let x = left; x < right; x++) count += Number(isLine(x, y));
    return count > TOUCH ? [`${text}: ${count}`] : [];
  });
}

describe("the course's drawings", () => {
  for (const folder of FOLDERS)
    for (const name of readdirSync(join(NOTEBOOKS, folder)).filter((file) => file.endsWith('.svg')))
      it(`${folder}/${name} has no line through its words`, () => {
        assert.deepEqual(crossed(readFileSync(join(NOTEBOOKS, folder, name), 'utf8')), []);
      });
});
