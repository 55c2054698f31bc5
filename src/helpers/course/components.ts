/** Connected components: what finds objects without learning anything, to compare detectors and segmenters with. */
import type { Box } from '../../nn/boxes';

/** Bright pixels that touch each other, at a side or a corner. */
export interface Component {
  /** The smallest box around them. */
  readonly box: Box;
  /** Their places, `[x, y]`. */
  readonly pixels: readonly (readonly [x: number, y: number])[];
}

const NEAR = [-1, 0, 1];

/**
 * The components of all pixels above a limit.
 * @param image rows of brightness
 * @param limit pixels above it count
 * @param least components of fewer pixels are noise and left out
 */
export function connectedComponents(
  image: readonly (readonly number[])[],
  limit: number,
  least = 1,
): Component[] {
  const left = image.map((row) => row.map((value) => value > limit));
  const found = left.flatMap((row, y) => row.map((_, x) => gathered(left, x, y)));
  return found.filter((pixels) => pixels.length >= Math.max(least, 1)).map(componentOf);
}

/** Takes the pixels that hang together with one out of those that are left. */
function gathered(left: boolean[][], x: number, y: number): [number, number][] {
  const stack: [number, number][] = [[x, y]];
  const pixels: [number, number][] = [];
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const [i, j] = place;
    const row = left[j];
    if (row?.[i] !== true) continue;
    row[i] = false;
    pixels.push(place);
    for (const dx of NEAR) for (const dy of NEAR) stack.push([i + dx, j + dy]);
  }
  return pixels;
}

function componentOf(pixels: readonly (readonly [number, number])[]): Component {
  const [xs, ys] = [pixels.map(([x]) => x), pixels.map(([, y]) => y)];
  return { box: [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1], pixels };
}
