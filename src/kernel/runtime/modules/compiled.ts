/** Compiled modules on disk: a file is compiled once for its content and the compiler's version. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { FullTs } from '../../compiler/internals';
import { type Lowered, lowerModule } from '../../compiler/lower';
import { writeCacheFile } from '../../link/cache-file';
import { versionOf } from '../../link/versions';

/** Raised when the form of compiled modules changes. */
const FORMAT = 5;

/** TypeScript modules as JavaScript, each compiled once for its content. */
export class CompiledModules {
  private typescript: FullTs | undefined;
  private readonly version = versionOf('typescript');

  constructor(private readonly cacheDir: string) {}

  /** JavaScript of the module `path` with content `source`. */
  compile(path: string, source: string): Lowered {
    const key = createHash('sha1').update(`${FORMAT}\0${this.version}\0${path}\0${source}`).digest('hex');
    const file = join(this.cacheDir, `${key}.json`);
    const cached = read(file);
    if (cached) return cached;
    const lowered = lowerModule(this.compiler(), source, path, {});
    writeCacheFile(file, JSON.stringify(lowered));
    return lowered;
  }

  /** The compiler takes a moment to load; with a warm cache it is never needed. */
  private compiler(): FullTs {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only when a module is new
    return (this.typescript ??= require('typescript') as FullTs);
  }
}

function read(file: string): Lowered | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Lowered;
  } catch {
    return undefined;
  }
}
