/** Where `console.log` and `process.stdout.write` of a cell go. */
import type { Channel } from './channel';
import { currentCell, foregroundCell } from './context';
import { addTerminalMethods } from './terminal';

type Callback = (error?: Error | null) => void;

/**
 * Replaces both streams' `write`, and what ends them: the descriptors stay open for later cells, for native code and for
 * child processes, while whoever ends a stream (`pipeline` does) is told that it has ended.
 */
export function captureStreams(channel: Channel): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = process[name];
    const write = writer(channel, name);
    const end = (...args: unknown[]): typeof stream => {
      const done = args.find((each) => typeof each === 'function') as (() => void) | undefined;
      const [chunk, encoding] = args;
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) write(chunk, encoding as BufferEncoding);
      process.nextTick(() => {
        stream.emit('finish');
        stream.emit('close');
        done?.();
      });
      return stream;
    };
    Object.assign(stream, { write, end, destroy: () => stream, destroySoon: () => stream });
    addTerminalMethods(stream);
  }
}

function writer(channel: Channel, stream: 'stdout' | 'stderr') {
  return (chunk: string | Uint8Array, encoding?: BufferEncoding | Callback, callback?: Callback): boolean => {
    const done = typeof encoding === 'function' ? encoding : callback;
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8')
        : Buffer.from(chunk);
    emit(channel, stream, bytes);
    if (done) process.nextTick(done);
    return true;
  };
}

function emit(channel: Channel, stream: 'stdout' | 'stderr', bytes: Buffer): void {
  if (bytes.length === 0) return;
  const cell = currentCell();
  const isForeground = cell === undefined || cell === foregroundCell();
  if (stream === 'stdout' && isForeground && channel.print(bytes)) return;
  if (isForeground) channel.sendInOrder({ type: 'text', id: cell?.id ?? '', stream, text: bytes.toString() });
  else channel.send({ type: 'text', id: cell.id, stream, text: bytes.toString() });
}
