import assert from 'node:assert/strict';

import { sectionsOf } from '../../../src/cli/handout';
import { documentHtml } from '../../../src/cli/handout/document';
import { highlight } from '../../../src/cli/handout/highlight';
import type { Notebook } from '../../../src/cli/run/notebook';

/** Words and brackets without an end: 100,000 letters took six minutes. */
const DATA = ['a'.repeat(100_000), `${'a'.repeat(990)}\n`.repeat(200), '<b>('.repeat(30_000)];

describe('highlight()', () => {
  it('colours code of the three languages, up to lines and texts as people write them', () => {
    assert.match(highlight('const x = 1;', 'ts'), /<span class="hljs-keyword">const/);
    assert.match(highlight(`const x = "${'y'.repeat(900)}";`, 'ts'), /<span/);
    assert.equal(highlight('x', 'klingon'), '');
  });

  it('leaves data as they stand, which then are in the page whole, and at once', () => {
    const cells = DATA.map((source) => ({ cell_type: 'code' as const, metadata: {}, source, outputs: [] }));
    const notebook: Notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
    const start = performance.now();
    const page = documentHtml(sectionsOf([{ name: '02-setup', notebook }], 'student'), {
      edition: 'student',
    });
    assert.ok(performance.now() - start < 20_000);
    for (const text of DATA)
      assert.ok(page.includes(text.replaceAll('<', '&lt;').replaceAll('>', '&gt;').trimEnd()));
    assert.match(page, /section\.notebook \{ overflow-y: clip; \}/, 'and no section is drawn over another');
  });
});
