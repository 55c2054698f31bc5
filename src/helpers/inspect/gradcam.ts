/**
 * Grad-CAM: where a convolutional network looks (Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks
 * via Gradient-based Localization", 2017, https://arxiv.org/abs/1610.02391).
 */
import { inferenceMode } from '../../engine/autograd';
import * as tf from '../../engine/tf';
import { withMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import { forward } from '../train/batches';
import { firstTensor, withHooks } from './hooks';

/** Where a network looked for a class. */
export interface GradCam {
  /** How much each place of the image speaks for the class, 0…1, `[h, w]` of the image. */
  readonly heat: Float32Array;
  readonly shape: readonly [number, number];
  readonly classIndex: number;
  /** The layer that was looked at. */
  readonly layer: string;
  /** Probability of that class. */
  readonly probability: number;
}

function watch(
  model: Module,
  layer: string,
  x: tf.Tensor,
  change: (output: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  return withHooks(
    model,
    ({ path }, output) => {
      const tensor = firstTensor(output);
      return path === layer && tensor ? change(tensor) : undefined;
    },
    () => forward(model, [x]),
  );
}

/**
 * Heat over one image `[1, h, w, c]` for a class (default: the predicted one), at a convolution named as in
 * `namedModules()`, usually the last. The weight of each channel is its mean gradient; negative evidence is cut off.
 * @throws RangeError for more than one image, a class or a layer that there is not
 * @example
 * const cam = gradCam(model, 'conv3', image);
 * show(heatOverlay(image, cam));
 */
export function gradCam(model: Module, layer: string, image: tf.Tensor4D, classIndex?: number): GradCam {
  const [n, h = 0, w = 0] = image.shape;
  if (image.rank !== 4 || n !== 1)
    throw new RangeError(
      `Cannot compute Grad-CAM: expected one image [1, h, w, c], got [${image.shape.join(', ')}]`,
    );
  return withMode(model, 'eval', () =>
    inferenceMode(() => {
      const { maps, logits } = look(model, layer, image);
      const chosen = classIndex ?? logits.indexOf(Math.max(...logits));
      if (!(Number.isInteger(chosen) && chosen >= 0 && chosen < logits.length)) {
        throw new RangeError(
          `Cannot compute Grad-CAM: expected a class from 0 to ${logits.length - 1}, got ${chosen}`,
        );
      }
      // The gradient with respect to zeros added to the maps is the gradient with respect to the maps.
      const score = (delta: tf.Tensor) => {
        const out = watch(model, layer, image, (output) => tf.add(output, delta));
        return tf.sum(tf.mul(out, tf.oneHot(tf.tensor1d([chosen], 'int32'), logits.length)));
      };
      const slope = tf.grad(score)(tf.zerosLike(maps));
      const weights = tf.mean(slope, [1, 2], true);
      const heat = tf.relu(tf.sum(tf.mul(maps, weights), -1, true)); // [1, h', w', 1]
      const large = tf.image.resizeBilinear(heat, [h, w]);
      const top = tf.maximum(tf.max(large), 1e-12);
      const probability = tf.softmax(tf.tensor1d(logits)).dataSync()[chosen] ?? NaN;
      return {
        heat: tf.div(large, top).dataSync<'float32'>(),
        shape: [h, w],
        classIndex: chosen,
        layer,
        probability,
      };
    }),
  );
}

/** The layer's maps and the network's logits for one image. */
function look(model: Module, layer: string, image: tf.Tensor): { maps: tf.Tensor; logits: Float32Array } {
  let maps: tf.Tensor | undefined;
  const output = watch(model, layer, image, (found) => (maps = found));
  if (maps?.rank !== 4) {
    const got = maps ? `[${maps.shape.join(', ')}]` : 'no such layer in use';
    throw new RangeError(
      `Cannot compute Grad-CAM: expected "${layer}" to give maps [1, h, w, c], got ${got}`,
    );
  }
  return { maps, logits: output.dataSync<'float32'>() };
}
