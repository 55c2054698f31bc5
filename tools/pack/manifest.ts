/** The package.json of the published package, out of the checkout's own. */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** Folders that work inside only; everything else of `exports` is the public surface. */
const PRIVATE = ['cli', 'kernel', 'setup'];

const built = (source: string, ending: string): string =>
  source.replace(/^\.\/src\//, './lib/').replace(/\.ts$/, ending);

/** `exports` for Node and for TypeScript's newer resolutions. */
export function publicExports(sources: Manifest['exports']): Record<string, unknown> {
  const entries = Object.entries(sources).map(([name, target]) => [
    name,
    target.endsWith('.ts') ? { types: built(target, '.d.ts'), default: built(target, '.js') } : target,
  ]);
  return Object.fromEntries([...entries, ...PRIVATE.map((folder) => [`./${folder}/*`, null])]) as Record<
    string,
    unknown
  >;
}

/** The same for TypeScript's `node10`, which reads no `exports`. */
export function typesVersions(sources: Manifest['exports']): object {
  const entries = Object.entries(sources)
    .filter(([name, target]) => name !== '.' && target.endsWith('.ts'))
    .map(([name, target]) => [name.replace(/^\.\//, ''), [built(target, '.d.ts').slice(2)]]);
  // The field `types`, too, is looked up here.
  return { '*': { ...(Object.fromEntries(entries) as object), 'lib/*': ['lib/*'] } };
}

const IMPORT = /(?:\bfrom|\bimport|\brequire\(|\bimport\(|\bdeclare module)\s*['"]([^.'"][^'"]*)['"]/g;

/** Names of the packages that the JavaScript and the declarations below `folder` ask for. */
export function askedFor(folder: string): Set<string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const specifiers = files
    .filter((file) => /\.js$|\.d\.ts$/.test(file))
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(IMPORT)])
    .map(([, specifier = '']) => specifier);
  return new Set(
    specifiers
      .filter((specifier) => /^(@[\w-]+\/)?[\w-]+(\.[\w-]+)?(\/|$)/.test(specifier) && !isBuiltin(specifier))
      .map((specifier) =>
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
  );
}

/** For the declarations (typereferences.ts): Node's whichever the user has, since two of them clash; the others' as locked. */
const NODE_TYPES = { '@types/node': '>=20' };
const OTHER_TYPES = ['@types/long'];

/**
 * @param asked what the package asks for
 * @param elsewhere what its parts bring
 * @param locked versions in the lock file, for what the checkout has through another package
 */
export function publicManifest(
  root: Manifest,
  asked: ReadonlySet<string>,
  elsewhere: ReadonlySet<string>,
  locked: (name: string) => string | undefined,
): object {
  const names = [...asked, ...OTHER_TYPES].filter(
    (name) => name !== root.name && name !== 'ts-node' && !elsewhere.has(name),
  );
  const dependencies = Object.fromEntries(
    names.sort().map((name) => {
      const version = root.dependencies[name] ?? locked(name);
      if (version === undefined)
        throw new RangeError(`Cannot pack: expected ${name} in package.json, got none`);
      return [name, version];
    }),
  );
  const { name, version, description, license, type, engines, bin } = root;
  return {
    ...{ name, version, description, license, type, engines, bin },
    files: ['bin', 'docs', 'lib', 'parts', 'src', 'requirements.txt'],
    main: './lib/index.js',
    types: './lib/index.d.ts',
    exports: publicExports(root.exports),
    typesVersions: typesVersions(root.exports),
    dependencies: { ...dependencies, ...NODE_TYPES },
  };
}
