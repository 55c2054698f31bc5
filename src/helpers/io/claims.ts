/** What a file may claim: sizes are checked before anything is allocated. */

/** As many axes as NumPy and PyTorch have. */
const MAX_RANK = 64;

/** Whether a value of JSON is an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Number of elements of a shape; Infinity if that is more than a double counts exactly. */
export function elementsOf(shape: readonly number[]): number {
  // A zero anywhere makes the product 0, however absurd the other sizes are.
  if (shape.includes(0)) return 0;
  const count = shape.reduce((product, size) => product * size, 1);
  return Number.isSafeInteger(count) ? count : Infinity;
}

/** Whether this is a shape a tensor can have: whole, non-negative sizes. */
export function isShape(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_RANK &&
    value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)
  );
}

/**
 * Refuses a file that is not what its format says, with what to do about it.
 * @throws SyntaxError always
 */
export function malformed(
  kind: string,
  path: string,
  expected: string,
  actual: string,
  advice = 'save or download it again',
): never {
  throw new SyntaxError(`Cannot read ${kind} file "${path}": expected ${expected}, got ${actual}; ${advice}`);
}

/** A value of a hostile file, short enough for a message and never walked through. */
export function excerpt(value: unknown): string {
  if (Array.isArray(value)) {
    const plain = value.length <= 8 && value.every((item) => typeof item === 'number');
    return plain ? `[${value.join(', ')}]` : `a list of ${value.length}`;
  }
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 200)) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
