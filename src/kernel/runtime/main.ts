/** The runtime process: runs the user's code and nothing else. The server started it and owns its pipes. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { say } from '../../../bin/bootstrap/language';
import type { ToRuntime } from '../link/messages';
import type { StartOptions } from '../link/start';
import { mendAfterBreak, tolerateBreaks } from './breaks';
import { toText } from './bundle';
import { Channel } from './channel';
import { Comms } from './comms';
import {
  backgroundCells,
  CellContext,
  cells,
  enter,
  foregroundCell,
  isStop,
  leave,
  onInterrupt,
} from './context';
import { DebugFace, endDebugging } from './debug/face';
import { Executor } from './execute';
import { Host } from './host';
import { asAtTheStart } from './intrinsics';
import { muteOwnWarning } from './modules/imports';
import { Loader } from './modules/instances';
import { keepReport } from './node-report';
import { installStackTraces } from './stack';
import { defineConstants, raise, setRunning, stopFlag, takeInterrupt } from './stop';
import { captureStreams } from './streams';
import { installInput } from './terminal';
import { hideContext, showFunctionsAsWritten } from './texts';
import { installTimers } from './timers';
import { createTslabModule } from './tslab-module';
import type { WatcherMessage } from './watcher';

/** Starts the process in which cells run. */
export function start({ root, cacheDir, argv }: StartOptions): void {
  const channel = new Channel(argv[1] ?? '');
  const host = new Host(channel);
  const comms = new Comms(host);
  const builtIn = new Map<string, unknown>([['tslab', createTslabModule(host)]]);
  const loader = new Loader(root, join(cacheDir, 'modules'), builtIn);
  const runtime = new Runtime(channel, host, comms, loader);
  captureStreams(channel);
  installInput(host);
  installStackTraces();
  muteOwnWarning();
  onInterrupt(({ id }) => channel.send({ type: 'interrupted', id }));
  installTimers();
  cells.run(new CellContext('', 0), tolerateBreaks);
  defineConstants(
    new DebugFace(runtime.executor.boxes, (serial) => runtime.interrupt({ type: 'give-up', serial })),
  );
  showFunctionsAsWritten();
  hideContext(Promise, classOf(setTimeout(() => undefined)), classOf(setImmediate(() => undefined)));
  Object.assign(globalThis, { [Symbol.for('tsdl.kernel')]: host, [Symbol.for('tsdl.comms')]: comms });
  // They are for the children of cells, which belong to this process's group.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  ignoreSignalHandlers();
  keepReport();
  process.on('exit', () => {
    channel.send({ type: 'exiting' });
    endDebugging();
  });
  process.on('uncaughtException', reportBackground);
  process.on('unhandledRejection', reportBackground);
  const watcher = new Worker(process.argv[1] as string, { workerData: { part: 'watcher', flag: stopFlag } });
  watcher.on('message', (message: WatcherMessage) => {
    if (message.type === 'ready') channel.send({ type: 'ready', pid: process.pid });
    else runtime.interrupt(message);
  });
  watcher.unref();
  channel.listen(
    (message) => runtime.handle(message),
    () => process.exit(0),
  );
}

const classOf = (value: object): { readonly prototype: object } => ({
  prototype: Object.getPrototypeOf(value) as object,
});

/** Packages that clean up on Ctrl-C would take the signal away from the kernel. */
function ignoreSignalHandlers(): void {
  for (const name of ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener'] as const) {
    const original = process[name].bind(process) as (...args: unknown[]) => NodeJS.Process;
    (process as unknown as Record<string, unknown>)[name] = (event: unknown, ...rest: unknown[]) =>
      event === 'SIGINT' ? process : original(event, ...rest);
  }
}

/** An error that no cell waits for any more, shown at the cell that it came from. */
function reportBackground(error: unknown): void {
  if (isStop(error)) return;
  process.stderr.write(
    say({
      zh: `未处理的异步错误（Unhandled asynchronous error）\n${textOf(error)}\n`,
      en: `Unhandled asynchronous error\n${textOf(error)}\n`,
    }),
  );
}

function textOf(error: unknown): string {
  try {
    return toText(error); // an error with its cause and what else it carries
  } catch {
    return 'an error that cannot be shown';
  }
}

class Runtime {
  readonly executor: Executor;

  constructor(
    private readonly channel: Channel,
    private readonly host: Host,
    private readonly comms: Comms,
    private readonly loader: Loader,
  ) {
    this.executor = new Executor(loader, process.cwd());
  }

  handle(message: ToRuntime): void {
    if (message.type === 'execute') void this.executeOrEnd(message);
    else if (message.type === 'comm') this.comm(message);
    else if (message.type === 'input') this.host.answer(message.value);
    else if (message.type === 'input-refused') this.host.refuse(message.reason);
    else if (message.type === 'abort') foregroundCell()?.abort();
    else if (message.type === 'stop-background') for (const cell of backgroundCells()) cell.interrupt();
    else process.exit(0);
  }

  /** An interrupt, seen by the event loop. */
  interrupt({ type, serial }: WatcherMessage): void {
    const cell = foregroundCell();
    if (!cell || serial !== stopFlag[1]) return; // its cell has ended
    if (type === 'give-up') {
      mendAfterBreak();
      cell.interrupt();
      this.executor.giveUp();
      return;
    }
    Atomics.store(stopFlag, 2, serial);
    if (type === 'insist') {
      cell.insisted = true;
      raise();
      cell.interrupt();
    } else if (takeInterrupt()) cell.interrupt();
  }

  /** Where a cell has broken what the kernel itself needs, only a new process helps: the server tells so. */
  private async executeOrEnd(message: ToRuntime & { type: 'execute' }): Promise<void> {
    try {
      await this.execute(message);
    } catch {
      process.exit(70);
    }
  }

  private async execute({ id, serial, number, path, cell }: ToRuntime & { type: 'execute' }): Promise<void> {
    asAtTheStart();
    const context = new CellContext(id, number);
    setRunning(serial);
    enter(context);
    this.channel.send({ type: 'started', id });
    for (const path of this.loader.dropChanged())
      process.stderr.write(
        say({
          zh: `${path} 已修改；src/engine 只有一份，重启内核后生效。\n`,
          en: `${path} has changed; src/engine is loaded once, restart the kernel to use it.\n`,
        }),
      );
    const outcome = await this.executor.execute(cell, context, path);
    setRunning(0);
    this.channel.sendInOrder({ type: 'done', id, outcome });
    leave(context);
  }

  private comm({ id, kind, content, metadata, buffers }: ToRuntime & { type: 'comm' }): void {
    const context = new CellContext(id, 0);
    cells.run(context, () => {
      try {
        this.comms.handle(kind, content, metadata, buffers);
      } catch (error) {
        reportBackground(error);
      }
      // what it printed and sent up to its first wait comes before
      setImmediate(() => this.channel.send({ type: 'comm-handled', id }));
    });
  }
}
