/** The notebook's tsconfig.json as far as running code needs it, read without the compiler. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** Options of the nearest tsconfig.json, those that it extends included. */
export interface Tsconfig {
  readonly options: Readonly<Record<string, unknown>>;
  /** Where relative `paths` begin. */
  readonly base: string;
}

/** The nearest tsconfig.json in `folder` or above it. */
export function tsconfigAbove(folder: string): Tsconfig {
  for (let at = folder; ; at = dirname(at)) {
    const found = readConfig(join(at, 'tsconfig.json'), []);
    if (found) return found;
    if (at === dirname(at)) return { options: {}, base: folder };
  }
}

function readConfig(file: string, through: readonly string[]): Tsconfig | undefined {
  const text = read(file);
  if (text === undefined || through.includes(file)) return undefined;
  const folder = dirname(file);
  const { compilerOptions = {}, extends: others = [] } = parseJsonWithComments(text) as {
    compilerOptions?: Record<string, unknown>;
    extends?: string | string[];
  };
  let options: Record<string, unknown> = {};
  let base = folder;
  for (const other of [others].flat()) {
    const found = readConfig(configFile(other, folder), [...through, file]);
    if (!found) continue;
    options = { ...options, ...found.options };
    base = found.base;
  }
  const { baseUrl } = compilerOptions;
  if (typeof baseUrl === 'string') base = resolve(folder, baseUrl);
  else if (compilerOptions.paths !== undefined && options.baseUrl === undefined) base = folder;
  return { options: { ...options, ...compilerOptions }, base };
}

/** A path, or a package's file. */
function configFile(name: string, folder: string): string {
  const withEnding = (path: string): string => (path.endsWith('.json') ? path : `${path}.json`);
  if (name.startsWith('.') || isAbsolute(name)) return withEnding(resolve(folder, name));
  const load = createRequire(join(folder, 'tsconfig.json'));
  for (const candidate of [name, withEnding(name), `${name}/tsconfig.json`]) {
    try {
      const found = load.resolve(candidate);
      if (found.endsWith('.json')) return found;
    } catch {
      // the next one
    }
  }
  return name;
}

/** A file that does not parse is the compiler's to report. */
function parseJsonWithComments(text: string): unknown {
  const plain = text
    .replace(
      /("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[^]*?\*\//g,
      (_all, string: string | undefined) => string ?? '',
    )
    .replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_all, string: string | undefined) => string ?? '');
  try {
    return JSON.parse(plain);
  } catch {
    return {};
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
