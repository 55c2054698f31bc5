/** Runs compiled cells against one shared scope. */
import { join } from 'node:path';
import { types } from 'node:util';
import { Script } from 'node:vm';

import type { Bundle, CompiledCell, Outcome } from '../link/messages';
import { boxOf, IMPORT_FUNCTION, LAST } from '../link/names';
import { toBundle } from './bundle';
import { Boxes } from './cell-names';
import { type CellContext, cells, KernelInterrupt } from './context';
import { beforeNewCode } from './debug/face';
import { helperNames, helpers } from './hidden';
import { asAtTheStart, asTheCellHasIt, callOn } from './intrinsics';
import type { Loader } from './modules/instances';
import { deferred } from './originals';
import { registerMaps } from './stack';
import { takeInterrupt } from './stop';
import { interruptedAt, toFailure } from './thrown';

/** The cell's own source starts on the second line of what tslab compiles. */
const TSLAB_PREFIX_LINES = 1;

type Body = (this: unknown, ...args: unknown[]) => unknown;

/** Runs compiled cells one after the other in one scope. */
export class Executor {
  readonly boxes = new Boxes();
  private serial = 0;
  private abandon: () => void = () => undefined;

  constructor(
    private readonly loader: Loader,
    private readonly folder: string,
  ) {}

  /** Runs `cell`, which debuggers know as `path`, as part of `context`; never throws. */
  execute(cell: CompiledCell, context: CellContext, path = ''): Promise<Outcome> {
    const before = new Map(cell.names.map((name) => [name, this.boxes.value(name)]));
    const { promise, resolve } = deferred<Outcome>();
    const fail = (error: unknown): void => {
      asAtTheStart();
      const isDue = takeInterrupt();
      const failure = isDue ? interruptedAt(error) : toFailure(error, context);
      const unassigned = cell.names.filter(
        (name) => !this.boxes.has(name) || Object.is(this.boxes.value(name), before.get(name)),
      );
      resolve({ status: 'error', failure, unassigned });
    };
    this.abandon = () => fail(new KernelInterrupt());
    const run = async (): Promise<void> => {
      try {
        resolve({ status: 'ok', result: await this.run(cell, path, context) });
      } catch (error) {
        fail(error);
      }
    };
    // On a stack of its own: V8 may break it off, and then nothing that waits on it goes on.
    setImmediate(() => void cells.run(context, run));
    return promise;
  }

  /** Gives the running cell up: it counts as interrupted, whatever its code still does. */
  giveUp(): void {
    this.abandon();
  }

  private async run(cell: CompiledCell, path: string, context: CellContext): Promise<Bundle | undefined> {
    for (const entry of cell.imports) {
      const { module, isLive } = await this.loader.importStatically(entry.specifier, this.folder);
      this.boxes.take(entry, module, isLive);
    }
    const last: { v: unknown } = { v: undefined };
    const body = this.compile(cell, path, context.number);
    const boxes = cell.boxes.map((name) => this.boxes.get(name));
    const scope = this.loader.scopeOf(join(this.folder, 'notebook.ts'));
    const values = [last, ...scope, ...helpers, ...boxes];
    asTheCellHasIt();
    const running = callOn(body, undefined, values);
    if (cell.isAsync) await running;
    asAtTheStart();
    // An interrupt at a breakpoint that no check behind it saw.
    if (takeInterrupt()) throw new KernelInterrupt();
    return last.v === undefined ? undefined : await context.unlessInterrupted(shown(last.v));
  }

  private compile(cell: CompiledCell, path: string, number: number): Body {
    const { code, maps, additions, boxes, isAsync } = cell;
    this.serial += 1;
    const filename = join(this.folder, `tsdl-cell-${this.serial}.js`);
    registerMaps(filename, { maps, additions, firstLine: TSLAB_PREFIX_LINES, cell: number, path });
    const parameters = [LAST, ...SCOPE, ...helperNames, ...boxes.map(boxOf)];
    const prefix = `(${isAsync ? 'async ' : ''}function tsdlCell(${parameters.join(', ')}) {"use strict";`;
    const script = new Script(`${prefix}${code}\n})`, { filename, columnOffset: -prefix.length });
    const body = script.runInThisContext() as Body;
    beforeNewCode();
    return body;
  }
}

/** What Node gives a CommonJS module, and what stands for `import`. */
const SCOPE = ['exports', 'require', 'module', '__filename', '__dirname', IMPORT_FUNCTION];

/** A last value that is a promise shows what it settles to; any other value shows as it is. */
async function shown(value: unknown): Promise<Bundle | undefined> {
  const settled = types.isPromise(value) ? await value : value;
  return settled === undefined ? undefined : await toBundle(settled);
}
