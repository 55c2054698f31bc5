import assert from 'node:assert/strict';

import { animation } from '../../src/viz/charts/animation';
import { beside } from '../../src/viz/charts/beside';
import { VEGALITE } from '../../src/viz/drawing/chart';
import { compile } from '../../src/viz/drawing/render';
import { assertCompiles, subtitleOf } from '../support/spec';

const wander = (frames: number, n = 5) =>
  Array.from({ length: frames }, (_, t) => ({
    points: Array.from({ length: n }, (__, i) => [i + t / 10, Math.sin(i + t)]),
    caption: `t = ${t}`,
  }));

const pole = (angle: number) => ({
  lines: [
    [
      [-1, 0],
      [1, 0],
    ],
    [
      [0, 0],
      [Math.sin(angle), Math.cos(angle)],
    ],
  ],
});

const digit = (value: number) => ({
  image: { shape: [4, 6], dataSync: () => new Float32Array(24).fill(value) },
});

describe('animation()', () => {
  it('shows one frame behind a slider, and a strip of frames on paper', () => {
    const chart = animation(wander(20), { title: '去噪', strip: 4 });
    assertCompiles(chart);
    const [param] = chart.spec.params as { value: number; bind: { min: number; max: number } }[];
    assert.deepEqual([param?.value, param?.bind.min, param?.bind.max], [20, 1, 20]);
    const panels = chart.still.concat as { title: { text: string } }[];
    assert.deepEqual(
      panels.map(({ title }) => title.text),
      ['t = 0', 't = 6', 't = 13', 't = 19'],
    );
    assert.deepEqual(JSON.parse(JSON.stringify(chart.still)), chart.still);
    const warnings: string[] = [];
    compile(chart.still, warnings);
    assert.deepEqual(warnings, []);
    assert.match(chart.summary, /^去噪：20 帧，从“t = 0”到“t = 19”$/);
  });

  it('gives the complete bundle, the strip in its pictures', () => {
    const bundle = animation(wander(3)).bundle();
    assert.deepEqual(Object.keys(bundle).sort(), [VEGALITE, 'image/png', 'image/svg+xml', 'text/plain']);
    for (const caption of ['t = 0', 't = 1', 't = 2'])
      assert.ok(String(bundle['image/svg+xml']).includes(caption));
  });

  it('draws lines without distortion: a unit is as long up as across', () => {
    const chart = animation([pole(0), pole(0.3), pole(0.6)], {
      domain: [
        [-2, 2],
        [0, 1],
      ],
      width: 400,
    });
    assertCompiles(chart);
    assert.deepEqual([chart.spec.width, chart.spec.height], [400, 100]);
    assert.match(chart.svg(), /第 2 帧/);
  });

  it('draws images, black and white the same in every frame', () => {
    const chart = animation([digit(0.2), digit(0.9)]);
    assertCompiles(chart);
    assert.deepEqual([chart.spec.width, chart.spec.height], [240, 160]);
    const urls = [...JSON.stringify(chart.spec).matchAll(/"url":"(data:[^"]+)"/g)].map(([, url]) => url);
    assert.equal(new Set(urls).size, 2);
  });

  it('takes an even sample of many frames and many points, and says so', () => {
    const chart = animation(wander(500, 200));
    assert.match(subtitleOf(chart), /500 帧中均匀取 120 帧；每帧 200 个点中均匀取 166 个/);
    assert.ok(JSON.stringify(chart.spec).length < 600_000);
  });

  it('leaves out points that are not finite and says so', () => {
    const chart = animation([{ points: [[0, 1], [NaN, 2], [3, Infinity], [1, 1]] }]); // prettier-ignore
    assertCompiles(chart);
    assert.match(subtitleOf(chart), /2 个点含 NaN 或 ∞/);
  });

  it('becomes a strip beside other charts', () =>
    assert.match(beside([animation(wander(3)), animation(wander(2))], {}).svg(), /t = 2/));

  it('refuses what it cannot draw', () => {
    assert.throws(() => animation([]), /at least one frame, got 0/);
    assert.throws(() => animation([{}]), /'points' or 'lines' in every frame, got otherwise in frame 1/);
    assert.throws(() => animation([digit(0), pole(0)]), /an 'image' and nothing else.*frame 2/);
    assert.throws(() => animation([{ points: [[1, 2, 3]] }]), /points \[n, 2\], got \[1, 3\]/);
    assert.throws(() => animation([{ points: [[1, 2]], labels: [0, 1] }]), /expected 1 labels/);
    assert.throws(() => animation([pole(0)], { strip: 0 }), /strip to be an integer of 1 or more, got 0/);
    const small = { image: [[0, 1]] };
    assert.throws(
      () => animation([digit(0), small]),
      /an image \[4, 6\] in every frame, got \[1, 2\] in frame 2/,
    );
  });
});
