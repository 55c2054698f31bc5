/**
 * Attention weights of all heads, tokens on the axes.
 */
import { say } from '../../../bin/bootstrap/language';
import { type Chart, chart } from '../drawing/chart';
import type { Spec } from '../drawing/render';
import { shrunkNote } from '../drawing/shrink';
import { block, extent, type Numbers, short } from '../drawing/values';
import {
  badNote,
  checkNames,
  type HeatOptions,
  type Matrix,
  MAX_CELLS,
  type Panel,
  panel,
  picture,
  sizeOf,
} from './heat';

/** Names of the tokens, and how the maps of the heads lie beside each other. */
export interface AttentionOptions extends Omit<HeatOptions, 'rows' | 'columns'> {
  /** Tokens attended to (columns), and those that attend (rows) where they differ. */
  tokens?: readonly string[];
  queries?: readonly string[];
  /** Heads in a row; default 4. */
  perRow?: number;
}

const WHAT = 'attentionMaps';

/** One matrix a head, `[t, s]` each. */
function headsOf(weights: Numbers): Matrix[] {
  const { data, shape } = block(weights, WHAT);
  const one = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  const [heads = 0, h = 0, w = 0] = one.length === 2 ? [1, ...one] : one;
  if (one.length < 2 || one.length > 3 || data.length === 0) {
    throw new TypeError(
      `Cannot draw ${WHAT}: expected [heads, t, s] for one sentence, got [${shape.join(', ')}]`,
    );
  }
  return Array.from({ length: heads }, (_, head) => ({ data, offset: head * h * w, h, w }));
}

/** Names for the axes: `rows` attend to `columns`. */
function namesOf({ tokens, queries = tokens, ...rest }: AttentionOptions): HeatOptions {
  const rows = queries ? { rows: queries } : {};
  const columns = tokens ? { columns: tokens } : {};
  return {
    rowTitle: say({ zh: '查询', en: 'query' }),
    columnTitle: say({ zh: '键', en: 'key' }),
    numbers: false,
    ...rest,
    ...rows,
    ...columns,
  };
}

/**
 * Draws attention weights `[t, s]`, `[heads, t, s]` or `[1, heads, t, s]`: row = who attends, column = to what.
 * @throws RangeError if there is no head
 * @example show(attentionMaps(weights, { tokens: ['我', '爱', '学习'] }));
 */
export function attentionMaps(weights: Numbers, options: AttentionOptions = {}): Chart {
  const matrices = headsOf(weights);
  const [first] = matrices;
  if (!first) throw new RangeError(`Cannot draw ${WHAT}: expected at least one head, got 0`);
  const { perRow = 4 } = options;
  const names = namesOf(options);
  checkNames(first, names, WHAT);
  const { max } = extent(first.data, WHAT);
  const range = options.range ?? ([0, Math.max(max, 1e-9)] as const);
  const side = matrices.length === 1 ? 340 : Math.max(110, 620 / Math.min(matrices.length, perRow) - 60);
  const size = sizeOf(first, options, side);
  const fine = first.h * first.w * matrices.length > MAX_CELLS;
  const panels = matrices.map((matrix, head) => {
    const one: Panel = {
      matrix,
      size,
      range,
      scale: options.colours ?? 'viridis',
      legend: true, // the scale is shared, and so is the one legend
    };
    return { ...(fine ? picture(one, names) : panel(one, names)), ...headTitle(head, matrices.length) };
  });
  const summary = say({
    zh: `${matrices.length} 个头，${first.h} 个查询对 ${first.w} 个键的注意力，最大 ${short(max)}`,
    en: `attention of ${first.h} queries to ${first.w} keys in ${matrices.length} heads, at most ${short(max)}`,
  });
  const notes = [
    ...shrunkNote(first.h, first.w, say({ zh: '个权重', en: 'weights' })),
    ...badNote(first.data),
  ];
  if (matrices.length === 1) return chart({ ...options, ...size, notes }, panels[0] ?? {}, summary);
  const spec = { concat: panels, columns: perRow, spacing: 14, resolve: { scale: { color: 'shared' } } };
  return chart({ ...options, notes }, spec, summary);
}

const headTitle = (head: number, heads: number): Spec =>
  heads === 1
    ? {}
    : {
        title: {
          text: say({ zh: `头 ${head + 1}`, en: `head ${head + 1}` }),
          fontSize: 12,
          anchor: 'middle',
          offset: 4,
        },
      };
