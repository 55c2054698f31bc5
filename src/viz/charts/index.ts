/**
 * Every chart: records in, a picture out.
 * @module tsdl/viz/charts
 */
export * from './animation';
export type { BoxMark } from './boxes';
export type { AnimationOptions, Frame } from './scene';
export { attentionMaps, type AttentionOptions } from './attention';
export { barChart, type Bar, type BarOptions } from './bar';
export { beside } from './beside';
export { confusionMatrix, type ConfusionOptions } from './confusion';
export { functionPlot, type FunctionPlotOptions, type TensorFunction } from './functions';
export { heatMap, type HeatOptions } from './heat';
export { histogram, type HistogramOptions } from './histogram';
export { lossCurve, lrCurve, type EpochRecord, metricCurve, type Records, trainingChart } from './history';
export { imageGrid, type ImageGridOptions } from './images';
export {
  heatOverlay,
  layerBars,
  layerHistograms,
  lrFinderCurve,
  mistakes,
  type MistakesOptions,
} from './interpretation';
export { lineChart, type LineOptions } from './line';
export { featureMaps, filters, type LayerRecord, shapeLadder, summaryTable } from './network';
export { embeddingProjection } from './projection';
export { type Classifier, decisionRegion, type RegionOptions, scatter, type ScatterOptions } from './scatter';
export { type Cell, type Table, table, type TableOptions } from './table';
export type { ChartOptions } from '../drawing/chart';
export type { Spec } from '../drawing/render';
export type { Values } from '../drawing/series';
export type { Nested, Numbers, TensorLike } from '../drawing/values';
