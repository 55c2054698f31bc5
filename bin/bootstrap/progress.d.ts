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
/** What a bar needs of a stream. */
export type Screen = Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean };
export function progress(title: string, stream?: Screen): Progress;
export function statusText(counts: Counts & { elapsed: number }): string;
export function seconds(ms: number): string;
export function size(bytes: number): string;
