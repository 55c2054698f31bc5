/**
 * cuDNN's parameters are an opaque row of numbers whose order no operation checks: before a cell is left to cuDNN, one
 * small layer is computed in both forms, gradients included, and the numbers are compared.
 */
import { say } from '../../../bin/bootstrap/language';
import { activeRecording } from '../recording/active';
import * as tf from '../tf';
import { allowCudnn, type CudnnCell, cudnnLayer, isCudnnCell, type LayerRun } from './cudnn';
import { type Cell, GATES, type State, type Weights } from './recurrent';
import { scanLayer } from './recurrentlayer';

/** Largest difference that counts as equal: float32, and TF32 with its 10 bits where the user has not put it off. */
export const CUDNN_LIMIT = { float32: 1e-4, tf32: 1e-2 } as const;

const SIZES = { t: 5, b: 3, input: 4, hidden: 6 };
const WEIGHTS = ['input', 'hidden', 'inputBias', 'hiddenBias'] as const;

type Form = (
  cell: CudnnCell,
  x: tf.Tensor3D,
  firsts: readonly State[],
  weights: readonly Weights[],
) => LayerRun;

/** Numbers between −0.8 and 0.8, each place its own. */
function numbers(shape: number[], start: number): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => 0.8 * Math.sin(1 + start + 1.7 * i)),
    shape,
  );
}

/** The input, then for each direction its first state and its weights. */
function samples(cell: CudnnCell, directions: number): tf.Tensor[] {
  const { t, b, input, hidden } = SIZES;
  const rows = GATES[cell] * hidden;
  const states =
    cell === 'lstm'
      ? [
          [b, hidden],
          [b, hidden],
        ]
      : [[b, hidden]];
  const shapes = [...states, [rows, input], [rows, hidden], [rows], [rows]];
  const all = Array.from({ length: directions }, () => shapes).flat();
  return [[t, b, input], ...all].map((shape, i) => numbers(shape, i));
}

/** All results of a form, and the gradients of a weighted sum of them by everything that went in. */
function everything(form: Form, cell: CudnnCell, directions: number): tf.Tensor[] {
  const given = samples(cell, directions);
  const parts = cell === 'lstm' ? 2 : 1;
  const results = (x: tf.Tensor, ...rest: tf.Tensor[]): tf.Tensor[] => {
    const own = rest.length / directions;
    const of = (d: number): tf.Tensor[] => rest.slice(d * own, (d + 1) * own);
    const firsts = Array.from({ length: directions }, (_, d) => of(d).slice(0, parts));
    const weights = firsts.map((_, d) => {
      const tensors = of(d).slice(parts);
      return Object.fromEntries(WEIGHTS.map((name, i) => [name, tensors[i]])) as unknown as Weights;
    });
    const { output, states } = form(cell, x, firsts, weights);
    return [output, ...states.flat()];
  };
  const sum = (...inputs: tf.Tensor[]): tf.Scalar => {
    const [x, ...rest] = inputs as [tf.Tensor, ...tf.Tensor[]];
    const weighted = results(x, ...rest).map((value, i) =>
      tf.sum(tf.mul(value, numbers(value.shape, 50 + i))),
    );
    return tf.addN(weighted);
  };
  const [x, ...rest] = given as [tf.Tensor, ...tf.Tensor[]];
  return [...results(x, ...rest), ...tf.grads(sum)(given)];
}

/** The largest difference between both forms, values and gradients; NaN counts as infinite. */
export function cudnnDifference(cell: CudnnCell, directions: 1 | 2): number {
  const worst = tf.tidy(() => {
    const [ours, theirs] = [scanLayer as Form, cudnnLayer].map((form) => everything(form, cell, directions));
    return (ours ?? []).map(
      (tensor, i) => tf.max(tf.abs(tf.sub(tensor, theirs?.[i] as tf.Tensor))).dataSync()[0],
    );
  });
  return Math.max(...worst.map((value) => (Number.isNaN(value) ? Infinity : (value ?? Infinity))));
}

/** The limit for this process: cuDNN takes TF32 on cards since Ampere, unless NVIDIA_TF32_OVERRIDE=0. */
export const cudnnLimit = (env = process.env): number =>
  env.NVIDIA_TF32_OVERRIDE === '0' ? CUDNN_LIMIT.float32 : CUDNN_LIMIT.tf32;

/** Why cuDNN is not to be used for `cell` here; undefined where it gives the same numbers. */
function faultOf(cell: CudnnCell): string | undefined {
  try {
    const worst = Math.max(cudnnDifference(cell, 1), cudnnDifference(cell, 2));
    return worst <= cudnnLimit()
      ? undefined
      : say({
          zh: `与逐步计算相差 ${worst.toExponential(1)}`,
          en: `it differs from the stepwise form by ${worst.toExponential(1)}`,
        });
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0];
  }
}

const checked = new Set<Cell>();

/**
 * Checks a cell once in this process where a GPU computes; cuDNN computes it from then on if it agrees. Called when a
 * layer is built, since values are read, which no recording allows.
 * @returns what was found wrong, which is also printed
 */
export function prepareCudnn(cell: Cell, kind: string = tf.device.kind): string | undefined {
  if (kind !== 'gpu' || !isCudnnCell(cell) || checked.has(cell) || activeRecording()) return undefined;
  checked.add(cell);
  const fault = faultOf(cell);
  allowCudnn(cell, fault === undefined);
  if (fault === undefined) return undefined;
  console.log(
    say({
      zh: `cuDNN 的 ${cell.toUpperCase()} 没有通过自检（${fault}），改为逐步计算：结果不变，速度会慢一些`,
      en: `cuDNN’s ${cell.toUpperCase()} failed its check (${fault}); computing step by step instead: the same results, somewhat slower`,
    }),
  );
  return fault;
}

/** Forgets what was found: for tests. */
export function forgetCudnn(): void {
  allowCudnn('lstm', false);
  allowCudnn('gru', false);
  checked.clear();
}
