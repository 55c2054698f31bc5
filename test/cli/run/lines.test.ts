import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

import { COURSE, NOTEBOOKS } from '../../../src/cli/run/course';
import { cellText, type Notebook } from '../../../src/cli/run/notebook';

/** What a reader of PyTorch's guide writes nowhere: freeing by hand, values taken out in TensorFlow.js's way, casts. */
const FOREIGN = ['dispose(', 'tidy(', 'keep(', 'dataSync(', 'arraySync(', ' as tf.', ' as Tensor'] as const;
const MOST_IMPORTS = 3;

/** What in a notebook are not the guide's lines: calls and casts by cell, prose that shows code included. */
function foreignLines({ cells }: Notebook): string[] {
  return cells.flatMap((cell) =>
    cellText(cell)
      .split('\n')
      .flatMap((line, i) =>
        FOREIGN.filter((call) => line.includes(call)).map((call) => `${cell.id}:${i + 1} ${call}`),
      ),
  );
}

/** The import statements from `tsdl…` of all cells; each counts as one line, however long. */
function ownImports({ cells }: Notebook): string[] {
  return cells
    .filter((cell) => cell.cell_type === 'code')
    .flatMap((cell) => [...ts.createSourceFile('cell.ts', cellText(cell), ts.ScriptTarget.ESNext).statements])
    .filter(ts.isImportDeclaration)
    .map(({ moduleSpecifier }) => (moduleSpecifier as ts.StringLiteral).text)
    .filter((from) => /^tsdl(\/|$)/.test(from));
}

const read = (name: string) => JSON.parse(readFileSync(join(NOTEBOOKS, `${name}.ipynb`), 'utf8')) as Notebook;

const sample = (...sources: string[]): Notebook =>
  ({ cells: sources.map((source, i) => ({ id: `c${i}`, cell_type: 'code', source })) }) as Notebook;

describe('the guide’s lines', () => {
  it('are told from TensorFlow.js’s', () => {
    const cell = 'const a = 1;\nf(() => x.dataSync()[0], y as tf.Tensor);';
    assert.deepEqual(foreignLines(sample('a.item();', cell)), ['c1:2 dataSync(', 'c1:2  as tf.']);
    assert.deepEqual(
      ownImports(
        sample("import { nn } from 'tsdl';\nimport 'node:os';", "import {\n show\n} from 'tsdl/viz';"),
      ),
      ['tsdl', 'tsdl/viz'],
    );
  });

  for (const name of COURSE) {
    it(`are those of ${name}, with at most ${MOST_IMPORTS} imports of ours`, () => {
      assert.deepEqual(foreignLines(read(name)), []);
      const imports = ownImports(read(name));
      assert.ok(imports.length <= MOST_IMPORTS && imports[0] === 'tsdl', imports.join(', '));
    });
  }
});
