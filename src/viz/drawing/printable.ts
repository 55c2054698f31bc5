/**
 * Words of others in a chart: titles, labels, names. Vega-Lite writes some of them into expressions as they are, and
 * pictures are XML, which has no control characters.
 */
import type { Spec } from './render';

/** What XML cannot hold or an expression cannot: control characters, other ends of lines, halves of pairs. */
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex -- it is these that are looked for
  /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Unicode's pictures of control characters, so that names stay different that were different. */
const pictured = (character: string): string => {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '␡';
  return character === '\u2028' || character === '\u2029' ? '␤' : '\ufffd';
};

/** Vega keeps texts as keys of plain objects, which have these already. A space of no width tells them apart. */
const TAKEN: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** A text without what a picture cannot show. */
export const printable = (text: string): string =>
  TAKEN.has(text) ? `${text}\u200b` : text.replace(UNPRINTABLE, pictured);

const LOOKALIKES: Readonly<Record<string, string>> = { '"': '”', '\\': '⧵' };

/** A tooltip's title: a key within quotes of an expression, which Vega-Lite writes without escaping it. */
const tooltipTitle = (title: string): string =>
  title.replace(/["\\]/g, (character) => LOOKALIKES[character] ?? '').replace(/\s+/g, ' ');

/** A specification whose every text can be shown. */
export function printableSpec(spec: Spec): Spec {
  return walk(spec, false) as Spec;
}

function walk(value: unknown, inTooltip: boolean): unknown {
  if (typeof value === 'string') return value.startsWith('data:') ? value : printable(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((item) => walk(item, inTooltip));
  const made: Record<string, unknown> = {};
  for (const key in value) {
    const item = walk((value as Spec)[key], inTooltip || key === 'tooltip');
    made[key] = inTooltip && key === 'title' && typeof item === 'string' ? tooltipTitle(item) : item;
  }
  return made;
}
