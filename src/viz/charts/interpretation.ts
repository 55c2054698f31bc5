/**
 * Pictures of what a trained classifier does: its mistakes, where it looks, which learning rate suits it.
 */
import { plain, say, type Text } from '../../../bin/bootstrap/language';
import type { GradCam } from '../../helpers/inspect/gradcam';
import type { Interpretation, Prediction } from '../../helpers/inspect/interpretation';
import type { LrFinderResult } from '../../helpers/inspect/lrfinder';
import type { TensorStats } from '../../helpers/inspect/stats';
import type { Chart } from '../drawing/chart';
import { colourAt, type Rgb } from '../drawing/colours';
import { extent, type Numbers, short } from '../drawing/values';
import { barChart, type BarOptions } from './bar';
import { histogram, type HistogramOptions } from './histogram';
import { imageGrid, type ImageGridOptions, stack } from './images';
import { lineChart, type LineOptions } from './line';

/** Which samples are shown, how many, and the names of their classes. */
export interface MistakesOptions extends ImageGridOptions {
  /** How many; default 12. */
  count?: number;
  classes?: readonly string[];
  /** `losses`: highest loss first, right ones among them; `wrong` (default): wrong ones, most confident first. */
  by?: 'wrong' | 'losses';
}

function caption(
  { label, predicted, probability }: Prediction,
  classes: readonly string[] | undefined,
): string {
  const name = (k: number) => classes?.[k] ?? String(k);
  return say({
    zh: `真 ${name(label)} 判 ${name(predicted)}\n${(100 * probability).toFixed(1)}%`,
    en: `true ${name(label)}, predicted ${name(predicted)}\n${(100 * probability).toFixed(1)}%`,
  });
}

/**
 * Draws the samples that a model judged worst, with true class, predicted class and its probability.
 * @throws RangeError if there is no such sample
 */
export function mistakes(interpretation: Interpretation, options: MistakesOptions = {}): Chart {
  const { count = 12, classes, by = 'wrong', ...rest } = options;
  const chosen = by === 'wrong' ? interpretation.wrong() : interpretation.topLosses(count);
  const kept = chosen.filter((sample) => interpretation.has(sample)).slice(0, count);
  if (kept.length === 0) throw new RangeError('Cannot draw mistakes: expected a wrong prediction, got none');
  const inputs = interpretation.inputs(kept);
  try {
    return imageGrid(inputs, {
      title:
        by === 'wrong'
          ? say({ zh: '判错的样本', en: 'Misclassified samples' })
          : say({ zh: '损失最大的样本', en: 'Samples of the greatest loss' }),
      captions: kept.map((sample) => caption(sample, classes)),
      tooltips: kept.map((s) =>
        say({
          zh: `第 ${s.index} 个样本，损失 ${s.loss.toFixed(3)}`,
          en: `sample ${s.index}, loss ${s.loss.toFixed(3)}`,
        }),
      ),
      correct: kept.map((s) => s.label === s.predicted),
      ...rest,
    });
  } finally {
    inputs.dispose();
  }
}

const blend = (base: number, top: Rgb, share: number): Rgb =>
  top.map((v) => Math.round((1 - share) * base + share * v)) as unknown as Rgb;

/**
 * Lays Grad-CAM's heat over its image: bright where the image speaks for the class.
 * @throws RangeError unless there is a map, and one image or one for each map
 */
export function heatOverlay(
  image: Numbers,
  cams: GradCam | readonly GradCam[],
  options: ImageGridOptions & { classes?: readonly string[] } = {},
): Chart {
  const all = Array.isArray(cams) ? (cams as readonly GradCam[]) : [cams as GradCam];
  if (all.length === 0) throw new RangeError('Cannot draw heatOverlay: expected at least one map, got 0');
  const { data, h, w, c, n } = stack(image, 'heatOverlay');
  if (n !== 1 && n !== all.length) {
    throw new RangeError(
      `Cannot draw heatOverlay: expected one image or one for each of ${all.length} maps, got ${n}`,
    );
  }
  const { min: low, max: high } = extent(data, 'heatOverlay');
  const pixels = new Float32Array(all.length * h * w * 3);
  all.forEach(({ heat, shape }, k) => {
    if (shape[0] !== h || shape[1] !== w) {
      throw new RangeError(
        `Cannot draw heatOverlay: expected heat of [${h}, ${w}], got [${shape.join(', ')}]`,
      );
    }
    for (let i = 0; i < h * w; i++) {
      const value = data[((n === 1 ? 0 : k) * h * w + i) * c] ?? NaN;
      const warmth = heat[i] ?? NaN;
      // What is not finite stays so: the grid draws it grey and counts it.
      const level = Number.isFinite(value * warmth) ? (255 * (value - low)) / (high - low || 1) : NaN;
      pixels.set(blend(level, colourAt('viridis', warmth), 0.6), (k * h * w + i) * 3);
    }
  });
  const name = (k: number) => options.classes?.[k] ?? String(k);
  const captions = all.map((cam) =>
    say({
      zh: `${cam.layer}：类 ${name(cam.classIndex)}\n${(100 * cam.probability).toFixed(1)}%`,
      en: `${cam.layer}: class ${name(cam.classIndex)}\n${(100 * cam.probability).toFixed(1)}%`,
    }),
  );
  const images = { shape: [all.length, h, w, 3], dataSync: () => pixels };
  return imageGrid(images, { title: 'Grad-CAM', captions, range: [0, 255], ...options });
}

/** Loss over learning rate, with the suggested rate marked. */
export function lrFinderCurve({ lr, loss, suggestion }: LrFinderResult, options: LineOptions = {}): Chart {
  return lineChart(
    { [say({ zh: '损失', en: 'loss' })]: { x: lr, y: loss } },
    {
      title: say({ zh: '学习率搜索', en: 'Learning-rate range test' }),
      xTitle: say({ zh: '学习率（对数）', en: 'learning rate (logarithmic)' }),
      yTitle: say({ zh: '平滑后的损失', en: 'smoothed loss' }),
      logX: true,
      points: false,
      marks: [
        {
          x: suggestion,
          label: say({ zh: `建议 ${short(suggestion)}`, en: `suggested ${short(suggestion)}` }),
        },
      ],
      ...options,
    },
  );
}

const UNITS: Readonly<Record<string, Text>> = {
  norm: { zh: '范数', en: 'norm' },
  std: { zh: '标准差', en: 'standard deviation' },
  mean: { zh: '均值', en: 'mean' },
  zeros: { zh: '零的比例', en: 'share of zeros' },
};

/** Draws one number of each layer's statistics as bars: `norm`, `std`, `mean` or `zeros` (the share of zeros). */
export function layerBars(
  stats: readonly TensorStats[],
  key: 'norm' | 'std' | 'mean' | 'zeros' = 'norm',
  options: BarOptions = {},
): Chart {
  return barChart(
    stats.map(({ name, ...values }) => ({ name, value: values[key] })),
    { unit: say(UNITS[key] ?? plain(key)), ...options },
  );
}

/** Draws how each layer's values are spread. */
export function layerHistograms(stats: readonly TensorStats[], options: HistogramOptions = {}): Chart {
  return histogram(Object.fromEntries(stats.map(({ name, values }) => [name, values])), options);
}
