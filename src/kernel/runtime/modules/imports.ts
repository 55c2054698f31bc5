/** Node's own `import()` as a file in the notebook's folder would have it, and packages that only it can load. */
import { join } from 'node:path';
import { constants, Script } from 'node:vm';

import type { Resolver } from './resolve';

type Importer = (specifier: string, options?: unknown) => Promise<unknown>;

/** Codes of the errors with which `require` refuses an ES module. */
const ONLY_IMPORT = new Set(['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE', 'ERR_PACKAGE_PATH_NOT_EXPORTED']);

/** Node's remark about the way in which {@link NodeImports.native} imports, which is the kernel's affair. */
const OWN_WARNING = 'USE_MAIN_CONTEXT_DEFAULT_LOADER';

/** Keeps {@link OWN_WARNING} out of the notebook; every other warning passes. */
export function muteOwnWarning(): void {
  const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (!String(warning).includes(OWN_WARNING)) emit(warning, ...rest);
  };
}

/** Modules that Node imports but does not `require`, loaded before a cell that names them. */
export class NodeImports {
  private readonly importers = new Map<string, Importer>();
  private readonly namespaces = new Map<string, unknown>();

  constructor(private readonly resolver: Resolver) {}

  /** Imports those of `specifiers` that `require` refuses, so that a cell's static imports find them. */
  async prepare(
    specifiers: readonly string[],
    folder: string,
    isBuiltIn: (specifier: string) => boolean,
  ): Promise<void> {
    for (const specifier of specifiers) {
      if (specifier.startsWith('.') || isBuiltIn(specifier) || this.prepared(specifier, folder)) continue;
      if (!this.isOnlyImportable(specifier, folder)) continue;
      this.namespaces.set(`${folder}\0${specifier}`, await this.native(specifier, folder));
    }
  }

  /** Namespace that {@link prepare} loaded, if any. */
  prepared(specifier: string, folder: string): unknown {
    return this.namespaces.get(`${folder}\0${specifier}`);
  }

  native(specifier: string, folder: string, options?: unknown): Promise<unknown> {
    let importer = this.importers.get(folder);
    if (!importer) {
      const script = new Script('(specifier, options) => import(specifier, options)', {
        filename: join(folder, 'notebook.js'),
        importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      });
      importer = script.runInThisContext() as Importer;
      this.importers.set(folder, importer);
    }
    return importer(specifier, options);
  }

  private isOnlyImportable(specifier: string, folder: string): boolean {
    try {
      if (this.resolver.resolve(specifier, folder).kind === 'local') return false;
      this.resolver.requireFrom(folder)(specifier);
      return false;
    } catch (error) {
      return ONLY_IMPORT.has((error as { code?: string }).code ?? '');
    }
  }
}
