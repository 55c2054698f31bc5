/** Progress as text: one line that is rewritten on a terminal and in a notebook, a line now and then elsewhere. */
import { type Progress as Bar, progress, type Screen, size } from '../../../bin/bootstrap/progress';
import { kernelHost } from '../notebook/host';
import type { Progress } from './transfer';

let bars = 0;

/** Where a bar is seen: in a notebook in an output of its own, rewritten in place and no part of a committed notebook. */
function screen(): Screen {
  const host = kernelHost();
  if (!host) return process.stdout;
  const id = `tsdl-progress-${(bars += 1)}`;
  let update = false;
  const write = (text: string): boolean => {
    const line = text.slice(text.lastIndexOf('\r') + 1).replace(/\x1b\[K|\n/g, ''); // eslint-disable-line no-control-regex -- a terminal's
    if (line !== '')
      host.display({ 'text/plain': line }, { id, update, metadata: { tsdl: { committed: '' } } });
    update = true;
    return true;
  };
  return { isTTY: true, write };
}

/** Returns a function for `onProgress` that reports a download called `name`, in a notebook as the cell's output. */
export function progressReporter(name: string, stream: Screen = screen()): (progress: Progress) => void {
  let bar: Bar | undefined;
  return ({ received, total }) => {
    bar ??= progress(name, stream);
    if (received === total) bar.end(size(received));
    else bar.update({ done: received, total, show: size });
  };
}

/** A bar for work done here, in a notebook as the cell's output; `total` may count anything. */
export const barOnScreen = (title: string): Bar => progress(title, screen());
