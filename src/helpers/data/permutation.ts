/** Reproducible orders: the same seed gives the same shuffle on every machine. */
import { Sfc32 } from '../../engine/random/sfc32';

/** A stream of numbers in [0, 1) that depends on `seed` alone. */
export function seededRandom(seed: number): () => number {
  const stream = Sfc32.from(seed, 0);
  return () => stream.next();
}

/** The numbers 0 … length − 1 in random order (Fisher and Yates), every order equally likely. */
export function permutation(length: number, random: () => number): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  shuffleInPlace(order, random);
  return order;
}

/** Shuffles positions in place. */
export function shuffleInPlace(order: Int32Array, random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = held;
  }
}
