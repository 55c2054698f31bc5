/** Matrices and images with more places than a page has pixels, made smaller by means over square blocks. */
import { say } from '../../../bin/bootstrap/language';

/** Longest side drawn place by place. */
const MAX_SIDE = 400;

/** A matrix seen as blocks, so that it has no more cells than can be drawn. */
export interface Shrunk {
  readonly h: number;
  readonly w: number;
  /** Side of the blocks; 1: nothing was made smaller. */
  readonly block: number;
  /** The mean over a block. */
  at(row: number, column: number): number;
}

/** Reads `[h, w]` values in blocks, so that no side is longer than `MAX_SIDE`. */
export function shrink(h: number, w: number, at: (row: number, column: number) => number): Shrunk {
  const block = Math.max(1, Math.ceil(Math.max(h, w) / MAX_SIDE));
  if (block === 1) return { h, w, block, at };
  const mean = (row: number, column: number): number => {
    let [sum, count] = [0, 0];
    for (let y = row * block; y < Math.min(h, (row + 1) * block); y++) {
      for (let x = column * block; x < Math.min(w, (column + 1) * block); x++, count++) sum += at(y, x);
    }
    return sum / count;
  };
  return { h: Math.ceil(h / block), w: Math.ceil(w / block), block, at: mean };
}

/** What was done, for the subtitle. */
export const shrunkNote = (h: number, w: number, what: string): string[] => {
  const { block } = shrink(h, w, () => 0);
  return block === 1
    ? []
    : [
        say({
          zh: `${h}×${w} ${what}，每 ${block}×${block} 个取平均`,
          en: `${h}×${w} ${what}, averaged over ${block}×${block}`,
        }),
      ];
};
