/** Pieces of documentation as modules: made, and checked by the compiler. */
import { join, relative } from 'node:path';

import * as ts from 'typescript';

/** Code as a module with a function to run it; its imports, and others, stand above. */
export function asModule(code: string, imports: readonly string[] = []): string {
  const lines = code.split('\n');
  const own = lines.filter((line) => line.startsWith('import '));
  const body = lines.filter((line) => !line.startsWith('import '));
  return [...own, ...imports, 'export async function run() {', ...body, '}'].join('\n');
}

/** What the compiler says of modules, under the project's own options but for names that nothing uses. */
export function typeErrors(paths: readonly string[], root: string): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const relaxed = { ...options, noUnusedLocals: false, noUnusedParameters: false, sourceMap: false };
  const host = { ...ts.createCompilerHost(relaxed), getCurrentDirectory: () => root };
  const program = ts.createProgram([...paths], relaxed, host);
  return paths.flatMap((path) => {
    const file = program.getSourceFile(path);
    return ts.getPreEmitDiagnostics(program, file).map(({ start = 0, messageText }) => {
      const line = file?.text.slice(0, start).split('\n').length;
      return `${relative(root, path)}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}
