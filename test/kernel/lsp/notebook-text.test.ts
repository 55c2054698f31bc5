import assert from 'node:assert/strict';

import ts from 'typescript';

import type { FullTs } from '../../../src/kernel/compiler/internals';
import { offsetIn, placedCells, positionOf } from '../../../src/kernel/lsp/notebook-text';

/** As jupyterlab-lsp joins the cells of a notebook. */
const joined = (cells: readonly string[]): string => cells.map((cell) => `${cell}\n`).join('\n\n');
const split = (cells: readonly string[]): readonly { code: string; line: number }[] =>
  placedCells(ts as unknown as FullTs, joined(cells));
const codes = (cells: readonly string[]): string[] =>
  split(cells).map(({ code }) => code.replace(/\n+$/, ''));

describe('cells in the text of a notebook', () => {
  it('finds each cell and its first line', () => {
    const cells = ['const a = 1;', 'function f() {\n\n  return 2;\n}', 'f()'];
    assert.deepEqual(codes(cells), cells);
    assert.deepEqual(
      split(cells).map(({ line }) => line),
      [0, 3, 9],
    );
  });

  it('leaves out empty cells, and knows the lines of those below', () => {
    assert.deepEqual(codes(['', 'a', '\n\n', 'b']), ['a', 'b']);
    const lines = joined(['', 'a', '\n\n', 'b']).split('\n');
    for (const { code, line } of split(['', 'a', '\n\n', 'b'])) assert.equal(lines[line], code.trim());
  });

  it('keeps a cell whole whose blank lines stand in a bracket or a template', () => {
    const cells = ['const t = `one\n\n\ntwo`;', 'class A {\n  x = 1;\n\n\n  y = 2;\n}', 'new A()'];
    assert.deepEqual(codes(cells), cells);
  });

  it('does not let a bracket that is never closed swallow the cells below', () => {
    assert.deepEqual(codes(['const a = 1', 'foo({', 'const b = 2', 'b']), [
      'const a = 1',
      'foo({',
      'const b = 2',
      'b',
    ]);
    assert.deepEqual(
      split(['const a = 1', 'foo({', 'const b = 2', 'b']).map(({ line }) => line),
      [0, 3, 6, 9],
    );
  });

  it('places go there and back', () => {
    const text = joined(['const a = 1;', 'first\n  second', 'third']);
    const cells = placedCells(ts as unknown as FullTs, text);
    for (const [line, row] of text.split('\n').entries()) {
      if (row === '') continue;
      const place = offsetIn(cells, { line, character: 2 });
      assert.ok(place);
      const cell = cells[place.cell]!;
      assert.equal(cell.code.slice(place.offset).split('\n')[0], row.slice(2));
      assert.deepEqual(positionOf(cell, place.offset), { line, character: 2 });
    }
    assert.equal(offsetIn([], { line: 0, character: 0 }), undefined);
  });
});
