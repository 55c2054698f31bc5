/**
 * Every chart there is, drawn from seeded data and an untrained or briefly trained network: what the gallery shows
 * and what the test of structure compiles.
 */
import { manualSeed, normal, random } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { DataLoader } from '../../src/helpers/data/loader';
import { loadMnist } from '../../src/helpers/datasets/mnist';
import { gradCam } from '../../src/helpers/inspect/gradcam';
import { interpret } from '../../src/helpers/inspect/interpretation';
import { lrFinder } from '../../src/helpers/inspect/lrfinder';
import { activations, gradientStats, parameterStats } from '../../src/helpers/inspect/stats';
import { summary } from '../../src/helpers/inspect/summary';
import { Adam } from '../../src/helpers/optim/optimizers';
import { fit } from '../../src/helpers/train/fit';
import { CNN } from '../../src/models/cnn';
import * as nn from '../../src/nn';
import { animation } from '../../src/viz/charts/animation';
import { attentionMaps } from '../../src/viz/charts/attention';
import { barChart } from '../../src/viz/charts/bar';
import { confusionMatrix } from '../../src/viz/charts/confusion';
import { functionPlot } from '../../src/viz/charts/functions';
import { heatMap } from '../../src/viz/charts/heat';
import { lossCurve, lrCurve, metricCurve, trainingChart } from '../../src/viz/charts/history';
import { imageGrid } from '../../src/viz/charts/images';
import {
  heatOverlay,
  layerBars,
  layerHistograms,
  lrFinderCurve,
  mistakes,
} from '../../src/viz/charts/interpretation';
import { lineChart } from '../../src/viz/charts/line';
import { featureMaps, filters, shapeLadder, summaryTable } from '../../src/viz/charts/network';
import { embeddingProjection } from '../../src/viz/charts/projection';
import { decisionRegion, scatter } from '../../src/viz/charts/scatter';
import { Table } from '../../src/viz/charts/table';
import type { Chart } from '../../src/viz/drawing/chart';
import { epochTable, stepChart } from '../../src/viz/training';

/** Charts by section, in the order in which the gallery shows them. */
export type Gallery = Readonly<Record<string, readonly (Chart | Table)[]>>;

const DIGITS = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/** Ten epochs as a real run looks, made up: the charts of a run need no run. */
function records() {
  return Array.from({ length: 10 }, (_, i) => ({
    epoch: i + 1,
    loss: 0.9 * Math.exp(-i / 2) + 0.02,
    validLoss: 0.8 * Math.exp(-i / 2) + 0.05 + 0.004 * Math.max(0, i - 4) ** 2,
    accuracy: 0.995 - 0.3 * Math.exp(-i / 1.5),
    validAccuracy: 0.985 - 0.25 * Math.exp(-i / 1.5),
    lr: i < 8 ? 1e-3 : 5e-4,
    seconds: 6.2,
  }));
}

function lines(): (Chart | Table)[] {
  const run = { epochs: records() };
  const cosine = Array.from({ length: 51 }, (_, i) => 1e-6 + (1e-3 * (1 + Math.cos((Math.PI * i) / 50))) / 2);
  const cyclic = Array.from({ length: 51 }, (_, i) => 1e-5 + 1e-3 * (1 - Math.abs(((i / 10) % 2) - 1)));
  const noisy = Float32Array.from({ length: 1e5 }, (_, i) => Math.sin(i / 1e4) + 0.3 * (random() - 0.5));
  noisy[60_000] = NaN;
  return [
    lossCurve(run),
    lossCurve(run, { title: '损失曲线（对数轴）', logY: true }),
    metricCurve(run, ['accuracy', 'validAccuracy'], { title: '准确率', yTitle: '准确率' }),
    trainingChart(run),
    lrCurve({ 余弦退火: cosine, 循环学习率: cyclic }),
    lineChart({ 信号: noisy }, { title: '十万个点，其中一个是 NaN', xTitle: '步', yTitle: '值' }),
  ];
}

function functions(): Chart[] {
  const five = {
    ReLU: (x: tf.Tensor) => tf.relu(x),
    Sigmoid: (x: tf.Tensor) => tf.sigmoid(x),
    Tanh: (x: tf.Tensor) => tf.tanh(x),
    LeakyReLU: (x: tf.Tensor) => tf.leakyRelu(x, 0.01),
    GELU: (x: tf.Tensor) => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2))))),
  };
  return [
    functionPlot(five, { title: '激活函数' }),
    functionPlot(five, { title: '激活函数及其导数', derivative: true }),
  ];
}

