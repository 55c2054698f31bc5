/** Every chart: records in, a picture out. */
export * from './animation';
export { attentionMaps, type AttentionOptions } from './attention';
export { barChart, type Bar, type BarOptions } from './bar';
export { beside } from './beside';
export { confusionMatrix, type ConfusionOptions } from './confusion';
export { functionPlot, type FunctionPlotOptions } from './functions';
export { heatMap, type HeatOptions } from './heat';
export { histogram, type HistogramOptions } from './histogram';
export { lossCurve, lrCurve, metricCurve, trainingChart } from './history';
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
export { featureMaps, filters, shapeLadder, summaryTable } from './network';
export { embeddingProjection } from './projection';
export { decisionRegion, scatter, type ScatterOptions } from './scatter';
export { type Table, table, type TableOptions } from './table';
