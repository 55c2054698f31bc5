/** Has a file changed? Asked, not waited for: an event of the system may come later than the next cell. */
import { statSync } from 'node:fs';

/** Clocks of file systems tick every few milliseconds: an edit within one tick leaves the time as it was. */
const TICK_MS = 100;

/** A file at one moment. */
export interface FileState {
  /** Changes when the file does; empty when there is none. */
  readonly text: string;
  /** False where an edit just after this moment may leave {@link text} as it is. */
  readonly isSettled: boolean;
}

/** A file's state as text; `isSettled` where a later edit is sure to change it. */
export function fileState(path: string): FileState {
  const now = Date.now();
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return { text: '', isSettled: true };
  const { mtimeMs, ctimeMs, size, ino } = stat;
  const edited = Math.max(mtimeMs, ctimeMs);
  return { text: `${mtimeMs}:${ctimeMs}:${size}:${ino}`, isSettled: Math.abs(now - edited) > TICK_MS };
}

/** The file's state now if it may have changed since `before`, otherwise nothing. */
export function changedSince(path: string, before: FileState): FileState | undefined {
  const now = fileState(path);
  return now.text === before.text && before.isSettled ? undefined : now;
}
