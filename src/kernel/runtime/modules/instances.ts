/**
 * Loads the project's modules for cells: one instance each, however it is imported, fresh after an edit.
 * Packages from node_modules are left to Node.
 */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

import { changedSince, type FileState, fileState } from '../../link/changes';
import { IMPORT_FUNCTION } from '../../link/names';
import { toNamespace } from '../cell-names';
import { beforeNewCode } from '../debug/face';
import { helperNames, helpers } from '../hidden';
import { registerMaps } from '../stack';
import { CompiledModules } from './compiled';
import { NodeImports } from './imports';
import { Resolver } from './resolve';

interface Loaded {
  readonly module: { exports: unknown };
  readonly importers: Set<string>;
  readonly source: string;
  state: FileState;
  /** Of a module that awaits at its top level, while it runs. */
  running?: Promise<unknown>;
}

type ImportFunction = ((specifier: string, options?: unknown) => Promise<unknown>) & {
  readonly meta: object;
};

/** Loads the modules of cells, and loads those anew that have been edited. */
export class Loader {
  readonly resolver: Resolver;
  private readonly loaded = new Map<string, Loaded>();
  private readonly compiled: CompiledModules;
  private readonly imports: NodeImports;
  /** Edited while loaded: a second TensorFlow engine beside the first would be worse than stale code. */
  private readonly pinned: readonly string[];
  private readonly warned = new Set<string>();

  constructor(
    root: string,
    cacheDir: string,
    private readonly builtIn: ReadonlyMap<string, unknown>,
  ) {
    this.resolver = new Resolver(root, process.cwd());
    this.compiled = new CompiledModules(cacheDir, process.cwd());
    this.imports = new NodeImports(this.resolver);
    this.pinned = ['src', 'lib'].map((code) => join(root, code, 'engine') + sep);
  }

  /** The module that a cell's import names, and whether its exports may change later on. */
  async importStatically(specifier: string, folder: string): Promise<{ module: unknown; isLive: boolean }> {
    await this.imports.prepare([specifier], folder, (each) => this.builtIn.has(each));
    const local = this.localPath(specifier, folder);
    if (local !== undefined) await this.runAsync(local);
    const isLive = local !== undefined || this.imports.prepared(specifier, folder) !== undefined;
    return { module: this.require(specifier, folder), isLive };
  }

  /** What Node's wrapper gives the code at `path`, and what stands for `import` there. */
  scopeOf(path: string, module: { exports: unknown } = { exports: {} }): unknown[] {
    const folder = dirname(path);
    const require = Object.assign((specifier: string) => this.require(specifier, folder, path), {
      resolve: (specifier: string) => this.resolver.resolve(specifier, folder).path,
      cache: {},
    });
    return [module.exports, require, module, path, folder, this.importFor(path)];
  }

  /** `require` of a file in `folder`. */
  require(specifier: string, folder: string, importer?: string): unknown {
    if (this.builtIn.has(specifier)) return this.builtIn.get(specifier);
    const prepared = this.imports.prepared(specifier, folder);
    if (prepared) return prepared;
    const target = this.resolver.resolve(specifier, folder);
    if (target.kind === 'node') return this.resolver.requireFrom(folder)(target.path);
    return this.load(target.path, importer);
  }

  /** Native `import()` for packages; the project's own modules come from the registry. */
  async import(specifier: string, folder: string, options?: unknown): Promise<unknown> {
    if (this.builtIn.has(specifier)) return this.builtIn.get(specifier);
    const local = this.localPath(specifier, folder);
    if (local === undefined) return await this.imports.native(specifier, folder, options);
    await this.runAsync(local);
    return toNamespace(this.load(local, undefined));
  }

  /** What stands for `import` in the code at `path`: the call, and `import.meta` as Node gives it. */
  importFor(path: string): ImportFunction {
    const folder = dirname(path);
    const resolve = (specifier: string): string => {
      if (isBuiltin(specifier)) return `node:${specifier.replace(/^node:/, '')}`;
      return pathToFileURL(this.resolver.resolve(specifier, folder).path).href;
    };
    const meta = { dirname: folder, filename: path, url: pathToFileURL(path).href, resolve };
    const load = (specifier: string, options?: unknown): Promise<unknown> =>
      this.import(specifier, folder, options);
    return Object.assign(load, { meta });
  }

