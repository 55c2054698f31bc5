/**
 * The errors of a cell as tslab wants them. tslab finds a top-level `await` by the error that its own compiler
 * reports for it; stock TypeScript accepts one silently, so the adapter reports it in the same form.
 */
import { relative } from 'node:path';

import type ts from 'typescript';

import type { FullProgram, FullSourceFile, FullTs } from './internals';

const AWAIT_CODE = 1308;

/** Starts of every `await`, `for await` and `await using` outside any function. */
export function topLevelAwaits(real: FullTs, file: ts.SourceFile): number[] {
  const found: number[] = [];
  if (!/\bawait\b/.test(file.text)) return found;
  const isAwaitUsing = (node: ts.Node): boolean =>
    real.isVariableDeclarationList(node) &&
    (node.flags & real.NodeFlags.AwaitUsing) === Number(real.NodeFlags.AwaitUsing);
  const visit = (node: ts.Node): void => {
    const awaits =
      real.isAwaitExpression(node) ||
      (real.isForOfStatement(node) && node.awaitModifier !== undefined) ||
      isAwaitUsing(node);
    if (awaits && real.isInTopLevelContext(node)) found.push(node.getStart(file));
    real.forEachChild(node, visit);
  };
  real.forEachChild(file, visit);
  return found;
}

/** Local modules that `cell` reaches; tslab's own handling of them is replaced by the runtime's loader. */
export function localModules(
  program: FullProgram | undefined,
  cell: ts.SourceFile,
): readonly ts.SourceFile[] {
  const found = new Set<ts.SourceFile>();
  const visit = (file: FullSourceFile): void => {
    for (const specifier of file.imports ?? []) {
      const resolved = program?.getResolvedModuleFromModuleSpecifier(specifier, file)?.resolvedModule;
      const target = resolved && program?.getSourceFile(resolved.resolvedFileName);
      if (!target || found.has(target) || !isLocalModule(target)) continue;
      found.add(target);
      visit(target);
    }
  };
  visit(cell);
  return [...found];
}

const isLocalModule = (file: ts.SourceFile): boolean =>
  !file.isDeclarationFile && !file.fileName.includes('/node_modules/') && !file.fileName.endsWith('.json');

/** Checks imported modules once, and again only when one of them changed. */
class ModuleCheck {
  private seen = new Map<string, ts.SourceFile>();
  private clean = true;

  private readonly started = Date.now();

  /** @param checkedFolder Sources that were checked before they came here; only those edited since are checked. */
  constructor(
    private readonly real: FullTs,
    private readonly checkedFolder: string,
  ) {}

  /** Errors in `files`; an unchanged set of files that was clean is not checked again. */
  errors(program: ts.Program, all: readonly ts.SourceFile[]): ts.Diagnostic[] {
    const files = all.filter((file) => this.needsCheck(file));
    const same = files.every((file) => this.seen.get(file.fileName) === file);
    if (same && this.clean) return [];
    const changed = same ? files : this.affected(files);
    const found = changed.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]);
    for (const file of files) this.seen.set(file.fileName, file);
    this.clean = found.length === 0;
    return found;
  }

  private needsCheck({ fileName }: ts.SourceFile): boolean {
    if (!fileName.startsWith(this.checkedFolder)) return true;
    const edited = this.real.sys.getModifiedTime?.(fileName);
    return edited !== undefined && edited.getTime() > this.started;
  }

  /** New files alone need a look while nothing known changed; otherwise importers may break, so all are checked. */
  private affected(files: readonly ts.SourceFile[]): readonly ts.SourceFile[] {
    const changed = files.some((file) => {
      const known = this.seen.get(file.fileName);
      return known !== undefined && known !== file;
    });
    return changed || !this.clean ? files : files.filter((file) => !this.seen.has(file.fileName));
  }

  /** An error of a module, told at the place in the cell where modules are imported. */
  atImport(diagnostic: ts.Diagnostic, cell: ts.SourceFile, folder: string): ts.Diagnostic {
    const { real } = this;
    const { file, start = 0 } = diagnostic;
    if (!file || file === cell) return diagnostic;
    const place = file.getLineAndCharacterOfPosition(start);
    const name = relative(folder, file.fileName);
    const text = real.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
    const at = cell.statements.find(real.isImportDeclaration) ?? cell.statements[1] ?? cell;
    return {
      ...diagnostic,
      file: cell,
      start: at.getStart(cell),
      length: Math.max(1, at.getEnd() - at.getStart(cell)),
      messageText: `${name}:${place.line + 1}:${place.character + 1} - ${text}`,
    };
  }
}

/**
 * `getPreEmitDiagnosticsOfFiles` of tslab's compiler.
 *
 * @param checkedFolder tsdl's own sources, which its own check has seen.
 * @param of What types are wrong in the cell; local modules that it imports, directly or not.
 */
export function preEmitDiagnostics(
  real: FullTs,
  checkedFolder: string,
  of: {
    readonly own: (cell: ts.SourceFile) => readonly ts.Diagnostic[];
    readonly modules: (cell: ts.SourceFile) => readonly ts.SourceFile[];
  },
) {
  const check = new ModuleCheck(real, checkedFolder);
  return (program: ts.Program, [cell]: readonly ts.SourceFile[]): ts.Diagnostic[] => {
    if (!cell) return [];
    const own: ts.Diagnostic[] = [...program.getSyntacticDiagnostics(cell)];
    if (own.length === 0) own.push(...of.own(cell));
    const folder = program.getCurrentDirectory();
    const foreign = check
      .errors(program, of.modules(cell))
      .map((diagnostic) => check.atImport(diagnostic, cell, folder));
    // Behind the cell stands tslab's list of its names, where no mistake is the user's.
    const end = cell.text.lastIndexOf('\nexport {');
    const inCell = own.filter(({ file, start = 0 }) => file !== cell || end < 0 || start <= end);
    const shown = real.sortAndDeduplicateDiagnostics([...inCell, ...foreign]).map((diagnostic) => ({
      ...diagnostic,
      // A chain would reach the user as several errors; one with its reasons below is one.
      messageText: real.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
      // Real 1308s are about functions that lack `async`; only the marks below mean the top level.
      code: diagnostic.code === AWAIT_CODE ? (String(AWAIT_CODE) as unknown as number) : diagnostic.code,
    }));
    return [...shown, ...awaitMarks(real, [cell])];
  };
}

/** What tells tslab of a cell's top-level awaits. */
export function awaitMarks(real: FullTs, [cell]: readonly ts.SourceFile[]): ts.Diagnostic[] {
  if (!cell) return [];
  return topLevelAwaits(real, cell).map(() => ({
    file: cell,
    // tslab looks for the `await` token at this place; NaN makes findPrecedingToken below answer without a search.
    start: NaN,
    length: 5,
    code: AWAIT_CODE,
    category: real.DiagnosticCategory.Error,
    messageText: 'top-level await',
  }));
}

/** `findPrecedingToken` that knows the mark of a top-level await. */
export function findPrecedingToken(real: FullTs): FullTs['findPrecedingToken'] {
  return (position, file, ...rest) =>
    Number.isNaN(position)
      ? ({ kind: real.SyntaxKind.AwaitKeyword, parent: file } as unknown as ts.Node)
      : real.findPrecedingToken(position, file, ...rest);
}
