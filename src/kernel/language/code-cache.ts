/**
 * V8's compiled code of a large package, kept on disk. TypeScript loads in a third of the time, and the functions that
 * the first cell needs are there as well. Node 22 keeps such code by itself (bin/kernel.js asks it to), Node 20 does not.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

import { keepFile, readKept } from '../../../bin/bootstrap/kept';
import { fileState } from '../link/changes';

type Run = (exports: unknown, require: NodeJS.Require, module: Module, path: string, folder: string) => void;

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
    if (code) keepFile(this.file, Buffer.concat([this.source(), code]));
  }

  /** V8 itself looks at the source's length alone. */
  private read(): Buffer | undefined {
    const kept = readKept(this.file);
    const source = this.source();
    return kept?.subarray(0, source.length).equals(source) ? kept.subarray(source.length) : undefined;
  }

  /** What the code belongs to. */
  private source(): Buffer {
    const state = `${process.version} ${process.arch} ${fileState(this.path).text}\n`;
    return createHash('sha1').update(state).digest();
  }
}
