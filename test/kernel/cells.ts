/** Cells compiled and run in the test's own process: the language part and the executor without a server between. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import ts from 'typescript';

import { Session } from '../../src/kernel/language/session';
import { loadTslab } from '../../src/kernel/language/tslab';
import type { Outcome } from '../../src/kernel/link/messages';
import { CellContext } from '../../src/kernel/runtime/context';
import { Executor } from '../../src/kernel/runtime/execute';
import { Loader } from '../../src/kernel/runtime/modules/instances';
import { defineConstants } from '../../src/kernel/runtime/stop';
import { hideContext, showFunctionsAsWritten } from '../../src/kernel/runtime/texts';

defineConstants();
showFunctionsAsWritten();
hideContext(Promise);

const ROOT = resolve(__dirname, '../..');

export class Cells {
  /** A folder for modules, with the cache of compiled ones. */
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'tsdl-cells-')));
  readonly session: Session;
  readonly loader: Loader;
  private readonly executor: Executor;
  private number = 0;

  /** @param isThere Whether the compiler, too, takes the folder for the notebook's. */
  constructor(isThere = false) {
    const before = process.cwd();
    // eslint-disable-next-line @typescript-eslint/unbound-method -- put back as it was
    const { getCurrentDirectory } = ts.sys;
    if (isThere) {
      process.chdir(this.folder);
      ts.sys.getCurrentDirectory = () => this.folder; // it knows the first folder alone
    }
    this.session = new Session(loadTslab(ROOT));
    this.loader = this.newLoader();
    Object.assign(ts.sys, { getCurrentDirectory });
    process.chdir(before);
    this.executor = new Executor(this.loader, this.folder);
  }

  /** A loader that has loaded nothing yet. */
  newLoader(): Loader {
    return new Loader(ROOT, join(this.folder, 'cache'), new Map());
  }

  /** Runs one cell; errors of the compiler are thrown. */
  async run(code: string): Promise<Outcome> {
    const compiled = this.session.compile(code);
    if ('diagnostics' in compiled)
      throw new SyntaxError(compiled.diagnostics.map(({ message }) => message).join('\n'));
    this.number += 1;
    const outcome = await this.executor.execute(compiled.cell, new CellContext('id', this.number));
    this.session.commit(outcome.status === 'ok' ? [] : outcome.unassigned);
    return outcome;
  }

  /** The text that a cell shows, or its error in a line. */
  async text(code: string): Promise<unknown> {
    const outcome = await this.run(code);
    if (outcome.status === 'ok') return outcome.result?.data['text/plain'];
    return `${outcome.failure.ename}: ${outcome.failure.evalue}`;
  }

  close(): void {
    this.session.close();
    rmSync(this.folder, { recursive: true });
  }
}
