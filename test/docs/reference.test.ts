/**
 * What the reference is made of: doc comments. TypeDoc itself, which also checks links and members, takes longer and is
 * a step of `npm run ok`.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import * as ts from 'typescript';

import { PROJECT, sourcesOf } from '../support/sources';

interface Declared {
  /** `src/nn/linear.ts:12 Linear`. */
  readonly place: string;
  /** Its doc comments, the file's own among them where it is the first of a file. */
  readonly docs: readonly string[];
  readonly throws: boolean;
  readonly isMember: boolean;
}

const docsOf = (node: ts.Node, text: string): string[] =>
  (ts.getLeadingCommentRanges(text, node.pos) ?? [])
    .map(({ pos, end }) => text.slice(pos, end))
    .filter((comment) => comment.startsWith('/**'));

/** Whether an error is thrown on again by the clause that caught it. */
function isRethrown(node: ts.ThrowStatement): boolean {
  if (!ts.isIdentifier(node.expression)) return false;
  const { text } = node.expression;
  for (let at: ts.Node = node; !ts.isSourceFile(at); at = at.parent)
    if (ts.isCatchClause(at) && at.variableDeclaration?.name.getText() === text) return true;
  return false;
}

/** Whether a function throws an error of its own; functions inside it answer for themselves. */
function throwsItself(body: ts.Node | undefined): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isThrowStatement(node)) return !isRethrown(node);
    return !ts.isFunctionLike(node) && (ts.forEachChild(node, visit) ?? false);
  };
  return body !== undefined && (ts.forEachChild(body, visit) ?? false);
}

const has = (node: ts.HasModifiers, kind: ts.SyntaxKind): boolean =>
  node.modifiers?.some((modifier) => modifier.kind === kind) ?? false;

/** Methods and constructors that others may call. */
const isOpen = (member: ts.ClassElement): member is ts.MethodDeclaration | ts.ConstructorDeclaration =>
  (ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member)) &&
  !has(member, ts.SyntaxKind.PrivateKeyword) &&
  !(member.name !== undefined && ts.isPrivateIdentifier(member.name));

/** Everything that a file exports where it declares it, and the open members of its classes. */
function declaredIn(path: string, text: string): Declared[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found = new Map<string, Declared>();
  const note = (node: ts.Node, name: string, body: ts.Node | undefined, isMember = false) => {
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
    const before = found.get(name); // an overload: the docs are those of all signatures
    found.set(name, {
      place: before?.place ?? `${path}:${line} ${name}`,
      docs: [...(before?.docs ?? []), ...docsOf(node, text)],
      throws: throwsItself(body) || before?.throws === true,
      isMember,
    });
  };
  const visit = (node: ts.Statement): void => {
    if (ts.isVariableStatement(node)) {
      for (const { name, initializer } of node.declarationList.declarations) {
        const isFunction =
          initializer && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer));
        const docs = node.declarationList.declarations.length === 1 ? node : initializer;
        note(docs ?? node, name.getText(file), isFunction ? initializer.body : undefined);
      }
    } else if (ts.isFunctionDeclaration(node)) note(node, node.name?.text ?? '', node.body);
    else if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node))
      note(node, node.name.text, undefined);
    else if (ts.isClassDeclaration(node)) {
      const name = node.name?.text ?? '';
      note(node, name, undefined);
      for (const member of node.members.filter(isOpen))
        note(member, `${name}.${member.name?.getText(file) ?? 'constructor'}`, member.body, true);
    }
  };
  file.statements
    .filter((node) => ts.canHaveModifiers(node) && has(node, ts.SyntaxKind.ExportKeyword))
    .forEach(visit);
  return [...found.values()];
}

