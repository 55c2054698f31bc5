/** See progress.js. */
export interface Counts {
  done?: number;
  total?: number;
  /** Formats a count: bytes as MB, packages as they are. */
  show?: (count: number) => string;
  note?: string;
}
export interface Progress {
  update(counts: Counts): void;
  end(text: string): void;
  fail(): void;
}
export function progress(title: string, stream?: NodeJS.WritableStream & { isTTY?: boolean }): Progress;
export function statusText(counts: Counts & { elapsed: number }): string;
export function seconds(ms: number): string;
export function size(bytes: number): string;
