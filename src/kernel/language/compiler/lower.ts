/**
 * From an ES module to JavaScript that the kernel can run and interrupt.
 *
 * Async functions become generators: V8 resumes a native async function on its own, out of reach of an interrupt,
 * while a generator is resumed by the runtime's own `__awaiter`, stretch by stretch (runtime/guard.ts).
 */
import type ts from 'typescript';

import type { FullTs } from './internals';
import { checkedLoops, namedGenerators } from './running';
import { nativeImport, sharedExports } from './transforms';

/** Code with its source maps, the last step's map last. */
export interface Lowered {
  readonly code: string;
  readonly maps: readonly string[];
}

/** What all steps share: syntax that Node 20 runs, helpers from the runtime instead of copies in each file. */
function baseOptions(real: FullTs): ts.CompilerOptions {
  return {
    target: real.ScriptTarget.ES2024,
    newLine: real.NewLineKind.LineFeed,
    esModuleInterop: true,
    noEmitHelpers: true,
    sourceMap: true,
  };
}

const MAP_COMMENT = /\n?\/\/# sourceMappingURL=.*\s*$/;
const ASYNC = /\basync\b|\bawait\b/;

function step(
  real: FullTs,
  source: string,
  fileName: string,
  options: ts.CompilerOptions,
  transformers: ts.CustomTransformers,
): Lowered {
  const { outputText, sourceMapText = '' } = real.transpileModule(source, {
    fileName,
    compilerOptions: { ...baseOptions(real), ...options },
    transformers,
  });
  return { code: outputText.replace(MAP_COMMENT, '\n'), maps: [sourceMapText] };
}

/** A cell's ES module form to a function body; with top-level await the body returns a promise. */
export function lowerCell(real: FullTs, source: string, hasTopLevelAwait: boolean): Lowered {
  const common = step(
    real,
    source.replace(MAP_COMMENT, '\n'),
    'cell.js',
    { module: real.ModuleKind.CommonJS },
    { before: [nativeImport(real), checkedLoops(real)], after: [sharedExports(real)] },
  );
  // 5.9 marks every module as strict; cells stay sloppy, as in tslab, unless they say otherwise themselves.
  const code = common.code.replace(/^"use strict";/, '             ');
  if (!hasTopLevelAwait) return guarded(real, { ...common, code }, 'cell.js');
  return guarded(real, { ...common, code: `return (async () => {${code}})();` }, 'cell.js', WRAP_COLUMNS);
}

const WRAP_COLUMNS = 'return (async () => {'.length;

/** A local TypeScript or JavaScript module to CommonJS. */
export function lowerModule(
  real: FullTs,
  source: string,
  fileName: string,
  options: ts.CompilerOptions,
): Lowered {
  const common = step(
    real,
    source,
    fileName,
    { ...options, module: real.ModuleKind.CommonJS },
    { before: [nativeImport(real)] },
  );
  return guarded(real, common, 'module.js');
}

/** Rewrites async functions; code without any is left as it is. */
function guarded(real: FullTs, input: Lowered, fileName: string, prefix = 0): Lowered {
  if (!ASYNC.test(input.code)) return input;
  const { code, maps } = step(
    real,
    input.code,
    fileName,
    { module: real.ModuleKind.ESNext },
    { before: [real.transformES2018, real.transformES2017], after: [namedGenerators(real)] },
  );
  return { code, maps: [...input.maps, ...maps.map((map) => withPrefix(map, prefix))] };
}

/** The wrapper of a top-level await shifts the first line; the map says by how much (read by runtime/stack.ts). */
function withPrefix(map: string, prefix: number): string {
  return prefix === 0 ? map : map.replace(/^\{/, `{"x_first_line_prefix":${prefix},`);
}
