/** Dividing a data set into parts, and weighing unequal classes. */
import { shuffle } from '../../engine/random';
import { shuffleInPlace } from '../../engine/random/draw';
import type { Tensors } from './dataset';
import type { Samples } from './items';
import { permutation, seededRandom } from './permutation';
import { Subset } from './views';

/** Whole numbers that sum to `total` and are as near as possible to `total · fraction` (largest remainder). */
function apportion(total: number, fractions: readonly number[]): number[] {
  const exact = fractions.map((fraction) => total * fraction);
  const sizes = exact.map(Math.floor);
  const byRemainder = exact
    .map((value, part) => ({ part, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.part - b.part);
  const missing = total - sizes.reduce((sum, size) => sum + size, 0);
  for (const { part } of byRemainder.slice(0, missing)) sizes[part] = (sizes[part] ?? 0) + 1;
  return sizes;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Lengths as they were given, or worked out from fractions that sum to 1. */
function partSizes(total: number, lengths: readonly number[]): number[] {
  if (lengths.some((value) => !(value >= 0))) {
    throw new RangeError(`Cannot split data set: expected lengths ≥ 0, got [${lengths.join(', ')}]`);
  }
  if (Math.abs(sum(lengths) - 1) < 1e-9) {
    // as PyTorch: rounded down, and what is left over goes round from the first part on
    const sizes = lengths.map((fraction) => Math.floor(total * fraction));
    const left = total - sum(sizes);
    return sizes.map((size, i) => size + Math.floor(left / sizes.length) + (i < left % sizes.length ? 1 : 0));
  }
  if (!lengths.every(Number.isInteger) || sum(lengths) !== total) {
    throw new RangeError(
      `Cannot split data set: expected fractions that sum to 1 or lengths that sum to ${total}, ` +
        `got [${lengths.join(', ')}]`,
    );
  }
  return [...lengths];
}

/**
 * Divides a data set at random into parts without overlap, as `torch.utils.data.random_split` does.
 *
 * @param lengths sample counts, or fractions that sum to 1
 * @returns as many parts as there are lengths
 * @throws RangeError for lengths that do not add up
 * @example
 * const [fitted, held] = randomSplit(train, [0.9, 0.1]);
 */
export function randomSplit<B extends Tensors, const L extends readonly number[]>(
  dataset: Samples<B>,
  lengths: L,
  { seed = 0 } = {},
): { -readonly [i in keyof L]: Subset<B> } {
  const order = permutation(dataset.length, seededRandom(seed));
  let start = 0;
  const parts = partSizes(dataset.length, lengths).map(
    (size) => new Subset(dataset, order.subarray(start, (start += size))),
  );
  return parts as { -readonly [i in keyof L]: Subset<B> };
}

/** The positions of each class' samples, class 0 first. */
function positionsByClass(labels: ArrayLike<number>): Int32Array[] {
  const numClasses = numberOfClasses(labels);
  const lists = Array.from({ length: numClasses }, (): number[] => []);
  for (let i = 0; i < labels.length; i++) lists[labels[i] ?? 0]?.push(i);
  return lists.map((list) => Int32Array.from(list));
}

function numberOfClasses(labels: ArrayLike<number>): number {
  let largest = -1;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? -1;
    if (!Number.isInteger(label) || label < 0) {
      throw new RangeError(`Cannot read labels: expected whole numbers ≥ 0, got ${label} at ${i}`);
    }
    largest = Math.max(largest, label);
  }
  return largest + 1;
}

/**
 * Divides positions into two parts that hold every class in the same proportion.
 *
 * @param fraction share of the second part, in (0, 1)
 * @returns shuffled positions of the first and the second part
 * @throws RangeError for labels that are no class numbers, or a fraction out of range
 */
export function stratifiedSplit(
  labels: ArrayLike<number>,
  fraction: number,
  { seed = 0 } = {},
): [Int32Array, Int32Array] {
  if (!(fraction > 0 && fraction < 1)) {
    throw new RangeError(`Cannot split data set: expected a fraction between 0 and 1, got ${fraction}`);
  }
  const random = seededRandom(seed);
  const classes = positionsByClass(labels);
  const total = Math.round(labels.length * fraction);
  const shares = classes.map((positions) => positions.length / labels.length);
  const second = apportion(total, shares);
  const parts: [number[], number[]] = [[], []];
  classes.forEach((positions, label) => {
    shuffleInPlace(positions, random);
    const cut = second[label] ?? 0;
    // One by one: the positions of a large class do not fit into the arguments of one call.
    positions.forEach((position, i) => parts[i < cut ? 1 : 0].push(position));
  });
  return [Int32Array.from(shuffle(parts[0], random)), Int32Array.from(shuffle(parts[1], random))];
}

/**
 * Weights that make every class count the same in a loss: samples / (classes · samples of the class).
 * A class without a sample weighs 0.
 * @throws RangeError for labels that are no class numbers
 */
export function classWeights(labels: ArrayLike<number>, numClasses = numberOfClasses(labels)): Float32Array {
  const counts = new Float64Array(numClasses);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? -1;
    if (!(label >= 0 && label < numClasses)) {
      throw new RangeError(`Cannot weigh classes: expected labels below ${numClasses}, got ${label} at ${i}`);
    }
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return Float32Array.from(counts, (count) => (count === 0 ? 0 : labels.length / (numClasses * count)));
}
