/**
 * Writes a file as a whole or not at all: into a temporary file beside it, to the disk, then renamed. Readers see the
 * old file or the new one, never a part; an error, a full disk too, leaves the old one. A link stays and the file it
 * points to is replaced; mode and owner stay as they were. What is no ordinary file (a pipe, a terminal) is written to.
 * What a killed process left behind in the folder goes.
 * @param content text, bytes, or the parts of the file one after the other, so that they need not be in memory at once
 * @param check looks at the finished temporary file before it takes the old one's place; throws to keep the old one
 * @param options.mode of the new file, as far as the umask lets it, whatever the old one's
 * @param options.durable with `false`, a power failure may take it
 */
export function writeAtomically(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array>,
  check?: (temporary: string) => void,
  options?: { mode?: number; durable?: boolean },
): void;
/**
 * Makes a folder anew and puts it in the place of the one that is there, which stays as it was if `make` throws.
 * @param make fills the new folder
 */
export function replaceFolder(path: string, make: (folder: string) => void): void;
export function draftBeside(file: string): string;
export function behindLinks(file: string): string;
export function syncFolder(folder: string): void;
export function startOf(pid: number): string;
export function alive(process: { pid: number; start: string }): boolean;
