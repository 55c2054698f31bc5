/** A size in rows and columns, or one number for both, as PyTorch's arguments allow. */
export type Size2d = number | readonly [number, number];

/** A size in rows and in columns; one number stands for both. */
export function pair(size: Size2d): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}

/**
 * Checks that both sizes are integers of at least `least`.
 * @throws RangeError unless both are such integers
 */
export function checkedPair(
  what: string,
  name: string,
  size: Size2d,
  least: number,
): readonly [number, number] {
  const both = pair(size);
  if (both.every((n) => Number.isInteger(n) && n >= least)) return both;
  throw new RangeError(
    `Cannot build ${what}: ${name} must be integers of at least ${least}, got ${both.join(', ')}`,
  );
}

/**
 * Checks a layer's count, such as its channels.
 * @throws RangeError unless it is an integer of at least 1
 */
export function checkedCount(what: string, name: string, count: number): number {
  if (Number.isInteger(count) && count >= 1) return count;
  throw new RangeError(`Cannot build ${what}: ${name} must be an integer of at least 1, got ${count}`);
}

/**
 * Checks that groups divide both channel counts.
 * @throws RangeError unless both are divisible
 */
export function checkedGroups(what: string, groups: number, inChannels: number, outChannels: number): number {
  checkedCount(what, 'inChannels', inChannels);
  checkedCount(what, 'outChannels', outChannels);
  checkedCount(what, 'groups', groups);
  if (inChannels % groups === 0 && outChannels % groups === 0) return groups;
  throw new RangeError(
    `Cannot build ${what}: inChannels and outChannels must be divisible by groups ${groups}, ` +
      `got ${inChannels} and ${outChannels}`,
  );
}
