/**
 * Random numbers: PyTorch's functions that draw tensors, and the seeded streams behind them.
 * @module
 */
export { rand, randint, randLike, randn, randnLike, randperm } from './draws';
export {
  manualSeed,
  nextSeed,
  normal,
  random,
  randomInt,
  randomState,
  type RandomState,
  setRandomState,
  shuffle,
  truncatedNormal,
  uniform,
} from './seeded';
export type { Sfc32State } from './sfc32';
