/** Random numbers: PyTorch's functions that draw tensors, and the seeded streams behind them. */
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
