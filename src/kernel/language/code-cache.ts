/**
 * V8's compiled code of a large package, kept on disk. TypeScript loads in a third of the time, and the functions that
 * the first cell needs are there as well. Node 22 keeps such code by itself (bin/kernel.js asks it to), Node 20 does not.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

import { writeCacheFile } from '../link/cache-file';
import { fileState } from '../link/changes';

type Run = (exports: unknown, require: NodeJS.Require, module: Module, path: string, folder: string) => void;

const DIGEST_BYTES = 20;

/** V8's compiled code of one large script, kept on disk for Nodes that keep none themselves. */
export class CodeCache {
  /** Set where the file on disk is missing or of no use. */
  private unkept: Script | undefined;

  /**
   * @param path A CommonJS file.
   * @param file Where its compiled code is kept.
   */
  constructor(
    private readonly path: string,
    private readonly file: string,
  ) {}

  /** As `require` of the path. */
  load(): unknown {
    const { path } = this;
    const load = createRequire(path);
    if ('enableCompileCache' in Module || load.cache[path]) return load(path) as unknown;
    const cachedData = this.read();
    const script = new Script(Module.wrap(readFileSync(path, 'utf8')), { filename: path, cachedData });
    if (!cachedData || script.cachedDataRejected) this.unkept = script;
    const module = new Module(path);
    Object.assign(module, { filename: path, loaded: true });
    (script.runInThisContext() as Run)(module.exports, load, module, path, dirname(path));
    load.cache[path] = module;
    return module.exports;
  }

  /** Writes what was compiled up to now, if there is nothing of use on disk. */
  keep(): void {
    const code = this.unkept?.createCachedData();
    this.unkept = undefined;
    if (code) writeCacheFile(this.file, Buffer.concat([this.digest(code), code]));
  }

  /** V8 itself looks at neither the code's integrity nor the source beyond its length. */
  private read(): Buffer | undefined {
    try {
      const content = readFileSync(this.file);
      const code = content.subarray(DIGEST_BYTES);
      return content.subarray(0, DIGEST_BYTES).equals(this.digest(code)) ? code : undefined;
    } catch {
      return undefined;
    }
  }

  private digest(code: Buffer): Buffer {
    const state = `${process.version} ${process.arch} ${fileState(this.path).text}\n`;
    return createHash('sha1').update(state).update(code).digest();
  }
}
