/**
 * One look for every chart: white card (readable in light and dark JupyterLab and on paper),
 * Okabe and Ito's colours ("Color Universal Design", 2008), sizes that fit a printed page.
 */

/** Colours for categories, told apart by colour-blind readers too; yellow is left out (too pale for lines). */
export const PALETTE = [
  '#0072B2', // blue
  '#D55E00', // vermilion
  '#009E73', // green
  '#CC79A7', // pink
  '#E69F00', // orange
  '#56B4E9', // sky
  '#555555', // grey
  '#7F5539', // brown, beyond Okabe and Ito's own
  '#6A3D9A', // violet
  '#A6A600', // olive
] as const;

/** The colour of the i-th category; after ten they come round again. */
export const colour = (i: number): string => PALETTE[i % PALETTE.length] ?? PALETTE[0];

/** Text and lines. */
export const INK = '#222222';
/** What stands behind: notes, frames; dark enough to be read on white. */
export const FAINT = '#767676';
/** What is right: green of Okabe and Ito's palette, told from `BAD` by the colour-blind too. */
export const GOOD = '#009E73';
/** What is wrong: vermilion of the same palette. */
export const BAD = '#D55E00';

/** Unquoted on purpose: quotes would have to be escaped in every SVG attribute. */
export const FONT =
  'Helvetica Neue, Arial, PingFang SC, Microsoft YaHei, Noto Sans SC, Noto Sans CJK SC, ' +
  'Source Han Sans SC, WenQuanYi Micro Hei, sans-serif';

/** Plot area of a single chart in pixels: with axes and legend it stays under 700, a page's text width. */
export const WIDTH = 520;
/** Height of a plot in pixels unless given. */
export const HEIGHT = 280;

const text = { font: FONT, color: INK };

const LABELS = {
  ...{ labelFont: FONT, titleFont: FONT, labelColor: INK, titleColor: INK },
  ...{ labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal' },
} as const;

/** Vega-Lite `config` of every chart; marks carry no ARIA text of their own, the chart's description does. */
export const THEME = {
  background: '#ffffff',
  padding: 12,
  font: FONT,
  aria: true,
  mark: { aria: false, color: PALETTE[0] },
  view: { stroke: null },
  range: { category: [...PALETTE], heatmap: { scheme: 'viridis' }, ramp: { scheme: 'viridis' } },
  title: {
    ...text,
    anchor: 'start',
    fontSize: 15,
    subtitleFont: FONT,
    subtitleFontSize: 12,
    subtitleColor: FAINT,
    subtitlePadding: 5,
    offset: 12,
  },
  axis: {
    ...LABELS,
    titlePadding: 8,
    labelLimit: 220,
    labelOverlap: true,
    labelFlush: false,
    gridColor: '#e8e8e8',
    domainColor: '#999999',
    tickColor: '#999999',
    aria: false,
  },
  legend: {
    ...LABELS,
    labelLimit: 150,
    symbolStrokeWidth: 2,
    aria: false,
  },
  header: { labelFont: FONT, titleFont: FONT, labelColor: INK, titleColor: INK, labelFontSize: 12 },
  text: { font: FONT, color: INK },
} as const;
