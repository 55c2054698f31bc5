/**
 * Reproducible orders: the same seed gives the same shuffle on every machine.
 * @module tsdl/helpers/data/permutation
 */
import { shuffleInPlace } from '../../engine/random/draw';
import { Sfc32 } from '../../engine/random/sfc32';

/** A stream of numbers in [0, 1) that depends on `seed` alone. */
export function seededRandom(seed: number): () => number {
  const stream = Sfc32.from(seed, 0);
  return () => stream.next();
}

/** The numbers 0 … length − 1 in random order, every order equally likely. */
export function permutation(length: number, random: () => number): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  shuffleInPlace(order, random);
  return order;
}
