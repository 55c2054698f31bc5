/** Which file an import means: `tsdl/...` and `../src/...` are one module, whichever way it is written. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, extname, isAbsolute, join, resolve, sep } from 'node:path';

import { PathMapping } from './aliases';

/** A file that the kernel compiles itself, or a specifier that Node loads. */
export type Resolved =
  { readonly kind: 'local'; readonly path: string } | { readonly kind: 'node'; readonly path: string };

const SOURCE = new Set(['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs']);
const TYPESCRIPT = new Set(['.ts', '.tsx', '.mts', '.cts']);
const CANDIDATES = [
  '',
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
  '.js',
  '.jsx',
  '.mjs',
  '.cjs',
  '.json',
  '/index.ts',
  '/index.tsx',
  '/index.js',
  '/index.jsx',
];

/** Resolves imports of cells and of the modules they load. */
export class Resolver {
  private readonly requires = new Map<string, NodeJS.Require>();

  private readonly paths: PathMapping;

  /**
   * @param root The kernel's project, which answers `tsdl/...` for notebooks that lie elsewhere.
   * @param folder The notebook's folder.
   */
  constructor(
    private readonly root: string,
    folder: string,
  ) {
    this.paths = new PathMapping(folder);
  }

  /** @throws Error with code MODULE_NOT_FOUND, as Node's own. */
  resolve(specifier: string, folder: string): Resolved {
    if (/^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..') {
      const path = localFile(resolve(folder, specifier));
      if (path === undefined) throw notFound(specifier, folder);
      return isOurs(path) ? { kind: 'local', path } : { kind: 'node', path };
    }
    for (const candidate of this.paths.candidates(specifier)) {
      const path = localFile(candidate);
      if (path !== undefined) return isOurs(path) ? { kind: 'local', path } : { kind: 'node', path };
    }
    const path = this.resolvePackage(specifier, folder);
    const isLocal = TYPESCRIPT.has(extname(path)) || (isOwnName(specifier) && isOurs(path));
    return isLocal ? { kind: 'local', path: realpathSync(path) } : { kind: 'node', path };
  }

  /** `require` as a file in `folder` would have it. */
  requireFrom(folder: string): NodeJS.Require {
    let found = this.requires.get(folder);
    if (!found) this.requires.set(folder, (found = createRequire(join(folder, 'notebook.js'))));
    return found;
  }

  private resolvePackage(specifier: string, folder: string): string {
    const require = this.requireFrom(folder);
    try {
      // Node keeps in mind what it did not find: asked too early, it would not see a package that is installed later.
      if (!isBuiltin(specifier) && !this.isOfPackage(folder) && !mayExist(specifier, require))
        throw notFound(specifier, folder);
      return require.resolve(specifier);
    } catch (error) {
      if (isOwnName(specifier)) return this.requireFrom(this.root).resolve(specifier);
      throw error;
    }
  }

  /** The published package's own files: their requests for its parts are led elsewhere, see bin/bootstrap/parts.js. */
  private isOfPackage(folder: string): boolean {
    return `${folder}${sep}`.startsWith(join(this.root, 'lib') + sep);
  }
}

/** Is there anything where Node would look for a package? */
function mayExist(specifier: string, require: NodeJS.Require): boolean {
  const [first = '', second = ''] = specifier.split('/');
  const name = first.startsWith('@') ? join(first, second) : first;
  if (name.startsWith('#') || isAbsolute(name)) return true;
  const paths = require.resolve.paths(specifier) ?? [];
  const endings = ['', '.js', '.json', '.node', '.cjs'];
  if (paths.some((path) => endings.some((ending) => existsSync(join(path, name + ending))))) return true;
  return ownPackageName(dirname(paths[0] ?? '')) === name;
}

/** A package may import itself. */
function ownPackageName(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'package.json');
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name;
    if (at === dirname(at)) return undefined;
  }
}

const isOwnName = (specifier: string): boolean => specifier === 'tsdl' || specifier.startsWith('tsdl/');

/**
 * The project's own code, as against packages; packages written in TypeScript are compiled too, and so is tsdl where
 * it is a package, so that its loops can be interrupted.
 */
function isOurs(path: string): boolean {
  if (!SOURCE.has(extname(path))) return false;
  const at = path.lastIndexOf('/node_modules/');
  return TYPESCRIPT.has(extname(path)) || at < 0 || path.startsWith('/node_modules/tsdl/', at);
}

function localFile(path: string): string | undefined {
  // TypeScript sources may import `./x.js` and mean `./x.ts`.
  const asTypeScript = ['ts', 'tsx'].map((ending) => path.replace(/\.(m|c)?jsx?$/, `.$1${ending}`));
  const paths = [...CANDIDATES.map((ending) => path + ending), ...asTypeScript];
  const found = paths.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
  return found === undefined ? packageMain(path) : realpathSync(found);
}

function packageMain(folder: string): string | undefined {
  try {
    const { main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { main?: string };
    return main === undefined ? undefined : localFile(join(folder, main));
  } catch {
    return undefined;
  }
}

function notFound(specifier: string, folder: string): Error {
  const error = new Error(`Cannot find module '${specifier}' from ${folder}`);
  return Object.assign(error, { code: 'MODULE_NOT_FOUND' });
}

/** Folder of a file, for imports in it. */
export const folderOf = (path: string): string => dirname(path);
