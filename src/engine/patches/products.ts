/**
 * Gradients of products along axes. TensorFlow.js has none of the running product, and its gradient of the product takes
 * only some axes.
 */
import { unbroadcast } from '../autograd/unbroadcast';
import * as tf from '../tfjs';
import { onlyWhere, replaceGradient } from './register';

const running = (x: tf.Tensor, axis: number): tf.Tensor => tf.cumprod(x, axis);
const sumsFrom = (x: tf.Tensor, axis: number): tf.Tensor => tf.cumsum(x, axis, false, true);

/**
 * dx of y = cumprod(x). Up to the first zero of a row Σ dy·y from there on, over x; at that zero the same sum with a one
 * in its place; nothing behind it.
 */
function slopeOfRunning(dy: tf.Tensor, x: tf.Tensor, axis: number): tf.Tensor {
  const zeros = tf.equal(x, 0);
  const before = tf.cumsum(tf.cast(zeros, 'int32'), axis);
  const first = tf.logicalAnd(zeros, tf.equal(before, tf.scalar(1, 'int32')));
  const bridged = running(tf.where(first, tf.ones([]), x), axis);
  const there = sumsFrom(tf.mul(dy, bridged), axis);
  const divisor = tf.where(zeros, tf.ones([]), x);
  const usual = tf.div(sumsFrom(tf.mul(dy, running(x, axis)), axis), divisor);
  return tf.where(first, there, onlyWhere(tf.equal(before, tf.scalar(0, 'int32')), usual));
}

/** Without its last place along an axis, and a constant in front: what an exclusive product runs over. */
function shifted(x: tf.Tensor, axis: number, constant: number): tf.Tensor {
  const size = x.shape[axis] ?? 0;
  const [head, last] = tf.split(x, [size - 1, 1], axis) as [tf.Tensor, tf.Tensor];
  return tf.concat([tf.fill(last.shape, constant), head], axis);
}

function slopeOfExclusive(dy: tf.Tensor, x: tf.Tensor, axis: number): tf.Tensor {
  const gradient = slopeOfRunning(dy, shifted(x, axis, 1), axis);
  const [first, rest] = tf.split(gradient, [1, (x.shape[axis] ?? 0) - 1], axis) as [tf.Tensor, tf.Tensor];
  return tf.concat([rest, tf.zerosLike(first)], axis);
}

function mendCumprod(): void {
  replaceGradient({
    kernelName: 'Cumprod',
    inputsToSave: ['x'],
    gradFunc: (dy, saved, { axis, exclusive, reverse }) => ({
      x: () => {
        const [x] = saved;
        if (x.size === 0) return tf.zeros(x.shape);
        const at = ((axis as number) + x.rank) % x.rank;
        const turn = (one: tf.Tensor): tf.Tensor => (reverse ? tf.reverse(one, at) : one);
        const slope = exclusive ? slopeOfExclusive : slopeOfRunning;
        return turn(slope(turn(dy), turn(x), at));
      },
    }),
  });
}

/** Of each element the product of all others: those before it times those behind it. */
function mendProd(): void {
  replaceGradient({
    kernelName: 'Prod',
    inputsToSave: ['x'],
    gradFunc: (dy, saved, { axis }) => ({
      x: () => {
        const [x] = saved;
        const axes = tf.util.parseAxisParam(axis as number | number[], x.shape);
        if (x.size === 0) return tf.zeros(x.shape);
        if (axes.length === 0) return dy.clone();
        const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
        const order = [...kept, ...axes];
        const turned = tf.transpose(x, order);
        const keptShape = kept.map((i) => x.shape[i] ?? 1);
        const rows = tf.reshape(turned, [...keptShape, -1]);
        const last = keptShape.length;
        const others = tf.mul(tf.cumprod(rows, last, true), tf.cumprod(rows, last, true, true));
        const gradient = tf.mul(tf.reshape(dy, [...keptShape, 1]), others);
        return tf.transpose(
          tf.reshape(gradient, turned.shape),
          tf.backend_util.getUndoAxesPermutation(order),
        );
      },
    }),
  });
}

/** Batches that were broadcast are summed, which TensorFlow.js leaves out. */
function mendMatMul(): void {
  replaceGradient({
    kernelName: 'BatchMatMul',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved, { transposeA, transposeB }) => {
      const [a, b] = saved;
      const gradient = dy;
      const product = (x: tf.Tensor, y: tf.Tensor, turnX: unknown, turnY: unknown, { shape }: tf.Tensor) =>
        unbroadcast(tf.matMul(x, y, Boolean(turnX), Boolean(turnY)), shape);
      return {
        a: () =>
          transposeA
            ? product(b, gradient, transposeB, true, a)
            : product(gradient, b, false, !transposeB, a),
        b: () =>
          transposeB
            ? product(gradient, a, true, transposeA, b)
            : product(a, gradient, !transposeA, false, b),
      };
    },
  });
}

/** Done once, when `tf` is loaded. */
export function mendProducts(): void {
  mendCumprod();
  mendProd();
  mendMatMul();
}
