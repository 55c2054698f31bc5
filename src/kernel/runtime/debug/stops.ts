/**
 * Where the main thread stops, and how it goes on. It is told to stop more often than a reader wants to know: before
 * new code, whose breakpoints are set then, in what the compiler added, at exceptions that are caught.
 */
import { type Debugger, type Runtime } from 'node:inspector';

import type { Json } from '../../jupyter/wire';
import { START_SCRIPT } from '../../link/names';
import type { Place } from '../original-places';
import { type Breakpoint, type Breakpoints, countsPass } from './breakpoints';
import type { Catches } from './catches';
import type { Inspector } from './inspector';
import type { Values } from './remote-values';
import { foreignScripts, type Scripts } from './scripts';
import { Frames } from './stopped-frames';

/** One thread is debugged, the main one. */
export const THREAD = 1;

/** The inspector's commands for a step. */
export type Step = 'Debugger.stepOver' | 'Debugger.stepInto' | 'Debugger.stepOut';

/** Which exceptions stop: all, those that the user's code does not catch, none. */
export type Exceptions = 'all' | 'uncaught' | 'none';

/** Silent stops in a row at one step; after that the code just runs. */
const MAX_SILENT = 1000;

interface Parts {
  readonly inspector: Inspector;
  readonly scripts: Scripts;
  readonly breakpoints: Breakpoints;
  readonly values: Values;
  readonly catches: Catches;
  readonly kernelFolder: string;
  readonly event: (event: string, body: Json) => void;
}

/** The state of the main thread: it runs, or stands at a place. */
export class Stops {
  /** Where it stands for the reader to look at; undefined while it runs. */
  frames: Frames | undefined;
  private step: Step | undefined;
  private silent = 0;
  /** Where the step began. */
  private from: Debugger.CallFrame | undefined;
  private depth = 0;
  private wantsPause = false;
  private isReleasing = false;
  private exceptions: Exceptions = 'none';
  private error: { name: string; text: string } | undefined;

  constructor(private readonly parts: Parts) {}

  /** Begins anew: nothing stops. */
  reset(): void {
    Object.assign(this, { frames: undefined, step: undefined, wantsPause: false, isReleasing: false });
    this.exceptions = 'none';
  }

  /** What the reader is told of the exception at which it stands. */
  get exception(): Json {
    const { error } = this;
    if (!error) throw new Error('Cannot describe the exception: expected a stop at one');
    const breakMode = this.exceptions === 'all' ? 'always' : 'unhandled';
    return {
      exceptionId: error.name,
      description: error.text,
      breakMode,
      details: { stackTrace: error.text },
    };
  }

  async stopAtExceptions(which: Exceptions): Promise<void> {
    this.exceptions = which;
    await this.parts.inspector.post('Debugger.setPauseOnExceptions', {
      state: which === 'none' ? 'none' : 'all',
    });
    await this.skipForeign();
  }

  /** Stops at the next place of the user's code. */
  async pause(): Promise<void> {
    this.isReleasing = false;
    this.wantsPause = true;
    await this.parts.inspector.post('Debugger.pause');
  }

  /**
   * Goes on as the user asks.
   * @throws Error where it runs already
   */
  async resume(command: 'Debugger.resume' | Step): Promise<void> {
    if (!this.frames) throw new Error('Cannot go on: expected a stopped thread, got a running one');
    this.step = command === 'Debugger.resume' ? undefined : command;
    this.silent = 0;
    this.from = this.frames.top;
    this.depth = this.frames.depth;
    this.leave();
    await this.skipForeign();
    await this.goOn();
  }

  /** The user interrupts the cell of that serial, 0 for none: nothing stops any more before new code runs. */
  async release(serial: number): Promise<void> {
    this.isReleasing = true;
    this.wantsPause = false;
    this.step = undefined;
    const { frames } = this;
    if (!frames) return; // it runs, or its stop is looked at now
    if (serial !== 0 && (await frames.tidiesNothing())) await this.end(frames, serial);
    else {
      this.leave();
      await this.goOn();
    }
  }

