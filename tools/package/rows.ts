/** The rows of `npm run test:package`: how a project may be set up, and how its program is then run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

export interface Row {
  readonly name: string;
  /** File names and contents; a package.json says which module system the others are in. */
  readonly files: Readonly<Record<string, string>>;
  /** Arguments of Node, one list a command, run one after the other; `BIN/x` is the file of an installed program. */
  readonly commands: readonly (readonly string[])[];
  /** Green by this instead of by what the program prints. */
  readonly judge?: (said: string) => boolean;
  /** Major versions of Node that can run it; all where it is left out. */
  readonly nodes?: readonly string[];
}

const PROGRAM = readFileSync(join(__dirname, 'consumer.ts'), 'utf8');

const javascript = (module: ts.ModuleKind): string =>
  ts.transpileModule(PROGRAM, { compilerOptions: { module, target: ts.ScriptTarget.ES2022 } }).outputText;

const manifest = (type: 'module' | 'commonjs'): Record<string, string> => ({
  'package.json': JSON.stringify({ name: 'row', private: true, type }),
});

const config = (compilerOptions: object): Record<string, string> => ({
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'es2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      types: ['node'],
      outDir: 'out',
      ...compilerOptions,
    },
    files: ['main.ts'],
  }),
});

const TSC = ['BIN/typescript/bin/tsc', '-p', '.'];

/** The compiler's rows; `verbatimModuleSyntax` forbids `import` in CommonJS files, so it stands with ES modules. */
function compiled(module: string, moduleResolution: string, type: 'module' | 'commonjs'): Row {
  const verbatimModuleSyntax = type === 'module';
  return {
    name: `tsc, ${type === 'module' ? 'ES modules' : 'CommonJS'}, ${moduleResolution}`,
    files: {
      ...manifest(type),
      ...config({
        module,
        moduleResolution,
        verbatimModuleSyntax,
        esModuleInterop: true,
        skipLibCheck: true,
      }),
      'main.ts': PROGRAM,
    },
    commands: [TSC, ['out/main.js']],
  };
}

/**
 * What the compiler says of TensorFlow.js 4.22's own classes under `strict`, whoever imports them: a class that does
 * not keep its interface, and an index that its property does not fit. Nothing outside can mend them.
 */
const UPSTREAM = [
  '@tensorflow/tfjs-layers/dist/engine/training.d.ts TS2420',
  '@tensorflow/tfjs-layers/dist/keras_format/types.d.ts TS2411',
];

/** The compiler's errors as `file TS0000`, files of packages from the package's name on. */
export const errorsIn = (said: string): string[] =>
  [...said.matchAll(/^(?:.*node_modules\/)?(.+?)\(\d+,\d+\): error (TS\d+)/gm)].map(
    ([, file = '', code = '']) => `${file} ${code}`,
  );

/** Everything is checked, also what packages declare: nothing may be wrong but what upstream's is known to be. */
function types(module: string, moduleResolution: string, { strict = true } = {}): Row {
  const options = { module, moduleResolution, noEmit: true, esModuleInterop: true, skipLibCheck: false };
  const known = (strict ? UPSTREAM : []).join();
  return {
    name: `types, skipLibCheck: false, ${moduleResolution}${strict ? '' : ', not strict'}`,
    files: {
      ...manifest('commonjs'),
      ...config({ ...options, strict, ...(!strict && { exactOptionalPropertyTypes: false }) }),
      'main.ts': PROGRAM,
    },
    commands: [TSC],
    judge: (said) => [...new Set(errorsIn(said))].sort().join() === known,
    nodes: ['22'],
  };
}

const cjs = config({
  module: 'commonjs',
  moduleResolution: 'node10',
  esModuleInterop: true,
  skipLibCheck: true,
});

const VITEST = `
import { writeSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
it('runs', { timeout: 300_000 }, async () => {
  const log = vi.spyOn(console, 'log');
  await import('./main.ts');
  await vi.waitFor(() => expect(log).toHaveBeenCalled(), { timeout: 300_000 });
  writeSync(1, log.mock.calls.at(-1)[0] + '\\n'); // not by a stream, which the end of the worker may cut off
});`;

export const ROWS: readonly Row[] = [
  {
    name: 'JavaScript, require',
    files: { ...manifest('commonjs'), 'main.js': javascript(ts.ModuleKind.CommonJS) },
    commands: [['main.js']],
  },
  {
    name: 'JavaScript, import',
    files: { ...manifest('module'), 'main.js': javascript(ts.ModuleKind.ES2022) },
    commands: [['main.js']],
  },
  compiled('commonjs', 'node10', 'commonjs'),
  compiled('node16', 'node16', 'commonjs'),
  compiled('node16', 'node16', 'module'),
  compiled('nodenext', 'nodenext', 'module'),
  compiled('es2022', 'bundler', 'module'),
  types('commonjs', 'node10'),
  types('node16', 'node16'),
  types('nodenext', 'nodenext'),
  types('es2022', 'bundler'),
  types('node16', 'node16', { strict: false }),
  {
    name: 'ts-node',
    files: { ...manifest('commonjs'), ...cjs, 'main.ts': PROGRAM },
    commands: [['-r', 'ts-node/register', 'main.ts']],
  },
  {
    name: 'tsx',
    files: { ...manifest('module'), 'main.ts': PROGRAM },
    commands: [['--import', 'tsx', 'main.ts']],
  },
  {
    name: 'node file.ts',
    files: { ...manifest('module'), 'main.ts': PROGRAM },
    commands: [['main.ts']],
    nodes: ['22', '24'],
  },
  {
    name: 'vitest',
    files: { ...manifest('module'), 'main.ts': PROGRAM, 'main.test.ts': VITEST },
    commands: [['BIN/vitest/vitest.mjs', 'run', '--reporter=dot', '--silent=false']],
  },
];
