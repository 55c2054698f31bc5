/** Puts a compiler where tslab looks for the one that it was written for. */
import Module from 'node:module';
import { join } from 'node:path';

const FORK = '@tslab/typescript-for-tslab';

/** What tslab gets when it asks for its own compiler. */
export function installCompiler(tslabDir: string, compiler: Record<string, unknown>): void {
  const resolved = resolveFork(tslabDir);
  const key = resolved ?? join(tslabDir, 'compiler-of-tsdl.js');
  if (resolved === undefined) redirect(FORK, key);
  const module = new Module(key);
  Object.assign(module, { filename: key, loaded: true, exports: compiler });
  require.cache[key] = module;
}

function resolveFork(tslabDir: string): string | undefined {
  try {
    return require.resolve(FORK, { paths: [tslabDir] });
  } catch {
    return undefined; // an installation without the fork works just as well
  }
}

function redirect(name: string, path: string): void {
  const internals = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
  const original = internals._resolveFilename.bind(Module);
  internals._resolveFilename = (request, ...rest) => (request === name ? path : original(request, ...rest));
}
