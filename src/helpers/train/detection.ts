/** How good a detector is: precision, recall, mean IoU and mean average precision against the true boxes. */
import { type Box, boxIou } from '../../nn/boxes';

/** A true object. */
export interface TrueObject {
  readonly box: Box;
  readonly label: number;
}

/** A predicted one. */
export interface ScoredObject extends TrueObject {
  readonly score: number;
}

/** How good a detector's boxes are, all images together. */
export interface DetectionScores {
  /** Share of predictions that hit a true object of their class. */
  readonly precision: number;
  /** Share of true objects that were hit. */
  readonly recall: number;
  /** Mean IoU of the hits with what they hit; 0 without any. */
  readonly meanIou: number;
  /** Average precision (area under precision over recall), mean over the classes there are: mAP. */
  readonly meanAveragePrecision: number;
}

interface Match {
  readonly label: number;
  readonly score: number;
  /** IoU with the object hit; undefined where none was. */
  readonly iou: number | undefined;
}

/**
 * In the order of their scores each prediction takes the true object of its class that it overlaps most, if by at
 * least `iouThreshold` and not taken yet.
 */
function matched(
  predicted: readonly ScoredObject[],
  truth: readonly TrueObject[],
  iouThreshold: number,
): Match[] {
  const free = new Set(truth);
  return [...predicted]
    .sort((a, b) => b.score - a.score)
    .map(({ box, label, score }) => {
      let best: { object: TrueObject; iou: number } | undefined;
      for (const object of free) {
        const iou = boxIou(box, object.box);
        if (object.label === label && iou >= Math.max(iouThreshold, best?.iou ?? 0)) best = { object, iou };
      }
      if (best) free.delete(best.object);
      return { label, score, iou: best?.iou };
    });
}

/**
 * Area under the curve of precision over recall, precision being the best at that recall or beyond (PASCAL VOC 2010
 * and later).
 * @param hits whether each prediction hit, highest score first
 * @param count true objects in all
 */
export function averagePrecision(hits: readonly boolean[], count: number): number {
  let found = 0;
  const precisions = hits.map((hit, i) => (found += hit ? 1 : 0) / (i + 1));
  for (let i = precisions.length - 2; i >= 0; i--) {
    precisions[i] = Math.max(precisions[i] ?? 0, precisions[i + 1] ?? 0);
  }
  return hits.reduce((area, hit, i) => area + (hit ? (precisions[i] ?? 0) : 0), 0) / count;
}

/**
 * Compares predictions with the truth, image by image.
 * @param options.iouThreshold least overlap of a hit
 * @throws RangeError unless there is one list of predictions for each image, and at least one true object
 */
export function detectionScores(
  predicted: readonly (readonly ScoredObject[])[],
  truth: readonly (readonly TrueObject[])[],
  { iouThreshold = 0.5 } = {},
): DetectionScores {
  const objects = truth.flat();
  if (predicted.length !== truth.length || objects.length === 0) {
    throw new RangeError(
      `Cannot score detections: expected one list of predictions for each image and at least one object, ` +
        `got ${predicted.length} lists, ${truth.length} images, ${objects.length} objects`,
    );
  }
  const matches = predicted
    .flatMap((list, i) => matched(list, truth[i] ?? [], iouThreshold))
    .sort((a, b) => b.score - a.score);
  const ious = matches.flatMap(({ iou }) => iou ?? []);
  const classes = [...new Set(objects.map(({ label }) => label))];
  const areas = classes.map((k) =>
    averagePrecision(
      matches.filter(({ label }) => label === k).map(({ iou }) => iou !== undefined),
      objects.filter(({ label }) => label === k).length,
    ),
  );
  return {
    precision: matches.length === 0 ? 0 : ious.length / matches.length,
    recall: ious.length / objects.length,
    meanIou: ious.length === 0 ? 0 : sum(ious) / ious.length,
    meanAveragePrecision: sum(areas) / areas.length,
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