/** Names that modules export, types too. Only the project's own files are read. */
function exportedBy(paths: readonly string[]): Set<string> {
  const options: ts.CompilerOptions = { noLib: true, types: [] };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, from) =>
    literals.map(({ text }) => {
      const path = join(dirname(from), text);
      const own = text.startsWith('.') ? [`${path}.ts`, join(path, 'index.ts')].find(existsSync) : undefined;
      return { resolvedModule: own === undefined ? undefined : { resolvedFileName: own, extension: '.ts' } };
    });
  const program = ts.createProgram(paths, options, host);
  const checker = program.getTypeChecker();
  return new Set(
    paths.flatMap((path) => {
      const symbol = checker.getSymbolAtLocation(program.getSourceFile(path)!);
      return checker.getExportsOfModule(symbol!).map(({ name }) => name);
    }),
  );
}

/** The names that notebooks import, by module. */
function imported(): Map<string, Set<string>> {
  const modules = new Map<string, Set<string>>();
  const folder = join(PROJECT, 'notebooks');
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.ipynb'))) {
    const text = readFileSync(join(folder, name), 'utf8').replace(/\\n",\s*"/g, ' ');
    for (const [, names = '', from = ''] of text.matchAll(/import \{([^}]*)\} from '(tsdl[^']*)'/g)) {
      const known = modules.get(from) ?? new Set();
      names.split(',').forEach((one) => one.trim() && known.add(one.trim().split(' ').at(-1) ?? ''));
      modules.set(from, known);
    }
  }
  return modules;
}

describe('doc comments', function () {
  this.timeout(60_000);
  const declared = sourcesOf(join(PROJECT, 'src')).flatMap((path) =>
    declaredIn(relative(PROJECT, path), readFileSync(path, 'utf8')),
  );

  it('are seen where they are, and missed where they are not', () => {
    const text = `/** The file. */
      import x from 'x';
      export const bare = 1;
      /** Told. */
      export function told(): void { throw new RangeError('x'); }
      /** @throws RangeError always */
      export function first(a: number): void;
      export function first(): void { if (x) { throw new RangeError('x'); } }
      export class C {
        /** Passes on. */
        go(): void { try { x(); } catch (error) { throw error; } }
        open(): void { [1].forEach(() => { throw new Error(); }); throw x; }
        private hidden(): void { throw new Error(); }
      }`;
    const of = declaredIn('a.ts', text);
    assert.deepEqual(
      of.map(({ place, docs, throws }) => [place, docs.length, throws]),
      [
        ['a.ts:3 bare', 0, false],
        ['a.ts:5 told', 1, true],
        ['a.ts:7 first', 1, true],
        ['a.ts:9 C', 0, false],
        ['a.ts:11 C.go', 1, false],
        ['a.ts:12 C.open', 0, true],
      ],
    );
  });

  it('stand over every export of every file', () => {
    assert.ok(declared.length > 1500, String(declared.length));
    const bare = declared.filter(({ docs, isMember }) => !isMember && docs.length === 0);
    assert.deepEqual(
      bare.map(({ place }) => place),
      [],
    );
  });

  it('say what a function throws itself', () => {
    const silent = declared.filter(({ throws, docs }) => throws && !docs.join('').includes('@throws'));
    assert.ok(declared.filter(({ throws }) => throws).length > 150);
    assert.deepEqual(
      silent.map(({ place }) => place),
      [],
    );
  });

  it('of what the notebooks import are in the reference', async () => {
    const { default: config } = (await import(join(PROJECT, 'typedoc.config.mjs'))) as {
      default: { entryPoints: readonly string[] };
    };
    const shown = exportedBy(config.entryPoints.map((path) => join(PROJECT, path)));
    const modules = imported();
    const count = [...modules.values()].reduce((sum, names) => sum + names.size, 0);
    assert.ok(count > 50, String(count)); // few modules, many names
    const missing = [...modules].flatMap(([from, names]) =>
      [...names].filter((name) => !shown.has(name)).map((name) => `${from} ${name}`),
    );
    assert.deepEqual(missing, []);
  });
});
