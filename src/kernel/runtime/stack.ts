/** Stack traces in the user's coordinates: cells by number, modules by their TypeScript lines. */
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

import { plainMessage } from '../link/marks';
import type { Frame } from '../link/messages';
import { type Origin, originalPlace } from './original-places';

/** What is known of a script of the user's. */
export interface Registered extends Origin {
  /** Number of the cell, for a cell. */
  readonly cell: number | undefined;
  /** How debuggers name the source. */
  readonly path: string;
}

/** Cells kept; a stack through older code than this shows emitted lines. */
const MAX_CELLS = 300;
const registry = new Map<string, Registered>();
const cellFiles: string[] = [];

/** Makes frames of script `file` readable. */
export function registerMaps(file: string, maps: Registered): void {
  registry.set(file, maps);
  if (maps.cell === undefined) return;
  cellFiles.push(file);
  const oldest = cellFiles.length > MAX_CELLS ? cellFiles.shift() : undefined;
  if (oldest !== undefined) registry.delete(oldest);
}

/** What is known of the script `file`. */
export const registered = (file: string): Registered | undefined => registry.get(file);

/** Whether a frame belongs to the kernel or to Node, neither of which helps a reader. */
function isMachinery(file: string): boolean {
  return file.startsWith('node:') || file.startsWith('tsdl:') || /[/\\]src[/\\]kernel[/\\]/.test(file);
}

/** The frame behind one of V8's call sites; undefined for the kernel's and Node's own. */
function toFrame(site: NodeJS.CallSite): Frame | undefined {
  const script = site.getFileName() ?? '';
  const file = script.startsWith('file:') ? fileURLToPath(script) : script;
  const [line, column] = [site.getLineNumber(), site.getColumnNumber()];
  if (file === '' || isMachinery(file) || line === null || column === null) return undefined;
  const mapped = registry.get(file);
  const place = mapped
    ? originalPlace(mapped, { line: line - 1, column: column - 1 })
    : { line: line - 1, column: column - 1 };
  const cell = mapped?.cell;
  if (place.line < 0) return undefined; // before the user's first line: the wrapper that awaits the cell
  return {
    file: cell === undefined ? file : `Cell [${cell}]`,
    line: place.line + 1,
    column: place.column + 1,
    name: nameOf(site),
    cell,
    foreign: cell === undefined && (!mapped || !isAbsolute(file)),
  };
}

function nameOf(site: NodeJS.CallSite): string {
  const name = site.getFunctionName() ?? '';
  if (name === '' || name.startsWith('tsdlCell')) return '';
  const type = site.isToplevel() || site.isConstructor() ? null : site.getTypeName();
  const method = type && type !== 'Object' && !name.includes('.') ? `${type}.${name}` : name;
  return site.isConstructor() ? `new ${method}` : method;
}

const frames = new WeakMap<object, readonly Frame[]>();

/** Frames of `error`, innermost first. */
export function framesOf(error: object): readonly Frame[] {
  try {
    void (error as { stack?: unknown }).stack; // the property's first read makes V8 call prepareStackTrace
  } catch {
    return []; // a getter of the user's own
  }
  return frames.get(error) ?? [];
}

/** Text of one frame as it stands in a printed stack. */
function frameText({ file, line, column, name }: Frame): string {
  const place = `${file}:${line}:${column}`;
  return `    at ${name === '' ? place : `${name} (${place})`}`;
}

/** `name: message`; asking the user's own errors for them may throw. */
function headOf(error: Error): string {
  try {
    return plainMessage(Error.prototype.toString.call(error));
  } catch {
    return 'Error';
  }
}

/** From now on `error.stack` speaks of cells and TypeScript lines. */
export function installStackTraces(): void {
  Error.stackTraceLimit = 30;
  Error.prepareStackTrace = (error, sites) => {
    const found = sites.map(toFrame).filter((frame) => frame !== undefined);
    frames.set(error, found);
    const head = headOf(error);
    return [head, ...found.map(frameText)].join('\n');
  };
}
