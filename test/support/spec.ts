import assert from 'node:assert/strict';

import type { Chart } from '../../src/viz/drawing/chart';
import { compile } from '../../src/viz/drawing/render';

/** Asserts that a chart's spec is complete and that Vega-Lite 5.6 compiles it without a warning. */
export function assertCompiles(chart: Chart): void {
  const warnings: string[] = [];
  const vega = compile(chart.spec, warnings);
  assert.deepEqual(warnings, []);
  assert.ok((vega.marks ?? []).length > 0, 'marks');
  assert.match(String(chart.spec.$schema), /vega-lite\/v5\.json$/);
  assert.ok(String(chart.spec.description).length > 4, 'description');
  // What a notebook saves is JSON: NaN would become null unnoticed.
  assert.deepEqual(JSON.parse(JSON.stringify(chart.spec)), chart.spec);
}

/** The records of the first layer that has some, or of the chart itself. */
export function valuesOf(spec: Record<string, unknown>): Record<string, unknown>[] {
  const data = spec.data as { values?: Record<string, unknown>[] } | undefined;
  if (data?.values) return data.values;
  const parts = (spec.layer ?? spec.concat ?? spec.hconcat ?? []) as Record<string, unknown>[];
  return parts.map(valuesOf).find((values) => values.length > 0) ?? [];
}

/** The subtitles of a chart and its parts, where it says what it left out. */
export const subtitleOf = ({ spec }: Pick<Chart, 'spec'>): string => {
  const title = spec.title as { subtitle?: string[] } | undefined;
  const parts = ((spec.concat ?? []) as Chart['spec'][]).map((part) => subtitleOf({ spec: part }));
  return [...(title?.subtitle ?? []), ...parts].filter(Boolean).join(' ');
};
