/** JSX in cells. */
import type ts from 'typescript';

import type { FullTs } from './internals';

type Builder = ts.BuilderProgram;

/** JSX that a bundler would have been left with is compiled here: what runs is JavaScript. */
export function runnable(real: FullTs, options: ts.CompilerOptions): ts.CompilerOptions {
  const { None, Preserve, ReactJSX, ReactNative } = real.JsxEmit;
  const isKept = [None, Preserve, ReactNative].includes(options.jsx ?? ReactJSX);
  return isKept ? { ...options, jsx: ReactJSX } : options;
}

/** The cell's name ends with .ts; where the project's tsconfig.json asks for JSX, it is read as .tsx. */
export function withJsx(real: FullTs, cellFile: string): ts.CreateProgram<Builder> {
  const read = new WeakMap<ts.SourceFile, ts.SourceFile>();
  return (names, options, host, ...rest) => {
    if (!host) return real.createAbstractBuilder(names, options, host, ...rest);
    const original = host.getSourceFile.bind(host);
    const change = (
      file: ts.SourceFile | undefined,
      target: ts.ScriptTarget | ts.CreateSourceFileOptions,
    ) => {
      if (!file || file.fileName !== cellFile) return file;
      const { version } = file as { version?: string };
      let jsx = read.get(file);
      if (!jsx) {
        jsx = real.createSourceFile(file.fileName, file.text, target, false, real.ScriptKind.TSX);
        read.set(file, Object.assign(jsx, { version, path: (file as { path?: string }).path }));
      }
      return jsx;
    };
    const adapted: ts.CompilerHost = Object.assign(Object.create(host) as ts.CompilerHost, {
      getSourceFile: (...args: Parameters<typeof original>) => change(original(...args), args[1]),
      getSourceFileByPath: host.getSourceFileByPath
        ? (...args: Parameters<NonNullable<ts.CompilerHost['getSourceFileByPath']>>) =>
            change(host.getSourceFileByPath?.(...args), args[2])
        : undefined,
    });
    return real.createAbstractBuilder(names, options, adapted, ...rest);
  };
}
