/** `paths` of the notebook's tsconfig.json, for code that runs. */
import { resolve } from 'node:path';

import { type Tsconfig, tsconfigAbove } from './tsconfig';

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
    this.patterns = patternsOf(tsconfigAbove(folder));
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

function patternsOf({ options, base }: Tsconfig): Pattern[] {
  const paths = (options.paths ?? {}) as Record<string, string[]>;
  return Object.entries(paths).map(([pattern, targets]) => {
    const [before = '', after = ''] = pattern.split('*');
    return {
      before,
      after,
      isExact: !pattern.includes('*'),
      targets: targets.map((path) => resolve(base, path)),
    };
  });
}
