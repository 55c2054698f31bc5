/** What a step costs by its sizes: the points of each axis, and the least that a machine has to do for one. */
import { normal } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { CNN } from '../../src/models/cnn';
import { MLP } from '../../src/models/mlp';
import type { Mode, Step, Workload } from '../workload';
import { form, labels, reading, seeded, trainStep, words } from '../workloads/harness';
import { SmallTransformer } from '../workloads/sequences';

/** The least work of one step. */
export interface Work {
  /** Of all products, forward and backward. */
  readonly flops: number;
  /** Weights, gradients and Adam's averages, read and written. */
  readonly bytes: number;
}

/** One size, and what a step of it is. */
export interface ScalePoint extends Work {
  readonly value: number;
  readonly workload: Workload;
}

/** A size that grows while all else stays. */
export interface Axis {
  readonly name: string;
  readonly title: string;
  readonly xTitle: string;
  readonly points: readonly ScalePoint[];
}

/** Forward, and the gradients of inputs and weights cost as much each; a multiplication and an addition each time. */
const FLOPS = 3 * 2;
/** Adam reads weight, gradient and two averages and writes three of them. */
const BYTES = 7 * 4;

function workload(axis: string, value: number, setup: (mode: Mode) => Step): Workload {
  const name = `${axis}-${value}`;
  const turns = { calls: 3, rounds: 5, warmup: 10, eager: false, variants: [] };
  return { name, title: name, peer: `scale ${axis} ${value}`, ...turns, setup: seeded(setup) };
}

function axis(
  words: { readonly name: string; readonly title: string; readonly xTitle: string },
  values: readonly number[],
  of: (value: number) => Work & { readonly setup: (mode: Mode) => Step },
): Axis {
  const points = values.map((value): ScalePoint => {
    const { setup, ...work } = of(value);
    return { value, ...work, workload: workload(words.name, value, setup) };
  });
  return { ...words, points };
}

/** Multiplications of the guide's CNN for one image, and its weights. */
const CNN_PRODUCTS = 28 * 28 * 9 * 32 + 14 * 14 * 9 * 32 * 64 + 7 * 7 * 9 * 64 * 128 + 1152 * 512 + 5120;
const CNN_WEIGHTS = 9 * 32 + 9 * 32 * 64 + 9 * 64 * 128 + 1152 * 512 + 5120;

function transformer(layers: number, length: number) {
  const [d, batch] = [128, 8];
  const tokens = batch * length;
  const products = tokens * layers * (12 * d * d + 2 * length * d);
  return {
    flops: FLOPS * products,
    bytes: BYTES * (layers * 12 * d * d + 1000 * d),
    setup: (mode: Mode) =>
      trainStep(new SmallTransformer(layers), words(batch, length, 1000), labels(batch, 2), mode),
  };
}

/** Batch size, length, width and depth. */
export const AXES: readonly Axis[] = [
  axis(
    { name: 'batch', title: "The guide's CNN, a training step", xTitle: 'images in a batch' },
    [1, 8, 32, 128, 512],
    (batch) => ({
      flops: FLOPS * batch * CNN_PRODUCTS,
      bytes: BYTES * CNN_WEIGHTS,
      setup: (mode) => trainStep(new CNN(), normal([batch, 28, 28, 1]), labels(batch), mode),
    }),
  ),
  axis(
    {
      name: 'length',
      title: 'Transformer, 2 layers, d 128, b 8, a training step',
      xTitle: 'words in a text',
    },
    [16, 64, 128, 256, 512],
    (length) => transformer(2, length),
  ),
  axis(
    { name: 'width', title: 'MLP, b 64, a training step', xTitle: 'units in a hidden layer' },
    [64, 256, 1024, 4096],
    (width) => {
      const weights = 784 * width + width * width + 10 * width;
      return {
        flops: FLOPS * 64 * weights,
        bytes: BYTES * weights,
        setup: (mode) => trainStep(new MLP(784, width, 10), normal([64, 784]), labels(64), mode),
      };
    },
  ),
  axis(
    { name: 'layers', title: 'Transformer, d 128, T 64, b 8, a training step', xTitle: 'layers' },
    [1, 2, 4, 8, 16],
    (layers) => transformer(layers, 64),
  ),
];

const PRODUCT = 2048;
const MEBIBYTES = 256;

/** What the machine can do at best: one large product, and one pass over memory. */
export const ROOF = {
  product: workload('product', PRODUCT, (mode) => {
    const [a, b] = [normal([PRODUCT, PRODUCT]), normal([PRODUCT, PRODUCT])];
    const step = form(mode, (a: tf.Tensor, b: tf.Tensor) => tf.slice(tf.matMul(a, b), [0, 0], [1, 1]));
    return reading(() => step(a, b));
  }),
  flops: 2 * PRODUCT ** 3,
  bandwidth: workload('bandwidth', MEBIBYTES, (mode) => {
    const x = tf.zeros([MEBIBYTES * 2 ** 18]);
    const step = form(mode, (x: tf.Tensor) => tf.slice(tf.add(x, 1), 0, 1));
    return reading(() => step(x));
  }),
  bytes: 2 * MEBIBYTES * 2 ** 20,
} as const;

export const scaleWorkloads: readonly Workload[] = [
  ...AXES.flatMap(({ points }) => points.map(({ workload }) => workload)),
  ROOF.product,
  ROOF.bandwidth,
];
