/**
 * One JavaScript file to older or other JavaScript. `ts.transpileModule` makes a program and a type checker for each
 * file, half of a small cell's time; here many files share those of an empty one.
 */
import type ts from 'typescript';

import type { FullContext, FullPrinter, FullTs } from './internals';

/** What a file became. */
export interface Transpiled {
  readonly outputText: string;
  readonly sourceMapText: string;
}

/** A checker remembers each file that it was asked about. */
const MAX_FILES = 50;

/** Transpiles one file at a time in a program that is kept, so that a module takes milliseconds. */
export class Isolated {
  private shared: FullContext | undefined;
  private files = 0;

  constructor(
    private readonly real: FullTs,
    private readonly options: ts.CompilerOptions,
  ) {}

  /** As `transpileModule` with these options; its output lacks the comment that names the source map. */
  transpile(text: string, fileName: string): Transpiled {
    const { real } = this;
    const context = this.context();
    const options = context.getCompilerOptions();
    const resolver = context.getEmitResolver();
    const host = context.getEmitHost();
    const file = this.parse(text, fileName, options);
    const { scriptTransformers } = real.getTransformers(options, {});
    const { factory } = real;
    const result = real.transformNodes(resolver, host, factory, options, [file], scriptTransformers, false);
    try {
      return this.print(result, fileName, context);
    } finally {
      result.dispose();
    }
  }

  private parse(text: string, fileName: string, options: ts.CompilerOptions): ts.SourceFile {
    const { real } = this;
    const file = real.createSourceFile(fileName, text, options.target ?? real.ScriptTarget.ESNext);
    real.bindSourceFile(file, options);
    return file;
  }

  private print(
    result: ts.TransformationResult<ts.SourceFile>,
    fileName: string,
    context: FullContext,
  ): Transpiled {
    const { real } = this;
    const options = context.getCompilerOptions();
    const handlers: ts.PrintHandlers = {
      hasGlobalName: (name) => context.getEmitResolver().hasGlobalName(name),
      substituteNode: (hint, node) => result.substituteNode(hint, node),
      onEmitNode: (hint, node, emit) => result.emitNodeWithNotification(hint, node, emit),
      isEmitNotificationEnabled: (node) => result.isEmitNotificationEnabled?.(node) ?? false,
    };
    const printer = real.createPrinter(options, handlers) as FullPrinter;
    const writer = real.createTextWriter('\n');
    const map = real.createSourceMapGenerator(context.getEmitHost(), fileName, '', '', options);
    const [file] = result.transformed;
    if (file) printer.writeFile(file, writer, map);
    return { outputText: writer.getText(), sourceMapText: map.toString() };
  }

  /** The options as TypeScript completes them, and the program and checker of an empty file. */
  private context(): FullContext {
    if (this.shared && this.files++ < MAX_FILES) return this.shared;
    let found: FullContext | undefined;
    const keep: ts.TransformerFactory<ts.SourceFile> = (context) => {
      found = context as FullContext;
      return (file) => file;
    };
    this.real.transpileModule('', { compilerOptions: this.options, transformers: { before: [keep] } });
    if (!found) throw new Error("Cannot compile: expected TypeScript's transformation context, got none");
    this.files = 1;
    return (this.shared = found);
  }
}
