/**
 * Text as shapes. resvg reads its font file of 8 MB anew for every character it draws, some 3 ms each; so each
 * character's outline is asked for once in a process, and the texts of all later pictures are put together from them.
 */

/** A character's shape and how far it moves the pen, both in thousandths of the font size. */
interface Glyph {
  readonly d: string;
  readonly advance: number;
}

/** Draws an SVG document in simple terms: its texts come back as paths, inside groups that keep their ids. */
export type Simplify = (svg: string) => string;

/** `undefined`: the font lacks it. */
const known = new Map<string, Glyph | undefined>();
let barStart: number | undefined;

/** ASCII, the en dash, Chinese and its punctuation: what stands alone. Other scripts and signs are resvg's. */
const PLAIN = /^[\x20-\x7e–\u3000-\u30ff\u4e00-\u9fff\uff01-\uff5e]*$/;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Text for HTML and SVG. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (c) => escapes[c] ?? c);
const unescape = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => {
    const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
    return characters[name] ?? '';
  });

/** The bar after each character shows where the pen went; it is one closed rectangle. */
const BAR = '|';
const subpaths = (d: string): string[] => d.split(/(?=M )/);
const startOf = (subpath: string): number => Number(/^M (-?[\d.]+)/.exec(subpath)?.[1] ?? NaN);

/** The path of each id's group in a simplified document; of groups with several paths, all of them. */
function pathsOf(simple: string): Map<string, string> {
  const parts = simple.split(/(?=<g id="c\d+")/).slice(1);
  return new Map(
    parts.map((part) => {
      const id = /id="(c\d+)"/.exec(part)?.[1] ?? '';
      return [id, [...part.matchAll(/ d="([^"]*)"/g)].map((match) => match[1]).join(' ')];
    }),
  );
}

function glyphOf(d: string): Glyph | undefined {
  const parts = subpaths(d);
  const last = startOf(parts.at(-1) ?? '');
  if (barStart === undefined || Number.isNaN(last)) return undefined;
  return { d: parts.slice(0, -1).join('').trim(), advance: last - barStart };
}

const key = (character: string, bold: boolean): string => (bold ? 'b' : 'n') + character;

/** Asks for the outlines of characters not met before, all at once. */
function learn(characters: ReadonlySet<string>, simplify: Simplify): void {
  const fresh = [...characters].filter((one) => !known.has(one));
  if (fresh.length === 0) return;
  const text = (words: string, bold: boolean, id: number) =>
    `<g id="c${id}"><text xml:space="preserve" font-weight="${bold ? 'bold' : 'normal'}">${escapeHtml(words)}</text></g>`;
  const texts = fresh.map((one, i) => text(one.slice(1) + BAR, one.startsWith('b'), 2 + i)).join('');
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="1000" font-family="sans-serif" font-size="1000">' +
    `${text(BAR, false, 0)}${text(BAR, true, 1)}${texts}</svg>`;
  const paths = pathsOf(simplify(svg));
  fresh.forEach((one, i) => {
    barStart = startOf(paths.get(one.startsWith('b') ? 'c1' : 'c0') ?? '');
    const glyph = glyphOf(paths.get(`c${2 + i}`) ?? '');
    known.set(one, glyph?.d === '' && !/\s$/.test(one) ? undefined : glyph);
  });
}

const TEXT = /<text([^>]*)>([^<]*)<\/text>/g;

interface Words {
  readonly characters: readonly string[];
  readonly bold: boolean;
}

/** What a text says, as a browser would read it; undefined where resvg must draw it. */
function wordsOf(attributes: string, content: string): Words | undefined {
  const words = unescape(content).replace(/\s+/g, ' ').trim();
  const weight = attributeOf(attributes, 'font-weight') ?? 'normal';
  const odd = /font-family|font-style|letter-spacing|text-decoration| x=| y=| style=/.test(attributes);
  if (odd || !PLAIN.test(words)) return undefined;
  return { characters: [...words], bold: weight === 'bold' || Number(weight) >= 600 };
}

const attributeOf = (attributes: string, name: string): string | undefined =>
  new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1];

const SHIFT: Readonly<Record<string, number>> = { middle: -0.5, end: -1 };

function shapesOf(attributes: string, glyphs: readonly Glyph[]): string {
  const scale = parseFloat(attributeOf(attributes, 'font-size') ?? '16') / 1000;
  const width = glyphs.reduce((sum, { advance }) => sum + advance, 0);
  let pen = width * (SHIFT[attributeOf(attributes, 'text-anchor') ?? 'start'] ?? 0);
  const shapes = glyphs.map(({ d, advance }) => {
    const shape = d === '' ? '' : `<path transform="translate(${pen.toFixed(1)},0)" d="${d}"/>`;
    pen += advance;
    return shape;
  });
  const kept = attributes.replace(/ (?:font-[a-z]+|text-anchor)="[^"]*"/g, '');
  return `<g${kept}><g transform="scale(${scale})">${shapes.join('')}</g></g>`;
}

/** Puts outlines in the place of an SVG document's texts, those of unusual characters or styles left as they are. */
export function outlined(svg: string, simplify: Simplify): string {
  const wanted = new Set<string>();
  for (const [, attributes = '', content = ''] of svg.matchAll(TEXT)) {
    const words = wordsOf(attributes, content);
    words?.characters.forEach((one) => wanted.add(key(one, words.bold)));
  }
  learn(wanted, simplify);
  return svg.replace(TEXT, (text, attributes: string, content: string) => {
    const words = wordsOf(attributes, content);
    const glyphs = words?.characters.map((one) => known.get(key(one, words.bold)));
    const all = glyphs?.filter((glyph): glyph is Glyph => glyph !== undefined);
    return all && all.length === glyphs?.length ? shapesOf(attributes, all) : text;
  });
}
