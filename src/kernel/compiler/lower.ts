/**
 * From an ES module to JavaScript that the kernel can run and interrupt.
 *
 * Async functions become generators: V8 resumes a native async function on its own, out of reach of an interrupt,
 * while a generator is resumed by the runtime's own `__awaiter`, stretch by stretch (runtime/guard.ts).
 */
import type ts from 'typescript';

import type { FullTs } from './internals';
import { Isolated, type Transpiled } from './isolated';
import { checkedLoops, namedGenerators } from './running';
import { hideSpreads, showSpreads } from './spreads';
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

/** One pass of the compiler over one file. */
type Pass = (source: string, fileName: string, transformers: ts.CustomTransformers) => Transpiled;

const toLowered = ({ outputText, sourceMapText }: Transpiled): Lowered => ({
  code: outputText.replace(MAP_COMMENT, '\n'),
  maps: [sourceMapText],
});

/** Lowers the cells of a session. */
export class CellLowering {
  private readonly toCommonJs: Isolated;
  private readonly toGenerators: Isolated;

  constructor(private readonly real: FullTs) {
    this.toCommonJs = new Isolated(real, { ...baseOptions(real), module: real.ModuleKind.CommonJS });
    this.toGenerators = new Isolated(real, { ...baseOptions(real), module: real.ModuleKind.ESNext });
  }

  /** A cell's ES module form to a function body; with top-level await the body returns a promise. */
  lower(source: string, hasTopLevelAwait: boolean): Lowered {
    const { real } = this;
    const common = this.toCommonJs.transpile(source.replace(MAP_COMMENT, '\n'), 'cell.js', {
      before: [nativeImport(real), checkedLoops(real)],
      after: [sharedExports(real)],
    });
    const { code: strict, maps } = toLowered(common);
    // 5.9 marks every module as strict; cells stay sloppy, as in tslab, unless they say otherwise themselves.
    const code = strict.replace(/^"use strict";/, '             ');
    const pass: Pass = (...args) => this.toGenerators.transpile(...args);
    if (!hasTopLevelAwait) return guarded(real, pass, { code, maps }, 'cell.js');
    const wrapped = { code: `return (async () => {${code}})();`, maps };
    return guarded(real, pass, wrapped, 'cell.js', WRAP_COLUMNS);
  }
}

const WRAP_COLUMNS = 'return (async () => {'.length;

/** A local TypeScript or JavaScript module to CommonJS. */
export function lowerModule(
  real: FullTs,
  source: string,
  fileName: string,
  options: ts.CompilerOptions,
): Lowered {
  const pass =
    (more: ts.CompilerOptions): Pass =>
    (text, name, transformers) => {
      const compilerOptions = { ...baseOptions(real), ...more };
      const output = real.transpileModule(text, { fileName: name, compilerOptions, transformers });
      return { sourceMapText: '', ...output };
    };
  const toCommonJs = pass({ ...options, module: real.ModuleKind.CommonJS });
  const common = toLowered(toCommonJs(source, fileName, { before: [nativeImport(real)] }));
  return guarded(real, pass({ module: real.ModuleKind.ESNext }), common, 'module.js');
}

/** Rewrites async functions; code without any is left as it is. */
function guarded(real: FullTs, pass: Pass, input: Lowered, fileName: string, prefix = 0): Lowered {
  if (!ASYNC.test(input.code)) return input;
  const { code, maps } = toLowered(
    pass(input.code, fileName, {
      // Each pass expects that those of later standards ran before it.
      before: [hideSpreads(real), real.transformES2019, real.transformES2018, real.transformES2017],
      after: [showSpreads(real), namedGenerators(real)],
    }),
  );
  return { code, maps: [...input.maps, ...maps.map((map) => withPrefix(map, prefix))] };
}

/** The wrapper of a top-level await shifts the first line; the map says by how much (read by runtime/stack.ts). */
function withPrefix(map: string, prefix: number): string {
  return prefix === 0 ? map : map.replace(/^\{/, `{"x_first_line_prefix":${prefix},`);
}
