/**
 * What a chart accepts as numbers (tensor, typed array, nested array), checked once at the door.
 */

/** A tensor as far as a chart needs it, so that drawing numbers does not load TensorFlow. */
export interface TensorLike {
  readonly shape: readonly number[];
  /** All values, in row-major order. */
  dataSync(): ArrayLike<number>;
  /** What stands in errors. */
  toString(): string;
}

/** Lists of numbers in lists, as deep as there are axes. */
export type Nested = readonly number[] | readonly Nested[];
/** Whatever holds numbers: a tensor, a typed array, a list, lists in lists. */
export type Numbers = TensorLike | ArrayLike<number> | Nested;

/** Numbers in row-major order and their shape. */
export interface Block {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** Whether it is a tensor, of whatever copy of TensorFlow.js. */
export const isTensor = (x: unknown): x is TensorLike =>
  typeof x === 'object' && x !== null && 'dataSync' in x && 'shape' in x;

function shapeOf(x: unknown): number[] {
  const shape: number[] = [];
  for (let level = x; Array.isArray(level); level = (level as unknown[])[0]) shape.push(level.length);
  return shape;
}

/**
 * Reads numbers of any rank; `what` names the chart and argument in errors.
 * @throws TypeError for what are no numbers, RangeError for rows of different lengths
 */
export function block(values: Numbers, what: string): Block {
  if (isTensor(values)) return { data: values.dataSync(), shape: values.shape };
  if (!Array.isArray(values)) {
    if (ArrayBuffer.isView(values)) {
      const data = values as unknown as ArrayLike<number>;
      return { data, shape: [data.length] };
    }
    throw new TypeError(
      `Cannot draw ${what}: expected a tensor, a typed array or nested arrays, got ${typeof values}`,
    );
  }
  const shape = shapeOf(values);
  const data = (shape.length > 1 ? values.flat(Infinity) : values) as number[];
  const expected = shape.reduce((product, n) => product * n, 1);
  if (data.length !== expected) {
    throw new RangeError(
      `Cannot draw ${what}: expected rows of equal length (${expected} numbers as [${shape.join(', ')}]), got ${data.length}`,
    );
  }
  const wrong = data.findIndex((v) => typeof v !== 'number');
  if (wrong >= 0) {
    throw new TypeError(`Cannot draw ${what}: expected numbers, got ${typeof data[wrong]} at index ${wrong}`);
  }
  return { data, shape };
}

/**
 * Reads numbers of one rank: `[n]` for a list, `[h, w]` for a matrix, and so on.
 * @throws TypeError for another rank, RangeError if there is no value
 */
export function ranked(values: Numbers, rank: number, what: string): Block {
  const read = block(values, what);
  if (read.shape.length !== rank) {
    throw new TypeError(
      `Cannot draw ${what}: expected ${rank} dimension${rank === 1 ? '' : 's'}, got shape [${read.shape.join(', ')}]`,
    );
  }
  if (read.data.length === 0) throw new RangeError(`Cannot draw ${what}: expected at least one value, got 0`);
  return read;
}

/** One list of numbers. */
export const list = (values: Numbers, what: string): number[] => Array.from(ranked(values, 1, what).data);

/**
 * Checks that there are `expected` of something.
 * @throws RangeError unless there are
 */
export function checkLength(actual: number, expected: number, what: string, of: string): void {
  if (actual !== expected) {
    throw new RangeError(`Cannot draw ${what}: expected ${expected} ${of}, got ${actual}`);
  }
}

/** The ends of a list of numbers. */
export interface Extent {
  readonly min: number;
  readonly max: number;
  /** How many values are NaN or infinite; they count for neither end. */
  readonly bad: number;
}

/**
 * Smallest and largest finite value.
 * @throws RangeError if no value is finite
 */
export function extent(values: ArrayLike<number>, what: string): Extent {
  let min = Infinity;
  let max = -Infinity;
  let bad = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] ?? NaN;
    if (!Number.isFinite(v)) bad++;
    else {
      if (v < min) min = v;
      if (v > max) max = v;
    }
  }
  if (min > max) {
    throw new RangeError(`Cannot draw ${what}: expected finite values, got ${bad} that are NaN or infinite`);
  }
  return { min, max, bad };
}

/** A number as a reader wants it: four significant digits, no trailing zeros, no `e` for common sizes. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}
