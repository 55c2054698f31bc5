/** What travels to a GPU machine: the project's own files and the npm packages that gpu-check loads. */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** A file of the archive, by its path below the unpacked folder. */
export type Entry =
  { readonly from: string; readonly to: string } | { readonly text: string; readonly to: string };

/** The project's own files and folders; documentation and pictures stay. */
const OWN = [
  ...['bin', 'src', 'test', 'bench', 'notebooks', 'tools'],
  ...[
    'package.json',
    'package-lock.json',
    'requirements.txt',
    'tsconfig.json',
    '.mocharc.json',
    '.npmrc',
    'LICENSE',
  ],
];
const NEVER = /(^|\/)(__pycache__|\.ipynb_checkpoints|\.DS_Store)(\/|$)/;

/** Development packages that gpu-check needs all the same: it runs tests, and cells are type-checked. */
const DEVELOPMENT = ['mocha', '@types/node', '@types/mocha'];

/** Files of packages that nothing loads: source maps, bundles for browsers, binaries for other systems. */
export const unusedFile = (
  path: string,
  platform: string = process.platform,
  arch: string = process.arch,
): boolean =>
  /\.map$|\.tsbuildinfo$|(^|\/)\.bin\//.test(path) ||
  /^@tensorflow\/.*(\.es2017(\.min)?\.js|\.fesm(\.min)?\.js|\.min\.js|\.html)$/.test(path) ||
  /^@tensorflow\/tfjs\/dist\/miniprogram\//.test(path) ||
  (path.startsWith('zeromq/build/') &&
    !/^zeromq\/build\/[^/]+$/.test(path) &&
    !`${path}/`.startsWith(`zeromq/build/${platform}/${arch}/`));

interface LockPackage {
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}
type Packages = Readonly<Record<string, LockPackage>>;

/** Where Node would find `name` from the package in `folder`: beside it, or in a folder further up. */
function resolved(packages: Packages, folder: string, name: string): string | undefined {
  const path = posix.join(folder, 'node_modules', name);
  if (path in packages || folder === '') return path in packages ? path : undefined;
  const up = folder.lastIndexOf('node_modules/');
  return resolved(packages, folder.slice(0, Math.max(0, up - 1)), name);
}

/** Folders of the packages to take along, by package-lock.json: what is not for development, and three that are. */
export function neededPackages(packages: Packages): string[] {
  const needed = new Set(Object.keys(packages).filter((path) => path !== '' && !packages[path]?.dev));
  const visit = (path: string | undefined): void => {
    if (path === undefined || needed.has(path)) return;
    needed.add(path);
    Object.keys(packages[path]?.dependencies ?? {}).forEach((name) => visit(resolved(packages, path, name)));
  };
  DEVELOPMENT.forEach((name) => visit(resolved(packages, '', name)));
  return [...needed].sort();
}

/** All files below a folder, in a fixed order; links are left out. */
function filesBelow(folder: string, skip: (path: string) => boolean, at = ''): string[] {
  return readdirSync(join(folder, at), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = posix.join(at, entry.name);
      if (skip(path)) return [];
      if (entry.isDirectory()) return filesBelow(folder, skip, path);
      return entry.isFile() ? [path] : [];
    });
}

/** A folder's files under another name in the archive. */
export function folderEntries(
  folder: string,
  to: string,
  skip: (path: string) => boolean = () => false,
): Entry[] {
  return filesBelow(folder, skip).map((path) => ({ from: join(folder, path), to: posix.join(to, path) }));
}

export function ownEntries(root: string): Entry[] {
  return OWN.filter((name) => existsSync(join(root, name))).flatMap((name): Entry[] => {
    const path = join(root, name);
    if (!lstatSync(path).isDirectory()) return [{ from: path, to: name }];
    return folderEntries(path, name, (below) => NEVER.test(below));
  });
}

/** node_modules with a stamp of its own, so that it counts as whole (see bin/bootstrap/modules.js). */
export function moduleEntries(root: string, lockDigest: string): Entry[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Packages;
  };
  const needed = neededPackages(packages).filter((path) => existsSync(join(root, path)));
  const inner = (path: string): boolean => /(^|\/)node_modules$/.test(path); // listed as packages of their own
  const files = needed.flatMap((path) => {
    const name = path.slice('node_modules/'.length);
    return folderEntries(join(root, path), path, (below) => inner(below) || unusedFile(`${name}/${below}`));
  });
  const folders = needed
    .filter((path) => !packages[path]?.optional)
    .map((path) => path.slice('node_modules/'.length));
  const stamp = JSON.stringify({ lock: lockDigest, node: process.version, folders });
  return [...files, { text: stamp, to: 'node_modules/.tsdl-stamp.json' }];
}
