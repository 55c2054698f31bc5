import assert from 'node:assert/strict';

import { barChart } from '../../src/viz/charts/bar';
import { toSvg } from '../../src/viz/drawing/render';

/** Where the numbers beside bars stand: the place of each, its side, and the end of its bar. */
function numbers(values: readonly number[]) {
  const bars = values.map((value, i) => ({ name: `条 ${i}`, value }));
  const svg = toSvg(barChart(bars, { format: '.1f' }).spec);
  const [, marks = '', labels = ''] = svg.split(/class="[^"]*layer_\d_marks"/);
  const ends = [...marks.matchAll(/ d="M([-\d.]+),[-\d.]+h([-\d.]+)/g)].map(
    ([, start, length], i) => Number(start) + (Number(values[i]) < 0 ? 0 : Number(length)),
  );
  const texts = labels.matchAll(/text-anchor="(\w+)" transform="translate\(([-\d.]+),[^>]*>([^<]+)</g);
  const width = Number(/class="background"[^>]* d="M0,0h([\d.]+)/.exec(svg)?.[1]);
  return [...texts].map(([, anchor, x, text], i) => ({
    anchor,
    x: Number(x),
    end: ends[i] ?? NaN,
    text: String(text),
    width,
  }));
}

describe('barChart', () => {
  it('sets each number beyond its bar: right of it, and left of a negative one', () => {
    const drawn = numbers([-4.4, 2.8, -0.2, 0]);
    assert.deepEqual(
      drawn.map(({ text, anchor, x, end }) => [text, anchor, Math.round(x - end)]),
      [
        ['−4.4', 'end', -4],
        ['2.8', 'start', 4],
        ['−0.2', 'end', -4],
        ['0.0', 'start', 4],
      ],
    );
  });

  it('leaves room for the numbers, whichever way the bars go', () => {
    for (const values of [
      [1, 3],
      [-1, -3],
      [-0.1, 90.5],
      [-90.5, 0.1],
    ])
      for (const { anchor, x, text, width } of numbers(values)) {
        const long = 6.5 * text.length;
        const [from, to] = anchor === 'end' ? [x - long, x] : [x, x + long];
        assert.ok(from >= 0 && to <= width, `${text} at ${from} … ${to} of ${width}`);
      }
  });
});
