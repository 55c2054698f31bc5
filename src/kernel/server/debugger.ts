/**
 * The debugger as front-ends see it: requests of the Debug Adapter Protocol on the control channel. What only the
 * protocol of Jupyter adds is answered here; the rest is the runtime's debugging thread's (runtime/debug), which starts
 * with the first request that needs it. Breakpoints outlive the runtime process: a new one gets them again.
 */
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Json } from '../jupyter/wire';
import type { FromDebugger, ToDebugger } from '../link/debugging';
import { murmur2 } from './murmur';

const HASH_SEED = 0xc70f6907;
/** No such files are written: the names tell cells apart, and kernels. */
const PREFIX = join(tmpdir(), `tsdl_${process.pid}`, '/');
const SUFFIX = '.ts';
/** Cells do not wait longer for the debugger of a new process. */
const RENEWED_MS = 5000;
/** Cells whose source can be asked for. */
const MAX_SOURCES = 1000;

interface Parts {
  readonly send: (message: ToDebugger) => void;
  readonly publish: (event: Json) => void;
}

interface Waiting {
  resolve(body: Json): void;
  reject(reason: Error): void;
}

/** Answers debug requests and knows what the debugger is to do. */
export class Debugger {
  private isStarted = false;
  private isAttached = false;
  private isJupyterLab = false;
  private sequence = 0;
  private readonly waiting = new Map<number, Waiting>();
  /** As they were asked for, by path. */
  private readonly wanted = new Map<string, Json>();
  /** As they are, by path. */
  private readonly breakpoints = new Map<string, readonly Json[]>();
  private filters: Json | undefined;
  private renewed: Promise<void> | undefined;
  private readonly sources = new Map<string, string>();
  /** Whether the runtime stands at a breakpoint or the like. */
  isStopped = false;

  constructor(private readonly parts: Parts) {}

  /** The path that stands for a cell's code; its source can be asked for from now on. */
  pathOf(code: string): string {
    const path = `${PREFIX}${murmur2(code, HASH_SEED)}${SUFFIX}`;
    if (!this.sources.has(path) && this.sources.size >= MAX_SOURCES)
      this.sources.delete(this.sources.keys().next().value ?? '');
    this.sources.set(path, code);
    return path;
  }

  /** Content of the reply to a debug_request. */
  async answer({ seq, command, arguments: given }: Json): Promise<Json> {
    const response = { type: 'response', seq: (this.sequence += 1), request_seq: seq, command };
    try {
      const asked = typeof given === 'object' && given !== null && !Array.isArray(given) ? given : {};
      const body = await this.handle(String(command), asked as Json);
      return { ...response, success: true, body };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { ...response, success: false, message, body: {} };
    }
  }

  /** The user interrupts: nothing stays stopped, nor stops again before the next cell. */
  release(serial: number): void {
    if (this.isAttached) this.parts.send({ type: 'release', serial });
  }

  fromRuntime(message: FromDebugger): void {
    if (message.type === 'event') {
      this.event(message.event, message.body);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.type === 'answer') waiting?.resolve(message.body);
    else waiting?.reject(new Error(message.reason));
  }

  /** As {@link pathOf}, when the debugger is ready for the cell to run. */
  async prepared(code: string): Promise<string> {
    await this.renewed;
    return this.pathOf(code);
  }

  /** There is a new runtime process; cells wait for its debugger. */
  renew(): void {
    const late = new Promise<void>((resolve) => setTimeout(resolve, RENEWED_MS).unref());
    this.renewed = Promise.race([late, this.begin().catch(() => undefined)]);
  }

  private async begin(): Promise<void> {
    const lost = new Error('the runtime process ended');
    for (const waiting of this.waiting.values()) waiting.reject(lost);
    this.waiting.clear();
    if (this.isStopped) this.event('continued', CONTINUED);
    if (!this.isAttached) return;
    await this.ask('attach');
    for (const wanted of this.wanted.values()) await this.ask('setBreakpoints', wanted);
    if (this.filters) await this.ask('setExceptionBreakpoints', this.filters);
  }

  private async handle(command: string, given: Json): Promise<Json> {
    switch (command) {
      case 'debugInfo':
        return this.info();
      case 'dumpCell':
        return { sourcePath: this.pathOf(typeof given.code === 'string' ? given.code : '') };
      case 'source':
        return { content: await this.source(given), mimeType: 'text/typescript' };
      case 'initialize':
        this.isStarted = true;
        this.isJupyterLab = given.clientID === 'jupyterlab';
        return CAPABILITIES;
      case 'inspectVariables':
        return this.listed(await this.ask(command, given));
      case 'richInspectVariables':
      case 'modules':
        return this.ask(command, given);
    }
    if (!this.isStarted) throw new Error(`Cannot ${command}: expected a debugger, got none yet (initialize)`);
    return this.whileStarted(command, given);
  }

