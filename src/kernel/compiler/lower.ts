/**
 * From an ES module to JavaScript that the kernel can run and interrupt. What Node runs stays as it was written: only
 * imports, decorators and `using` are compiled; the rest is added between marks (link/marks.ts).
 */
import type ts from 'typescript';

import type { Additions } from '../link/added-columns';
import { EARLIER, IMPORT_FUNCTION } from '../link/names';
import { topLevelAwaits } from './diagnostics';
import { Edits } from './edits';
import type { FullTs } from './internals';
import { type Around, Checks } from './interruptible';
import { Isolated } from './isolated';
import { Variables } from './shared-names';
import type { CellFacts } from './transforms';

/** A local module. */
export interface LoweredModule extends Lowered {
  /** Whether it was written as an ES module. */
  readonly isModule: boolean;
  /** Whether it awaits at its top level. */
  readonly isAsync: boolean;
  /** What it asks for by name while it loads. */
  readonly requests: readonly string[];
}

/** Code with its source maps, the last step's map last, and what was added after all of them. */
export interface Lowered {
  readonly code: string;
  readonly maps: readonly string[];
  readonly additions: Additions;
}

/** A cell's code, a function body, with the names whose boxes it uses. */
export interface LoweredCell extends Lowered {
  readonly boxes: readonly string[];
}

/** What all steps share: syntax that Node 20 runs, helpers from the runtime instead of copies in each file. */
function baseOptions(real: FullTs): ts.CompilerOptions {
  return {
    target: real.ScriptTarget.ES2024,
    newLine: real.NewLineKind.LineFeed,
    esModuleInterop: true,
    noEmitHelpers: true,
    sourceMap: true,
  };
}

const MAP_COMMENT = /\n?\/\/# sourceMappingURL=.*\s*$/;
/** Syntax that Node 20 lacks; a word in a text or a comment only costs time. */
const NEWER = /\busing\b|\baccessor\b|@/;

/** A decorator that an earlier cell declares; the compiler would take it for a method of that object and bind it. */
const EARLIER_DECORATOR = new RegExp(`@(${EARLIER}\\.[\\p{ID_Continue}$]+)(?![\\p{ID_Continue}$.(])`, 'gu');

/** Lowers the cells of a session. */
export class CellLowering {
  /** Names of cells that functions use; a name that is not here belongs to the cell that runs alone. */
  readonly captured = new Set<string>();
  /** Names that a cell only said to be there; they are the global scope's. */
  private readonly ambient = new Set<string>();
  private readonly newer: Isolated;

  constructor(private readonly real: FullTs) {
    this.newer = new Isolated(real, { ...baseOptions(real), module: real.ModuleKind.ESNext });
  }

  /** A cell's ES module form to a function body. `last` names the value of its last expression. */
  lower(source: string, { names, imports, ambient }: CellFacts, last: string | undefined): LoweredCell {
    const { real } = this;
    for (const name of ambient) this.ambient.add(name);
    for (const name of names) this.ambient.delete(name);
    const text = source.replace(MAP_COMMENT, '\n');
    const newer = NEWER.test(text)
      ? this.newer.transpile(text.replace(EARLIER_DECORATOR, '@(0, $1)'), 'cell.js')
      : undefined;
    const code = newer?.outputText.replace(MAP_COMMENT, '\n') ?? text;
    const file = parse(real, code, true);
    const edits = new Edits(code);
    const imported = imports.flatMap(({ bindings }) => bindings.map(({ name }) => name));
    const declared = names.filter((name) => !imported.includes(name));
    const variables = new Variables(
      real,
      file,
      edits,
      { declared, imported, last },
      this.captured,
      this.ambient,
    );
    const { head, tail, boxes, isInTry, named } = variables.rewrite();
    edits.insert(0, head);
    addChecks(real, file, edits, isInTry, named);
    edits.insert(code.length, tail);
    const { code: lowered, additions } = edits.apply();
    return { code: lowered, additions, boxes, maps: newer ? [newer.sourceMapText] : [] };
  }
}

