/**
 * Pictures from inside a network: filters, feature maps, its layers as a ladder of shapes.
 */
import { say, type Text } from '../../../bin/bootstrap/language';
import type { LayerSummary } from '../../helpers/inspect/summary';
import { type Chart, chart, type ChartOptions } from '../drawing/chart';
import { PALETTE } from '../drawing/theme';
import { block, extent, type Numbers, short, type TensorLike } from '../drawing/values';
import { firstOf } from '../drawing/words';
import { imageGrid, type ImageGridOptions } from './images';
import { type Table, tableOf } from './table';

/** Reads `[a, b, c, d]` values as images by a rule that says where pixel (i, y, x) of the result is. */
function rearranged(
  data: ArrayLike<number>,
  shape: [number, number, number, number],
  index: (i: number, y: number, x: number, c: number) => number,
): TensorLike {
  const [n, h, w, c] = shape;
  const values = new Float32Array(n * h * w * c);
  let to = 0;
  for (let i = 0; i < n; i++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) for (let k = 0; k < c; k++) values[to++] = data[index(i, y, x, k)] ?? NaN;
  return { shape, dataSync: () => values };
}

/**
 * Draws convolution kernels `[h, w, in, out]`: one image an output channel, in colour for three input channels, else
 * for the input channel `channel`. Blue is negative, red positive.
 * @throws TypeError unless the kernel has four axes, RangeError if there is no such channel
 */
export function filters(kernel: Numbers, options: ImageGridOptions & { channel?: number } = {}): Chart {
  const { data, shape } = block(kernel, 'filters');
  const [h = 0, w = 0, inputs = 0, outputs = 0] = shape;
  if (shape.length !== 4)
    throw new TypeError(`Cannot draw filters: expected a kernel [h, w, in, out], got [${shape.join(', ')}]`);
  const { channel = 0, ...rest } = options;
  if (!(channel >= 0 && channel < inputs)) {
    throw new RangeError(`Cannot draw filters: expected channel from 0 to ${inputs - 1}, got ${channel}`);
  }
  const colour = inputs === 3 && options.channel === undefined;
  const images = rearranged(
    data,
    [outputs, h, w, colour ? 3 : 1],
    (o, y, x, c) => ((y * w + x) * inputs + (colour ? c : channel)) * outputs + o,
  );
  const { min, max } = extent(images.dataSync(), 'filters');
  const most = short(Math.max(Math.abs(min), Math.abs(max)));
  const signs =
    colour || rest.colours
      ? {}
      : {
          subtitle: say({
            zh: `蓝为负，红为正，白为 0；最深处 ±${most}`,
            en: `blue is negative, red positive, white 0; the deepest is ±${most}`,
          }),
        };
  return imageGrid(images, {
    title: say({ zh: '卷积核', en: 'Convolution kernels' }),
    colours: 'diverging',
    size: 44,
    ...signs,
    ...rest,
  });
}

/**
 * Draws the channels of one image's activations `[h, w, c]` or `[1, h, w, c]`, each by its own extremes.
 * @throws TypeError unless they are of one image
 */
