/** See parts.js. */
export interface Part {
  readonly name: string;
  /** The folder of its package.json and package-lock.json. */
  readonly list: string;
  /** Digest of the lock file. */
  readonly key: string;
  readonly packages: readonly string[];
}
export function part(name: string): Part | undefined;
export function folderOf(part: Part): string;
export function partReady(name: string): boolean;
export function requirePart(name: string): void;