  /**
   * Forgets modules whose files changed, and all that import them.
   *
   * @returns Files that changed but stay as they are, each told once.
   */
  dropChanged(): string[] {
    const stale: string[] = [];
    for (const [path, entry] of this.loaded) {
      const state = changedSince(path, entry.state);
      if (!state) continue;
      entry.state = state;
      if (state.text === '' || readFileSync(path, 'utf8') !== entry.source) stale.push(path);
    }
    const kept: string[] = [];
    for (const path of stale) {
      if (!this.isPinned(path)) this.drop(path);
      else if (!this.warned.has(path)) kept.push(path);
    }
    for (const path of kept) this.warned.add(path);
    return kept;
  }

  private drop(path: string): void {
    const entry = this.loaded.get(path);
    if (!entry || this.isPinned(path)) return;
    this.loaded.delete(path);
    for (const importer of entry.importers) this.drop(importer);
  }

  private isPinned(path: string): boolean {
    return this.pinned.some((folder) => path.startsWith(folder));
  }

  private localPath(specifier: string, folder: string): string | undefined {
    try {
      const target = this.resolver.resolve(specifier, folder);
      return target.kind === 'local' ? target.path : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Runs those modules behind `path` that await at their top level, each after what it imports; `require` finds them
   * done. The others run when they are asked for, as their circles want it.
   */
  private async runAsync(path: string, seen = new Set<string>()): Promise<void> {
    if (seen.has(path)) return;
    seen.add(path);
    const known = this.loaded.get(path);
    if (known) {
      await known.running;
      return;
    }
    const { isAsync, isModule, requests } = this.compiled.lookAt(path, readFileSync(path, 'utf8'));
    if (!isModule) return;
    for (const request of requests) {
      const folder = dirname(path);
      const local = this.localPath(request, folder);
      if (local !== undefined) await this.runAsync(local, seen);
      else await this.imports.prepare([request], folder, (each) => this.builtIn.has(each));
    }
    if (isAsync && !this.loaded.has(path)) await this.start(path, undefined, true).running;
  }

  private load(path: string, importer: string | undefined): unknown {
    const known = this.loaded.get(path);
    if (known) {
      if (importer !== undefined) known.importers.add(importer);
      return known.module.exports;
    }
    return this.start(path, importer, false).module.exports;
  }

  private start(path: string, importer: string | undefined, mayAwait: boolean): Loaded {
    const state = fileState(path);
    const source = readFileSync(path, 'utf8');
    const importers = new Set(importer === undefined ? [] : [importer]);
    const entry: Loaded = { module: { exports: {} }, importers, source, state };
    // Registered before it runs, as in Node: modules may import each other.
    this.loaded.set(path, entry);
    try {
      const running = this.run(path, entry, mayAwait);
      if (running) entry.running = this.settled(path, running);
    } catch (error) {
      this.loaded.delete(path);
      throw error;
    }
    return entry;
  }

  private async settled(path: string, running: Promise<unknown>): Promise<void> {
    try {
      await running;
    } catch (error) {
      this.loaded.delete(path);
      throw error;
    }
  }

  private run(path: string, { module, source }: Loaded, mayAwait: boolean): Promise<unknown> | undefined {
    const { code, maps, additions, isAsync, isModule } = this.compiled.compile(path, source);
    if (isAsync && !mayAwait) throw onlyImport(path);
    registerMaps(path, { maps, additions, firstLine: 0, cell: undefined, path });
    const parameters = [
      'exports',
      'require',
      'module',
      '__filename',
      '__dirname',
      IMPORT_FUNCTION,
      ...helperNames,
    ];
    const prefix = `(${isAsync ? 'async ' : ''}function (${parameters.join(', ')}) {`;
    const script = new Script(`${prefix}${code}\n})`, { filename: path, columnOffset: -prefix.length });
    const run = script.runInThisContext() as (...args: unknown[]) => Promise<unknown> | undefined;
    beforeNewCode();
    return run.call(isModule ? undefined : module.exports, ...this.scopeOf(path, module), ...helpers);
  }
}

/** As Node has it, which names the code. */
function onlyImport(path: string): Error {
  const text = `Cannot require ${path}: expected a module that does not await at its top level, import() it instead`;
  return Object.assign(new Error(text), { code: 'ERR_REQUIRE_ASYNC_MODULE' });
}