  private async whileStarted(command: string, given: Json): Promise<Json> {
    switch (command) {
      case 'attach':
        return this.attach();
      case 'configurationDone':
        return {};
      case 'disconnect':
      case 'terminate':
        return this.disconnect();
      case 'setBreakpoints':
        return this.setBreakpoints(given);
      case 'variables':
        return this.listed(await this.ask(command, given));
      case 'setExceptionBreakpoints':
        this.filters = given;
    }
    return this.ask(command, given);
  }

  /** JupyterLab shows a type in the place of the value, unless it is one of Python's. */
  private listed(body: Json): Json {
    if (!this.isJupyterLab) return body;
    return { variables: (body.variables as readonly Json[]).map((each) => ({ ...each, type: undefined })) };
  }

  private info(): Json {
    return {
      isStarted: this.isStarted,
      hashMethod: 'Murmur2',
      hashSeed: HASH_SEED,
      tmpFilePrefix: PREFIX,
      tmpFileSuffix: SUFFIX,
      breakpoints: [...this.breakpoints].map(([source, breakpoints]) => ({ source, breakpoints })),
      stoppedThreads: this.isStopped ? [1] : [],
      richRendering: true,
      exceptionPaths: [],
      copyToGlobals: false,
    };
  }

  /** The text of a cell, or of a file that runs. */
  private async source({ source }: Json): Promise<string> {
    const path = (source as { path?: unknown } | undefined)?.path;
    if (typeof path !== 'string')
      throw new Error(`Cannot give a source: expected a path, got ${typeof path}`);
    return this.sources.get(path) ?? (await readFile(path, 'utf8'));
  }

  private async attach(): Promise<Json> {
    await this.ask('attach');
    this.isAttached = true;
    this.event('initialized', {});
    return {};
  }

  private async disconnect(): Promise<Json> {
    this.isStarted = false;
    this.breakpoints.clear();
    this.wanted.clear();
    this.filters = undefined;
    if (!this.isAttached) return {};
    this.isAttached = false;
    return this.ask('disconnect');
  }

  private async setBreakpoints(given: Json): Promise<Json> {
    const { path } = (given.source ?? {}) as { path?: unknown };
    if (typeof path !== 'string')
      throw new Error(`Cannot set breakpoints: expected the path of a source, got ${typeof path}`);
    const body = await this.ask('setBreakpoints', given);
    const found = body.breakpoints as readonly Json[];
    this.wanted.delete(path);
    this.breakpoints.delete(path);
    if (found.length > 0) {
      this.wanted.set(path, given);
      this.breakpoints.set(path, found);
    }
    return body;
  }

  private ask(command: string, given: Json = {}): Promise<Json> {
    const id = (this.sequence += 1);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.parts.send({ type: 'request', id, command, arguments: given });
    });
  }

  private event(event: string, body: Json): void {
    if (event === 'stopped' || event === 'continued') this.isStopped = event === 'stopped';
    if (event === 'breakpoint') this.moved(body.breakpoint as Json);
    this.parts.publish({ type: 'event', seq: (this.sequence += 1), event, body });
  }

  /** A breakpoint found its place when its code came to run. */
  private moved(breakpoint: Json): void {
    const { path = '' } = (breakpoint.source ?? {}) as { path?: string };
    const all = this.breakpoints.get(path);
    if (all)
      this.breakpoints.set(
        path,
        all.map((each) => (each.id === breakpoint.id ? breakpoint : each)),
      );
  }
}

const CONTINUED = { threadId: 1, allThreadsContinued: true };

const CAPABILITIES = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsEvaluateForHovers: true,
  supportsSetVariable: true,
  supportsModulesRequest: true,
  supportsTerminateRequest: true,
  supportsExceptionInfoRequest: true,
  supportsVariablePaging: true,
  exceptionBreakpointFilters: [
    { filter: 'all', label: 'All exceptions', description: 'Stops at every exception that is thrown.' },
    {
      filter: 'uncaught',
      label: 'Uncaught exceptions',
      description: 'Stops at exceptions that no code of the notebook catches.',
    },
  ],
};