  /** The code ends where it stands: there is nothing that it has to tidy up. */
  private async end(frames: Frames, serial: number): Promise<void> {
    const { inspector } = this.parts;
    await frames.notebook.publish();
    if (this.frames !== frames) return;
    this.leave();
    await inspector.post('Debugger.resume', { terminateOnResume: true });
    await inspector.ask('giveUp', { value: serial });
  }

  /** The inspector reports a stop. */
  async paused(stop: Debugger.PausedEventDataType): Promise<void> {
    try {
      for (const script of await this.parts.scripts.news()) await this.parts.breakpoints.apply(script);
      const [top] = stop.callFrames;
      if (top && this.parts.scripts.urlOf(top.location.scriptId) === START_SCRIPT)
        await this.goOn(await this.start(stop));
      else if ((await this.isForReader(stop)) && !this.isReleasing) this.enter(stop);
      else await this.goOn();
    } catch {
      await this.goOn(); // it ended meanwhile
    }
  }

  /** Before new code, a cell or a module; gives the command to go on with. */
  private async start(stop: Debugger.PausedEventDataType): Promise<'Debugger.resume' | Step> {
    const { inspector, scripts, breakpoints } = this.parts;
    const { newest } = scripts;
    if (newest?.isCell) {
      this.isReleasing = false;
      this.step = undefined; // it ended with the cell before
    }
    if (newest && this.wantsPause) await breakpoints.once((await newest.stops(inspector)).slice(0, 1));
    if (!this.step || !this.from) return 'Debugger.resume';
    // A step over what loads a module: the call, or the `await` of it.
    if (!new Frames(inspector, scripts, stop).isEmpty) return 'Debugger.stepOut';
    const script = scripts.get(this.from.location.scriptId);
    const line = script?.placeOf(this.from.location)?.line;
    const stops = (await script?.stops(inspector)) ?? [];
    await breakpoints.once(stops.filter(({ place }) => place.line !== line));
    return 'Debugger.resume';
  }

  private async isForReader(stop: Debugger.PausedEventDataType): Promise<boolean> {
    const { parts } = this;
    if (this.isReleasing) return false;
    const frames = new Frames(parts.inspector, parts.scripts, stop);
    if (frames.isEmpty) return this.goesOnSilently();
    const isException = stop.reason === 'exception' || stop.reason === 'promiseRejection';
    if (isException) return this.isWanted(stop);
    const hit = parts.breakpoints.of(stop.hitBreakpoints ?? []);
    if (hit.length > 0) return (await this.isHit(hit, frames)) || this.step !== undefined;
    return this.isAtUser(stop.callFrames);
  }

  /** A step ends at a place of the user's own, not in what was added to it. */
  private isAtUser(frames: readonly Debugger.CallFrame[]): boolean {
    const [top] = frames;
    const script = top && this.parts.scripts.get(top.location.scriptId);
    const place = script?.placeOf(top?.location);
    if (top && place && !(this.step && this.isOnLine(place, top, frames.length))) return true;
    if (!this.step && !this.wantsPause) return true; // `debugger` in code that was made by eval
    return this.goesOnSilently();
  }

  private goesOnSilently(): false {
    this.silent += 1;
    if (this.silent > MAX_SILENT) this.step = undefined;
    else if (this.step === 'Debugger.stepOut') this.step = 'Debugger.stepOver'; // it is out
    return false;
  }

  /** Does a step go on in the line in which it began? V8 steps by statements, and stops once more where it returns. */
  private isOnLine(place: Place, top: Debugger.CallFrame, depth: number): boolean {
    const { from, step, depth: depthBefore } = this;
    if (!from || step === 'Debugger.stepOut' || depth > depthBefore) return false;
    const { scriptId } = from.location;
    const before = this.parts.scripts.get(scriptId)?.placeOf(from.location);
    const isSame =
      scriptId === top.location.scriptId && isSamePlace(from.functionLocation, top.functionLocation);
    return isSame && before?.line === place.line && before.column <= place.column;
  }

  private async isWanted(stop: Debugger.PausedEventDataType): Promise<boolean> {
    if (this.exceptions === 'all') return true;
    return this.exceptions === 'uncaught' && !(await this.isCaught(stop));
  }

