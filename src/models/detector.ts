/**
 * A single-stage detector: a convolutional net looks once and answers, for each cell of a grid, whether the centre of
 * an object lies in it, where its box is and what it is; after Redmon, Divvala, Girshick and Farhadi, "You Only Look
 * Once: Unified, Real-Time Object Detection", 2016, https://arxiv.org/abs/1506.02640. As in their third version
 * (https://arxiv.org/abs/1804.02767) objectness and classes are logits under cross-entropy, not squared errors.
 */
import { sizesOf } from '../engine/ops/sizes';
import * as tf from '../engine/tf';
import * as nn from '../nn';
import { type Box, nms } from '../nn/boxes';
import { ConvBlock } from '../nn/convblock';

/** What the grid predicts before the classes: objectness, x, y, width, height. */
const BOX_OUTPUTS = 5;

/** Classes, channels of the image and of the stages; by default 10 classes on grey images, and cells of 8 pixels. */
export interface DetectorOptions {
  readonly numClasses?: number;
  readonly inChannels?: number;
  /** Channels of the stages; each halves height and width, so that a cell of the grid has 2^stages pixels. */
  readonly channels?: readonly number[];
}

/** Maps images `[b, h, w, c]` to a grid of logits `[b, h/8, w/8, 5 + numClasses]` (with three stages). */
export class Detector extends nn.Module {
  readonly backbone: nn.Sequential;
  readonly neck: ConvBlock;
  readonly head: nn.Conv2d;
  readonly numClasses: number;

  constructor({ numClasses = 10, inChannels = 1, channels = [16, 32, 64] }: DetectorOptions = {}) {
    super();
    const last = channels.at(-1) ?? inChannels;
    this.numClasses = numClasses;
    this.backbone = new nn.Sequential(
      ...channels.map((width, i) => new ConvBlock(channels[i - 1] ?? inChannels, width, { stride: 2 })),
    );
    this.neck = new ConvBlock(last, 2 * last);
    this.head = new nn.Conv2d(2 * last, BOX_OUTPUTS + numClasses, 1);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const features = this.backbone.forward(x); // [b, h/8, w/8, 64]
    return this.head.forward(this.neck.forward(features)); // [b, h/8, w/8, 5 + k]
  }
}

/** Weights of the parts of the loss; by default the paper's: 5 and 0.5. */
export interface DetectionLossOptions {
  /** Weight of the boxes, λ_coord in the paper. */
  readonly coord?: number;
  /** Weight of objectness in cells without an object, λ_noobj in the paper: they are the most by far. */
  readonly noobj?: number;
}

/**
 * Objectness + boxes + classes, each a sum over the cells divided by the number of objects. As in the paper, boxes
 * are compared by the roots of their sides, so that a pixel counts for more in a small box.
 * @param output `[b, s, s, 5 + k]` of a `Detector`
 * @param target `[b, s, s, 6]`: 1 or 0, x and y in the cell, width and height as shares of the image, class or −1
 * @throws TypeError unless the shapes are `[b, s, s, 5 + k]` and `[b, s, s, 6]`
 */
export function detectionLoss(
  output: tf.Tensor,
  target: tf.Tensor,
  { coord = 5, noobj = 0.5 }: DetectionLossOptions = {},
): tf.Scalar {
  const k = (output.shape.at(-1) ?? 0) - BOX_OUTPUTS;
  if (k < 1 || !tf.util.arraysEqual(target.shape, [...output.shape.slice(0, -1), 6])) {
    throw new TypeError(
      `Cannot take detectionLoss: expected output [b, s, s, 5 + k] and target [b, s, s, 6], ` +
        `got [${output.shape.join(', ')}] and [${target.shape.join(', ')}]`,
    );
  }
  const [own, box, classes] = tf.split(output, [1, 4, k], -1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const [object, place, label] = tf.split(target, [1, 4, 1], -1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const count = tf.maximum(tf.sum(object), 1);
  const weight = tf.add(tf.mul(object, 1 - noobj), noobj); // 1 in cells with an object
  const objectness = nn.bceWithLogits(own, object, { weight, reduction: 'sum' });
  const gaps = tf.sub(comparable(tf.sigmoid(box)), comparable(place));
  const boxes = tf.sum(tf.mul(tf.square(gaps), object));
  const named = nn.crossEntropy(classes, tf.cast(tf.squeeze(label, [-1]), 'int32'), {
    ignoreIndex: -1,
    reduction: 'sum',
  });
  return tf.div(tf.addN([objectness, tf.mul(boxes, coord), named]), count);
}

/** x, y, √width, √height. */
function comparable(box: tf.Tensor): tf.Tensor {
  const [place, sides] = tf.split(box, 2, -1) as [tf.Tensor, tf.Tensor];
  return tf.concat([place, tf.sqrt(sides)], -1);
}

/** One object found in an image. */
export interface Detection {
  readonly box: Box;
  readonly label: number;
  /** Probability of an object times that of its class. */
  readonly score: number;
}

/** Which boxes of a grid are kept as detections. */
export interface DetectionOptions {
  /** Side of the image in pixels. */
  readonly size: number;
  /** Detections below are dropped. */
  readonly threshold?: number;
  /** Of two boxes that overlap by more the one with the lower score is dropped. */
  readonly iouThreshold?: number;
}

/** Turns a detector's output `[b, s, s, 5 + k]` into a list of objects for each image, highest score first. */
export function decode(
  output: tf.Tensor4D,
  { size, threshold = 0.3, iouThreshold = 0.4 }: DetectionOptions,
): Detection[][] {
  const [b, s, , width] = sizesOf('decode', output, '[b, s, s, 5 + k]');
  const values = tf.tidy(() => {
    const [boxes, classes] = tf.split(output, [BOX_OUTPUTS, width - BOX_OUTPUTS], -1) as [
      tf.Tensor,
      tf.Tensor,
    ];
    return tf.concat([tf.sigmoid(boxes), tf.softmax(classes)], -1).dataSync();
  });
  return Array.from({ length: b }, (_, image) => {
    const cells = Array.from({ length: s * s }, (__, cell) => {
      const from = (image * s * s + cell) * width;
      return detectionOf(values.subarray(from, from + width), cell % s, Math.floor(cell / s), size / s, size);
    }).filter(({ score }) => score >= threshold);
    const kept = nms(
      cells.map(({ box }) => box),
      cells.map(({ score }) => score),
      iouThreshold,
    );
    return kept.flatMap((at) => cells[at] ?? []);
  });
}

/** What one cell says; `cell` and `size` are the sides of a cell and of the image in pixels. */
function detectionOf(
  values: ArrayLike<number>,
  column: number,
  row: number,
  cell: number,
  size: number,
): Detection {
  const [object = 0, x = 0, y = 0, width = 0, height = 0, ...classes] = Array.from(values);
  const label = classes.indexOf(Math.max(...classes));
  const [cx, cy] = [(column + x) * cell, (row + y) * cell];
  const [dx, dy] = [(width * size) / 2, (height * size) / 2];
  return { box: [cx - dx, cy - dy, cx + dx, cy + dy], label, score: object * (classes[label] ?? 0) };
}
