/** The project's own source files. */
import { readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

export const PROJECT = resolve(__dirname, '../..');

/** Every source file below a folder: TypeScript, JavaScript where asked for, no declarations. */
export function sourcesOf(folder: string, ending = /\.ts$/): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name))
    .sort();
}

/** Source files of several folders, as paths in the project with forward slashes. */
export const projectFiles = (...folders: readonly string[]): string[] =>
  folders
    .flatMap((folder) => sourcesOf(join(PROJECT, folder), /\.(ts|m?js)$/))
    .map((path) => relative(PROJECT, path).split(sep).join('/'));
