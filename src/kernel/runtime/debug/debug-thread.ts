/**
 * The debugging thread: speaks with the server by a pipe of its own and with the main thread by its inspector, so that
 * both go on while the main thread stands still.
 */
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import { workerData } from 'node:worker_threads';

import type { FromDebugger, ToDebugger } from '../../link/debugging';
import { frameOf, FrameReader, messageIn } from '../../link/frames';
import { Adapter } from './debug-adapter';

const SERVER = 6;

/** Runs until the process ends. */
export function start(): void {
  const { flag } = workerData as { flag: Int32Array };
  const socket = new Socket({ fd: SERVER, readable: true, writable: true });
  const send = (message: FromDebugger): void => void socket.write(frameOf(message));
  const adapter = new Adapter(dirname(dirname(__dirname)), flag, (event, body) =>
    send({ type: 'event', event, body }),
  );
  const handle = (message: ToDebugger): void => {
    if (message.type === 'release') adapter.release(message.serial);
    else if (message.type === 'request') void answer(adapter, message, send);
    else {
      adapter.leave();
      socket.destroy();
    }
  };
  const reader = new FrameReader((body) => handle(messageIn(body) as ToDebugger));
  socket.on('data', (chunk) => reader.push(chunk));
  socket.on('error', () => undefined); // the server is gone, and this process ends with it
}

async function answer(
  adapter: Adapter,
  { id, command, arguments: given }: ToDebugger & { type: 'request' },
  send: (message: FromDebugger) => void,
): Promise<void> {
  try {
    send({ type: 'answer', id, body: await adapter.handle(command, given) });
  } catch (error) {
    send({ type: 'refusal', id, reason: error instanceof Error ? error.message : String(error) });
  }
}
