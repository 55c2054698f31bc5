/**
 * How wide a text is, in pixels. Without a canvas vega takes 0.8 of the font size for every character,
 * which leaves a fifth too little room for Chinese (one full em a character) and too much for digits.
 */

/** Advance widths of U+0020…U+007E in thousandths of an em, those of Noto Sans, close to Arial's. */
const ASCII = [
  224, 323, 475, 555, 555, 921, 680, 278, 338, 338, 467, 555, 278, 347, 278, 392, 555, 555, 555, 555, 555,
  555, 555, 555, 555, 555, 278, 278, 555, 555, 555, 474, 946, 607, 657, 638, 687, 588, 552, 689, 728, 293,
  536, 646, 542, 812, 722, 742, 632, 742, 635, 597, 599, 721, 575, 878, 573, 531, 603, 338, 392, 338, 555,
  559, 606, 564, 618, 509, 620, 554, 325, 563, 607, 275, 275, 552, 285, 926, 611, 606, 620, 620, 388, 468,
  377, 607, 521, 802, 498, 521, 474, 338, 269, 338, 555,
];
const OTHER_LATIN = 620; // accented Latin, Greek, Cyrillic
const BOLD = 1.07;

function advance(code: number): number {
  if (code < 0x20) return 0;
  if (code < 0x7f) return ASCII[code - 0x20] ?? OTHER_LATIN;
  if (code >= 0x2070 && code < 0x20a0) return 400; // superscripts, subscripts
  return code < 0x2000 ? OTHER_LATIN : 1000; // from U+2000 on: punctuation, arrows, operators, Chinese
}

/** Width in pixels of `text` at a font size, in the theme's font. */
export function textWidth(text: string, fontSize: number, bold = false): number {
  let sum = 0;
  for (const character of text) sum += advance(character.codePointAt(0) ?? 0);
  return (sum / 1000) * fontSize * (bold ? BOLD : 1);
}
