/** Compiled modules on disk: a file is compiled once for its content and the compiler's version. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { keepFile, readKept } from '../../../../bin/bootstrap/kept';
import type { FullTs } from '../../compiler/internals';
import { runnable } from '../../compiler/jsx';
import { type LoweredModule, lowerModule } from '../../compiler/lower';
import { versionOf } from '../../link/versions';
import { tsconfigAbove } from './tsconfig';

/** Raised when the form of compiled modules changes. */
const FORMAT = 6;
/** Options of a tsconfig.json that change what runs. */
const EMITTED =
  /^(?:jsx|jsxFactory|jsxFragmentFactory|jsxImportSource|experimentalDecorators|emitDecoratorMetadata|useDefineForClassFields)$/;

/** TypeScript modules as JavaScript, each compiled once for its content. */
export class CompiledModules {
  private typescript: FullTs | undefined;
  private readonly version = versionOf('typescript');

  /** Compiled ahead of their run. */
  private readonly ahead = new Map<string, { readonly source: string; readonly compiled: LoweredModule }>();
  private readonly options: Readonly<Record<string, unknown>>;

  /** @param folder The notebook's, whose tsconfig.json says how modules are compiled. */
  constructor(
    private readonly cacheDir: string,
    folder: string,
  ) {
    const { options } = tsconfigAbove(folder);
    this.options = Object.fromEntries(Object.entries(options).filter(([name]) => EMITTED.test(name)));
  }

  /** As {@link compile}, which follows for the same content as a rule. */
  lookAt(path: string, source: string): LoweredModule {
    const compiled = this.compile(path, source);
    this.ahead.set(path, { source, compiled });
    return compiled;
  }

  /** JavaScript of the module `path` with content `source`. */
  compile(path: string, source: string): LoweredModule {
    const before = this.ahead.get(path);
    this.ahead.delete(path);
    if (before?.source === source) return before.compiled;
    const made = [FORMAT, this.version, JSON.stringify(this.options), path, source].join('\0');
    const key = createHash('sha1').update(made).digest('hex');
    const file = join(this.cacheDir, `${key}.json`);
    const cached = read(file);
    if (cached) return cached;
    const compiler = this.compiler();
    const { options } = compiler.convertCompilerOptionsFromJson(this.options, '');
    const lowered = lowerModule(compiler, source, path, runnable(compiler, options));
    keepFile(file, JSON.stringify(lowered));
    return lowered;
  }

  /** The compiler takes a moment to load; with a warm cache it is never needed. */
  private compiler(): FullTs {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only when a module is new
    return (this.typescript ??= require('typescript') as FullTs);
  }
}

function read(file: string): LoweredModule | undefined {
  const kept = readKept(file);
  return kept && (JSON.parse(kept.toString()) as LoweredModule);
}
