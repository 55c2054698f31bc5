/**
 * Charts by Vega-Lite, and what shows them in a notebook.
 * @module tsdl/viz
 */
export * from './charts';
export { chart, type Chart } from './drawing/chart';
export { type LiveChart, liveChart } from './live';
export { show } from './show';
