import assert from 'node:assert/strict';

import { sectionsOf } from '../../../src/cli/handout';
import { documentHtml } from '../../../src/cli/handout/document';
import type { Notebook } from '../../../src/cli/run/notebook';

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
    assert.doesNotMatch(page('# 题'), /<pre class="output" style/);
    const [, size = ''] =
      /<pre class="output" style="font-size: ([\d.]+)pt">/.exec(page('# 题', '宽'.repeat(60))) ?? [];
    assert.ok(Number(size) > 5 && Number(size) < 8.2, size);
  });

  it('keep the columns of a table whose first heading is empty, and drop a head that says nothing', () => {
    const sheet = page('# 题');
    assert.doesNotMatch(sheet, /th:empty\s*[,{]/);
    assert.match(sheet, /thead:not\(:has\(th:not\(:empty\)\)\) \{ display: none; \}/);
  });
});
