/** tslab's language core behind types, with a check that the pinned version still has what the kernel reaches into. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type ts from 'typescript';

import { Adapter } from '../compiler/adapter';
import { installCompiler } from '../compiler/fork';
import { type FullTs, INTERNAL_NAMES } from '../compiler/internals';

interface Place {
  readonly line: number;
  readonly character: number;
  readonly offset: number;
}

/** tslab's form of a compiler error. */
export interface TslabDiagnostic {
  readonly start: Place;
  readonly end: Place;
  readonly messageText: string;
  readonly code: number | string;
}

/** What tslab's converter answers. */
export interface Converted {
  readonly output?: string;
  readonly declOutput?: string;
  readonly diagnostics: readonly TslabDiagnostic[];
  readonly hasToplevelAwait?: boolean;
  readonly lastExpressionVar?: string;
}

/** Completions of the text between two positions. */
export interface Completed {
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly string[];
  readonly original?: ts.CompletionInfo;
}

/** tslab's converter: cells in, JavaScript and declarations out. */
export interface Converter {
  convert(earlier: string, source: string): Converted;
  inspect(earlier: string, source: string, position: number): ts.QuickInfo | undefined;
  complete(earlier: string, source: string, position: number): Completed;
  close(): void;
}

interface ConverterModule {
  createConverter(options: { isJS: boolean; isBrowser: boolean }): Converter;
}

const TSLAB = dirname(require.resolve('tslab/package.json'));
const CONVERTER = join(TSLAB, 'dist', 'converter.js');
const TSLAB_VERSION = '1.0.22';
const TYPESCRIPT_VERSION = '5.9.';

/** tslab on our compiler. */
export interface Language {
  readonly ts: FullTs;
  readonly adapter: Adapter;
  createConverter(): Converter;
}

/** Loaded once in a process: tslab keeps the first compiler that it was given. */
let loaded: Language | undefined;

/**
 * tslab's converter on stock TypeScript; throws a sentence that says what changed if something did.
 *
 * @param typescript Loads TypeScript; called once in a process.
 */
export function loadTslab(root: string, typescript = requireTypeScript): Language {
  return (loaded ??= load(root, typescript()));
}

/** The same for the notebooks of a folder other than the process's own; every call makes another compiler. */
export function loadTslabFor(root: string, folder: string): Language {
  const real = requireTypeScript();
  const { [CONVERTER]: before } = require.cache;
  Reflect.deleteProperty(require.cache, CONVERTER);
  const language = load(root, real);
  if (before) require.cache[CONVERTER] = before;
  return { ...language, createConverter: () => standingIn(real, folder, () => language.createConverter()) };
}

/** tslab takes the process's folder for the notebook's; asked once, it keeps it. */
function standingIn<T>(real: FullTs, folder: string, run: () => T): T {
  const { sys } = real;
  const before = Object.getOwnPropertyDescriptor(sys, 'getCurrentDirectory') ?? {};
  sys.getCurrentDirectory = () => folder;
  try {
    return run();
  } finally {
    Object.defineProperty(sys, 'getCurrentDirectory', before);
  }
}

// eslint-disable-next-line @typescript-eslint/no-require-imports -- the adapter must be in place before tslab loads
const requireTypeScript = (): FullTs => require('typescript') as FullTs;

function load(root: string, real: FullTs): Language {
  const { version } = JSON.parse(readFileSync(join(TSLAB, 'package.json'), 'utf8')) as { version: string };
  expect(version === TSLAB_VERSION, `tslab ${TSLAB_VERSION}`, `tslab ${version}`);
  expect(real.version.startsWith(TYPESCRIPT_VERSION), `TypeScript ${TYPESCRIPT_VERSION}x`, real.version);
  const missing = INTERNAL_NAMES.filter((name) => !(name in real));
  expect(missing.length === 0, `TypeScript's ${INTERNAL_NAMES.join(', ')}`, `none of ${missing.join(', ')}`);
  const adapter = new Adapter(real, root);
  installCompiler(TSLAB, adapter.module);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- by path: the package exports no such entry
  const converter = require(CONVERTER) as ConverterModule;
  expect(typeof converter.createConverter === 'function', "tslab's createConverter", 'none');
  return { ts: real, adapter, createConverter: () => checked(converter) };
}

function checked(module: ConverterModule): Converter {
  const converter = module.createConverter({ isJS: false, isBrowser: false });
  for (const name of ['convert', 'inspect', 'complete', 'close'] as const)
    expect(typeof converter[name] === 'function', `tslab's converter with ${name}()`, 'one without');
  return converter;
}

function expect(condition: boolean, expected: string, actual: string): void {
  if (!condition) {
    throw new Error(
      `Cannot start the kernel's language part: expected ${expected}, got ${actual}; run npm ci to restore the pinned versions`,
    );
  }
}
