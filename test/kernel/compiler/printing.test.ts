import assert from 'node:assert/strict';

import ts from 'typescript';

import type { FullTs } from '../../../src/kernel/compiler/internals';
import { declarationPrinter } from '../../../src/kernel/compiler/printing';

describe('declarationPrinter', () => {
  const real = ts as FullTs;
  const parse = (text: string, name = 'earlier.d.ts'): ts.SourceFile =>
    ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const print = (file: ts.SourceFile): string => declarationPrinter(real)({}).printFile(file);

  it('gives declarations back as TypeScript prints them, comments included', () => {
    const text = [
      'import { join } from "node:path";',
      '/** Half. */',
      'declare const half: (x: number) => number;',
      'declare let a: number, b: string[];',
      'declare var old: "const";',
      'declare function f(x: number): void;',
      'interface Point {\n    x: number;\n}',
      'declare class A {\n}',
      'declare enum Color {\n    Red = 0\n}',
      'type T = Point | A;',
      '',
    ].join('\n');
    assert.equal(print(parse(text)), text);
    assert.equal(ts.createPrinter({ newLine: ts.NewLineKind.LineFeed }).printFile(parse(text)), text);
  });

  it('leaves out what was taken out of a statement', () => {
    const file = parse('declare let a: number, b: string, c: boolean;\ndeclare const d: 1;\n');
    const [first] = file.statements as unknown as [ts.VariableStatement];
    const list = first.declarationList as { declarations: ts.NodeArray<ts.VariableDeclaration> };
    list.declarations = ts.factory.createNodeArray([...list.declarations].filter((_, at) => at !== 1));
    (file as { statements: ts.NodeArray<ts.Statement> }).statements = ts.factory.createNodeArray([first]);
    assert.equal(print(file), 'declare let a: number, c: boolean;\n');
  });

  it('prints other files as before', () => {
    assert.equal(print(parse('const  a=1', 'cell.ts')), 'const a = 1;\n');
  });
});