function points(): Chart[] {
  const spiral = Array.from({ length: 300 }, (_, i) => {
    const [turn, arm] = [0.3 + (3.5 * (i % 100)) / 100, Math.floor(i / 100)];
    const angle = turn * 1.6 + (arm * 2 * Math.PI) / 3 + 0.15 * (random() - 0.5);
    return [turn * Math.cos(angle), turn * Math.sin(angle)];
  });
  const labels = spiral.map((_, i) => Math.floor(i / 100));
  const classes = ['甲类', '乙类', '丙类'];
  const ring = ([x = 0, y = 0]: number[]) => 1 / (1 + Math.exp(-3 * (Math.hypot(x, y) - 1.9)));
  const many = {
    shape: [100_000, 2],
    dataSync: () => Float32Array.from({ length: 200_000 }, () => random() + random()),
  };
  const clouds = tf.tidy(() =>
    tf.add(normal([200, 16]), tf.tile(tf.mul(tf.oneHot([0, 1, 2, 3], 16), 6), [50, 1])),
  );
  const embedding = embeddingProjection(clouds, {
    labels: Array.from({ length: 200 }, (_, i) => i % 4),
    classes: ['猫', '狗', '鸟', '鱼'],
  });
  clouds.dispose();
  return [
    scatter(spiral, { labels, classes, title: '三条螺线' }),
    decisionRegion(spiral, (grid) => grid.map(ring), {
      labels: labels.map((k) => Math.min(k, 1)),
      classes: ['内', '外'],
      title: '决策区域',
    }),
    scatter(many, { title: '十万个点' }),
    embedding,
  ];
}

/** Two moons gathered from noise, and a pole that falls: what moves in the last notebook. */
function moving(): Chart[] {
  const aims = Array.from({ length: 240 }, (_, i) => {
    const [angle, upper] = [(Math.PI * (i >> 1)) / 120, i % 2 === 0];
    return upper ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
  });
  const labels = aims.map((_, i) => i % 2);
  const noise = aims.map(() => [4 * (random() - 0.5) + 0.5, 4 * (random() - 0.5)]);
  const path = Array.from({ length: 21 }, (_, t) => ({
    points: aims.map((aim, i) => aim.map((v, k) => v + (1 - t / 20) * ((noise[i]?.[k] ?? 0) - v))),
    labels,
    caption: `第 ${t} 步`,
  }));
  const episode = Array.from({ length: 40 }, (_, t) => {
    const [x, angle] = [0.02 * t, 0.01 * Math.exp(t / 10)];
    const cart = [[x - 0.3, 0], [x + 0.3, 0], [x + 0.3, 0.2], [x - 0.3, 0.2], [x - 0.3, 0]]; // prettier-ignore
    const pole = [[x, 0.2], [x + Math.sin(angle), 0.2 + Math.cos(angle)]]; // prettier-ignore
    return { lines: [cart, pole], caption: `t = ${(t * 0.02).toFixed(2)} 秒` };
  });
  const domain = [[-2.4, 2.4], [-0.1, 1.4]] as const; // prettier-ignore
  const growing = Array.from({ length: 12 }, (_, t) => ({
    image: Array.from({ length: 16 }, (__, y) =>
      Array.from({ length: 16 }, (___, x) => Math.max(0, 1 - Math.hypot(x - 7.5, y - 7.5) / (t + 1))),
    ),
  }));
  return [
    animation(path, { title: '从噪声到双月' }),
    animation(episode, { title: '倒下的杆', domain }),
    animation(growing, { title: '长大的斑点', strip: 5, columns: 5 }),
  ];
}

/** Values and best steps on a small grid: words in the cells. */
function policy(): Chart {
  const values = [[0.66, 0.73, 0.81], [0.59, 0.66, 0.9], [0.53, 0.59, 1]]; // prettier-ignore
  const arrows = [['→', '→', '↓'], ['↑', '→', '↓'], ['↑', '↑', '终点']]; // prettier-ignore
  const words = values.map((row, i) => row.map((v, j) => `${arrows[i]?.[j] ?? ''}\n${v.toFixed(2)}`));
  return heatMap(values, { title: '状态价值与策略', words, width: 210, height: 210 });
}

