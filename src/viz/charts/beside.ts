/**
 * Several charts as one picture.
 */
import { type Chart, chart, type ChartOptions } from '../drawing/chart';
import { semicolon } from '../drawing/words';

/** More than a page holds. */
const MAX_PARTS = 64;

/**
 * Puts charts side by side (`columns` a row) as one picture; selections stay their own, animations become strips.
 * @throws RangeError unless there is a chart, not too many of them, and `columns` is an integer of 1 or more
 */
export function beside(
  charts: readonly Chart[],
  options: ChartOptions & { columns?: number },
  summary?: string,
): Chart {
  if (charts.length === 0)
    throw new RangeError('Cannot put charts beside each other: expected at least one, got 0');
  const { columns = 2 } = options;
  if (!(Number.isInteger(columns) && columns >= 1)) {
    throw new RangeError(
      `Cannot put charts beside each other: expected columns to be an integer of 1 or more, got ${columns}`,
    );
  }
  if (charts.length > MAX_PARTS) {
    throw new RangeError(
      `Cannot put charts beside each other: expected at most ${MAX_PARTS}, got ${charts.length}`,
    );
  }
  const parts = charts.map(({ still }, i) => rename(part(still), `p${i}`));
  const spec = {
    concat: parts,
    columns,
    spacing: 28,
    resolve: { scale: { color: 'independent', strokeDash: 'independent' } },
  };
  return chart(options, spec, summary ?? charts.map((c) => c.summary).join(semicolon()));
}

function part(spec: Record<string, unknown>): Record<string, unknown> {
  const inner = { ...spec };
  for (const key of ['$schema', 'config', 'usermeta', 'description']) delete inner[key];
  const title = inner.title as object | undefined;
  return title ? { ...inner, title: { ...title, fontSize: 13, fontWeight: 'normal' } } : inner;
}

/** Selection names are global in Vega-Lite: each part gets its own. */
function rename(spec: Record<string, unknown>, prefix: string): Record<string, unknown> {
  const text = JSON.stringify(spec).replace(/"(name|param)":"(picked|zoom)"/g, `"$1":"${prefix}$2"`);
  return JSON.parse(text) as Record<string, unknown>;
}
