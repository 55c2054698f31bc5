/**
 * A notebook as jupyterlab-lsp sends it: the code of all cells in one text, each with a line break behind it and two
 * blank lines before the next. Nothing else says where a cell ends, so that a cell with two blank lines in it may be
 * taken for two; what is open at such a place, a bracket or a template, goes on in the same cell.
 */
import type ts from 'typescript';

import type { FullTs } from '../compiler/internals';

/** A cell's code and the line of the whole text at which it begins. */
export interface PlacedCell {
  readonly code: string;
  readonly line: number;
}

/** A place as editors count it: lines and UTF-16 units, both from 0. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** The cells of a text; empty ones are left out. */
export function placedCells(real: FullTs, text: string): PlacedCell[] {
  const cells: PlacedCell[] = [];
  let line = 0;
  let open: PlacedCell | undefined;
  for (const [at, part] of text.split(/(\n{3,})/).entries()) {
    const isGap = at % 2 === 1;
    if (open) open = { ...open, code: open.code + part };
    else if (!isGap && part.trim() !== '') open = { code: part, line };
    line += part.split('\n').length - 1;
    if (!open || isGap || isOpen(real, open.code)) continue;
    cells.push(open);
    open = undefined;
  }
  if (!open) return cells;
  // What never closes is a mistake of the first of its cells alone.
  const [first = '', ...rest] = open.code.split(/\n{3,}/);
  const after = open.code.slice(first.length);
  const below = rest.length === 0 ? [] : placedCells(real, after);
  const shift = open.line + first.split('\n').length - 1;
  return [...cells, { ...open, code: first }, ...below.map((cell) => ({ ...cell, line: cell.line + shift }))];
}

/** Is only the end missing? */
function isOpen(real: FullTs, code: string): boolean {
  const file = real.createSourceFile('cell.ts', code, real.ScriptTarget.Latest) as ts.SourceFile & {
    parseDiagnostics?: readonly ts.DiagnosticWithLocation[];
  };
  const [first] = file.parseDiagnostics ?? [];
  return first !== undefined && first.start >= code.trimEnd().length;
}

/** Which cell a place of the whole text lies in, and where; undefined between two cells. */
export function offsetIn(
  cells: readonly PlacedCell[],
  { line, character }: Position,
): { cell: number; offset: number } | undefined {
  const cell = cells.findLastIndex((each) => each.line <= line);
  const { code, line: first } = cells[cell] ?? { code: '', line: 0 };
  const lines = code.split('\n');
  const within = lines[line - first];
  if (cell < 0 || within === undefined) return undefined;
  const before = lines.slice(0, line - first).reduce((sum, each) => sum + each.length + 1, 0);
  return { cell, offset: before + Math.min(character, within.length) };
}

/** The place of the whole text that an offset in a cell means. */
export function positionOf({ code, line }: PlacedCell, offset: number): Position {
  const before = code.slice(0, offset).split('\n');
  return { line: line + before.length - 1, character: before.at(-1)?.length ?? 0 };
}
