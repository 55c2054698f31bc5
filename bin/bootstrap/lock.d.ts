/** See lock.js. */
export function withLock<T>(
  file: string,
  work: () => Promise<T>,
  onWait?: (pid: number | undefined) => void,
  signal?: AbortSignal,
): Promise<T>;
export function noteChild(pid: number): void;
export function mark(): Record<string, string>;
