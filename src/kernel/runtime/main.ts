/** The runtime process: runs the user's code and nothing else. The server started it and owns its pipes. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { say } from '../../../bin/bootstrap/language';
import type { ToRuntime } from '../link/messages';
import type { StartOptions } from '../link/start';
import { toText } from './bundle';
import { Channel } from './channel';
import { Comms } from './comms';
import { backgroundCells, CellContext, cells, enter, foregroundCell, leave, onInterrupt } from './context';
import { Executor } from './execute';
import { installPromiseGuard, isInterrupt, setRunning, stopFlag, takeInterrupt } from './guard';
import { Host } from './host';
import { muteOwnWarning } from './modules/imports';
import { Loader } from './modules/instances';
import { keepReport } from './node-report';
import { installStackTraces } from './stack';
import { captureStreams } from './streams';
import { installTimers } from './timers';
import { createTslabModule } from './tslab-module';

/** Starts the process in which cells run. */
export function start({ root, cacheDir, argv }: StartOptions): void {
  const channel = new Channel(argv[1] ?? '');
  const host = new Host(channel);
  const comms = new Comms(host);
  const builtIn = new Map<string, unknown>([['tslab', createTslabModule(host)]]);
  const loader = new Loader(root, join(cacheDir, 'modules'), builtIn);
  const runtime = new Runtime(channel, host, comms, loader);
  captureStreams(channel);
  installStackTraces();
  muteOwnWarning();
  onInterrupt(({ id }) => channel.send({ type: 'interrupted', id }));
  installTimers();
  installPromiseGuard();
  Object.assign(globalThis, { [Symbol.for('tsdl.kernel')]: host, [Symbol.for('tsdl.comms')]: comms });
  ignoreSignalHandlers();
  keepReport();
  process.on('exit', () => channel.send({ type: 'exiting' }));
  process.on('uncaughtException', reportBackground);
  process.on('unhandledRejection', reportBackground);
  const watcher = new Worker(process.argv[1] as string, { workerData: { part: 'sigint', flag: stopFlag } });
  watcher.on('message', (message: 'ready' | 'interrupt') => {
    if (message === 'ready') channel.send({ type: 'ready', pid: process.pid });
    else runtime.interrupt();
  });
  watcher.unref();
  channel.listen(
    (message) => runtime.handle(message),
    () => process.exit(0),
  );
}

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
  if (isInterrupt(error)) return;
  process.stderr.write(
    say({
      zh: `未处理的异步错误（Unhandled asynchronous error）\n${textOf(error)}\n`,
      en: `Unhandled asynchronous error\n${textOf(error)}\n`,
    }),
  );
}

function textOf(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? String(error)) : toText(error);
  } catch {
    return 'an error that cannot be shown';
  }
}

class Runtime {
  private readonly executor: Executor;

  constructor(
    private readonly channel: Channel,
    private readonly host: Host,
    private readonly comms: Comms,
    private readonly loader: Loader,
  ) {
    this.executor = new Executor(loader, process.cwd());
  }

  handle(message: ToRuntime): void {
    if (message.type === 'execute') void this.execute(message);
    else if (message.type === 'comm') this.comm(message);
    else if (message.type === 'input') this.host.answer(message.value);
    else if (message.type === 'input-refused') this.host.refuse(message.reason);
    else if (message.type === 'abort') foregroundCell()?.abort();
    else if (message.type === 'stop-background') for (const cell of backgroundCells()) cell.interrupt();
    else process.exit(0);
  }

  /** An interrupt that nothing noticed yet: the cell waits for something. */
  interrupt(): void {
    if (takeInterrupt()) foregroundCell()?.interrupt();
  }

  private async execute({ id, serial, number, cell }: ToRuntime & { type: 'execute' }): Promise<void> {
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
    const outcome = await this.executor.execute(cell, context);
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
    });
  }
}
