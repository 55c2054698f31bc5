/** The server process: sockets, protocol, and the life of the other two parts. */
import { connectionFile, readConnection } from '../jupyter/connection';
import { Sockets } from '../jupyter/sockets';
import { reportFault, unawaited } from '../jupyter/unawaited';
import type { StartOptions } from '../link/start';
import { Kernel } from './kernel';
import { lifeOf } from './processes';

const PARENT_CHECK_MS = 1000;

/** Starts the kernel's server; what it cannot do ends the process with a sentence. */
export function start(options: StartOptions): void {
  run(options).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}

async function run({ argv }: StartOptions): Promise<void> {
  const connection = await readConnection(connectionFile(argv));
  const sockets = new Sockets(connection);
  await sockets.bind();
  const kernel = new Kernel(sockets, process.argv[1] as string);
  process.on('exit', () => kernel.abandon());
  process.on('SIGINT', () => kernel.interrupt());
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => unawaited(kernel.end(0)));
  // The terminal may be gone, and a fault in one callback must not take the user's variables with it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, reportFault);
  endWithParent(kernel);
  kernel.start();
}

/**
 * Jupyter names itself in JPY_PARENT_PID. A kernel whose Jupyter is gone has no one to serve, be it that a shell between
 * them lives on, or that it went before the kernel was ready; and Jupyter gives up one whose starter is gone.
 */
function endWithParent(kernel: Kernel): void {
  const jupyter = Number(process.env.JPY_PARENT_PID);
  if (!jupyter) return;
  const { ppid: starter } = process;
  const life = lifeOf(jupyter);
  const timer = setInterval(() => {
    if (life === undefined || lifeOf(jupyter) !== life || process.ppid !== starter) unawaited(kernel.end(0));
  }, PARENT_CHECK_MS);
  timer.unref();
}
