/** Compiler options of a cell: today's TypeScript, strict, and what the notebook's own tsconfig.json says. */
import { dirname, join, posix } from 'node:path';

import type ts from 'typescript';

import type { FullTs } from './internals';
import { runnable } from './jsx';

/** Options of a tsconfig.json that make sense for a cell. The others are about files on disk or about unused names. */
const HONOURED = [
  'strict',
  'strictNullChecks',
  'strictFunctionTypes',
  'strictBindCallApply',
  'strictPropertyInitialization',
  'noImplicitAny',
  'noImplicitThis',
  'noImplicitOverride',
  'noFallthroughCasesInSwitch',
  'useUnknownInCatchVariables',
  'alwaysStrict',
  'experimentalDecorators',
  'emitDecoratorMetadata',
  'jsx',
  'jsxFactory',
  'jsxFragmentFactory',
  'jsxImportSource',
  'paths',
  'pathsBasePath',
  'baseUrl',
  'lib',
  'noUncheckedIndexedAccess',
  'noPropertyAccessFromIndexSignature',
  'noImplicitReturns',
  'exactOptionalPropertyTypes',
  'strictBuiltinIteratorReturn',
  'useDefineForClassFields',
  'allowUnreachableCode',
  'allowUnusedLabels',
  'erasableSyntaxOnly',
  'checkJs',
  'types',
  'customConditions',
] as const;

/** Libraries of newer standards, each with something that a Node which has it knows. */
const NEWER_LIBRARIES: readonly (readonly [library: string, isThere: boolean])[] = [
  ['es2024.string', 'isWellFormed' in String.prototype],
  ['es2024.sharedmemory', 'waitAsync' in Atomics],
  ['es2024.arraybuffer', 'transfer' in ArrayBuffer.prototype],
  ['es2024.object', 'groupBy' in Object],
  ['es2024.collection', 'groupBy' in Map],
  ['es2024.promise', 'withResolvers' in Promise],
  ['esnext.array', 'fromAsync' in Array],
  ['esnext.collection', 'union' in Set.prototype],
  ['esnext.iterator', 'Iterator' in globalThis],
  ['esnext.promise', 'try' in Promise],
  ['esnext.float16', 'Float16Array' in globalThis],
  ['esnext.error', 'isError' in Error],
  ['esnext.disposable', 'DisposableStack' in globalThis],
];

const DEFAULT_LIBRARIES = [
  'es2023',
  'es2024.regexp',
  'esnext.decorators',
  ...NEWER_LIBRARIES.flatMap(([library, isThere]) => (isThere ? [library] : [])),
];

interface Place {
  /** The notebook's folder. */
  readonly folder: string;
  /** The kernel's own project. */
  readonly root: string;
  readonly tslabOptions: ts.CompilerOptions;
}

/** Options for the program that holds the cells of one notebook. */
export function cellOptions(real: FullTs, place: Place): ts.CompilerOptions {
  const { tslabOptions, folder, root } = place;
  const kept = { ...tslabOptions };
  for (const name of ['noImplicitUseStrict', 'disableTopLevelAwait']) delete kept[name];
  return {
    ...kept,
    checkJs: false,
    strict: true,
    lib: DEFAULT_LIBRARIES.map((name) => `lib.${name}.d.ts`),
    ...honoured(real, folder),
    paths: { ...ownPackage(real, folder, root), ...honoured(real, folder).paths },
    // lower.ts goes on to what Node runs; here `using` must still be there, or tslab misses the last expression
    target: real.ScriptTarget.ESNext,
    module: real.ModuleKind.ESNext,
    moduleResolution: real.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: false,
    experimentalDecorators: honoured(real, folder).experimentalDecorators ?? false,
    skipLibCheck: true,
    sourceMap: true,
    rootDir: '/',
    types: ['node', ...(honoured(real, folder).types ?? [])],
    typeRoots: [...(typeRoots(real, folder) ?? []), ownTypes()],
  };
}

/** Does the notebook's tsconfig.json say how JSX is compiled? tslab sets it for all. */
export const hasJsx = (real: FullTs, folder: string): boolean => 'jsx' in honoured(real, folder);

function honoured(real: FullTs, folder: string): ts.CompilerOptions {
  const { sys } = real;
  const file = real.findConfigFile(folder, (path) => sys.fileExists(path));
  if (!file) return {};
  const { config } = real.readConfigFile(file, (path) => sys.readFile(path)) as { config?: unknown };
  // Its files do not matter here: an empty list saves reading the project's folders.
  const host: ts.ParseConfigHost = { ...sys, readDirectory: () => [] };
  const { options } = real.parseJsonConfigFileContent(config ?? {}, host, dirname(file));
  const kept = HONOURED.flatMap((name) => (name in options ? [[name, options[name]] as const] : []));
  return runnable(real, Object.fromEntries(kept));
}

/** A file, the published package's declarations, or nothing for what is private. */
type Target = string | { readonly types: string } | null;

/** A notebook outside the project and without an installed tsdl gets the kernel's own. */
function ownPackage(real: FullTs, folder: string, root: string): Record<string, string[]> {
  for (let at = folder; ; at = dirname(at)) {
    if (real.sys.directoryExists(join(at, 'node_modules', 'tsdl'))) return {};
    if (packageName(real, at) === 'tsdl') return {};
    if (at === dirname(at)) break;
  }
  const text = real.sys.readFile(join(root, 'package.json')) ?? '{}';
  const { exports = {} } = JSON.parse(text) as { exports?: Record<string, Target> };
  return Object.fromEntries(
    Object.entries(exports).flatMap(([name, target]) => {
      const file = typeof target === 'string' ? target : target?.types;
      return file === undefined ? [] : [[name.replace(/^\./, 'tsdl'), [join(root, file)]]];
    }),
  );
}

function packageName(real: FullTs, folder: string): unknown {
  const text = real.sys.readFile(join(folder, 'package.json'));
  if (text === undefined) return undefined;
  return (real.parseConfigFileTextToJson('package.json', text).config as { name?: unknown } | undefined)
    ?.name;
}

/** Node's types as the kernel has them, for notebooks of folders that have none. */
const ownTypes = (): string => dirname(dirname(require.resolve('@types/node/package.json')));

/** Existing `node_modules/@types` above `folder`; TypeScript 5.9 no longer exports its own search. */
export function typeRoots(real: FullTs, folder: string): string[] | undefined {
  const found: string[] = [];
  for (let at = folder; ; at = posix.dirname(at)) {
    const candidate = posix.join(at, 'node_modules/@types');
    if (real.sys.directoryExists(candidate)) found.push(candidate);
    if (at === posix.dirname(at)) return found.length > 0 ? found : undefined;
  }
}