  /** By a function on the stack, or by one that awaits it; the kernel's own do not count. */
  private isCaught({ callFrames, asyncStackTrace }: Debugger.PausedEventDataType): Promise<boolean> {
    const { catches, scripts } = this.parts;
    const locations: Debugger.Location[] = callFrames.map(({ location }) => location);
    for (let at = asyncStackTrace; at; at = at.parent)
      locations.push(...at.callFrames.filter(({ scriptId }) => !scripts.isForeign(scriptId)));
    return catches.hold(locations.filter(({ scriptId }) => !scripts.isKernel(scriptId)));
  }

  /** Does one of the breakpoints stop? Those that only tell do so. */
  private async isHit(hit: readonly Breakpoint[], frames: Frames): Promise<boolean> {
    let stops = false;
    for (const breakpoint of hit.filter(countsPass))
      if (breakpoint.logMessage === undefined) stops = true;
      else await this.tell(breakpoint.logMessage, breakpoint, frames);
    return stops;
  }

  /** Expressions in braces are evaluated. */
  private async tell(message: string, { path, line, found }: Breakpoint, frames: Frames): Promise<void> {
    const parts: string[] = [];
    for (const [at, part] of message.split(/\{([^{}]*)\}/).entries())
      parts.push(at % 2 === 0 ? part : await this.valueOf(part, frames));
    const place = { source: { path }, line: (found ?? line) + 1 };
    this.parts.event('output', { category: 'console', output: `${parts.join('')}\n`, ...place });
  }

  private async valueOf(expression: string, frames: Frames): Promise<string> {
    const { result, exceptionDetails } = await frames.evaluate(expression, undefined);
    if (exceptionDetails) return result.description?.split('\n', 1)[0] ?? exceptionDetails.text;
    return result.type === 'string' ? String(result.value) : String(this.parts.values.shown(result).value);
  }

  private enter(stop: Debugger.PausedEventDataType): void {
    const { breakpoints, values, inspector, scripts } = this.parts;
    const hit = breakpoints.of(stop.hitBreakpoints ?? []);
    const isException = stop.reason === 'exception' || stop.reason === 'promiseRejection';
    this.error = isException ? errorOf(stop.data as Runtime.RemoteObject | undefined) : undefined;
    const how = this.step ? 'step' : this.wantsPause ? 'pause' : 'breakpoint';
    const reason = isException ? 'exception' : hit.length > 0 ? 'breakpoint' : how;
    this.frames = new Frames(inspector, scripts, stop);
    breakpoints.endOnce();
    this.step = undefined;
    this.wantsPause = false;
    values.clear();
    const more = this.error ? { description: this.error.name, text: this.error.text } : {};
    const hitBreakpointIds = hit.map(({ id }) => id);
    this.parts.event('stopped', {
      reason,
      threadId: THREAD,
      allThreadsStopped: true,
      hitBreakpointIds,
      ...more,
    });
  }

  private leave(): void {
    this.frames = undefined;
    this.error = undefined;
    this.parts.values.clear();
    this.parts.event('continued', { threadId: THREAD, allThreadsContinued: true });
  }

  private async goOn(
    command = this.step ?? (this.wantsPause ? 'Debugger.stepInto' : 'Debugger.resume'),
  ): Promise<void> {
    const { inspector } = this.parts;
    try {
      await Promise.all([inspector.forget(), inspector.post(command)]);
    } catch {
      // it goes on already, or the debugger has left
    }
  }

  /** A step does not lead into Node and packages; an exception that comes from there is the user's matter. */
  private skipForeign(): Promise<unknown> {
    const all = this.exceptions === 'none' || this.step !== undefined;
    return this.parts.inspector.post('Debugger.setBlackboxPatterns', {
      patterns: foreignScripts(this.parts.kernelFolder, all),
      skipAnonymous: all,
    });
  }
}

const isSamePlace = (a?: Debugger.Location, b?: Debugger.Location): boolean =>
  a?.lineNumber === b?.lineNumber && a?.columnNumber === b?.columnNumber;

function errorOf(data: Runtime.RemoteObject | undefined): { name: string; text: string } {
  const text = data?.description ?? String(data?.value ?? '');
  return { name: data?.className ?? data?.type ?? 'Error', text };
}
