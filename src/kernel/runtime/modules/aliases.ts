/** `paths` of the notebook's tsconfig.json, for code that runs. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** One pattern: text before and after its star, and where it leads. */
interface Pattern {
  readonly before: string;
  readonly after: string;
  readonly isExact: boolean;
  readonly targets: readonly string[];
}

/** Files that `specifier` may mean by the nearest tsconfig.json above `folder`. */
export class PathMapping {
  private readonly patterns: readonly Pattern[];

  constructor(folder: string) {
    this.patterns = readPatterns(folder);
  }

  candidates(specifier: string): string[] {
    return this.patterns.flatMap(({ before, after, isExact, targets }) => {
      if (isExact) return specifier === before ? [...targets] : [];
      const fits = specifier.startsWith(before) && specifier.endsWith(after);
      if (!fits || specifier.length < before.length + after.length) return [];
      const middle = specifier.slice(before.length, specifier.length - after.length);
      return targets.map((target) => target.replace('*', middle));
    });
  }
}

function readPatterns(folder: string): Pattern[] {
  for (let at = folder; ; at = dirname(at)) {
    const text = read(join(at, 'tsconfig.json'));
    if (text !== undefined) return parse(text, at);
    if (at === dirname(at)) return [];
  }
}

function parse(text: string, folder: string): Pattern[] {
  const { compilerOptions = {} } = parseJsonWithComments(text) as {
    compilerOptions?: { baseUrl?: string; paths?: Record<string, string[]> };
  };
  const base = resolve(folder, compilerOptions.baseUrl ?? '.');
  return Object.entries(compilerOptions.paths ?? {}).map(([pattern, targets]) => {
    const [before = '', after = ''] = pattern.split('*');
    return {
      before,
      after,
      isExact: !pattern.includes('*'),
      targets: targets.map((path) => resolve(base, path)),
    };
  });
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
