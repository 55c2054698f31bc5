/** The scripts of the main thread that are the user's, cells and local modules, with the places of their sources. */
import { type Debugger } from 'node:inspector';
import { sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { originalPlace, type Place } from '../original-places';
import type { Registered } from '../stack';
import type { Inspector } from './inspector';

/** A place where the code can stop, in the code and in the source. */
export interface Stop {
  readonly location: Debugger.Location;
  readonly place: Place;
}

/** A script of the user's. */
export class UserScript {
  private found: Promise<readonly Stop[]> | undefined;

  constructor(
    readonly id: string,
    /** Where it came from. */
    readonly origin: Registered,
  ) {}

  /** How debuggers name its source. */
  get path(): string {
    return this.origin.path;
  }

  get isCell(): boolean {
    return this.origin.cell !== undefined;
  }

  get name(): string {
    const { cell, path } = this.origin;
    return cell === undefined ? path.slice(path.lastIndexOf(sep) + 1) : `Cell [${cell}]`;
  }

  /** The place of the source; undefined for what the compiler added. */
  placeOf(location: Debugger.Location | undefined): Place | undefined {
    if (!location) return undefined;
    const { lineNumber: line, columnNumber: column = 0 } = location;
    const { additions } = this.origin;
    const at = this.additionAt(line, column);
    if (at !== undefined && (at === this.end || additions[at + 3] === 0)) return undefined;
    const place = originalPlace(this.origin, { line, column });
    if (at === undefined) return place.line < 0 || !place.isOwn ? undefined : place;
    // What took the place of `export const …` before a cell's last expression belongs to the expression.
    const [, start = 0, added = 0] = additions.slice(at, at + 4);
    const behind = originalPlace(this.origin, { line, column: start + added + 1 });
    const found = place.isOwn ? place : behind;
    return found.line < 0 ? undefined : found;
  }

  /** Where a breakpoint on `line` stops: the first place of that line, or of the next one that has any. */
  async stopAt(inspector: Inspector, line: number): Promise<Stop | undefined> {
    const behind = (await this.stops(inspector)).filter(({ place }) => place.line >= line);
    const first = Math.min(...behind.map(({ place }) => place.line));
    return behind.find(({ place }) => place.line === first);
  }

  /** Where its code can stop. */
  stops(inspector: Inspector): Promise<readonly Stop[]> {
    return (this.found ??= this.findStops(inspector));
  }

  private async findStops(inspector: Inspector): Promise<Stop[]> {
    const asked = { start: { scriptId: this.id, lineNumber: 0, columnNumber: 0 } };
    const { locations } = await inspector.post<Debugger.GetPossibleBreakpointsReturnType>(
      'Debugger.getPossibleBreakpoints',
      asked,
    );
    return locations.flatMap((location) => {
      const place = this.placeOf(location);
      return place ? [{ location, place }] : [];
    });
  }

  /** The addition in which a place lies. Those that stand for nothing are checks and stores; a cell ends with one. */
  private additionAt(line: number, column: number): number | undefined {
    const { additions } = this.origin;
    const [endLine = Infinity, endColumn = 0] = this.end === undefined ? [] : additions.slice(this.end);
    if (line > endLine || (line === endLine && column >= endColumn)) return this.end;
    for (let at = 0; at < additions.length; at += 4) {
      const [where = 0, start = 0, added = 0] = additions.slice(at, at + 3);
      if (where === line && column > start && column < start + added) return at;
    }
    return undefined;
  }

  /** The last addition of a cell. */
  private get end(): number | undefined {
    const { additions, cell } = this.origin;
    return cell === undefined ? undefined : additions.length - 4;
  }
}

/** Scripts by id and by path. */
export class Scripts {
  private readonly all = new Map<string, UserScript>();
  private last: UserScript | undefined;
  /** Parsed, and not yet asked about: id and file. */
  private readonly unknown = new Map<string, string>();
  /** Of all scripts; V8 leaves them out where it stops. */
  private readonly urls = new Map<string, string>();

  private readonly own: string;

  /** @param kernelFolder Where the kernel's own code lies. */
  constructor(
    private readonly inspector: Inspector,
    kernelFolder: string,
  ) {
    this.own = `${pathToFileURL(kernelFolder).href}/`;
  }

  parsed({ scriptId, url }: Debugger.ScriptParsedEventDataType): void {
    this.urls.set(scriptId, url);
    if (url.startsWith('file:') && !url.includes('/node_modules/'))
      this.unknown.set(scriptId, fileURLToPath(url));
    else if (url.startsWith('/')) this.unknown.set(scriptId, url);
  }

  /** Asks about what was parsed; gives the user's among it. */
  async news(): Promise<UserScript[]> {
    if (this.unknown.size === 0) return [];
    const asked = [...this.unknown];
    this.unknown.clear();
    const files = asked.map(([, file]) => file);
    const origins = await this.inspector.ask<(Registered | null)[]>('origins', { value: files });
    const found = asked.flatMap(([id], at) => {
      const origin = origins[at];
      return origin ? [new UserScript(id, origin)] : [];
    });
    for (const script of found) this.all.set(script.id, script);
    this.last = found.at(-1) ?? this.last;
    return found;
  }

  urlOf(id: string): string {
    return this.urls.get(id) ?? '';
  }

  /** Whether a script is Node's or the kernel's. */
  isForeign(id: string): boolean {
    return !this.urlOf(id).startsWith('file:') || this.isKernel(id);
  }

  isKernel(id: string): boolean {
    return this.urlOf(id).startsWith(this.own);
  }

  /** The last one that was found. */
  get newest(): UserScript | undefined {
    return this.last;
  }

  get(id: string): UserScript | undefined {
    return this.all.get(id);
  }

  of(path: string): UserScript[] {
    return [...this.all.values()].filter((script) => script.path === path);
  }

  /** Paths of the local modules that run. */
  modules(): string[] {
    const modules = [...this.all.values()].filter(({ isCell }) => !isCell);
    return [...new Set(modules.map(({ path }) => path))];
  }

  clear(): void {
    this.all.clear();
    this.last = undefined;
    this.unknown.clear();
    this.urls.clear();
  }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Patterns of the scripts in which nothing stops: the kernel's own, and with `all`, what Node and packages bring. */
export function foreignScripts(kernelFolder: string, all: boolean): string[] {
  const own = [`^${escaped(pathToFileURL(kernelFolder).href)}/`, '^tsdl:(?!start$)', '^evalmachine\\.'];
  return all ? [...own, '^node:', '/node_modules/'] : own;
}
