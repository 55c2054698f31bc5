/** The runtime process as the server sees it: its pipes, its signals, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Duplex, Readable, Writable } from 'node:stream';

import { safely } from '../jupyter/unawaited';
import type { FromDebugger, ToDebugger } from '../link/debugging';
import { frameOf, FrameReader, messageIn } from '../link/frames';
import type { FromRuntime, StreamName, ToRuntime } from '../link/messages';
import { ARENAS } from '../link/names';
import { Family } from './family';
import { Sequencer } from './sequencer';

/** What the server does with what comes from the runtime. */
export interface RuntimeHandlers {
  printed(stream: StreamName, text: string): void;
  message(message: FromRuntime): void;
  /** What the debugging thread says. */
  debugged(message: FromDebugger): void;
  /** The process ended without being asked to. */
  died(reason: string): void;
}

/** V8 may break off what the process runs, and Node would then end it for a stack of async hooks that is not empty. */
const FLAGS = ['--no-force-async-hooks-checks'];

/** The server's end of the process in which cells run. */
export class RuntimeProcess {
  private readonly child: ChildProcess;
  private readonly family = new Family();
  private readonly input: Writable;
  private readonly interrupts: Writable;
  private readonly debugging: Writable;
  private hasDebugger = false;
  private readonly queue: ToRuntime[] = [];
  private isReady = false;
  private isStopping = false;
  private reason: string | undefined;

  /** @param entry bin/kernel.js, which starts the other end. */
  constructor(entry: string, handlers: RuntimeHandlers) {
    const nonce = `tsdl-${randomBytes(9).toString('hex')}`;
    // Its own process group: a Ctrl-C in the terminal reaches the server alone, which passes it on once.
    this.child = spawn(process.execPath, [...process.execArgv, ...FLAGS, entry, '--runtime', nonce], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
      // The pools are the server's own setting; tensors are made by many threads.
      env: { ...process.env, [ARENAS]: undefined, ...this.family.environment },
    });
    if (this.child.pid !== undefined) this.family.protect(this.child.pid);
    const [, stdout, stderr, messages, input, interrupts, debugging] = this.child.stdio as unknown as Pipes;
    this.input = input;
    this.interrupts = interrupts;
    this.debugging = debugging;
    const sequencer = new Sequencer(nonce, {
      printed: (stream, text) => safely(() => handlers.printed(stream, text)),
      message: (message) =>
        safely(() => {
          if (message.type === 'ready') this.ready();
          else if (message.type === 'exiting') this.exiting();
          else handlers.message(message);
        }),
    });
    const frames = new FrameReader((body) => safely(() => sequencer.push(messageIn(body) as FromRuntime)));
    const debugged = new FrameReader((body) =>
      safely(() => handlers.debugged(messageIn(body) as FromDebugger)),
    );
    debugging.on('data', (chunk: Buffer) => debugged.push(chunk));
    stdout.on('data', (chunk: Buffer) => sequencer.stdout.push(chunk));
    stderr.on('data', (chunk: Buffer) => sequencer.stderr.push(chunk));
    messages.on('data', (chunk: Buffer) => frames.push(chunk));
    // A broken pipe is reported by the exit below.
    for (const pipe of [stdout, stderr, messages, input, interrupts, debugging])
      pipe.on('error', () => undefined);
    this.child.once('error', (error) => handlers.died(error.message));
    this.child.once('exit', (code, signal) => {
      // Its children may hold the pipes open; what it printed itself is already there.
      setTimeout(() => {
        sequencer.flush();
        if (!this.isStopping) handlers.died(this.reason ?? reasonOf(code, signal));
      }, 50);
    });
  }

  send(message: ToRuntime): void {
    if (!this.isReady) {
      this.queue.push(message);
      return;
    }
    this.input.write(frameOf(message));
  }

  /** Interrupts the cell with that serial: `soft` asks it, `again` asks for good, `hard` breaks off what it runs. */
  interrupt(how: 'soft' | 'again' | 'hard', serial: number): void {
    if (!this.isReady) return;
    const record = Buffer.from({ soft: 's0000', again: 'i0000', hard: 'h0000' }[how]);
    record.writeInt32LE(serial, 1);
    this.interrupts.write(record);
  }

  /** To the debugging thread, which starts with the first message. */
  debug(message: ToDebugger): void {
    if (!this.hasDebugger) this.interrupts.write('d0000');
    this.hasDebugger = true;
    this.debugging.write(frameOf(message));
  }

  /** Ends the process and what it started, within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true;
    if (this.child.pid === undefined) return; // it could not be started
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    this.send({ type: 'exit' });
    const hard = setTimeout(() => this.kill(), graceMs);
    await ended;
    clearTimeout(hard);
    this.kill();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Whether it came as far as to take messages. */
  get hasStarted(): boolean {
    return this.isReady;
  }

  /** Kills it with all that its cells started. */
  kill(reason?: string): void {
    this.reason ??= reason;
    if (this.child.pid !== undefined) this.family.kill(this.child.pid);
  }

  /** Gives a signal to the process, which is deaf to it, and to its children. */
  signal(signal: NodeJS.Signals): void {
    if (this.child.pid !== undefined) this.family.signal(this.child.pid, signal);
  }

  /** Threads that wait for the server would hold up the exit. */
  private exiting(): void {
    if (this.hasDebugger) this.debug({ type: 'leave' });
    this.interrupts.end('x');
  }

  private ready(): void {
    this.isReady = true;
    for (const message of this.queue.splice(0)) this.send(message);
  }
}

type Pipes = [null, Readable, Readable, Readable, Writable, Writable, Duplex];

function reasonOf(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'killed by the system, most often for want of memory (SIGKILL)';
  if (signal !== null) return `crashed (${signal})`;
  return code === 0 ? 'ended by process.exit()' : `ended with exit code ${code ?? '?'}`;
}
