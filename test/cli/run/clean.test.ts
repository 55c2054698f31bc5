import assert from 'node:assert/strict';

import { MAX_TEXT_LINES, withOutputs } from '../../../src/cli/run/clean';
import type { Notebook } from '../../../src/cli/run/notebook';
import { PROJECT } from '../../../src/engine/backend/paths';
import { manualSeed, rand } from '../../../src/engine/random';
import { imageGrid, table } from '../../../src/viz';

const cell = (source: string, outputs: object[] = [], tags: string[] = []) => ({
  cell_type: 'code',
  id: 'x-01',
  metadata: { tags, collapsed: true },
  source,
  outputs,
  execution_count: 3,
});
const text = (...cells: object[]) => JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
const display = (data: object) => ({ output_type: 'display_data', data, metadata: { alt: 'x' } });

/** The outputs of the only cell after cleaning. */
function cleaned(outputs: object[], tags: string[] = []): Record<string, unknown>[] {
  const result = withOutputs(text(cell('a', [], tags)), text(cell('a', outputs, tags)), 'x', {});
  return (JSON.parse(result) as Notebook).cells[0]?.outputs ?? [];
}

describe('withOutputs()', () => {
  it('keeps the source of the original and a stamp of the run, no counts and no editor metadata', () => {
    const stamp = { profile: 'smoke', seconds: 12 };
    const written = JSON.parse(
      withOutputs(text(cell('source')), text(cell('executed')), 'x', stamp),
    ) as Notebook;
    assert.deepEqual(written.metadata.tsdl, { lastRun: stamp });
    assert.deepEqual(written.cells[0], {
      cell_type: 'code',
      execution_count: null,
      id: 'x-01',
      metadata: {},
      outputs: [],
      source: ['source'],
    });
  });

  it('leaves the notebook alone when a later run of the same profile printed the same', () => {
    const printed = (words: string) =>
      text(cell('a', [{ output_type: 'stream', name: 'stdout', text: words }]));
    const write = (before: string, words: string, seconds: number, profile = 'smoke') =>
      withOutputs(before, printed(words), 'x', { profile, seconds });
    const first = write(text(cell('a')), 'one', 12);
    assert.equal(write(first, 'one', 15), first);
    const stampOf = (notebook: string) => (JSON.parse(notebook) as Notebook).metadata.tsdl?.lastRun;
    assert.deepEqual(stampOf(write(first, 'two', 15)), { profile: 'smoke', seconds: 15 });
    assert.deepEqual(stampOf(write(first, 'one', 99, 'full')), { profile: 'full', seconds: 99 });
  });

  it('keeps picture and text of a chart and drops what GitHub does not show', () => {
    const bundle = {
      'application/vnd.vegalite.v5+json': {},
      'image/png': 'iVBOR',
      'image/svg+xml': '<svg/>',
      'text/html': '<b>x</b>',
      'text/plain': 'a chart',
    };
    const [output] = cleaned([display(bundle)]);
    assert.deepEqual(output, {
      data: { 'image/svg+xml': ['<svg/>'], 'text/plain': ['a chart'] },
      metadata: {},
      output_type: 'display_data',
    });
  });

  it('keeps a short table as HTML, whose columns stand below one another in any fonts, row by row', () => {
    const rows = (count: number) =>
      table(Array.from({ length: count }, (_, i) => ({ 做法: `第 ${i} 种`, 分: i })));
    const [short, long] = [rows(2), rows(30)].map((one) => cleaned([display(one.bundle())])[0]?.data);
    assert.deepEqual(Object.keys(short ?? {}), ['text/html', 'text/plain']);
    const html = (short as Record<string, string[]>)['text/html'] ?? [];
    assert.equal(html.join(''), rows(2).html());
    assert.deepEqual(
      [html.filter((line) => line.includes('<td')).length, html.at(-1)],
      [2, '</tbody></table>'],
    );
    assert.deepEqual(Object.keys(long ?? {}), ['text/plain']);
    const drawn = { ...rows(2).bundle(), 'image/svg+xml': '<svg/>' };
    assert.deepEqual(Object.keys(cleaned([display(drawn)])[0]?.data ?? {}), ['image/svg+xml', 'text/plain']);
  });

  it('keeps a picture made of pixels as PNG, with its size on the page, in fewer pixels where it is large', () => {
    manualSeed(0);
    const kept = (side: number, size?: number) => {
      const chart = imageGrid(rand([1, side, side]));
      const [output] = cleaned([
        { output_type: 'display_data', data: chart.bundle(), metadata: chart.metadata() },
      ]);
      const { 'image/png': png = '', ...others } = output?.data as Record<string, string>;
      assert.deepEqual(Object.keys(others), ['text/plain']);
      const { width } = (output?.metadata as { 'image/png': { width: number } })['image/png'];
      assert.equal(Buffer.from(png, 'base64').readUInt32BE(16) / width, size);
    };
    kept(8, 2);
    kept(300, 1);
  });

  it('leaves out a picture that is too large and an output of which nothing is left', () => {
    const svg = `<svg>${'x'.repeat(160_000)}</svg>`;
    assert.deepEqual(cleaned([display({ 'image/svg+xml': svg, 'text/plain': 'a chart' })])[0]?.data, {
      'text/plain': ['a chart'],
    });
    assert.deepEqual(cleaned([display({ 'text/html': 'x' })]), []);
  });

  it('replaces what has times in it by what the output offers instead', () => {
    const timed = { output_type: 'display_data', data: { 'text/plain': '2 epochs, 3.1 s' } };
    const [output] = cleaned([{ ...timed, metadata: { tsdl: { committed: '2 epochs' } } }]);
    assert.deepEqual(output?.data, { 'text/plain': ['2 epochs'] });
    assert.deepEqual(cleaned([{ ...timed, metadata: { tsdl: { committed: '' } } }]), []);
    const rows = table([{ 轮: 1, 损失: 0.5 }]).bundle();
    const [tabled] = cleaned([{ ...timed, metadata: { tsdl: { committed: rows } } }]);
    assert.deepEqual(Object.keys(tabled?.data ?? {}), ['text/html', 'text/plain']);
    assert.deepEqual(output?.metadata, {});
  });

  it('drops stderr, and everything a volatile cell printed', () => {
    const [stdout, stderr] = ['stdout', 'stderr'].map((name) => ({
      output_type: 'stream',
      name,
      text: 'a\n',
    }));
    assert.deepEqual(cleaned([stdout!, stderr!]), [{ name: 'stdout', output_type: 'stream', text: ['a\n'] }]);
    assert.deepEqual(cleaned([stdout!], ['volatile']), []);
  });

  it('shortens long text in the middle, saying how much is missing', () => {
    const lines = Array.from({ length: 50 }, (_, i) => `${i}\n`);
    const [output] = cleaned([{ output_type: 'stream', name: 'stdout', text: lines }]);
    const shown = output?.text as string[];
    assert.equal(shown.length, MAX_TEXT_LINES);
    assert.deepEqual([shown[0], shown[12], shown.at(-1)], ['0\n', '…（省略 31 行）\n', '49\n']);
  });

  it('removes colours and the folder of the project', () => {
    const coloured = { output_type: 'stream', name: 'stdout', text: `\x1b[31m${PROJECT}/src/a.ts\x1b[0m` };
    assert.deepEqual(cleaned([coloured])[0]?.text, ['./src/a.ts']);
    const error = {
      output_type: 'error',
      ename: 'E',
      evalue: PROJECT,
      traceback: [`\x1b[1m${PROJECT}\x1b[0m`],
    };
    assert.deepEqual(cleaned([error])[0], {
      ename: 'E',
      evalue: '.',
      output_type: 'error',
      traceback: ['.'],
    });
  });

  it('refuses a notebook that grows too large', () => {
    const many = Array.from({ length: 6 }, () =>
      display({ 'image/svg+xml': `<svg>${'x'.repeat(150_000)}</svg>` }),
    );
    assert.throws(
      () => cleaned(many),
      /^RangeError: Cannot write outputs into "x": expected at most 700000 bytes/,
    );
  });
});
