/**
 * Declarations of cells some way back. tslab keeps those of all earlier cells in one file, which TypeScript parses and
 * binds anew for every cell; the settled ones lie in a second file around it, parsed again only when more settle.
 */
import { posix } from 'node:path';

import type ts from 'typescript';

import { EARLIER } from '../link/names';
import type { FullTs } from './internals';
import type { WatchSystem } from './updates';

/** tslab's own name for its file. */
const RECENT_FILE = '__prev__.d.ts';
const SETTLED_FILE = '__settled__.d.ts';

/** Is this tslab's file of earlier declarations? */
export const isRecent = ({ fileName }: ts.SourceFile): boolean => fileName.endsWith(`/${RECENT_FILE}`);

const isSettled = ({ fileName }: ts.SourceFile): boolean => fileName.endsWith(`/${SETTLED_FILE}`);

/** Did an earlier cell declare this? */
export function isEarlier(declaration: ts.Node): boolean {
  const file = declaration.getSourceFile();
  return isRecent(file) || isSettled(file);
}

/** A file that lies in memory alone. */
export class MemoryFile {
  text = '';
  private changed: (() => void) | undefined;

  /** @param head What always stands before its text. */
  constructor(
    private readonly real: FullTs,
    readonly path: string,
    private readonly head: string,
  ) {}

  /** `system` with the file in it. */
  within(system: WatchSystem): WatchSystem {
    return Object.assign(Object.create(system) as WatchSystem, {
      readFile: (path: string, encoding?: string) =>
        path === this.path ? `${this.head}${this.text}` : system.readFile(path, encoding),
      watchFile: (path: string, changed: ts.FileWatcherCallback, ...rest: [number?, ts.WatchOptions?]) => {
        if (path !== this.path) return system.watchFile?.(path, changed, ...rest);
        this.changed = () => changed(path, this.real.FileWatcherEventKind.Changed);
        return { close: () => (this.changed = undefined) };
      },
    });
  }

  replace(text: string): void {
    if (text === this.text) return;
    this.text = text;
    this.changed?.();
  }
}

/** Declarations that no later cell changes, as a file that the compiler need not check again. */
export class Settled extends MemoryFile {
  constructor(real: FullTs, folder: string) {
    super(real, posix.join(folder, SETTLED_FILE), 'export {};\n');
  }

  /** Adds declarations; none of their names may have settled before. */
  add(declarations: string): void {
    this.replace(`${declarations}\n${this.text}`);
  }

  /** Gives all declarations back. */
  take(): string {
    const { text } = this;
    this.replace('');
    return text;
  }
}

/**
 * Uses of settled names become properties of {@link EARLIER}, as those of the names in tslab's own file. Runs after
 * TypeScript's transformers, whose output still holds the nodes that the checker knows.
 */
export function exportsOfSettled(
  real: FullTs,
  checker: ts.TypeChecker,
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    const { factory } = context;
    const standsForSettled = (node: ts.Identifier): boolean => {
      const { parent } = node as { parent?: ts.Node };
      if (parent && real.isPropertyAccessExpression(parent) && parent.name === node) return false;
      const declarations = checker.getSymbolAtLocation(node)?.declarations;
      return declarations?.some((each) => isSettled(each.getSourceFile())) ?? false;
    };
    const visit = (node: ts.Node): ts.Node => {
      if (!real.isIdentifier(node)) return real.visitEachChild(node, visit, context);
      return standsForSettled(node)
        ? factory.createPropertyAccessExpression(factory.createIdentifier(EARLIER), node)
        : node;
    };
    return real.visitEachChild(file, visit, context);
  };
}
