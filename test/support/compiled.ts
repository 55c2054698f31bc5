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

/** Errors of a class or an interface that does not keep what it `implements` or `extends`. */
const HERITAGE = [2415, 2416, 2420, 2430];

/** Classes and interfaces that break what they promise where an optional property may not be undefined. */
export function brokenHeritage(paths: readonly string[], root: string): string[] {
  const { options } = projectOptions(root);
  const program = ts.createProgram([...paths], { ...options, exactOptionalPropertyTypes: true });
  return paths.flatMap((path) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(path))
      .filter(({ code }) => HERITAGE.includes(code))
      .map(
        ({ messageText }) => `${relative(root, path)} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      ),
  );
}

function projectOptions(root: string) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  return ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
}

/** What the compiler says of modules, under the project's own options but for names that nothing uses. */
export function typeErrors(paths: readonly string[], root: string): string[] {
  const { options } = projectOptions(root);
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
