/** Odd titles and labels, the charts that they come into, and what has to hold of each. */
import assert from 'node:assert/strict';

import * as tf from '../../src/engine/tf';
import * as charts from '../../src/viz/charts';
import type { Chart } from '../../src/viz/drawing/chart';
import { compile } from '../../src/viz/drawing/render';

export const CONTROLS = Array.from({ length: 32 }, (_, code) => `a${String.fromCharCode(code)}b`);
/** Texts that break what does not escape them. */
export const ODD: readonly string[] = [
  ...CONTROLS,
  ...[
    '\x7f',
    '\x80',
    '\x9f',
    '\u2028',
    '\u2029',
    '\ud800',
    'x\udc00y',
    '\ufffe',
    '\uffff',
    '\u202e',
    '\u200b',
    '🎉',
  ],
  ...['"', '""', "'", '`', '\\', '\\\\', '\\"', '"\\', '\\n', '\\u0041', '\r\n', 'a\nb\nc', ' ', ''],
  ...['</svg><script>alert(1)</script>', '<b>', '&amp;', '&#0;', ']]>', '<!--', '<?xml?>', '%s', '{{x}}'],
  ...[
    '": now(), "x',
    `"+warn("!")+"`,
    "'] + datum['",
    '${1+1}',
    '__proto__',
    'constructor',
    'valueOf',
    '图“一”',
  ],
];

/** Each chart with a text wherever it takes one. */
export const CHARTS: Readonly<Record<string, (odd: string) => Chart>> = {
  lineChart: (t) =>
    charts.lineChart(
      { [`${t}1`]: [1, 2, 3], b: [3, 2, 1] },
      { title: t, subtitle: t, xTitle: t, yTitle: t, marks: [{ x: 1, label: t }] },
    ),
  barChart: (t) => charts.barChart({ [`${t}1`]: 1, z: 2 }, { title: t, unit: t }),
  confusionMatrix: (t) => charts.confusionMatrix([[2, 1], [0, 3]], { classes: [`${t}1`, 'z'], title: t }), // prettier-ignore
  heatMap: (t) => charts.heatMap([[1, 2], [3, 4]], { rows: [t, 'z'], columns: ['y', t], title: t }), // prettier-ignore
  histogram: (t) => charts.histogram({ [`${t}1`]: [1, 2, 2, 3], z: [1, 1] }, { title: t, subtitle: t }),
  scatter: (t) => charts.scatter([[0, 1], [1, 0]], { labels: [`${t}1`, 'z'], title: t, xTitle: t }), // prettier-ignore
  functionPlot: (t) => charts.functionPlot({ [`${t}1`]: tf.sin, z: tf.cos }, { title: t }),
};

// eslint-disable-next-line no-control-regex -- what XML 1.0 has no place for
const NO_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** Every expression of a compiled chart. */
function expressions(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return ['signal', 'expr', 'test', 'update'].includes(key) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    expressions(item, Array.isArray(value) ? key : name),
  );
}

/** Draws a chart with this text: it is drawn, says what it says, and runs nothing. */
export function assertDrawn(draw: (odd: string) => Chart, odd: string): void {
  const shown = JSON.stringify(odd);
  const chart = draw(odd);
  const svg = chart.svg();
  assert.doesNotMatch(svg, NO_XML, shown);
  assert.doesNotMatch(svg, /<script|<b>/, shown);
  assert.ok(svg.trimEnd().endsWith('</svg>') && !/\p{Surrogate}/u.test(svg), shown);
  const calls = expressions(compile(chart.spec))
    .join('\n')
    .replace(/"(?:[^"\\]|\\.)*"/g, '""');
  assert.doesNotMatch(calls, /\b(?:now|warn)\(/, shown);
  assert.doesNotMatch(chart.toString(), /[\0\x1b]/, shown); // eslint-disable-line no-control-regex -- as above
}
