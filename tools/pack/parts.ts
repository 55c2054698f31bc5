/**
 * The parts of the published package: npm packages that nobody should have to download who does not use them, or whose
 * install scripts must not run. Each becomes a package.json and a lock file out of the checkout's own lock file.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Packages, resolved } from '../gpupack/contents';

export const PARTS: Readonly<Record<string, readonly string[]>> = {
  native: [
    '@tensorflow/tfjs-node-gpu',
    '@mapbox/node-pre-gyp',
    'google-protobuf',
    'progress',
    'node-api-headers',
  ],
  fonts: ['@embedpdf/fonts-sc', 'dejavu-fonts-ttf'],
  digits: ['mnist'],
  emoji: [
    '@iconify-json/noto',
    '@iconify-json/twemoji',
    '@iconify-json/openmoji',
    '@iconify-json/fluent-emoji-flat',
  ],
  kernel: ['tslab', 'semver', 'typescript', 'tslib', '@types/node', 'vscode-jsonrpc'],
  handout: ['katex', 'markdown-it', '@vscode/markdown-it-katex', 'highlight.js', 'sanitize-html'],
};

/**
 * Of these, what they name as dependencies is not fetched: it serves their install scripts, command lines or types, or
 * is there already (@tensorflow/tfjs, of which tsdl and tfjs-node have to have the same one).
 */
const ALONE = new Set([
  '@tensorflow/tfjs-node-gpu',
  '@mapbox/node-pre-gyp',
  'tslab',
  'katex',
  '@iconify-json/noto',
  '@iconify-json/twemoji',
  '@iconify-json/openmoji',
  '@iconify-json/fluent-emoji-flat',
]);

/** The entries of the lock file that a part needs, by their folders. */
export function entriesOf(names: readonly string[], packages: Packages): Packages {
  const entries: Record<string, Packages[string]> = {};
  const visit = (path: string | undefined, name: string): void => {
    const entry = path === undefined ? undefined : packages[path];
    if (path === undefined || !entry)
      throw new RangeError(`Cannot pack ${name}: expected it in package-lock.json`);
    if (path in entries) return;
    const dependencies = ALONE.has(name) ? {} : (entry.dependencies ?? {});
    entries[path] = { ...entry, dev: false, dependencies };
    Object.keys(dependencies).forEach((next) => visit(resolved(packages, path, next), next));
  };
  names.forEach((name) => visit(resolved(packages, '', name), name));
  return entries;
}

/** Writes `folder`/NAME/package.json and package-lock.json for every part. */
export function writeParts(folder: string, packages: Packages): void {
  for (const [name, names] of Object.entries(PARTS)) {
    const entries = entriesOf(names, packages);
    const dependencies = Object.fromEntries(
      names.map((one) => [one, (packages[`node_modules/${one}`] as { version: string }).version]),
    );
    const head = { name: `tsdl-${name}`, version: '1.0.0' };
    const lock = {
      ...head,
      lockfileVersion: 3,
      requires: true,
      packages: { '': { ...head, dependencies }, ...entries },
    };
    mkdirSync(join(folder, name), { recursive: true });
    const write = (file: string, value: object): void =>
      writeFileSync(join(folder, name, file), `${JSON.stringify(value, null, 1)}\n`);
    write('package.json', { ...head, private: true, dependencies });
    write('package-lock.json', lock);
  }
}
