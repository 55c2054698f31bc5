/** Loading TensorFlow without its log lines, but with every other word on stderr passed on. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Quiet {
  hold(path: string): void;
  release(): void;
}

const load = createRequire(__filename);

/** TensorFlow's and absl's log format (`I0000 00:00:…`, dated `2026-…: I tensorflow/…`) and absl's own notice. */
const LOG_LINE =
  /^(?:[IWE]\d{4} \d\d:\d\d:|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] |WARNING: All log messages before absl|To enable the following instructions)/;

/** What a call gave, and what TensorFlow wrote meanwhile. */
export interface Loaded<T> {
  readonly value: T;
  /** TensorFlow's log lines, for the doctor. */
  readonly log: readonly string[];
}

/**
 * Starts holding stderr in a file; undefined where it cannot be held (no room for the file), and the lines are then
 * seen. The folder is new and this user's alone: no link can lie there in wait.
 */
function hold(quiet: Quiet): string | undefined {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'tsdl-log-'));
    quiet.hold(join(folder, 'stderr'));
    return folder;
  } catch {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
}

/** Passes on what was held back, TensorFlow's log lines excepted, and gives those. */
function sort(folder: string): string[] {
  const lines = readFileSync(join(folder, 'stderr'), 'utf8').split('\n').filter(Boolean);
  rmSync(folder, { recursive: true, force: true });
  const others = lines.filter((line) => !LOG_LINE.test(line));
  if (others.length > 0) process.stderr.write(`${others.join('\n')}\n`);
  return lines.filter((line) => LOG_LINE.test(line));
}

/**
 * Runs `work` (which loads the native libraries) with file descriptor 2 held by the addon at `addon`. What is not a
 * TensorFlow log line goes to stderr afterwards, also when `work` throws.
 */
export function withoutLogLines<T>(addon: string, work: () => T): Loaded<T> {
  const quiet = load(addon) as Quiet;
  const folder = hold(quiet);
  if (folder === undefined) return { value: work(), log: [] };
  const log: string[] = [];
  try {
    return { value: work(), log };
  } finally {
    quiet.release();
    log.push(...sort(folder));
  }
}
