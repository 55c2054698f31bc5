import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { COURSE, NOTEBOOKS } from '../../../src/cli/run/course';
import type { Notebook } from '../../../src/cli/run/notebook';
import { moduleOf, typeErrors } from '../../support/cells';

const notebook = (...cells: string[]): Notebook =>
  ({
    cells: cells.map((source, i) => ({ id: `c${i}`, cell_type: 'code', source, metadata: {} })),
  }) as unknown as Notebook;

const errorsOf = (...cells: string[]): string[] =>
  typeErrors(new Map([[join(NOTEBOOKS, 'sample.ts'), moduleOf(notebook(...cells))]]));

describe('types of the notebooks', function () {
  this.timeout(120_000);

  it('are checked cell by cell, later cells seeing and redeclaring earlier names', () => {
    assert.deepEqual(
      errorsOf('import { cpus } from "node:os";', 'const n = cpus();', 'const n = "a"; n.length'),
      [],
    );
  });

  it('name cell and line of a fault', () => {
    const [fault = ''] = errorsOf('const a = 1;', 'const b = a;\nb.missing;');
    assert.match(fault, /^c1:2 Property 'missing' does not exist/);
  });

  it('hold for every cell of the course', () => {
    const modules = COURSE.map((name) => {
      const source = JSON.parse(readFileSync(join(NOTEBOOKS, `${name}.ipynb`), 'utf8')) as Notebook;
      return [join(NOTEBOOKS, `${name}.ts`), moduleOf(source)] as const;
    });
    assert.deepEqual(typeErrors(new Map(modules)), []);
  });
});
