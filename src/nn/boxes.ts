/**
 * Boxes as `torchvision.ops` has them: corners in pixels, x to the right, y downwards. A few boxes an image, so plain
 * numbers instead of tensors.
 * @module tsdl/nn/boxes
 */

/** `[x1, y1, x2, y2]`: left, top, right, bottom; the pixel in the last row has its lower edge at y2. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number];

/** Area in square pixels; 0 where right is not right of left or bottom not below top. */
export function boxArea([x1, y1, x2, y2]: Box): number {
  return Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
}

/** Intersection over union of two boxes, 0 … 1; 0 where both are empty. As one entry of `torchvision.ops.box_iou`. */
export function boxIou(a: Box, b: Box): number {
  const common = boxArea([
    Math.max(a[0], b[0]),
    Math.max(a[1], b[1]),
    Math.min(a[2], b[2]),
    Math.min(a[3], b[3]),
  ]);
  const union = boxArea(a) + boxArea(b) - common;
  return union > 0 ? common / union : 0;
}

/**
 * Non-maximum suppression: takes the box with the highest score, drops all that overlap it by more than
 * `iouThreshold`, and so on. As `torchvision.ops.nms`.
 * @returns positions of the kept boxes, highest score first
 * @throws RangeError unless there is one score for each box
 */
export function nms(boxes: readonly Box[], scores: readonly number[], iouThreshold: number): number[] {
  if (boxes.length !== scores.length) {
    throw new RangeError(
      `Cannot suppress boxes: expected ${boxes.length} scores, one for each box, got ${scores.length}`,
    );
  }
  const kept: { at: number; box: Box }[] = [];
  const order = boxes
    .map((box, at) => ({ at, box }))
    .sort((a, b) => (scores[b.at] ?? 0) - (scores[a.at] ?? 0));
  for (const candidate of order) {
    if (kept.every(({ box }) => boxIou(box, candidate.box) <= iouThreshold)) kept.push(candidate);
  }
  return kept.map(({ at }) => at);
}
