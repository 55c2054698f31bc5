/** Breakpoints, by the paths of sources: they hold for all scripts made of a source, now and later. */
import { type Debugger } from 'node:inspector';

import type { Json } from '../../jupyter/wire';
import { isSource, withNames } from './expressions';
import type { Inspector } from './inspector';
import type { Scripts, Stop, UserScript } from './scripts';

/** A breakpoint that the user set. */
export interface Breakpoint {
  readonly id: number;
  readonly path: string;
  /** From 0, as it was asked for. */
  readonly line: number;
  readonly condition: string | undefined;
  /** `5`, `> 5` or `% 5`: the passes at which it stops. */
  readonly hitCondition: string | undefined;
  /** What to tell instead of stopping. */
  readonly logMessage: string | undefined;
  passes: number;
  /** From 0, where it stands; undefined before its code was seen. */
  found: number | undefined;
}

/** All breakpoints. */
export class Breakpoints {
  private count = 0;
  private readonly wanted = new Map<string, readonly Breakpoint[]>();
  /** The inspector's own, by their ids. */
  private readonly set = new Map<string, Breakpoint[]>();
  private readonly temporary: string[] = [];

  constructor(
    private readonly inspector: Inspector,
    private readonly scripts: Scripts,
    private readonly moved: (breakpoint: Json) => void,
  ) {}

  /** Replaces those of a path. */
  async replace(path: string, given: readonly Json[]): Promise<Json[]> {
    const known = this.scripts.of(path);
    for (const [id, breakpoints] of this.set)
      if (breakpoints[0]?.path === path) {
        this.set.delete(id);
        await this.inspector.post('Debugger.removeBreakpoint', { breakpointId: id });
      }
    const breakpoints = given.map((each) => this.made(path, each));
    this.wanted.set(path, breakpoints);
    for (const script of known) for (const each of breakpoints) await this.place(each, script);
    return breakpoints.map((each) => described(each, known.length === 0));
  }

  /** Sets those that a new script has. */
  async apply(script: UserScript): Promise<void> {
    for (const breakpoint of this.wanted.get(script.path) ?? []) {
      const before = breakpoint.found;
      await this.place(breakpoint, script);
      if (breakpoint.found !== before) this.moved(described(breakpoint, false));
    }
  }

  /** The breakpoints behind the inspector's ids. */
  of(ids: readonly string[]): Breakpoint[] {
    return ids.flatMap((id) => this.set.get(id) ?? []);
  }

  /** Stops at the first of these places that the code comes to. */
  async once(stops: readonly Stop[]): Promise<void> {
    for (const { location } of stops) {
      const id = await this.setAt({ location });
      if (id !== undefined) this.temporary.push(id);
    }
  }

  /** It has stopped. */
  endOnce(): void {
    for (const breakpointId of this.temporary.splice(0))
      void this.inspector.post('Debugger.removeBreakpoint', { breakpointId }).catch(() => undefined);
  }

  clear(): void {
    this.temporary.length = 0;
    this.wanted.clear();
    this.set.clear();
  }

  private made(path: string, given: Json): Breakpoint {
    const text = (value: unknown): string | undefined =>
      typeof value === 'string' && value.trim() !== '' ? value : undefined;
    const { line, condition, hitCondition, logMessage } = given;
    if (!Number.isInteger(line))
      throw new TypeError(`Cannot set a breakpoint: expected a line, got ${typeof line}`);
    this.count += 1;
    const rules = {
      condition: text(condition),
      hitCondition: text(hitCondition),
      logMessage: text(logMessage),
    };
    return { id: this.count, path, line: (line as number) - 1, ...rules, passes: 0, found: undefined };
  }

  private async place(breakpoint: Breakpoint, script: UserScript): Promise<void> {
    const stop = await script.stopAt(this.inspector, breakpoint.line);
    if (!stop) return;
    breakpoint.found = stop.place.line;
    const { condition } = breakpoint;
    if (condition !== undefined && !isSource(condition))
      throw new SyntaxError(
        `Cannot set a breakpoint: expected an expression of JavaScript, got ${condition}`,
      );
    const asked = { location: stop.location, ...(condition ? { condition: withNames(condition) } : {}) };
    const id = await this.setAt(asked);
    if (id !== undefined) this.set.set(id, [...(this.set.get(id) ?? []), breakpoint]);
  }

  /** Undefined where there is one already: the first of a place counts. */
  private async setAt(asked: { location: Debugger.Location }): Promise<string | undefined> {
    try {
      const set = await this.inspector.post<Debugger.SetBreakpointReturnType>(
        'Debugger.setBreakpoint',
        asked,
      );
      return set.breakpointId;
    } catch {
      return undefined;
    }
  }
}

/** As the protocol has it; what was not seen yet counts as found. */
function described({ id, path, line, found }: Breakpoint, isUnseen: boolean): Json {
  return { id, verified: isUnseen || found !== undefined, line: (found ?? line) + 1, source: { path } };
}

/** Whether a pass of the breakpoint is one at which it stops. */
export function countsPass(breakpoint: Breakpoint): boolean {
  breakpoint.passes += 1;
  const { passes, hitCondition } = breakpoint;
  const [, sign = '', number = ''] = /^\s*(>=|<=|===?|[<>%]?)\s*(\d+)\s*$/.exec(hitCondition ?? '') ?? [];
  const wanted = Number(number);
  if (number === '') return true;
  if (sign === '>') return passes > wanted;
  if (sign === '>=') return passes >= wanted;
  if (sign === '<') return passes < wanted;
  if (sign === '<=') return passes <= wanted;
  if (sign === '%') return wanted > 0 && passes % wanted === 0;
  return passes === wanted;
}
