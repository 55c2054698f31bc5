import assert from 'node:assert/strict';

import type { DisplayOptions, MimeBundle } from '../../src/helpers/notebook/host';
import { toBundle } from '../../src/kernel/runtime/bundle';
import { lineChart } from '../../src/viz/charts/line';
import { VEGALITE } from '../../src/viz/drawing/chart';
import { LiveOutput } from '../../src/viz/output';
import { show } from '../../src/viz/show';

const HOST = Symbol.for('tsdl.kernel');
const scope = globalThis as Record<symbol, unknown>;

/** Runs `body` inside a kernel that only writes down what it is asked to display. */
function inKernel(body: () => void): [MimeBundle, DisplayOptions?][] {
  const shown: [MimeBundle, DisplayOptions?][] = [];
  const before = scope[HOST];
  scope[HOST] = { display: (bundle: MimeBundle, options?: DisplayOptions) => shown.push([bundle, options]) };
  try {
    body();
  } finally {
    scope[HOST] = before;
  }
  return shown;
}

function printed(body: () => void): string[] {
  const lines: string[] = [];
  const log = console.log;
  console.log = (...args: unknown[]) => lines.push(args.map(String).join(' '));
  try {
    body();
  } finally {
    console.log = log;
  }
  return lines;
}

describe('show()', () => {
  it('keeps its alternative text as the last value of a cell', async () => {
    const shown = await toBundle(lineChart({ 损失: [3, 1] }, { title: '训练' }));
    const { alt, width } = shown?.metadata['image/png'] as Record<string, unknown>;
    assert.equal(alt, '训练：损失 3 → 1');
    assert.ok(Number(width) > 100);
    assert.ok(VEGALITE in (shown?.data ?? {}));
  });

  it('sends one complete bundle with alternative text, and no HTML', () => {
    const chart = lineChart({ 损失: [3, 2, 1] }, { title: '训练' });
    const [[bundle, options] = [{}]] = inKernel(() => show(chart));
    assert.deepEqual(
      Object.keys(bundle).sort(),
      [VEGALITE, 'image/png', 'image/svg+xml', 'text/plain'].sort(),
    );
    assert.equal(typeof bundle[VEGALITE], 'object');
    assert.match(bundle['image/svg+xml'] as string, /^<svg [^]*训练[^]*<\/svg>$/);
    assert.equal(Buffer.from(bundle['image/png'] as string, 'base64').toString('latin1', 1, 4), 'PNG');
    assert.equal(bundle['text/plain'], '[图] 训练：损失 3 → 1');
    const { alt, width, height } = options?.metadata?.['image/png'] as Record<string, unknown>;
    assert.equal(alt, '训练：损失 3 → 1');
    const png = Buffer.from(bundle['image/png'] as string, 'base64');
    // Two pixels of the picture for each one on the page.
    assert.deepEqual([2 * Number(width), 2 * Number(height)], [png.readUInt32BE(16), png.readUInt32BE(20)]);
  });

  it('prints text outside a kernel', () => {
    const lines = printed(() => show(lineChart({ a: [1, 2] }), 'words'));
    assert.deepEqual(lines, ['[图] a 1 → 2', 'words']);
  });

  it('refuses a promise of a bundle', () => {
    const late = { [Symbol.for('Jupyter.display')]: () => Promise.resolve({}) };
    assert.throws(() => inKernel(() => show(late)), /expected a MIME bundle at once/);
  });
});

describe('LiveOutput', () => {
  it('is displayed once and updated under the same id', () => {
    const live = new LiveOutput();
    const shown = inKernel(() => ['a', 'b', 'c'].forEach((text) => live.update({ 'text/plain': text })));
    assert.deepEqual(
      shown.map(([, options]) => options?.update),
      [false, true, true],
    );
    assert.equal(new Set(shown.map(([, options]) => options?.id)).size, 1);
  });

  it('shows nothing outside a kernel', () =>
    assert.deepEqual(
      printed(() => new LiveOutput().update({})),
      [],
    ));
});
