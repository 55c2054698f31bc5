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
  const parts = text.split(/(\n{3,})/); // code, gap, code …
  const cells: PlacedCell[] = [];
  let line = 0;
  for (let at = 0; at < parts.length;) {
    const next = lastPart(real, parts, at) + 1;
    const code = parts.slice(at, next).join('');
    if (code.trim() !== '') cells.push({ code, line });
    line +=
      parts
        .slice(at, next + 1)
        .join('')
        .split('\n').length - 1;
    at = next + 1;
  }
  return cells;
}

/** The part at which the cell that begins with one ends: that one, unless it is open and a later one closes it. */
function lastPart(real: FullTs, parts: readonly string[], first: number): number {
  let code = parts[first] ?? '';
  for (let at = first; at < parts.length; at += 2) {
    if (at > first) code += `${parts[at - 1]}${parts[at]}`;
    const state = stateOf(real, code);
    if (state === 'whole') return at;
    if (state === 'wrong') break;
  }
  return first;
}

/** `open` where only the end is missing. */
function stateOf(real: FullTs, code: string): 'whole' | 'open' | 'wrong' {
  const file = real.createSourceFile('cell.ts', code, real.ScriptTarget.Latest) as ts.SourceFile & {
    parseDiagnostics?: readonly ts.DiagnosticWithLocation[];
  };
  const [error] = file.parseDiagnostics ?? [];
  if (!error) return 'whole';
  return error.start >= code.trimEnd().length ? 'open' : 'wrong';
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
