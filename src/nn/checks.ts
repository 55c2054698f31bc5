/** One number, as PyTorch's arguments of layers over sequences allow it. */
export type Size1d = number | readonly [number];
/** A size in rows and columns, or one number for both, as PyTorch's arguments allow. */
export type Size2d = number | readonly [number, number];
/** A size in depth, rows and columns, or one number for all. */
export type Size3d = number | readonly [number, number, number];
/** A size along each axis, or one number for all. */
export type SizeNd = number | readonly number[];

/** A size along each of `rank` axes; one number stands for all. */
export function sizesAlong(rank: number, size: SizeNd): readonly number[] {
  return Array.isArray(size)
    ? (size as readonly number[])
    : Array.from({ length: rank }, () => size as number);
}

/**
 * Checks that there is an integer of at least `least` for each of `rank` axes.
 * @throws RangeError unless there is
 */
export function checkedSizes(
  what: string,
  name: string,
  { size, rank, least }: { readonly size: SizeNd; readonly rank: number; readonly least: number },
): readonly number[] {
  const all = sizesAlong(rank, size);
  if (all.length === rank && all.every((n) => Number.isInteger(n) && n >= least)) return all;
  const many = rank === 1 ? 'an integer' : all.length === rank ? 'integers' : `${rank} integers`;
  throw new RangeError(
    `Cannot build ${what}: ${name} must be ${many} of at least ${least}, got ${all.join(', ')}`,
  );
}

/**
 * Checks a layer's count, such as its channels.
 * @throws RangeError unless it is an integer of at least `least`
 */
export function checkedCount(what: string, name: string, count: number, least = 1): number {
  if (Number.isInteger(count) && count >= least) return count;
  throw new RangeError(`Cannot build ${what}: ${name} must be an integer of at least ${least}, got ${count}`);
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
