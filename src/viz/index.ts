/** Charts by Vega-Lite, and what shows them in a notebook. */
export * from './charts';
export { chart, type Chart } from './drawing/chart';
export { liveChart } from './live';
export { show } from './show';
