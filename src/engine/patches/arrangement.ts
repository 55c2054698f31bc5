/**
 * Gradients of what arranges elements anew: TensorFlow.js's of mirrored edges leaves them out, those of repetition end
 * at rank 4, and strided slices, blocks of depth, diagonals and resized gradients have none.
 */
import * as tf from '../tfjs';
import { replaceGradient } from './register';

/** Sizes and amounts along one axis, nothing along the others. */
const along = <T>(x: tf.Tensor, axis: number, own: T, other: (size: number) => T): T[] =>
  x.shape.map((size, i) => (i === axis ? own : other(size)));

const part = (x: tf.Tensor, axis: number, start: number, size: number): tf.Tensor =>
  tf.slice(
    x,
    along(x, axis, start, () => 0),
    along(x, axis, size, (all) => all),
  );

const padded = (x: tf.Tensor, axis: number, before: number, after: number): tf.Tensor =>
  tf.pad(
    x,
    along<[number, number]>(x, axis, [before, after], () => [0, 0]),
  );

/** The sum over `times` repetitions of an axis. */
function unrepeated(x: tf.Tensor, axis: number, times: number): tf.Tensor {
  if (times === 1) return x;
  const shape = x.shape.slice();
  const size = times === 0 ? 0 : (shape[axis] ?? 0) / times;
  return tf.sum(tf.reshape(x, [...shape.slice(0, axis), times, size, ...shape.slice(axis + 1)]), axis);
}

function mendTile(): void {
  replaceGradient({
    kernelName: 'Tile',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], { reps }) => ({
      x: () => {
        const times = reps as number[];
        if (times.includes(0)) return tf.zeros(x.shape);
        return times.reduce((sum, n, axis) => unrepeated(sum, axis, n), dy.clone());
      },
    }),
  });
}

/** What was mirrored along one axis, added to where it came from; the edge itself is not repeated by 'reflect'. */
function unmirrored(
  dy: tf.Tensor,
  axis: number,
  [before, after]: readonly number[],
  edge: number,
): tf.Tensor {
  const [left = 0, right = 0] = [before, after];
  const size = (dy.shape[axis] ?? 0) - left - right;
  let sum = part(dy, axis, left, size);
  if (left > 0) {
    const mirrored = tf.reverse(part(dy, axis, 0, left), axis);
    sum = tf.add(sum, padded(mirrored, axis, edge, size - left - edge));
  }
  if (right > 0) {
    const mirrored = tf.reverse(part(dy, axis, left + size, right), axis);
    sum = tf.add(sum, padded(mirrored, axis, size - right - edge, edge));
  }
  return sum;
}

function mendMirrorPad(): void {
  replaceGradient({
    kernelName: 'MirrorPad',
    gradFunc: (dy, _, { paddings, mode }) => ({
      x: () =>
        (paddings as [number, number][]).reduce(
          (sum, pads, axis) => unmirrored(sum, axis, pads, mode === 'reflect' ? 1 : 0),
          dy.clone(),
        ),
    }),
  });
}

/** Zeros between the places of an axis, so that they stand `stride` apart from `start` on, in `size` places. */
function spread(
  dy: tf.Tensor,
  axis: number,
  [start, stride, size]: readonly [number, number, number],
): tf.Tensor {
  const places = dy.shape[axis] ?? 0;
  if (places === 0) return tf.zeros(along(dy, axis, size, (all) => all));
  const forward = stride < 0 ? tf.reverse(dy, axis) : dy;
  const [first, step] = stride < 0 ? [start + (places - 1) * stride, -stride] : [start, stride];
  let apart = forward;
  if (step > 1) {
    const gaps = padded(tf.expandDims(forward, axis + 1), axis + 1, 0, step - 1);
    const joined = tf.reshape(
      gaps,
      along(forward, axis, places * step, (all) => all),
    );
    apart = part(joined, axis, 0, (places - 1) * step + 1);
  }
  return padded(apart, axis, first, size - first - (apart.shape[axis] ?? 0));
}

function mendStridedSlice(): void {
  replaceGradient({
    kernelName: 'StridedSlice',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attributes) => ({
      x: () => {
        const list = (name: string): number[] => attributes[name] as number[];
        const mask = (name: string): number => attributes[`${name}Mask`] as number;
        const { begin, end, strides } = tf.slice_util.sliceInfo(
          x.shape, list('begin'), list('end'), list('strides'),
          mask('begin'), mask('end'), mask('ellipsis'), mask('newAxis'), mask('shrinkAxis'),
        ); // prettier-ignore
        const { shape } = x;
        const sparse = tf.slice_util.computeOutShape(begin, end, strides);
        return shape.reduce(
          (sum, size, axis) => spread(sum, axis, [begin[axis] ?? 0, strides[axis] ?? 1, size]),
          tf.reshape(dy, sparse),
        );
      },
    }),
  });
}

function mendDepthToSpace(): void {
  replaceGradient({
    kernelName: 'DepthToSpace',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], { blockSize }) => ({
      x: () => {
        const block = blockSize as number;
        const [b = 0, h = 0, w = 0, depth = 0] = x.shape;
        const blocks = tf.reshape(dy, [b, h, block, w, block, depth / block ** 2]);
        return tf.reshape(tf.transpose(blocks, [0, 1, 3, 2, 4, 5]), x.shape);
      },
    }),
  });
}

/** The diagonal of a square of numbers: every (n + 1)th. */
function mendDiag(): void {
  replaceGradient({
    kernelName: 'Diag',
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({
      x: () => {
        const n = x.size;
        const rows = tf.reshape(padded(tf.reshape(dy, [n * n]), 0, 0, n), [n, n + 1]);
        return tf.reshape(part(rows, 1, 0, 1), x.shape);
      },
    }),
  });
}

/** The gradient of a resized picture is linear in dy: its own gradient resizes again. */
function mendResize(method: 'ResizeBilinear' | 'ResizeNearestNeighbor'): void {
  replaceGradient({
    kernelName: `${method}Grad`,
    inputsToSave: ['dy'],
    gradFunc: (again, [dy], attributes) => ({
      images: () => {
        throw new Error(
          'Cannot go backward: the gradient of a resized picture does not depend on the picture',
        );
      },
      dy: () =>
        tf.engine().runKernel(method, { images: again }, { ...attributes, size: dy.shape.slice(1, 3) }),
    }),
  });
}

/** Done once, when `tf` is loaded. */
export function mendArrangement(): void {
  mendTile();
  mendMirrorPad();
  mendStridedSlice();
  mendDepthToSpace();
  mendDiag();
  mendResize('ResizeBilinear');
  mendResize('ResizeNearestNeighbor');
  replaceGradient({
    kernelName: 'FlipLeftRight',
    gradFunc: (dy) => ({ image: () => tf.reverse(dy, 2) }),
  });
}
