/**
 * The next cell's program without TypeScript's making one, which takes it longer than to check the cell: with hundreds
 * of files it asks of each whether it is still there. Where nothing but the cell and the declarations of earlier cells
 * is another text, and both import what the program holds, the program before says all that is needed.
 */
import type ts from 'typescript';

import type { LocalFiles } from './files';
import type { FullProgram, FullResolution, FullSourceFile, FullTs } from './internals';

/** A file of the new program, with what its imports mean. */
interface Renewed {
  readonly file: FullSourceFile;
  readonly found: ReadonlyMap<string, FullResolution>;
}

/** What TypeScript notes of a file that is in the program because another imports it. */
interface IncludeReason {
  readonly kind: number;
  readonly file?: string;
  readonly index?: number;
}

/** TypeScript's number for such a note. */
const IMPORT_REASON = 3;

/** A cell whose errors only a program of TypeScript's own can say. */
export class Underivable extends Error {}

/** `before` with other texts of some of its files; undefined where that would not be all that is different. */
export function derive(
  real: FullTs,
  before: FullProgram,
  files: LocalFiles,
  names: readonly string[],
): FullProgram | undefined {
  if (files.haveChanged()) return undefined;
  const renewed = new Map<string, Renewed>();
  for (const name of names) {
    const made = renew(real, before, files, name);
    if (!made) return undefined;
    renewed.set(pathOf(made.file), made);
  }
  return withFiles(real, before, renewed);
}

/** Whether a program is of the texts that these files have now. */
export function isOf(program: FullProgram, files: LocalFiles, names: Iterable<string>): boolean {
  const isSame = (name: string): boolean => program.getSourceFile(name)?.text === files.system.readFile(name);
  return !files.haveChanged() && [...names].every(isSame);
}

function renew(real: FullTs, before: FullProgram, files: LocalFiles, name: string): Renewed | undefined {
  const old: FullSourceFile | undefined = before.getSourceFile(name);
  const text = files.system.readFile(name);
  if (!old || text === undefined || name.includes('/node_modules/')) return undefined;
  const options = before.getCompilerOptions();
  // Also where the text is the same: tslab takes statements out of the file that it has done with.
  const file: FullSourceFile = real.createSourceFile(
    name,
    text,
    options.target ?? real.ScriptTarget.ESNext,
    true,
  );
  if (isPeculiar(real, file)) return undefined;
  const { path, resolvedPath, originalFileName, impliedNodeFormat } = old;
  const imports = importsOf(real, file);
  const asInPrograms = { path, resolvedPath, originalFileName, impliedNodeFormat, imports };
  Object.assign(file, asInPrograms, { moduleAugmentations: [], ambientModuleNames: [] });
  const found = new Map<string, FullResolution>();
  const all = files.lookups.resolveModuleNameLiterals(imports, name, undefined, options, file, undefined);
  for (const [at, literal] of imports.entries()) {
    const target = all[at]?.resolvedModule?.resolvedFileName;
    if (target === undefined || !before.getSourceFile(target)) return undefined;
    found.set(
      keyOf(literal.text, real.getModeForUsageLocation(file, literal, options)),
      all[at] as FullResolution,
    );
  }
  return { file, found };
}

const pathOf = (file: ts.SourceFile): string => (file as FullSourceFile).path ?? file.fileName;

const keyOf = (name: string, mode: ts.ResolutionMode): string => `${mode ?? ''}\0${name}`;

/** Speaks to other files or of other files than imports do, or to the compiler. */
function isPeculiar(real: FullTs, file: FullSourceFile): boolean {
  const { referencedFiles, typeReferenceDirectives, libReferenceDirectives } = file;
  return (
    [referencedFiles, typeReferenceDirectives, libReferenceDirectives].some(({ length }) => length > 0) ||
    (file.commentDirectives?.length ?? 0) > 0 ||
    file.checkJsDirective !== undefined ||
    file.statements.some(
      (each) =>
        real.isModuleDeclaration(each) &&
        (real.isStringLiteral(each.name) || (each.flags & real.NodeFlags.GlobalAugmentation) !== 0),
    )
  );
}

/** The names of modules in every kind of import, in TypeScript's order: statements first. */
function importsOf(real: FullTs, file: ts.SourceFile): ts.StringLiteralLike[] {
  const stated = file.statements.flatMap((each) => {
    const isEquals =
      real.isImportEqualsDeclaration(each) && real.isExternalModuleReference(each.moduleReference);
    const name = isEquals
      ? each.moduleReference.expression
      : (each as Partial<ts.ImportDeclaration>).moduleSpecifier;
    return name && real.isStringLiteralLike(name) && name.text !== '' ? [name] : [];
  });
  const called: ts.StringLiteralLike[] = [];
  if (!/\bimport\s*\(/.test(file.text)) return stated;
  const visit = (node: ts.Node): void => {
    const isCall = real.isCallExpression(node) && node.expression.kind === real.SyntaxKind.ImportKeyword;
    const [argument] = isCall ? node.arguments : [];
    if (argument && real.isStringLiteralLike(argument)) called.push(argument);
    if (real.isLiteralImportTypeNode(node)) called.push(node.argument.literal);
    real.forEachChild(node, visit);
  };
  visit(file);
  return [...stated, ...called];
}

function withFiles(real: FullTs, before: FullProgram, renewed: ReadonlyMap<string, Renewed>): FullProgram {
  const options = before.getCompilerOptions();
  const getSourceFileByPath = (path: string): ts.SourceFile | undefined =>
    renewed.get(path)?.file ?? before.getSourceFileByPath(path);
  const all = before.getSourceFiles().map((file) => renewed.get(pathOf(file))?.file ?? file);
  const getResolvedModule: FullProgram['getResolvedModule'] = (file, name, mode) => {
    const made = renewed.get(pathOf(file));
    return made ? made.found.get(keyOf(name, mode)) : before.getResolvedModule(file, name, mode);
  };
  const reasons = reasonsFor(before, renewed);
  return {
    ...before,
    getSourceFileByPath,
    getSourceFile: (name: string) => {
      const file = before.getSourceFile(name);
      return file && (renewed.get(pathOf(file))?.file ?? file);
    },
    getSourceFiles: () => all,
    getResolvedModule,
    getResolvedModuleFromModuleSpecifier: (literal, file) =>
      getResolvedModule(file, literal.text, real.getModeForUsageLocation(file, literal, options)),
    getFileIncludeReasons: () => reasons,
  };
}

/** Why files are in the program: the compiler names a module as the file that it writes imports it. */
function reasonsFor(
  before: FullProgram,
  renewed: ReadonlyMap<string, Renewed>,
): ReadonlyMap<string, readonly IncludeReason[]> {
  const added = new Map<string, IncludeReason[]>();
  for (const [path, { file, found }] of renewed)
    for (const [index, { text }] of (file.imports ?? []).entries()) {
      const resolution = [...found].find(([key]) => key.endsWith(`\0${text}`))?.[1];
      const target = before.getSourceFile(resolution?.resolvedModule?.resolvedFileName ?? '');
      if (!target) continue;
      const reason = { kind: IMPORT_REASON, file: path, index };
      added.set(pathOf(target), [...(added.get(pathOf(target)) ?? []), reason]);
    }
  const all = new Map<string, readonly IncludeReason[]>();
  for (const [path, known] of before.getFileIncludeReasons()) {
    const kept = known.filter(({ file }) => file === undefined || !renewed.has(file));
    all.set(path, [...kept, ...(added.get(path) ?? [])]);
  }
  return all;
}