function matrices(): Chart[] {
  const counts = DIGITS.map((_, i) =>
    DIGITS.map((__, j) => (i === j ? 190 - 3 * i : (i * 7 + j * 3) % 11 === 0 ? 6 : 0)),
  );
  const tokens = ['我', '喜欢', '深度', '学习', '，', '也', '喜欢', '数学'];
  const heads = tf.tidy(() => tf.softmax(tf.mul(2, normal([8, 8, 8]))));
  const large = tf.tidy(() => tf.softmax(tf.mul(3, normal([4, 64, 64]))));
  const charts = [
    confusionMatrix(counts, { title: '混淆矩阵', classes: DIGITS }),
    attentionMaps(heads, { title: '八个头的注意力', tokens }),
    attentionMaps(large, { title: '64 个词元的注意力' }),
    heatMap(
      [
        [0.1, 0.9],
        [0.7, 0.3],
        [0.4, 0.6],
      ],
      { title: '矩阵', rows: ['甲', '乙', '丙'], columns: ['左', '右'] },
    ),
    policy(),
    barChart(
      { 卷积: 12.4, 全连接: 3.1, 批量规范化: 1.7, 激活: 0.6 },
      { title: '每一步的时间', unit: '毫秒', sort: true },
    ),
    barChart(
      ['CNN 训练步', 'CNN 评估', 'MLP 训练步'].flatMap((name, i) => [
        { name, group: 'tsdl（编译）', value: [22, 350, 1.3][i] ?? 0 },
        { name, group: 'PyTorch', value: [36, 1100, 1.9][i] ?? 0 },
      ]),
      { title: '与 PyTorch 并排', unit: '毫秒（对数）', log: true },
    ),
  ];
  tf.dispose([heads, large]);
  return charts;
}

type Pair = [tf.Tensor, tf.Tensor];

/** A network after a few steps: enough for its insides to have a look of their own. */
async function brieflyTrained() {
  const { train, test } = await loadMnist({ source: 'embedded', announce: () => undefined });
  const loader = new DataLoader(train, { batchSize: 64, shuffle: true });
  const from = (start: number) => test.gather(Array.from({ length: 64 }, (_, i) => start + i)) as Pair;
  const valid = [0, 64, 128, 192].map(from);
  const batches = Array.from({ length: 8 }, () => loader.first() as Pair);
  const model = new CNN();
  const optimizer = new Adam(model.namedParameters(), { lr: 1e-3 });
  const sweep = { train: loader, loss: nn.crossEntropy, optimizer, steps: 40, startLr: 1e-5 };
  const found = await lrFinder(model, sweep);
  const options = { epochs: 2, train: batches, valid, loss: nn.crossEntropy, optimizer, display: false };
  const history = await fit(model, options);
  const dispose = () => {
    tf.dispose([valid, batches]);
    optimizer.dispose();
    model.dispose();
  };
  return { model, batches, valid, found, history, dispose };
}

/** Bright rectangles as a detector sees them: right boxes green, wrong ones orange. */
function detections(): Chart {
  const places = [[4, 6, 16, 14], [10, 12, 25, 24], [3, 5, 12, 22]] as const; // prettier-ignore
  const scenes = places.map(([left, top, right, bottom]) =>
    Array.from({ length: 28 }, (_, y) =>
      Array.from({ length: 28 }, (__, x) => (x >= left && x < right && y >= top && y < bottom ? 0.8 : 0.1)),
    ),
  );
  const boxes = places.map(([left, top, right, bottom], i) => [
    { box: [left, top, right, bottom] as const, label: '方块 0.9', correct: true },
    ...(i === 2 ? [{ box: [15, 15, 26, 26] as const, label: '误报 0.6', correct: false }] : []),
  ]);
  return imageGrid(scenes, { title: '检测框', boxes, size: 150 });
}

async function network(): Promise<(Chart | Table)[]> {
  const { model, batches, valid, found, history, dispose } = await brieflyTrained();
  const [[samples, labels] = batches[0] as Pair] = valid;
  const image = tf.slice(samples, 0, 1);
  const maps = activations(model, ['conv1'], image);
  const { layers } = summary(model, [image]);
  const captions = Array.from(labels.dataSync(), (k) => DIGITS[k] ?? '');
  const charts = [
    imageGrid(samples, { title: '样本', captions, limit: 24 }),
    mistakes(await interpret(model, valid), { classes: DIGITS, count: 10 }),
    detections(),
    filters(model.conv1.weight, { title: '第一层的卷积核' }),
    featureMaps(maps.get('conv1') ?? image, { title: '第一层的特征图' }),
    heatOverlay(image, [gradCam(model, 'conv3', image), gradCam(model, 'conv2', image)], { size: 112 }),
    layerHistograms(parameterStats(model).slice(0, 6), { title: '权重的分布' }),
    layerBars(gradientStats(model, batches[0] ?? [], nn.crossEntropy), 'norm', {
      title: '各层梯度的范数',
      log: true,
    }),
    lrFinderCurve(found),
    shapeLadder(layers),
    summaryTable(layers),
    stepChart(history, batches.length),
    epochTable(history),
  ];
  tf.dispose([image, ...maps.values()]);
  dispose();
  return charts;
}

/** Draws everything anew, from the same seed each time. */
export async function makeGallery(): Promise<Gallery> {
  manualSeed(42);
  return {
    曲线: lines(),
    函数: functions(),
    点与决策区域: points(),
    动画: moving(),
    矩阵与条形: matrices(),
    网络内部: await network(),
  };
}
