/** Boxes over images, as detectors give them. */
import type { Spec } from '../drawing/render';
import { BAD, GOOD } from '../drawing/theme';

/** A box drawn over an image. */
export interface BoxMark {
  /** Left, top, right, bottom in pixels of the image, pixel edges counted: a whole 28×28 image is `[0, 0, 28, 28]`. */
  readonly box: readonly [number, number, number, number];
  /** A short word at the box's upper left corner. */
  readonly label?: string;
  /** Green unless false: a wrong one is orange. */
  readonly correct?: boolean;
}

/** Where an image lies on the picture. */
export interface Placed {
  readonly x: number;
  readonly y: number;
  /** Pixels of the picture per pixel of the image. */
  readonly factor: number;
}

/** @throws RangeError for a box whose sides are turned round or not finite */
function checked({ box }: BoxMark, what: string): BoxMark['box'] {
  const [x1, y1, x2, y2] = box;
  if (x2 >= x1 && y2 >= y1 && box.length === 4 && box.every(Number.isFinite)) return box;
  throw new RangeError(
    `Cannot draw ${what}: expected boxes [x1, y1, x2, y2] with x1 ≤ x2 and y1 ≤ y2, got [${box.join(', ')}]`,
  );
}

/** Space that a label needs above its box. */
const LABEL = 14;

/**
 * Layers for the boxes of all images; what sticks out of an image is cut off at its edge.
 * @param size height and width of an image in its own pixels
 * @param axes where x and y of the picture lie, as the encodings of the grid have them
 */
export function boxLayers(
  boxes: readonly (readonly BoxMark[])[],
  placed: readonly Placed[],
  [height, width]: readonly [number, number],
  { x, y }: { readonly x: Spec; readonly y: Spec },
  what: string,
): Spec[] {
  const values = placed.flatMap((image, i) =>
    (boxes[i] ?? []).map((mark) => {
      const [left, top, right, bottom] = checked(mark, what);
      const across = (at: number) => image.x + image.factor * Math.min(width, Math.max(0, at));
      const down = (at: number) => image.y + image.factor * Math.min(height, Math.max(0, at));
      const place = { x: across(left), y: down(top), x2: across(right), y2: down(bottom) };
      const colour = mark.correct === false ? BAD : GOOD;
      return { ...place, label: mark.label ?? '', colour, inside: place.y - image.y < LABEL };
    }),
  );
  const colour = { field: 'colour', type: 'nominal', scale: null };
  // Above the box, or inside it where above would be outside the image.
  const words = (inside: boolean): Spec => ({
    data: { values: values.filter((value) => value.label !== '' && value.inside === inside) },
    mark: { ...WORD, baseline: inside ? 'top' : 'bottom', dy: inside ? 3 : -2, dx: inside ? 3 : 0 },
    encoding: { x, y, text: { field: 'label' }, color: colour },
  });
  const outline: Spec = {
    data: { values },
    mark: { type: 'rect', fill: null, strokeWidth: 2 },
    encoding: { x, y, x2: { field: 'x2' }, y2: { field: 'y2' }, stroke: colour },
  };
  return [outline, words(false), words(true)];
}

const WORD = { type: 'text', align: 'left', fontSize: 12, fontWeight: 'bold' };
