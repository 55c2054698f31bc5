/**
 * The frames of an animation, read and checked: images painted, positions rounded, one plane for all of them.
 */
import { say } from '../../../bin/bootstrap/language';
import type { ChartOptions } from '../drawing/chart';
import { rounded } from '../drawing/series';
import { colour } from '../drawing/theme';
import { block, checkLength, extent, list, type Numbers, ranked } from '../drawing/values';
import { type ImageGridOptions, painter, type Stack, stack } from './images';
import { sample } from './scatter';

/** One moment: an image, or points and polylines in the plane. */
export interface Frame {
  /** `[h, w]` or `[h, w, 3]`, the same size in every frame. */
  readonly image?: Numbers;
  /** `[n, 2]` */
  readonly points?: Numbers;
  /** Class of each point: 0, 1, 2, … */
  readonly labels?: Numbers;
  /** Polylines `[m, 2]`; the k-th has the same colour in every frame. */
  readonly lines?: readonly Numbers[];
  /** A few words above the frame; default 第 i 帧. */
  readonly caption?: string;
}

/** Axes and colours that all frames share, and what of them is on paper. */
export interface AnimationOptions extends ChartOptions, Pick<ImageGridOptions, 'range' | 'colours'> {
  /** Frames on paper; default 6. */
  strip?: number;
  /** Frames in a row of the strip; default 3. */
  columns?: number;
  /** Extremes of the axes, `[[x₀, x₁], [y₀, y₁]]`; default those of all frames. */
  domain?: readonly [readonly [number, number], readonly [number, number]];
  /** A unit is as long up as it is wide, so that nothing is distorted; default true. */
  equal?: boolean;
}

/** What errors call the chart. */
export const WHAT = 'animation';

/** Most frames behind the slider, most points in a frame and in all together; of more, an even sample. */
const MAX_FRAMES = 120;
const MAX_DOTS = { frame: 1000, all: 20_000 };

/** A point in the units of the axes. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A frame as it is drawn: positions rounded, image painted. */
export interface Moment {
  readonly caption: string;
  readonly url?: string;
  readonly dots: readonly (Place & { readonly colour: string })[];
  readonly lines: readonly (readonly Place[])[];
}

/** All frames, read and measured. */
export interface Scene {
  readonly moments: readonly Moment[];
  readonly notes: string[];
  readonly domain: readonly [readonly [number, number], readonly [number, number]];
  readonly width: number;
  readonly height: number;
}

const isFinitePlace = ({ x, y }: Place): boolean => Number.isFinite(x) && Number.isFinite(y);

function places(values: Numbers, what: string): Place[] {
  const { data, shape } = ranked(values, 2, `${WHAT}: ${what}`);
  if (shape[1] !== 2) {
    throw new RangeError(`Cannot draw ${WHAT}: expected ${what} [n, 2], got [${shape.join(', ')}]`);
  }
  return Array.from({ length: shape[0] ?? 0 }, (_, i) => ({
    x: rounded(data[2 * i] ?? NaN),
    y: rounded(data[2 * i + 1] ?? NaN),
  }));
}

function dotsOf({ points, labels }: Frame, limit: number): Moment['dots'] {
  if (points === undefined) return [];
  const all = places(points, 'points');
  const classes = labels === undefined ? all.map(() => 0) : list(labels, `${WHAT}: labels`);
  checkLength(classes.length, all.length, `${WHAT}: labels`, 'labels, one for each point');
  return sample(all.length, limit)
    .map((i) => ({ ...(all[i] ?? { x: NaN, y: NaN }), colour: colour(classes[i] ?? 0) }))
    .filter(isFinitePlace);
}

/** Images of all frames as one stack, so that black and white mean the same in each. */
function imagesOf(frames: readonly Frame[]): Stack {
  const blocks = frames.map(({ image }) => block(image ?? [], `${WHAT}: image`));
  const shape = blocks[0]?.shape ?? [];
  blocks.forEach((other, i) => {
    if (other.shape.join() === shape.join()) return;
    throw new RangeError(
      `Cannot draw ${WHAT}: expected an image [${shape.join(', ')}] in every frame, got [${other.shape.join(', ')}] in frame ${i + 1}`,
    );
  });
  const [h = 0, w = 0, c = 1] = shape;
  const data = Float32Array.from(blocks.flatMap((one) => Array.from(one.data)));
  return stack({ shape: [frames.length, h, w, c], dataSync: () => data }, WHAT);
}

function pictures(
  frames: readonly Frame[],
  options: AnimationOptions,
): Pick<Scene, 'width' | 'height'> & {
  url: (i: number) => string;
} {
  const images = imagesOf(frames);
  const { range, colours } = options;
  const url = painter(images, { ...(range ? { range } : {}), ...(colours ? { colours } : {}) });
  const width = options.width ?? 240;
  return { url, width, height: options.height ?? Math.round((width * images.h) / images.w) };
}

