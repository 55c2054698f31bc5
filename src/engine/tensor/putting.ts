/** Methods that put elements to places by number. TensorFlow checks the places itself, each along its own dimension. */
import { noGrad } from '../autograd';
import * as tf from '../tfjs';
import { dimOf } from './arrange';
import type { AlphaOptions, Loose, ScatterMethods } from './signatures';

const text = ({ shape }: tf.Tensor): string => `[${shape.join(', ')}]`;

/** Where each element of `index` points to: a row of coordinates each, `[n, rank]`. */
function coordinates(index: tf.Tensor, at: number): tf.Tensor {
  return noGrad(() =>
    tf.tidy(() => {
      const columns = index.shape.map((size, i) => {
        if (i === at) return tf.reshape(tf.cast(index, 'int32'), [-1, 1]);
        const along = index.shape.map((_, j) => (j === i ? size : 1));
        const range = tf.reshape(tf.range(0, size, 1, 'int32'), along);
        return tf.reshape(tf.broadcastTo(range, index.shape), [-1, 1]);
      });
      return tf.concat(columns, 1);
    }),
  );
}

/** The part of a source that an index takes. */
function taken(
  method: string,
  x: tf.Tensor,
  at: number,
  index: tf.Tensor,
  source: tf.Tensor | number,
): tf.Tensor {
  const within = (sizes: readonly number[], other: number): boolean =>
    index.shape.every((size, i) => i === other || size <= (sizes[i] ?? 0));
  if (index.rank !== x.rank || !within(x.shape, at)) {
    throw new TypeError(
      `Cannot ${method}: expected an index of ${x.rank} dimensions within ${text(x)} but for dimension ${at}, got ${text(index)}`,
    );
  }
  if (typeof source === 'number') return tf.fill([index.size], source, x.dtype);
  if (source.rank !== x.rank || !within(source.shape, -1)) {
    throw new TypeError(
      `Cannot ${method}: expected a source at least as large as the index ${text(index)}, got ${text(source)}`,
    );
  }
  const part = tf.slice(source, Array<number>(x.rank).fill(0), index.shape);
  return tf.cast(tf.reshape(part, [index.size]), x.dtype);
}

/** A dimension put first, and a way back. */
function fronted(x: tf.Tensor, at: number): tf.Tensor {
  const order = [at, ...x.shape.map((_, i) => i).filter((i) => i !== at)];
  return tf.transpose(x, order);
}
function back(x: tf.Tensor, at: number): tf.Tensor {
  const order = Array.from({ length: x.rank - 1 }, (_, i) => i + 1);
  return tf.transpose(x, [...order.slice(0, at), 0, ...order.slice(at)]);
}

/** Rows of a dimension and their places, checked. */
function rows(method: string, x: tf.Tensor, dim: number, index: tf.Tensor, source: tf.Tensor): tf.Tensor[] {
  const at = dimOf(method, x.rank, dim);
  const shape = x.shape.map((size, i) => (i === at ? index.size : size));
  if (index.rank > 1 || !tf.util.arraysEqual(source.shape, shape)) {
    throw new TypeError(
      `Cannot ${method}: expected a list of places and a source [${shape.join(', ')}], got ${text(index)} and ${text(source)}`,
    );
  }
  return [
    fronted(x, at),
    tf.reshape(tf.cast(index, 'int32'), [-1, 1]),
    fronted(tf.cast(source, x.dtype), at),
  ];
}

function copied(method: string, x: tf.Tensor, dim: number, index: tf.Tensor, source: tf.Tensor): tf.Tensor {
  const [front, places, updates] = rows(method, x, dim, index, source) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return back(tf.tensorScatterUpdate(front, places, updates), dimOf(method, x.rank, dim));
}

/** Of `this`: a tensor. */
export const scatterMethods: Loose<ScatterMethods> = {
  scatter(dim: number, index: tf.Tensor, source: tf.Tensor | number) {
    const at = dimOf('scatter', this.rank, dim);
    const updates = taken('scatter', this, at, index, source);
    return index.size === 0 ? this : tf.tensorScatterUpdate(this, coordinates(index, at), updates);
  },
  scatterAdd(dim: number, index: tf.Tensor, source: tf.Tensor) {
    const at = dimOf('scatterAdd', this.rank, dim);
    const updates = taken('scatterAdd', this, at, index, source);
    return index.size === 0 ? this : tf.add(this, tf.scatterND(coordinates(index, at), updates, this.shape));
  },
  indexAdd(dim: number, index: tf.Tensor, source: tf.Tensor, { alpha = 1 }: AlphaOptions = {}) {
    const [x, places, updates] = rows('indexAdd', this, dim, index, source) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const sums = tf.scatterND(places, alpha === 1 ? updates : updates.mul(alpha), x.shape);
    return tf.add(this, back(sums, dimOf('indexAdd', this.rank, dim)));
  },
  indexCopy(dim: number, index: tf.Tensor, source: tf.Tensor) {
    return copied('indexCopy', this, dim, index, source);
  },
  indexFill(dim: number, index: tf.Tensor, value: number) {
    const at = dimOf('indexFill', this.rank, dim);
    const shape = this.shape.map((size, i) => (i === at ? index.size : size));
    return copied('indexFill', this, dim, index, tf.fill(shape, value, this.dtype));
  },
};
