import assert from 'node:assert/strict';

type Nested = number | readonly Nested[] | ArrayLike<number>;

function flat(x: Nested): number[] {
  if (typeof x === 'number') return [x];
  return Array.from(x as ArrayLike<Nested>).flatMap(flat);
}

/** Largest absolute difference of two equally long nested arrays; NaN anywhere counts as infinite. */
export function maxDiff(actual: Nested, expected: Nested): number {
  const a = flat(actual);
  const e = flat(expected);
  assert.equal(a.length, e.length, 'number of values');
  return a.reduce((worst, v, i) => {
    const d = Math.abs(v - (e[i] ?? NaN));
    return Number.isNaN(d) ? Infinity : Math.max(worst, d);
  }, 0);
}

/** Asserts that every value is within `tolerance` (absolute) of the expected one. */
export function assertClose(actual: Nested, expected: Nested, tolerance = 1e-5): void {
  const d = maxDiff(actual, expected);
  assert.ok(d <= tolerance, `max|Δ| = ${d} exceeds ${tolerance}`);
}
