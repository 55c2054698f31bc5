/** The server process: sockets, protocol, and the life of the other two parts. */
import { connectionFile, readConnection } from '../jupyter/connection';
import { Sockets } from '../jupyter/sockets';
import type { StartOptions } from '../main';
import { Kernel } from './kernel';

const PARENT_CHECK_MS = 1000;

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
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void kernel.end(0));
  endWithParent(kernel);
  kernel.start();
}

/** Jupyter names itself in JPY_PARENT_PID; a kernel whose Jupyter is gone has no one to serve. */
function endWithParent(kernel: Kernel): void {
  const parent = Number(process.env.JPY_PARENT_PID);
  if (!parent || process.ppid !== parent) return;
  const timer = setInterval(() => {
    if (process.ppid !== parent) void kernel.end(0);
  }, PARENT_CHECK_MS);
  timer.unref();
}
