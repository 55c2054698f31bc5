/**
 * A result that moves: the path of a diffusion, an episode of cart-pole. JupyterLab shows one frame and a slider;
 * HTML and PDF show a strip of frames, evenly chosen.
 */
import { say } from '../../../bin/bootstrap/language';
import { Chart, chart } from '../drawing/chart';
import type { Spec } from '../drawing/render';
import { colour, INK } from '../drawing/theme';
import {
  type AnimationOptions,
  type Frame,
  type Moment,
  type Place,
  type Scene,
  sceneOf,
  WHAT,
} from './scene';

/** Positions as `[[x, y], …]` and unfolded in the chart: a third of the size of records. */
const packed = (list: readonly Place[]): number[][] => list.map(({ x, y }) => [x, y]);
const UNFOLD = [
  { flatten: ['at'] },
  { calculate: 'datum.at[0]', as: 'x' },
  { calculate: 'datum.at[1]', as: 'y' },
];

const axis = (field: 'x' | 'y', domain: readonly [number, number], small: boolean): Spec => ({
  field,
  type: 'quantitative',
  title: null,
  scale: { domain, nice: false },
  axis: { tickCount: small ? 3 : 5, grid: false },
});

function dotLayer(moments: readonly Moment[], chosen: Spec[], xy: Spec, size: number): Spec {
  const values = moments.flatMap(({ dots }, frame) =>
    [...new Set(dots.map((dot) => dot.colour))].map((tint) => ({
      frame: frame + 1,
      tint,
      at: packed(dots.filter((dot) => dot.colour === tint)),
    })),
  );
  return {
    data: { values },
    transform: [...chosen, ...UNFOLD],
    mark: { type: 'point', filled: true, size, opacity: 0.7, clip: true },
    encoding: { ...xy, color: { field: 'tint', type: 'nominal', scale: null } },
  };
}

function lineLayer(moments: readonly Moment[], chosen: Spec[], xy: Spec, width: number): Spec {
  const values = moments.flatMap(({ lines }, frame) =>
    lines.map((line, k) => ({ frame: frame + 1, line: k, tint: colour(k), at: packed(line) })),
  );
  return {
    data: { values },
    transform: [
      ...chosen,
      { flatten: ['at'] },
      { window: [{ op: 'row_number', as: 'order' }] },
      ...UNFOLD.slice(1),
    ],
    mark: { type: 'line', strokeWidth: width, strokeCap: 'round', strokeJoin: 'round', clip: true },
    encoding: {
      ...xy,
      order: { field: 'order', type: 'quantitative' },
      detail: { field: 'line' },
      color: { field: 'tint', type: 'nominal', scale: null },
    },
  };
}

function imageLayer(moments: readonly Moment[], chosen: Spec[], size: Spec): Spec {
  return {
    data: { values: moments.map(({ url }, i) => ({ frame: i + 1, url })) },
    transform: chosen,
    mark: { type: 'image', ...size, aspect: false, align: 'left', baseline: 'top' },
    encoding: { url: { field: 'url' }, x: { value: 0 }, y: { value: 0 } },
  };
}

/** The layers of some moments; `chosen` filters them by the slider. `scale` shrinks marks for the strip. */
function layersOf(scene: Scene, moments: readonly Moment[], chosen: Spec[], scale = 1): Spec[] {
  const size = { width: Math.round(scene.width * scale), height: Math.round(scene.height * scale) };
  if (moments[0]?.url !== undefined) return [imageLayer(moments, chosen, size)];
  const xy = { x: axis('x', scene.domain[0], scale < 1), y: axis('y', scene.domain[1], scale < 1) };
  const has = (part: 'dots' | 'lines') => moments.some((moment) => moment[part].length > 0);
  return [
    ...(has('lines') ? [lineLayer(moments, chosen, xy, 3 * Math.sqrt(scale))] : []),
    ...(has('dots') ? [dotLayer(moments, chosen, xy, 26 * scale)] : []),
  ];
}

function slider(scene: Scene): Spec {
  const { moments, width, height } = scene;
  const chosen = [{ filter: 'datum.frame === moment' }];
  const caption = {
    data: { values: moments.map(({ caption: text }, i) => ({ frame: i + 1, text })) },
    transform: chosen,
    mark: { type: 'text', baseline: 'bottom', dy: -6, fontSize: 13, color: INK, clip: false },
    encoding: { text: { field: 'text' }, x: { value: width / 2 }, y: { value: 0 } },
  };
  const bind = {
    input: 'range',
    min: 1,
    max: moments.length,
    step: 1,
    name: say({ zh: '帧 ', en: 'frame ' }),
  };
  return {
    params: [{ name: 'moment', value: moments.length, bind }],
    width,
    height,
    layer: [...layersOf(scene, moments, chosen), caption],
  };
}

function strip(scene: Scene, { strip: most = 6, columns = 3 }: AnimationOptions): Spec {
  const { moments } = scene;
  const last = moments.length - 1;
  const count = Math.min(most, moments.length);
  const scale = Math.min(1, 560 / columns / scene.width);
  const concat = Array.from(
    { length: count },
    (_, i) => moments[count === 1 ? last : Math.round((i * last) / (count - 1))],
  )
    .flatMap((moment) => moment ?? [])
    .map((moment) => ({
      title: { text: moment.caption, fontSize: 12, fontWeight: 'normal', anchor: 'middle', offset: 6 },
      width: Math.round(scene.width * scale),
      height: Math.round(scene.height * scale),
      layer: layersOf(scene, [moment], [], scale),
    }));
  return { concat, columns, spacing: 18 };
}

/**
 * Draws frames that a reader moves through with a slider; a still picture shows a strip of them.
 * @throws RangeError unless `strip` and `columns` are integers of 1 or more
 * @example
 * show(animation(path.map((points, t) => ({ points, caption: `t = ${t}` })), { title: 'Denoising' }));
 * show(animation(states.map((s) => ({ lines: [s] })), { domain: [[-2.4, 2.4], [-0.3, 1.3]] }));
 * show(animation(samples.map((image) => ({ image }))));
 */
export function animation(frames: readonly Frame[], options: AnimationOptions = {}): Chart {
  const { strip: most = 6, columns = 3 } = options;
  for (const [name, value] of Object.entries({ strip: most, columns })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`Cannot draw ${WHAT}: expected ${name} to be an integer of 1 or more, got ${value}`);
  }
  const scene = sceneOf(frames, options);
  const captions = [scene.moments[0], scene.moments.at(-1)].map((moment) => moment?.caption ?? '');
  const summary = say({
    zh: `${frames.length} 帧，从“${captions[0]}”到“${captions[1]}”`,
    en: `${frames.length} frames, from “${captions[0]}” to “${captions[1]}”`,
  });
  const full = { ...options, notes: scene.notes };
  const moving = chart(full, slider(scene), summary);
  return new Chart(moving.spec, moving.summary, chart(full, strip(scene, options), summary).spec);
}
