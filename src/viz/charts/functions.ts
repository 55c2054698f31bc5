/**
 * Functions of one number over an interval, with their derivatives: the pictures of the activation section.
 */
import { say } from '../../../bin/bootstrap/language';
import * as tf from '../../engine/tf';
import type { Chart } from '../drawing/chart';
import { beside } from './beside';
import { lineChart, type LineOptions } from './line';

/** A function of many x values at once, element by element: `tf.relu`. */
export type TensorFunction = (x: tf.Tensor1D) => tf.Tensor;

/** Where a function is asked and whether its derivative is drawn too. */
export interface FunctionPlotOptions extends Omit<LineOptions, 'x'> {
  /** Interval of x; default [-5, 5]. */
  domain?: readonly [number, number];
  /** How many x values; default 200. */
  samples?: number;
  /** Draws f′ beside f, by automatic differentiation; default false. */
  derivative?: boolean;
}

function evaluate(
  functions: Readonly<Record<string, TensorFunction>>,
  x: tf.Tensor1D,
  of: (f: TensorFunction) => (x: tf.Tensor1D) => tf.Tensor,
): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(functions).map(([name, f]) => [name, tf.tidy(() => of(f)(x).dataSync<'float32'>())]),
  );
}

const gradient = (f: TensorFunction) => tf.grad((t: tf.Tensor) => f(t).sum());

function checkDomain(from: number, to: number, samples: number): void {
  if (!(from < to)) {
    throw new RangeError(
      `Cannot draw functionPlot: expected domain [from, to] with from < to, got [${from}, ${to}]`,
    );
  }
  if (!(Number.isInteger(samples) && samples >= 2)) {
    throw new RangeError(`Cannot draw functionPlot: expected samples of 2 or more, got ${samples}`);
  }
}

/**
 * Draws functions of tensors.
 * @example show(functionPlot({ ReLU: tf.relu, Tanh: tf.tanh }, { derivative: true }));
 */
export function functionPlot(
  functions: Readonly<Record<string, TensorFunction>>,
  { domain = [-5, 5], samples = 200, derivative = false, ...options }: FunctionPlotOptions = {},
): Chart {
  const [from, to] = domain;
  checkDomain(from, to, samples);
  const x = tf.linspace(from, to, samples);
  try {
    const dashes = Object.keys(functions).length > 1;
    const common = { x: x.dataSync(), xTitle: 'x', points: false, dashes };
    const width = options.width ?? (derivative ? 280 : undefined);
    const sized = { ...common, ...options, ...(width === undefined ? {} : { width }) };
    const title = options.title ?? say({ zh: '函数', en: 'functions' });
    const values = lineChart(
      evaluate(functions, x, (f) => f),
      {
        yTitle: 'f(x)',
        ...sized,
        title: derivative ? 'f(x)' : title,
      },
    );
    if (!derivative) return values;
    const slopes = lineChart(evaluate(functions, x, gradient), {
      ...sized,
      yTitle: 'f′(x)',
      title: say({ zh: '导数 f′(x)', en: 'derivative f′(x)' }),
    });
    return beside(
      [values, slopes],
      { title },
      say({
        zh: `${Object.keys(functions).join('、')} 及其导数`,
        en: `${Object.keys(functions).join(', ')} and their derivatives`,
      }),
    );
  } finally {
    x.dispose();
  }
}
