/** Segments pictures of digits without learning: bright pixels that hang together, named by the nearest known digit. */
import * as tf from '../../engine/tf';
import type { Box } from '../../nn/boxes';
import { Resize } from '../data/transforms';
import { connectedComponents } from './components';
import { nearestNeighbour } from './probing';

const SIDE = 16;
/** Digits stand on black; half-bright strokes count. */
const INK = 0.2;

/** Connected components and nearest neighbours: what a trained segmenter is compared with. */
export class ComponentSegmenter {
  /** Each known digit cut to its strokes, `[n, 256]`. */
  readonly gallery: tf.Tensor;
  private readonly fit = new Resize([SIDE, SIDE]);

  /**
   * @param digits known digits `[n, h, w, 1]`, bright on black
   * @param labels what each is, `[n]`
   */
  constructor(
    digits: tf.Tensor,
    private readonly labels: tf.Tensor,
  ) {
    this.gallery = tf.tidy(() =>
      tf.concat(rowsOf(digits).map((rows, i) => this.cut(digits, i, strokes(rows)))),
    );
  }

  /** The part of picture `i` in a box, as a row of 256 numbers. */
  private cut(images: tf.Tensor, i: number, [x1, y1, x2, y2]: Box): tf.Tensor {
    const crop = tf.slice(images, [i, y1, x1, 0], [1, y2 - y1, x2 - x1, 1]);
    return tf.reshape(this.fit.forward(crop), [1, SIDE * SIDE]);
  }

  /**
   * The class of each pixel, `[n, h, w]`: 0 for what is not brighter than `limit`, else 1 more than the digit.
   * @param least components of fewer pixels are noise
   */
  segment(images: tf.Tensor, limit: number, least = 12): tf.Tensor {
    const [n = 0, h = 0, w = 0] = images.shape;
    const classes = new Int32Array(n * h * w);
    rowsOf(images).forEach((rows, i) => {
      const found = connectedComponents(rows, limit, least);
      if (found.length === 0) return;
      const predicted = tf.tidy(() => {
        const crops = tf.concat(found.map(({ box }) => this.cut(images, i, box)));
        return nearestNeighbour([this.gallery, this.labels], [crops, tf.zeros([found.length], 'int32')])
          .predicted;
      });
      found.forEach(({ pixels }, k) => {
        for (const [x, y] of pixels) classes[(i * h + y) * w + x] = (predicted[k] ?? 0) + 1;
      });
    });
    return tf.tensor(classes, [n, h, w], 'int32');
  }
}

/** Pictures `[n, h, w, 1]` as rows of brightness. */
const rowsOf = (images: tf.Tensor): number[][][] =>
  tf.tidy(() => tf.squeeze(images, [3]).arraySync() as number[][][]);

/** The box around all strokes of a digit. */
function strokes(rows: readonly (readonly number[])[]): Box {
  const boxes = connectedComponents(rows, INK).map(({ box }) => box);
  return boxes.reduce((a, b): Box => [
    Math.min(a[0], b[0]),
    Math.min(a[1], b[1]),
    Math.max(a[2], b[2]),
    Math.max(a[3], b[3]),
  ]);
}
