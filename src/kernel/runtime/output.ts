/** Where `console.log` and `process.stdout.write` of a cell go. */
import type { Channel } from './channel';
import { currentCell, foregroundCell } from './context';

type Callback = (error?: Error | null) => void;

/** Replaces both streams' `write`; the descriptors themselves stay open for native code and child processes. */
export function captureStreams(channel: Channel): void {
  process.stdout.write = writer(channel, 'stdout');
  process.stderr.write = writer(channel, 'stderr');
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
  const cell = currentCell();
  const isForeground = cell === undefined || cell === foregroundCell();
  if (stream === 'stdout' && isForeground) channel.write(1, bytes);
  else if (isForeground)
    channel.sendInOrder({ type: 'text', id: cell?.id ?? '', stream, text: bytes.toString() });
  else channel.send({ type: 'text', id: cell.id, stream, text: bytes.toString() });
}
