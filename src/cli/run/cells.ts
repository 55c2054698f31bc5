/** The code cells of a notebook file: their ids and the lines they stand on, for reports that point at them. */
import { readFileSync, statSync } from 'node:fs';

import * as ts from 'typescript';

/** Where a code cell stands. */
export interface CodeCell {
  /** Position among all cells, from 0. */
  readonly index: number;
  /** nbformat's cell id; undefined in notebooks older than nbformat 4.5. */
  readonly id: string | undefined;
  /** Line of the file on which the cell's source begins, from 1. */
  readonly line: number;
}

/** Reads a notebook's code cells; none where the file is not a notebook, which the run itself reports. */
export function codeCells(path: string): CodeCell[] {
  let file: ts.JsonSourceFile;
  try {
    if (!statSync(path).isFile()) return []; // a pipe would keep us waiting
    file = ts.parseJsonText(path, readFileSync(path, 'utf8'));
  } catch {
    return []; // not there, or brackets in brackets without an end
  }
  const root = file.statements[0]?.expression;
  const cells = root === undefined ? undefined : member(root, 'cells');
  if (cells === undefined || !ts.isArrayLiteralExpression(cells)) return [];
  return cells.elements.flatMap((cell, index) => {
    if (textOf(member(cell, 'cell_type')) !== 'code') return [];
    const source = member(cell, 'source');
    const first = (source && ts.isArrayLiteralExpression(source) && source.elements[0]) || source;
    const { line } = file.getLineAndCharacterOfPosition((first ?? cell).getStart(file));
    return [{ index, id: textOf(member(cell, 'id')), line: line + 1 }];
  });
}

function member(node: ts.Expression, name: string): ts.Expression | undefined {
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const found = node.properties.find((property) => property.name && textOf(property.name) === name);
  return found && ts.isPropertyAssignment(found) ? found.initializer : undefined;
}

const textOf = (node: ts.Node | undefined): string | undefined =>
  node && ts.isStringLiteral(node) ? node.text : undefined;
