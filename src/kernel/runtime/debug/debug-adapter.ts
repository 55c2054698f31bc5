/** The Debug Adapter Protocol over the inspector of the main thread. */
import type { Json } from '../../jupyter/wire';
import { ATTACHED, DEBUGGED } from '../../link/names';
import { Breakpoints } from './breakpoints';
import { Catches } from './catches';
import { argumentOf, type Evaluated, Inspector } from './inspector';
import { Values } from './remote-values';
import { Scripts } from './scripts';
import { evaluateWith, Notebook } from './stopped-frames';
import { type Exceptions, Stops, THREAD } from './stops';

/** Depth to which it is known who awaits. */
const AWAITING_DEPTH = 8;
/** A function of Node's that sees its record of asynchronous calls. */
const SEES_ASYNC_CALLS = "process.getBuiltinModule('node:async_hooks').executionAsyncId";

/** Answers requests and reports events. */
export class Adapter {
  private readonly inspector: Inspector;
  private readonly scripts: Scripts;
  private readonly breakpoints: Breakpoints;
  private readonly values: Values;
  private readonly stops: Stops;
  private readonly commands: Readonly<Record<string, (given: Json) => Json | Promise<Json>>>;

  /** @param kernelFolder Where the kernel's own code lies. */
  constructor(
    kernelFolder: string,
    private readonly flag: Int32Array,
    event: (event: string, body: Json) => void,
  ) {
    const inspector = new Inspector({
      parsed: (script) => this.scripts.parsed(script),
      paused: (stop) => void this.stops.paused(stop),
    });
    const scripts = new Scripts(inspector, kernelFolder);
    const moved = (breakpoint: Json): void => event('breakpoint', { reason: 'changed', breakpoint });
    const breakpoints = new Breakpoints(inspector, scripts, moved);
    const values = new Values(inspector);
    const catches = new Catches(inspector);
    this.inspector = inspector;
    this.scripts = scripts;
    this.breakpoints = breakpoints;
    this.values = values;
    this.stops = new Stops({ inspector, scripts, breakpoints, values, catches, kernelFolder, event });
    this.commands = { ...this.settings(), ...this.goingOn(), ...this.looking(), ...this.reading() };
  }

  /**
   * Handles one request; gives the body of its response.
   * @throws Error for a request that it does not know, or that cannot be answered now
   */
  async handle(command: string, given: Json): Promise<Json> {
    const handler = Object.hasOwn(this.commands, command) ? this.commands[command] : undefined;
    if (!handler) throw new Error(`Cannot ${command}: expected a request that this debugger knows`);
    Atomics.store(this.flag, ATTACHED, 1);
    await this.inspector.open();
    return handler(given);
  }

  /** The user interrupts the cell of that serial. */
  release(serial: number): void {
    if (serial !== 0 && Atomics.load(this.flag, 1) === serial) Atomics.store(this.flag, 0, serial);
    this.stops.release(serial).catch(() => undefined); // the debugger has left
  }

  /** The process ends. */
  leave(): void {
    this.inspector.close();
    Atomics.store(this.flag, ATTACHED, 0);
    Atomics.notify(this.flag, ATTACHED);
  }

  private settings(): Adapter['commands'] {
    return {
      attach: () => this.attach(),
      disconnect: async () => {
        await this.follow(0);
        this.leave();
        this.stops.reset();
        this.breakpoints.clear();
        this.scripts.clear();
        return {};
      },
      setBreakpoints: async ({ source, breakpoints, lines }) => {
        const { path = '' } = source as { path?: string };
        const given = breakpoints ?? (Array.isArray(lines) ? lines.map((line: unknown) => ({ line })) : []);
        if (!Array.isArray(given)) throw new TypeError('Cannot set breakpoints: expected a list of them');
        await this.news();
        return { breakpoints: await this.breakpoints.replace(path, given as Json[]) };
      },
      setExceptionBreakpoints: async ({ filters }) => {
        const wanted = Array.isArray(filters) ? filters : [];
        const which: Exceptions = wanted.includes('all')
          ? 'all'
          : wanted.includes('uncaught')
            ? 'uncaught'
            : 'none';
        await this.stops.stopAtExceptions(which);
        return {};
      },
    };
  }

