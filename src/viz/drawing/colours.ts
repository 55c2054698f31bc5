/** Colours and colour scales of pictures. */

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** `#rrggbb` as numbers. */
export const parseColour = (code: string): Rgb =>
  [1, 3, 5].map((i) => parseInt(code.slice(i, i + 2), 16)) as unknown as Rgb;

/** Nine stops of matplotlib's map, as Vega draws it. */
const VIRIDIS = [
  '#440154',
  '#472d7b',
  '#3b528b',
  '#2c728e',
  '#21918c',
  '#28ae80',
  '#5ec962',
  '#addc30',
  '#fde725',
];
const DIVERGING = ['#2166ac', '#67a9cf', '#d1e5f0', '#f7f7f7', '#fddbc7', '#ef8a62', '#b2182b'];
/** Nothing is white, so that one mistake in a hundred is seen. */
const BLUES = ['#ffffff', '#c6dbef', '#6baed6', '#2171b5', '#08306b'];
const GREY = ['#000000', '#ffffff'];
const SCALES = {
  viridis: VIRIDIS.map(parseColour),
  diverging: DIVERGING.map(parseColour),
  grey: GREY.map(parseColour),
  blues: BLUES.map(parseColour),
};

/** Name of a colour scale. */
export type ColourScale = keyof typeof SCALES;

/** The colour at `t` (0…1; outside is cut off) of a scale; not a number is light grey. */
export function colourAt(scale: ColourScale, t: number): Rgb {
  const stops = SCALES[scale];
  if (Number.isNaN(t)) return [221, 221, 221];
  const place = Math.min(1, Math.max(0, t)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(place));
  const [a, b] = [stops[low] ?? [0, 0, 0], stops[low + 1] ?? [0, 0, 0]];
  return a.map((v, i) => Math.round(v + (place - low) * ((b[i] ?? v) - v))) as unknown as Rgb;
}

/** The hexadecimal stops of a scale, for a legend in Vega-Lite. */
export const stopsOf = (scale: ColourScale): string[] =>
  SCALES[scale].map((rgb) => `#${rgb.map((v) => v.toString(16).padStart(2, '0')).join('')}`);