/** A local TypeScript or JavaScript module to CommonJS. */
export function lowerModule(
  real: FullTs,
  source: string,
  fileName: string,
  options: ts.CompilerOptions,
): LoweredModule {
  const { Auto, Force } = real.ModuleDetectionKind;
  const moduleDetection = /\.m[jt]s$/.test(fileName) ? Force : Auto;
  const base = { ...baseOptions(real), ...options };
  const { outputText, sourceMapText = '' } = real.transpileModule(source, {
    // By its name, TypeScript would leave .mjs as it is and take .cjs for an ES module.
    fileName: fileName.replace(/\.[cm]([jt]s)$/, '.$1'),
    compilerOptions: { ...base, moduleDetection, module: real.ModuleKind.CommonJS },
    transformers: { before: [keepImportCalls(real)] },
  });
  const text = outputText.replace(MAP_COMMENT, '\n');
  const edits = new Edits(text);
  const isModule = text.includes('Object.defineProperty(exports, "__esModule"');
  const file = parse(real, text, isModule);
  const isAsync = isModule && topLevelAwaits(real, file).length > 0;
  addChecks(real, file, edits, isAsync);
  return { ...edits.apply(), maps: [sourceMapText], isModule, isAsync, requests: requested(real, file) };
}

/** `import(x)` would become a `require`; interruptible.ts makes it the runtime's. */
function keepImportCalls(real: FullTs): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    if (!/\bimport\b[^]*?\(/.test(file.text)) return file;
    const { factory } = context;
    const visit = (node: ts.Node): ts.Node => {
      const seen = real.visitEachChild(node, visit, context);
      if (!real.isCallExpression(seen) || seen.expression.kind !== real.SyntaxKind.ImportKeyword) return seen;
      const call = real.setTextRange(factory.createIdentifier(IMPORT_FUNCTION), seen.expression);
      return factory.updateCallExpression(seen, call, undefined, seen.arguments);
    };
    return real.visitEachChild(file, visit, context);
  };
}

/** Names of modules in the calls of `require` outside functions. */
function requested(real: FullTs, file: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (real.isFunctionLike(node)) return;
    if (real.isRequireCall(node, true)) found.push(node.arguments[0].text);
    real.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** @param isModule Whether the code may await at its top level. */
function parse(real: FullTs, code: string, isModule: boolean): ts.SourceFile {
  const options = {
    setExternalModuleIndicator: (file: ts.SourceFile): void => {
      if (isModule) Object.assign(file, { externalModuleIndicator: file });
    },
    languageVersion: real.ScriptTarget.Latest,
    jsDocParsingMode: real.JSDocParsingMode.ParseNone,
  };
  const file = real.createSourceFile('code.js', code, options, true, real.ScriptKind.JS);
  real.bindSourceFile(file, { target: real.ScriptTarget.Latest });
  return file;
}

function addChecks(
  real: FullTs,
  file: ts.SourceFile,
  edits: Edits,
  isInTry: boolean,
  named: ReadonlyMap<ts.Node, string> = new Map(),
): void {
  const checks = new Checks(real, file, edits);
  const visit = (node: ts.Node, around: Around): void => {
    const name = named.get(node);
    if (name !== undefined) edits.insert(node.getStart(file), `({${name}:`);
    checks.enter(node, around);
    const inner = real.isFunctionLike(node) ? insideFunction(real, node) : around;
    real.forEachChild(node, (child) =>
      visit(child, isTried(real, node, child) ? { ...inner, isInTry: true } : inner),
    );
    checks.leave(node, around);
    if (name !== undefined) edits.insert(node.end, `}).${name}`);
  };
  visit(file, { isAsyncGenerator: false, isInTry });
}

function insideFunction(real: FullTs, node: ts.SignatureDeclaration): Around {
  const { modifiers, asteriskToken } = node as ts.FunctionDeclaration;
  const isAsync = modifiers?.some(({ kind }) => kind === real.SyntaxKind.AsyncKeyword) ?? false;
  // V8 puts the body of an async function in a `try` of its own.
  return { isAsyncGenerator: isAsync && asteriskToken !== undefined, isInTry: isAsync };
}

function isTried(real: FullTs, node: ts.Node, child: ts.Node): boolean {
  if (!real.isTryStatement(node)) return false;
  return child === node.tryBlock || (child === node.catchClause && node.finallyBlock !== undefined);
}
