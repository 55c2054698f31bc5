import assert from 'node:assert/strict';

import { sectionsOf } from '../../../src/cli/handout';
import { documentHtml } from '../../../src/cli/handout/document';
import type { Notebook } from '../../../src/cli/run/notebook';
import { table } from '../../../src/viz/charts/table';

/** A page with one cell of prose and one of code that printed a table of two columns. */
function page(prose: string, column = '甲'): string {
  const printed = `${column}  乙\n${'─'.repeat(2 * column.length)}  ──\n1  2\n`;
  const outputs = [{ output_type: 'stream', name: 'stdout', text: printed }];
  const cells: Notebook['cells'] = [
    { cell_type: 'markdown', metadata: {}, source: prose },
    { cell_type: 'code', metadata: {}, source: 'show(t)', outputs },
  ];
  const notebook: Notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
  return documentHtml(sectionsOf([{ name: '03-neural-networks', notebook }], 'solution'), {
    edition: 'solution',
  });
}

describe('the handout’s pages', () => {
  it('have figures right below their headings, no empty paragraph between them, which browsers would part', () => {
    const figure = '![感知机](images/03-perceptron.svg)';
    assert.ok(/<h2[^>]*>做<\/h2>\s*<figure>/.test(page(`# 题\n\n## 做\n\n${figure}`)));
    assert.ok(/<p>先说。<figure>/.test(page(`# 题\n\n先说。${figure}`)));
  });

  it('print a table too wide for them in smaller letters, so that its lines stay lines', () => {
    assert.doesNotMatch(page('# 题'), /<pre class="output[^"]*" style/);
    const [, size = ''] =
      /<pre class="output brief" style="font-size: ([\d.]+)pt">/.exec(page('# 题', '宽'.repeat(60))) ?? [];
    assert.ok(Number(size) > 5 && Number(size) < 7.6, size);
  });

  it('have room for a line of a hundred letters, as long as those of the course’s cells may be', () => {
    const sheet = page('# 题');
    const millimetres = (pattern: RegExp) => Number(pattern.exec(sheet)?.[1]);
    const margins = [
      /@page \{[^}]*margin: \d+mm (\d+)mm/,
      /\nbody \{[^}]*padding: 0 (\d+)mm/,
      /\npre\.code \{[^}]*padding: \d+mm (\d+)mm/,
    ];
    const room = 210 - 2 * margins.map(millimetres).reduce((sum, one) => sum + one);
    const [size, border] = [/\npre \{ font: ([\d.]+)pt/, /\npre\.code \{[^}]*border-left: ([\d.]+)pt/].map(
      millimetres,
    );
    // DejaVu Sans Mono is 0.602 em wide; a point has 25.4 / 72 mm
    assert.ok(
      ((100 * 0.602 * (size ?? NaN) + (border ?? NaN)) * 25.4) / 72 <= room,
      `${size} pt in ${room} mm`,
    );
  });

  it('keep a short output with its cell, and the line before a cell, a list or a table with those', () => {
    const printed = (lines: number) => {
      const outputs = [{ output_type: 'stream', name: 'stdout', text: '字\n'.repeat(lines) }];
      const cells: Notebook['cells'] = [{ cell_type: 'code', metadata: {}, source: 'f()', outputs }];
      const notebook: Notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
      const sections = sectionsOf([{ name: '03-neural-networks', notebook }], 'solution');
      return documentHtml(sections, { edition: 'solution' });
    };
    assert.match(
      printed(8),
      /<div class="kept"><pre class="code "><code>.*<\/pre><pre class="output brief">/,
    );
    assert.match(printed(9), /<\/pre><pre class="output">/);
    assert.doesNotMatch(printed(9), /<div class="kept">/);
    assert.match(
      printed(1),
      /p:has\(\+ pre, \+ \.kept, \+ ul, .*\) \{ break-after: avoid; \}\n\.kept \{ break-inside: avoid/,
    );
  });

  it('keep the cells of a table lines, in smaller letters where they have to be, and let them be cut otherwise', () => {
    const shown = (sign: string, columns: number) => {
      const rows = [
        Object.fromEntries(Array.from({ length: columns }, (_, i) => [`列 ${i}`, sign.repeat(16)])),
      ];
      const outputs = [{ output_type: 'display_data', metadata: {}, data: table(rows).bundle() }];
      const cells: Notebook['cells'] = [{ cell_type: 'code', metadata: {}, source: 'f()', outputs }];
      const notebook: Notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
      const sections = sectionsOf([{ name: '03-neural-networks', notebook }], 'solution');
      return /<div class="(html[^"]*)"(?: style="font-size: ([\d.]+)pt")?>/
        .exec(sections[0]?.html ?? '')
        ?.slice(1);
    };
    assert.deepEqual(shown('3', 5), ['html lines', undefined]);
    assert.deepEqual(shown('3', 6), ['html lines', '7.2']);
    assert.deepEqual(shown('字', 6), ['html', '6.0']);
  });

  it('keep the columns of a table whose first heading is empty, and drop a head that says nothing', () => {
    const sheet = page('# 题');
    assert.doesNotMatch(sheet, /th:empty\s*[,{]/);
    assert.match(sheet, /thead:not\(:has\(th:not\(:empty\)\)\) \{ display: none; \}/);
  });
});