  private goingOn(): Adapter['commands'] {
    const { stops } = this;
    const go = (command: Parameters<Stops['resume']>[0]) => async (): Promise<Json> => {
      await stops.resume(command);
      return { allThreadsContinued: true };
    };
    return {
      continue: go('Debugger.resume'),
      next: go('Debugger.stepOver'),
      stepIn: go('Debugger.stepInto'),
      stepOut: go('Debugger.stepOut'),
      pause: async () => {
        await stops.pause();
        return {};
      },
    };
  }

  private looking(): Adapter['commands'] {
    const { stops, values } = this;
    return {
      threads: () => ({ threads: [{ id: THREAD, name: 'main' }] }),
      stackTrace: ({ startFrame, levels }) => {
        const all = stops.frames?.list() ?? [];
        const start = typeof startFrame === 'number' ? startFrame : 0;
        const end = typeof levels === 'number' && levels > 0 ? start + levels : undefined;
        return { stackFrames: all.slice(start, end), totalFrames: all.length };
      },
      scopes: ({ frameId }) => {
        const scopes = stops.frames?.scopes(frameId) ?? [];
        const held = scopes.map((scope) => ({
          name: scope.name,
          variablesReference: values.hold({ kind: 'scope', scope }),
          expensive: false,
        }));
        return { scopes: held };
      },
      exceptionInfo: () => stops.exception,
      modules: async () => {
        await this.news();
        const modules = this.scripts.modules().map((path, id) => ({ id, name: path, path }));
        return { modules, totalModules: modules.length };
      },
    };
  }

  private reading(): Adapter['commands'] {
    const { stops, values } = this;
    const notebook = (): Promise<Json[]> =>
      values.list({ variablesReference: values.hold({ kind: 'scope', scope: this.notebook }) });
    return {
      variables: async (given) => ({ variables: await values.list(given) }),
      inspectVariables: async () => ({ variables: await notebook() }),
      richInspectVariables: async ({ variableName, frameId }) => {
        const text = await this.evaluated(`${DEBUGGED}.text((${String(variableName)}))`, frameId);
        return { data: { 'text/plain': text.value as string }, metadata: {} };
      },
      evaluate: async ({ expression, frameId, context }) => {
        const options = context === 'hover' ? { throwOnSideEffect: true } : {};
        const { value: result, ...rest } = values.shown(
          await this.evaluated(String(expression), frameId, options),
        );
        return { result, ...rest };
      },
      setVariable: async ({ variablesReference, name, value }) => {
        const made = await this.evaluated(String(value), undefined);
        await values.assign(variablesReference, String(name), made);
        await stops.frames?.notebook.publish();
        return values.shown(made);
      },
    };
  }

  private get notebook(): Notebook {
    return this.stops.frames?.notebook ?? new Notebook(this.inspector, undefined);
  }

  /** @throws Error with the message of what the expression threw */
  private async evaluated(expression: string, frame: unknown, options = {}): Promise<Evaluated['result']> {
    const { frames } = this.stops;
    const { result, exceptionDetails } = frames
      ? await frames.evaluate(expression, frame, options)
      : await evaluateWith(this.inspector, expression, {
          known: new Set(),
          frame: undefined,
          cell: undefined,
          options,
        });
    if (expression.includes('=')) await frames?.notebook.publish();
    if (exceptionDetails) throw new Error(result.description?.split('\n', 1)[0] ?? exceptionDetails.text);
    return result;
  }

  private async attach(): Promise<Json> {
    const { inspector } = this;
    await inspector.post('Debugger.enable');
    await this.follow(AWAITING_DEPTH);
    await this.stops.stopAtExceptions('none');
    await this.news();
    return {};
  }

  private async follow(maxDepth: number): Promise<void> {
    const { inspector } = this;
    if (!(await inspector.ask<boolean>('tolerateBreaks'))) {
      const found = await inspector.closedOver(SEES_ASYNC_CALLS, 'async_wrap');
      if (!found) return;
      await inspector.ask('adopt', argumentOf(found));
    }
    await inspector.post('Debugger.setAsyncCallStackDepth', { maxDepth });
    await inspector.ask('tolerateBreaks');
  }

  private async news(): Promise<void> {
    for (const script of await this.scripts.news()) await this.breakpoints.apply(script);
  }
}
