/** Progress as text: one line that is rewritten on a terminal, a line now and then elsewhere. */
import { type Progress as Bar, progress, size } from '../../../bin/bootstrap/progress';
import type { Progress } from './transfer';

/** Returns a function for `onProgress` that reports a download called `name`, in a notebook as the cell's output. */
export function progressReporter(
  name: string,
  stream: NodeJS.WritableStream & { isTTY?: boolean } = process.stdout,
): (progress: Progress) => void {
  let bar: Bar | undefined;
  return ({ received, total }) => {
    bar ??= progress(name, stream);
    if (received === total) bar.end(size(received));
    else bar.update({ done: received, total, show: size });
  };
}

/** A bar for work done here, in a notebook as the cell's output; `total` may count anything. */
export const barOnScreen = (title: string): Bar => progress(title, process.stdout);
