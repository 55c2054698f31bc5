/**
 * What the course's chapters share: self-checks, proofs against PyTorch, judges of generated pictures.
 * @module tsdl/helpers/course
 */
export { type Answer, check } from './check';
export { type Component, connectedComponents } from './components';
export { Bigrams, mostFrequent } from './bigrams';
export { type DeviceTiming, timeDevices } from './devices';
export { type DigitScores, Judge } from './digitjudge';
export { energyDistance, frechetDistance } from './frechet';
/** What the guide defines for itself: its multi-head attention, its early stopping, its log lines. */
export * as guide from './guide';
export {
  type Kept,
  type Labelled,
  layerFeatures,
  linearProbe,
  nearestNeighbour,
  type ProbeOptions,
  type Verdict,
} from './probing';
export { bound, fillByFormula, formulaInput, readFixture } from './proof';
export { ComponentSegmenter } from './segmenter';
export { type Figures, overSeeds, type SeedRecord } from './seeds';
