/** What is drawn from any stream of numbers in [0, 1). */

/** A standard normal number (Box and Muller, 1958). */
export function standardNormal(random: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

/** Shuffles in place (Fisher and Yates), every order equally likely. */
export function shuffleInPlace<T>(
  items: { readonly length: number; [i: number]: T },
  random: () => number,
): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
}