export function featureMaps(activations: Numbers, options: ImageGridOptions = {}): Chart {
  const { data, shape } = block(activations, 'featureMaps');
  const [h = 0, w = 0, c = 0] = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  if (!(shape.length === 3 || (shape.length === 4 && shape[0] === 1))) {
    throw new TypeError(
      `Cannot draw featureMaps: expected activations of one image [h, w, c], got [${shape.join(', ')}]`,
    );
  }
  const images = rearranged(data, [c, h, w, 1], (channel, y, x) => (y * w + x) * c + channel);
  return imageGrid(images, {
    title: say({ zh: '特征图', en: 'Feature maps' }),
    colours: 'viridis',
    each: true,
    size: 64,
    ...options,
  });
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** What is drawn of a call in `summary(…).layers`; of these only calls without others inside. */
export type LayerRecord = Pick<
  LayerSummary,
  'path' | 'type' | 'outputShape' | 'parameters' | 'trainable' | 'repeated' | 'leaf'
>;

/** The calls that are drawn, parameters counted where they are met first. */
function leaves(calls: readonly LayerRecord[]): LayerRecord[] {
  const fresh = (call: LayerRecord) => (call.repeated ? { ...call, parameters: 0, trainable: 0 } : call);
  return calls.filter(({ leaf }) => leaf).map(fresh);
}

/**
 * The layers as a table: name, kind, output shape, parameters.
 * @throws RangeError if there is no layer
 */
export function summaryTable(calls: readonly LayerRecord[]): Table {
  const layers = leaves(calls);
  if (layers.length === 0)
    throw new RangeError('Cannot make summaryTable: expected at least one layer, got 0');
  const total = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  const trainable = layers.reduce((sum, layer) => sum + layer.trainable, 0);
  const counted = say({
    zh: `参数共 ${total.toLocaleString('en')}，可训练 ${trainable.toLocaleString('en')}`,
    en: `${total.toLocaleString('en')} parameters, ${trainable.toLocaleString('en')} of them trainable`,
  });
  const toRow = ({ path, type, outputShape, parameters }: LayerRecord) => [
    path,
    type,
    shapeText(outputShape),
    parameters.toLocaleString('en'),
  ];
  return tableOf(
    [
      say({ zh: '层', en: 'layer' }),
      say({ zh: '类型', en: 'type' }),
      say({ zh: '输出形状', en: 'output shape' }),
      say({ zh: '参数量', en: 'parameters' }),
    ],
    layers,
    toRow,
    { note: counted },
  );
}

/** How many numbers a layer hands on: at least one, for the axis is logarithmic. */
function sizeOf({ outputShape, path }: LayerRecord): number {
  const size = outputShape.reduce((product, n) => product * n, 1);
  if (size >= 1 && Number.isFinite(size)) return size;
  throw new RangeError(
    `Cannot draw shapeLadder: expected outputs with at least one element, got ${shapeText(outputShape)} of '${path}'`,
  );
}

const WITH: Text = { zh: '有参数', en: 'with parameters' };
const WITHOUT: Text = { zh: '无参数', en: 'without' };

function ladderEncoding(layers: readonly LayerRecord[]) {
  // Room beside the longest bar for its words: the axis is logarithmic, so it is a factor.
  const domain = [1, layers.reduce((most, layer) => Math.max(most, sizeOf(layer)), 1) * 1e3];
  const kinds = {
    domain: [say(WITH), say(WITHOUT)],
    range: [PALETTE[0], '#A9B4BC'],
  };
  return {
    y: { field: 'name', type: 'nominal', sort: { field: 'place' }, title: null },
    x: {
      field: 'size',
      type: 'quantitative',
      stack: null,
      title: say({ zh: '输出的元素个数', en: 'elements of the output' }),
      scale: { type: 'log', domain, nice: false },
      axis: { format: '~s', tickCount: 5 },
    },
    color: { field: 'kind', type: 'nominal', title: null, scale: kinds, legend: { orient: 'top' } },
  };
}

/** Most layers drawn: ResNet-50 has 126. */
const MAX_LAYERS = 130;

/** A layer's bar. Numbered: a layer without parameters may be used more than once. */
function rung(layer: LayerRecord, place: number) {
  const count = layer.parameters.toLocaleString('en');
  const parameters = say({ zh: `${count} 个参数`, en: `${count} parameters` });
  const has = layer.parameters > 0;
  return {
    place,
    name: `${place + 1}  ${layer.path} · ${layer.type}`,
    size: sizeOf(layer),
    text: `${shapeText(layer.outputShape)}${has ? `  ${parameters}` : ''}`,
    kind: say(has ? WITH : WITHOUT),
  };
}

/**
 * Draws how many numbers each layer hands on (logarithmic), with its shape and parameters beside the bar.
 * @throws RangeError if there is no layer
 */
export function shapeLadder(calls: readonly LayerRecord[], options: ChartOptions = {}): Chart {
  const layers = leaves(calls);
  if (layers.length === 0) {
    throw new RangeError('Cannot draw shapeLadder: expected at least one layer, got 0');
  }
  const values = layers.slice(0, MAX_LAYERS).map(rung);
  const { x, y, color } = ladderEncoding(layers);
  const tooltip = [
    { field: 'name', title: say({ zh: '层', en: 'layer' }) },
    { field: 'text', title: say({ zh: '输出', en: 'output' }) },
    { field: 'size', type: 'quantitative', title: say({ zh: '元素', en: 'elements' }), format: ',' },
  ];
  const words = { type: 'text', align: 'left', dx: 5, fontSize: 11 };
  const spec = {
    data: { values },
    encoding: { y, x },
    layer: [
      { mark: { type: 'bar', tooltip: true }, encoding: { color, tooltip, x2: { datum: 1 } } },
      { mark: words, encoding: { text: { field: 'text' } } },
    ],
  };
  const size = { height: 22 * values.length, width: 460 };
  const notes = firstOf(values.length, layers.length, { zh: '层', en: 'layers' });
  const summary = layers
    .slice(0, MAX_LAYERS)
    .map((layer) => `${layer.path} ${shapeText(layer.outputShape)}`)
    .join(' → ');
  return chart(
    { title: say({ zh: '逐层形状', en: 'Shapes layer by layer' }), ...size, ...options, notes },
    spec,
    summary,
  );
}
