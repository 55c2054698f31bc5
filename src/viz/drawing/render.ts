/**
 * Spec → SVG → PNG without a browser or canvas. Synchronous, so that a chart can be shown from any cell.
 * vega (0.4 s to load), vega-lite and resvg are loaded when the first picture is drawn, not before.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type * as VegaModule from 'vega';
import type * as VegaLiteModule from 'vega-lite';

import { requirePart } from '../../engine/backend/paths';
import { textWidth } from './measure';
import { outlined } from './outline';
import { pngOfRgba } from './png';
import { FONT } from './theme';

/** A Vega-Lite specification, or a part of one. */
export type Spec = Record<string, unknown>;

/* eslint-disable @typescript-eslint/no-require-imports -- loaded on first use */
const lazy = <T>(load: () => T): (() => T) => {
  let value: T | undefined;
  return () => (value ??= load());
};
const loadVega = lazy(() => {
  const vega = require('vega') as typeof VegaModule;
  useOurTextWidth(vega);
  return vega;
});
const loadVegaLite = lazy(() => require('vega-lite') as typeof VegaLiteModule);
const loadResvg = lazy(() => require('@resvg/resvg-js') as typeof import('@resvg/resvg-js'));
/* eslint-enable @typescript-eslint/no-require-imports */

interface TextItem {
  fontSize?: number;
  fontWeight?: string | number;
  limit?: number;
}

function useOurTextWidth(vega: typeof VegaModule): void {
  const { textMetrics } = vega as unknown as {
    textMetrics: { width: (item: TextItem, text: string | number | null) => number };
  };
  textMetrics.width = ({ fontSize = 11, fontWeight, limit }, text) => {
    const bold = fontWeight === 'bold' || Number(fontWeight) >= 600;
    const width = textWidth(String(text ?? ''), fontSize, bold);
    return limit !== undefined && limit > 0 ? Math.min(width, limit) : width;
  };
}

/** Compiles Vega-Lite to Vega; `warnings` collects what Vega-Lite would print. */
export function compile(spec: Spec, warnings: string[] = []): VegaModule.Spec {
  const note = (...args: readonly unknown[]) => {
    warnings.push(args.map(String).join(' '));
    return logger;
  };
  const logger = { level: () => logger, error: note, warn: note, info: () => logger, debug: () => logger };
  const options = { logger: logger as unknown as VegaModule.LoggerInterface };
  return loadVegaLite().compile(spec as unknown as VegaLiteModule.TopLevelSpec, options).spec;
}

interface SceneItem {
  marktype?: string;
  items?: SceneItem[];
  url?: string;
  image?: unknown;
}

/** Says that every image is there already: they are data URLs, and loading would make rendering asynchronous. */
function settleImages(item: SceneItem): void {
  if (item.url) item.image = { complete: false, width: 0, height: 0, src: item.url, url: item.url };
  item.items?.forEach(settleImages);
}

/** Two decimals are a fiftieth of a pixel; and the font said once serves every text. */
const slim = (svg: string): string =>
  roundNumbers(svg).replaceAll(` font-family="${FONT}"`, '').replace('<svg ', `<svg font-family="${FONT}" `);

const roundNumbers = (svg: string): string =>
  svg.replace(/ (?:d|transform|x|y|width|height)="[^"]*"/g, (attribute) =>
    attribute.replace(/-?\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2)))),
  );

/** Layers of this name only answer the mouse: they are left out of still pictures. */
export const HOVER = 'hover';

function still(spec: Spec): Spec {
  const copy = { ...spec };
  for (const key of ['layer', 'concat', 'hconcat', 'vconcat']) {
    const parts = copy[key];
    if (!Array.isArray(parts)) continue;
    copy[key] = (parts as Spec[]).filter((part) => part.name !== HOVER).map(still);
  }
  return copy;
}

/** What vega exports beside its documented interface: the renderer behind `view.toSVG()`, usable at once. */
interface SvgRenderer {
  initialize(el: null, width: number, height: number, origin: [number, number]): SvgRenderer;
  background(colour: unknown): SvgRenderer;
  render(root: unknown): SvgRenderer;
  svg(): string;
}
interface Renderers {
  SVGStringRenderer: new (loader: unknown) => SvgRenderer;
}

/** Draws a Vega-Lite spec as an SVG document. */
export function toSvg(spec: Spec): string {
  const vega = loadVega();
  const view = new vega.View(vega.parse(compile(still(spec))), { renderer: 'none' }).run();
  const scene = view.scenegraph() as unknown as { root: SceneItem };
  settleImages(scene.root);
  const [x, y] = view.origin();
  const padding = view.padding() as { left: number; top: number; right: number; bottom: number };
  // View keeps its size without padding; the renderer wants the whole picture.
  const { _viewWidth: width, _viewHeight: height } = view as unknown as Record<string, number>;
  const full: [number, number] = [
    (width ?? 0) + padding.left + padding.right,
    (height ?? 0) + padding.top + padding.bottom,
  ];
  const renderer = new (vega as unknown as Renderers).SVGStringRenderer(view.loader());
  renderer.initialize(null, ...full, [padding.left + x, padding.top + y]).background(view.background());
  const svg = renderer.render(scene.root).svg();
  view.finalize();
  return fitted(slim(svg));
}

/** Widest picture on a page of A4 beside nbconvert's prompts, in pixels; it shows pictures at their own size. */
const PAGE_WIDTH = 560;

/** Wider pictures are drawn smaller, as a whole. */
function fitted(svg: string): string {
  return svg.replace(
    / width="([\d.]+)" height="([\d.]+)"(?= viewBox)/,
    (size, width: string, height: string) => {
      const share = PAGE_WIDTH / Number(width);
      return share >= 1 ? size : ` width="${PAGE_WIDTH}" height="${Math.round(Number(height) * share)}"`;
    },
  );
}

const FAMILY = 'Noto Sans S Chinese';

/**
 * Fonts that come with tsdl, so that pictures are the same on every machine: Noto Sans for Chinese and Latin,
 * DejaVu Sans for what it lacks (subscripts, rare symbols). The system's fonts are asked only if those are missing.
 */
const fonts = lazy(() => {
  const fontFiles = ownFonts();
  const complete = fontFiles.length === 3;
  return { fontFiles, loadSystemFonts: !complete, defaultFontFamily: FAMILY, sansSerifFamily: FAMILY };
});

function ownFonts(): string[] {
  try {
    requirePart('fonts');
  } catch {
    return []; // requirePart has said on stderr what it could not fetch
  }
  const noto = join(dirname(require.resolve('@embedpdf/fonts-sc')), '..', 'fonts');
  const dejavu = join(dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  return [
    join(noto, 'NotoSansHans-Regular.otf'),
    join(noto, 'NotoSansHans-Bold.otf'),
    join(dejavu, 'DejaVuSans.ttf'),
  ].filter((file) => existsSync(file));
}

/** Draws an SVG document as PNG, `scale` pixels a unit. */
export function toPng(svg: string, scale = 2): Buffer {
  const { Resvg } = loadResvg();
  // The font's minus sign is a whole em wide; its en dash has a minus sign's width.
  const shapes = outlined(svg.replaceAll('−', '–'), (text) => new Resvg(text, { font: fonts() }).toString());
  const picture = new Resvg(shapes, {
    font: shapes.includes('<text') ? fonts() : { loadSystemFonts: false },
    imageRendering: 1, // no smoothing: pixels are what the user came to see
    background: '#ffffff',
    languages: ['zh'],
    fitTo: { mode: 'zoom', value: scale },
  });
  const { height, width, pixels } = picture.render();
  return pngOfRgba(height, width, pixels);
}
