/**
 * `npm run build`: the package that others install, in build/package; `npm run pack` makes the tarball of it.
 *
 *   bin/    as in the checkout        lib/    compiled JavaScript, declarations, both with maps
 *   src/    what the maps point to    parts/  what setup fetches besides: names, versions, hashes
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';

import type { Packages } from '../gpupack/contents';
import { askedFor, type Manifest, publicManifest } from './manifest';
import { PARTS, writeParts } from './parts';
import { referencesOf } from './typereferences';

const PROJECT = resolve(__dirname, '../..');
const OUT = join(PROJECT, 'build/package');
const LIB = join(OUT, 'lib');

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)));

function compile(): void {
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(PROJECT, 'tsconfig.package.json')], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('Cannot build the package: the compiler found errors');
}

/** Rooms that nobody imports from: no declarations, no maps, no sources of them. */
const isInside = (file: string): boolean =>
  /^(kernel|setup|cli)\//.test(file) && !file.startsWith('cli/doctor/');

/** Sources beside the output, and maps that point to them; what is not TypeScript goes along. */
function complete(): void {
  for (const file of files(join(PROJECT, 'src'))) {
    const isSource = file.endsWith('.ts');
    if (isSource && isInside(file)) continue;
    const to = join(OUT, isSource ? 'src' : 'lib', file);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(PROJECT, 'src', file), to);
  }
  const built = files(LIB);
  built.filter(isInside).forEach(strip);
  const shown = built.filter((file) => !isInside(file));
  shown.filter((file) => file.endsWith('.map')).forEach(pointToSource);
  shown.filter((file) => file.endsWith('.d.ts')).forEach(askForTypes);
}

function strip(file: string): void {
  const path = join(LIB, file);
  if (/\.d\.ts$|\.map$/.test(file)) rmSync(path);
  else if (file.endsWith('.js'))
    writeFileSync(path, readFileSync(path, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
}

interface SourceMap {
  sources: string[];
  mappings: string;
}

function editMap(file: string, edit: (map: SourceMap) => void): void {
  const map = JSON.parse(readFileSync(join(LIB, file), 'utf8')) as SourceMap;
  edit(map);
  writeFileSync(join(LIB, file), JSON.stringify(map));
}

function pointToSource(file: string): void {
  const source = file.replace(/(\.d\.ts|\.js)\.map$/, '.ts');
  const up = posix.relative(posix.join('lib', posix.dirname(file)), 'src');
  editMap(file, (map) => (map.sources = [posix.join(up, source)]));
}

function askForTypes(file: string): void {
  const text = readFileSync(join(LIB, file), 'utf8');
  const lines = referencesOf(text);
  if (lines.length === 0) return;
  writeFileSync(join(LIB, file), [...lines, text].join('\n'));
  editMap(`${file}.map`, (map) => (map.mappings = `${';'.repeat(lines.length)}${map.mappings}`));
}

function build(): void {
  const read = <T>(file: string): T => JSON.parse(readFileSync(join(PROJECT, file), 'utf8')) as T;
  const { packages } = read<{ packages: Packages & Record<string, { version?: string }> }>(
    'package-lock.json',
  );
  rmSync(OUT, { recursive: true, force: true });
  compile();
  complete();
  cpSync(join(PROJECT, 'bin'), join(OUT, 'bin'), { recursive: true });
  for (const file of ['LICENSE', 'requirements.txt']) copyFileSync(join(PROJECT, file), join(OUT, file));
  const picture = (path: string): boolean => path.endsWith('.png');
  cpSync(join(PROJECT, 'docs'), join(OUT, 'docs'), { recursive: true, filter: (path) => !picture(path) });
  const readme = readFileSync(join(PROJECT, 'docs/package.md'), 'utf8');
  writeFileSync(join(OUT, 'README.md'), readme.replace(/\]\((?=[\w/]+\.md)/g, '](docs/'));
  writeParts(join(OUT, 'parts'), packages);
  const asked = new Set([...askedFor(LIB), ...askedFor(join(OUT, 'bin'))]);
  const elsewhere = new Set(Object.values(PARTS).flat());
  const manifest = publicManifest(read<Manifest>('package.json'), asked, elsewhere, (name) => {
    return packages[`node_modules/${name}`]?.version;
  });
  writeFileSync(join(OUT, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

build();
