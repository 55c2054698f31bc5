/**
 * Doc comments, read when somebody asks for what they say. They are a third of a parser's work on a library and the
 * whole of it again in memory, and in TypeScript no type depends on them; in JavaScript files they are read at once.
 */
import type ts from 'typescript';

import type { FullSourceFile, FullTs } from './internals';

type Documented = ts.Node & { jsDoc?: ts.Node[] };

/** A symbol or a signature, as TypeScript's own classes make them. */
interface Asked {
  readonly declarations?: readonly ts.Node[];
  readonly declaration?: ts.Node;
}

const OF_SYMBOLS = [
  'getDocumentationComment',
  'getContextualDocumentationComment',
  'getJsDocTags',
  'getContextualJsDocTags',
];
const OF_SIGNATURES = ['getDocumentationComment', 'getJsDocTags'];

/** Compilers that read them so, and files whose comments have been read. */
const prepared = new WeakSet<FullTs>();
const read = new WeakSet<ts.SourceFile>();

/**
 * Has symbols and signatures read the comments of the files that declare them before they answer.
 *
 * @returns what a compiler's host says so that its parser leaves them out
 */
export function readDocumentationLate(real: FullTs): { jsDocParsingMode: ts.JSDocParsingMode } {
  if (!prepared.has(real)) {
    const { objectAllocator } = real;
    askFirst(real, objectAllocator.getSymbolConstructor().prototype, OF_SYMBOLS);
    askFirst(real, objectAllocator.getSignatureConstructor().prototype, OF_SIGNATURES);
  }
  prepared.add(real);
  return { jsDocParsingMode: real.JSDocParsingMode.ParseForTypeInfo };
}

function askFirst(real: FullTs, methods: object, names: readonly string[]): void {
  for (const name of names) {
    const original = Reflect.get(methods, name) as (...args: unknown[]) => unknown;
    Reflect.set(methods, name, function (this: Asked, ...args: unknown[]): unknown {
      for (const declaration of this.declarations ?? []) readComments(real, declaration.getSourceFile());
      if (this.declaration) readComments(real, this.declaration.getSourceFile());
      return original.apply(this, args);
    });
  }
}

/** Gives a file's nodes their comments; what a program's file lost of its statements meanwhile does not matter. */
function readComments(real: FullTs, file: FullSourceFile): void {
  const mode = real.JSDocParsingMode;
  if (file.jsDocParsingMode !== mode.ParseForTypeInfo || read.has(file)) return;
  read.add(file);
  const { fileName, text, languageVersion, scriptKind } = file;
  const options = { languageVersion, jsDocParsingMode: mode.ParseAll };
  const whole = real.createSourceFile(fileName, text, options, true, scriptKind);
  const found = new Map<string, Documented>();
  visitAll(real, whole, (node) => {
    if (node.jsDoc) found.set(keyOf(node), node);
  });
  visitAll(real, file, (node) => {
    const { jsDoc } = found.get(keyOf(node)) ?? {};
    if (!jsDoc) return;
    for (const comment of jsDoc) Object.assign(comment, { parent: node });
    node.jsDoc = jsDoc;
  });
}

const keyOf = ({ kind, pos, end }: ts.Node): string => `${kind} ${pos} ${end}`;

function visitAll(real: FullTs, node: Documented, see: (node: Documented) => void): void {
  see(node);
  real.forEachChild(node, (child) => visitAll(real, child, see));
}
