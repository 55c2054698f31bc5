/** Optimizers by their rules. */
export {
  Adadelta,
  type AdadeltaOptions,
  Adagrad,
  type AdagradOptions,
  Adamax,
  type AdamaxOptions,
  NAdam,
  type NAdamOptions,
  RAdam,
  type RAdamOptions,
  RMSprop,
  type RMSpropOptions,
} from './adaptive';
export {
  Adafactor,
  type AdafactorOptions,
  ASGD,
  type ASGDOptions,
  Muon,
  type MuonOptions,
  Rprop,
  type RpropOptions,
} from './others';
export { type RuleHyper, RuleOptimizer } from './rule';
