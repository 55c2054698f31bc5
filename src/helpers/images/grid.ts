/** Many images as one, as `torchvision.utils.make_grid`. */
import { refusal } from '../../engine/ops/sizes';
import * as tf from '../../engine/tf';

/** How images are laid out. */
export interface GridOptions {
  /** Images in each row. */
  readonly nrow?: number;
  /** Pixels between images and around them. */
  readonly padding?: number;
  /** Stretches values to 0 … 1, from `valueRange` or from the least and the largest there are. */
  readonly normalize?: boolean;
  readonly valueRange?: readonly [low: number, high: number];
  /** Stretches each image by itself. */
  readonly scaleEach?: boolean;
  readonly padValue?: number;
}

/**
 * Lays a batch `[b, h, w, c]`, or a list of images `[h, w, c]`, out in rows: `[H, W, c]`. Grey images become
 * red-green-blue; a single image stays without a frame.
 * @throws TypeError for what is no image, RangeError for no image at all or a row of none
 */
export function makeGrid(images: tf.Tensor | readonly tf.Tensor[], options: GridOptions = {}): tf.Tensor3D {
  const { nrow = 8, padding = 2, padValue = 0 } = options;
  return tf.tidy(() => {
    const batch = stretched(batchOf(images), options);
    const [count = 0, height = 0, width = 0, channels = 0] = batch.shape;
    if (count === 0 || !(nrow >= 1) || !(padding >= 0)) {
      throw new RangeError(
        `Cannot make grid: expected an image, nrow ≥ 1 and padding ≥ 0, got ${count}, ${nrow}, ${padding}`,
      );
    }
    if (count === 1) return tf.reshape(batch, [height, width, channels]);
    const columns = Math.min(nrow, count);
    const rows = Math.ceil(count / columns);
    const missing = rows * columns - count;
    // Each image with the padding before it; the missing ones are padding throughout.
    const framed = tf.pad(batch, [[0, missing], [padding, 0], [padding, 0], [0, 0]], padValue); // prettier-ignore
    const [h, w] = [height + padding, width + padding];
    const tiles = tf.transpose(tf.reshape(framed, [rows, columns, h, w, channels]), [0, 2, 1, 3, 4]);
    const grid = tf.reshape(tiles, [rows * h, columns * w, channels]);
    return tf.pad(grid, [[0, padding], [0, padding], [0, 0]], padValue); // prettier-ignore
  });
}

/** Images `[b, h, w, 3]` of whatever was given. */
function batchOf(images: tf.Tensor | readonly tf.Tensor[]): tf.Tensor4D {
  const given = Array.isArray(images) ? tf.stack([...(images as tf.Tensor[])]) : (images as tf.Tensor);
  const [h = 0, w = 0, c = 1] = given.shape;
  const batch =
    given.rank === 2
      ? tf.reshape(given, [1, h, w, 1])
      : given.rank === 3
        ? tf.reshape(given, [1, h, w, c])
        : given;
  if (batch.rank !== 4) throw refusal('makeGrid', '[b, h, w, c], [h, w, c] or [h, w]', given);
  const float = tf.cast(batch, 'float32');
  return float.shape[3] === 1 ? tf.tile(float, [1, 1, 1, 3]) : float;
}

function stretched(
  batch: tf.Tensor4D,
  { normalize = false, valueRange, scaleEach = false }: GridOptions,
): tf.Tensor4D {
  if (!normalize) return batch;
  const axes = scaleEach ? [1, 2, 3] : undefined;
  const [low, high] = valueRange
    ? [tf.scalar(valueRange[0]), tf.scalar(valueRange[1])]
    : [tf.min(batch, axes, true), tf.max(batch, axes, true)];
  const inside = tf.minimum(tf.maximum(batch, low), high);
  return tf.div(tf.sub(inside, low), tf.maximum(tf.sub(high, low), 1e-5));
}
