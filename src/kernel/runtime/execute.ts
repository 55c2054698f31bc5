/** Runs compiled cells against one shared scope. */
import { join } from 'node:path';
import { Script } from 'node:vm';

import type { Bundle, CompiledCell, Failure, Outcome } from '../link/messages';
import { IMPORT_FUNCTION, STOP_FLAG, STOP_FUNCTION } from '../link/names';
import { toBundle } from './bundle';
import { type CellContext, cells } from './context';
import { guarded, isInterrupt, stop, stopFlag } from './guard';
import { helperNames, helpers } from './hidden';
import type { Loader } from './modules/instances';
import { framesOf, registerMaps } from './stack';

/** The cell's own source starts on the second line of what tslab compiles. */
const TSLAB_PREFIX_LINES = 1;

/** Runs compiled cells one after the other in one scope. */
export class Executor {
  /** Names of all cells and their values. */
  private readonly scope: Record<string, unknown> = {};
  private serial = 0;

  constructor(
    private readonly loader: Loader,
    private readonly folder: string,
  ) {}

  /** Runs `cell` as part of `context`; never throws. */
  async execute(cell: CompiledCell, context: CellContext): Promise<Outcome> {
    const before = new Map(cell.names.map((name) => [name, this.scope[name]]));
    try {
      const result = await cells.run(context, async () => {
        const { value } = await this.run(cell, context);
        return value === undefined ? undefined : await context.unlessInterrupted(shown(value));
      });
      return { status: 'ok', result };
    } catch (error) {
      const unassigned = cell.names.filter((name) => Object.is(this.scope[name], before.get(name)));
      return { status: 'error', failure: toFailure(error, context), unassigned };
    }
  }

  /** Runs the cell to its end; its last value may be a promise that is still pending. */
  private async run(cell: CompiledCell, context: CellContext): Promise<{ value?: unknown }> {
    await this.loader.prepare(cell.imports, this.folder);
    const body = this.compile(cell, context.number);
    const { scope } = this;
    const require = (specifier: string): unknown => this.loader.require(specifier, this.folder);
    const native = this.loader.importFor(join(this.folder, 'notebook.ts'));
    const running = guarded(() => body.call(globalThis, scope, require, native, stopFlag, stop, ...helpers));
    if (cell.isAsync) await running;
    if (cell.resultName === undefined) return {};
    const value = scope[cell.resultName];
    delete scope[cell.resultName];
    return { value };
  }

  private compile(cell: CompiledCell, number: number): (...args: unknown[]) => unknown {
    this.serial += 1;
    const filename = join(this.folder, `tsdl-cell-${this.serial}.js`);
    registerMaps(filename, { maps: cell.maps, firstLine: TSLAB_PREFIX_LINES, cell: number });
    const parameters = ['exports', 'require', IMPORT_FUNCTION, STOP_FLAG, STOP_FUNCTION, ...helperNames];
    const prefix = `(function tsdlCell(${parameters.join(', ')}) {`;
    const script = new Script(`${prefix}${cell.code}\n})`, { filename, columnOffset: -prefix.length });
    return script.runInThisContext() as (...args: unknown[]) => unknown;
  }
}

async function shown(value: unknown): Promise<Bundle | undefined> {
  const settled: unknown = await value;
  return settled === undefined ? undefined : await toBundle(settled);
}

function toFailure(error: unknown, context: CellContext): Failure {
  if (isInterrupt(error) || (context.interrupted && isAbort(error))) {
    const frames = error instanceof Error ? framesOf(error) : [];
    return {
      ename: 'KernelInterrupt',
      evalue: 'execution interrupted',
      frames,
      causes: [],
      interrupted: true,
    };
  }
  if (!(error instanceof Error)) {
    const evalue = typeof error === 'string' ? error : textOf(error);
    return { ename: 'Error', evalue, frames: [], causes: [], interrupted: false };
  }
  const causes: string[] = [];
  for (const cause of causesOf(error)) causes.push(cause instanceof Error ? headOf(cause) : textOf(cause));
  const ename = read(error, 'name', 'Error');
  return { ename, evalue: read(error, 'message', ''), frames: framesOf(error), causes, interrupted: false };
}

const MAX_CAUSES = 8;

/** What led to `error`: its causes in turn, and the errors that it stands for. */
function causesOf(error: Error): unknown[] {
  const found: unknown[] = error instanceof AggregateError ? error.errors.slice(0, MAX_CAUSES) : [];
  let at: unknown = error;
  while (found.length < MAX_CAUSES && at instanceof Error && ownCause(at) !== undefined)
    found.push((at = ownCause(at)));
  return found;
}

function ownCause(error: Error): unknown {
  try {
    return error.cause;
  } catch {
    return undefined;
  }
}

/** A property as text; the user's own errors may lack it, make it anything or throw when asked. */
function read(error: Error, key: 'name' | 'message', otherwise: string): string {
  try {
    const value: unknown = error[key];
    return typeof value === 'string' ? value : otherwise;
  } catch {
    return otherwise;
  }
}

function headOf(error: Error): string {
  const message = read(error, 'message', '');
  return `${read(error, 'name', 'Error')}${message === '' ? '' : `: ${message}`}`;
}

const isAbort = (error: unknown): boolean =>
  error instanceof Error && read(error, 'name', '') === 'AbortError';

function textOf(value: unknown): string {
  try {
    const text: unknown = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
    return typeof text === 'string' ? text : typeof value; // a toJSON may give anything
  } catch {
    return typeof value; // even its own toString fails
  }
}
