/** Compiled modules on disk: a file is compiled once for its content and the compiler's version. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { keepFile, readKept } from '../../../../bin/bootstrap/kept';
import type { FullTs } from '../../compiler/internals';
import { type Lowered, lowerModule } from '../../compiler/lower';
import { versionOf } from '../../link/versions';

/** Raised when the form of compiled modules changes. */
const FORMAT = 6;

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
    keepFile(file, JSON.stringify(lowered));
    return lowered;
  }

  /** The compiler takes a moment to load; with a warm cache it is never needed. */
  private compiler(): FullTs {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only when a module is new
    return (this.typescript ??= require('typescript') as FullTs);
  }
}

function read(file: string): Lowered | undefined {
  const kept = readKept(file);
  return kept && (JSON.parse(kept.toString()) as Lowered);
}