function spanOf(moments: readonly Moment[], axis: 'x' | 'y'): [number, number] {
  const all = moments.flatMap(({ dots, lines }) => [...dots, ...lines.flat()].map((place) => place[axis]));
  const { min, max } = extent(all, WHAT);
  const space = max > min ? 0.06 * (max - min) : 1;
  return [rounded(min - space), rounded(max + space)];
}

const LARGEST = { width: 420, height: 340 };

function plane(moments: readonly Moment[], options: AnimationOptions): Omit<Scene, 'moments' | 'notes'> {
  const domain = options.domain ?? ([spanOf(moments, 'x'), spanOf(moments, 'y')] as const);
  const [[left, right], [low, high]] = domain;
  if (!(left < right && low < high)) {
    throw new RangeError(
      `Cannot draw ${WHAT}: expected domain [[x0, x1], [y0, y1]] in rising order, got ${JSON.stringify(domain)}`,
    );
  }
  const { width = LARGEST.width, height = LARGEST.height, equal = true } = options;
  if (!equal) return { domain, width, height };
  const unit = Math.min(width / (right - left), height / (high - low));
  return { domain, width: Math.round(unit * (right - left)), height: Math.round(unit * (high - low)) };
}

/** Checks that all frames are of one kind: `images` or `plane`. */
function kindOf(frames: readonly Frame[]): 'images' | 'plane' {
  if (frames.length === 0) throw new RangeError(`Cannot draw ${WHAT}: expected at least one frame, got 0`);
  const kind = frames[0]?.image === undefined ? 'plane' : 'images';
  frames.forEach(({ image, points, lines }, i) => {
    const drawn = points !== undefined || lines !== undefined;
    if (kind === 'images' ? image !== undefined && !drawn : image === undefined && drawn) return;
    const wanted = kind === 'images' ? "an 'image' and nothing else" : "'points' or 'lines'";
    throw new TypeError(
      `Cannot draw ${WHAT}: expected ${wanted} in every frame, got otherwise in frame ${i + 1}`,
    );
  });
  return kind;
}

/** Reads frames; `notes` say what was left out. */
export function sceneOf(given: readonly Frame[], options: AnimationOptions): Scene {
  const kind = kindOf(given);
  const kept = sample(given.length, MAX_FRAMES);
  const frames = kept.flatMap((i) => given[i] ?? []);
  const notes =
    kept.length < given.length
      ? [
          say({
            zh: `${given.length} 帧中均匀取 ${kept.length} 帧`,
            en: `${kept.length} of ${given.length} frames, evenly taken`,
          }),
        ]
      : [];
  const words = (i: number) =>
    given[kept[i] ?? i]?.caption ??
    say({ zh: `第 ${(kept[i] ?? i) + 1} 帧`, en: `frame ${(kept[i] ?? i) + 1}` });
  if (kind === 'images') {
    const { url, ...size } = pictures(frames, options);
    const moments = frames.map((_, i) => ({ caption: words(i), url: url(i), dots: [], lines: [] }));
    return { moments, notes, domain: [[0, 1], [0, 1]], ...size }; // prettier-ignore
  }
  const limit = Math.max(1, Math.min(MAX_DOTS.frame, Math.floor(MAX_DOTS.all / frames.length)));
  const moments = frames.map((frame, i) => ({
    caption: words(i),
    dots: dotsOf(frame, limit),
    lines: (frame.lines ?? []).map((line) => places(line, 'lines').filter(isFinitePlace)),
  }));
  notes.push(...missing(frames, moments, limit));
  return { moments, notes, ...plane(moments, options) };
}

/** What became of the points that are not drawn. */
function missing(frames: readonly Frame[], moments: readonly Moment[], limit: number): string[] {
  const given = frames.map(({ points }) => (points ? (block(points, WHAT).shape[0] ?? 0) : 0));
  const most = Math.max(...given);
  const bad = given.reduce((sum, n, i) => sum + Math.min(n, limit) - (moments[i]?.dots.length ?? 0), 0);
  return [
    ...(most > limit
      ? [
          say({
            zh: `每帧 ${most.toLocaleString('en')} 个点中均匀取 ${limit} 个`,
            en: `${limit} of ${most.toLocaleString('en')} points a frame, evenly taken`,
          }),
        ]
      : []),
    ...(bad > 0
      ? [say({ zh: `${bad} 个点含 NaN 或 ∞，未画出`, en: `${bad} points with NaN or ∞ are not drawn` })]
      : []),
  ];
}
