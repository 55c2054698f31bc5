/** Progress of a download as text: one line that is rewritten on a terminal, a line now and then elsewhere. */
import { say } from '../../../bin/bootstrap/language';
import type { Progress } from './transfer';

const MEGABYTE = 1e6;

const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(1);

/** `4.2 / 9.9 MB  42%  1.3 MB/s  4 s left`. */
export function progressText({ received, total }: Progress, bytesPerSecond: number): string {
  const rate = `${megabytes(bytesPerSecond)} MB/s`;
  if (total === undefined) return `${megabytes(received)} MB  ${rate}`;
  const share = Math.floor((100 * received) / total);
  const seconds = bytesPerSecond > 0 ? Math.ceil((total - received) / bytesPerSecond) : Infinity;
  const left = Number.isFinite(seconds) ? say({ zh: `  剩余 ${seconds} 秒`, en: `  ${seconds} s left` }) : '';
  return `${megabytes(received)} / ${megabytes(total)} MB  ${share}%  ${rate}${left}`;
}

/** Rewrites one line on a terminal; elsewhere, a notebook included, every report is a line of its own. */
function writeLine(line: string, last: boolean, tty: boolean): void {
  if (tty) process.stdout.write(`\r\x1b[K${line}${last ? '\n' : ''}`);
  else console.log(line);
}

/**
 * Returns a function for `onProgress` that reports a download called `name`.
 *
 * @param write receives each report and whether it is the last
 */
export function progressReporter(
  name: string,
  { tty = process.stdout.isTTY, write = writeLine, now = Date.now } = {},
): (progress: Progress) => void {
  const everyMs = tty ? 200 : 3000;
  let first: { time: number; received: number } | undefined;
  let reported = now();
  return (progress) => {
    const time = now();
    first ??= { time, received: progress.received };
    const last = progress.received === progress.total;
    if (!last && time - reported < everyMs) return;
    reported = time;
    const seconds = (time - first.time) / 1000;
    const rate = seconds > 0 ? (progress.received - first.received) / seconds : 0;
    write(`${name}  ${progressText(progress, rate)}`, last, tty);
  };
}
