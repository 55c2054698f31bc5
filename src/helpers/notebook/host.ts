/**
 * The notebook kernel as other code sees it: the second half of the display protocol (ARCHITECTURE.md).
 * The kernel sets `globalThis[Symbol.for('tsdl.kernel')]`; outside a kernel there is no host.
 */

/** What one output holds, by MIME type; text is a string, JSON types are objects, images are base64. */
export type MimeBundle = Record<string, unknown>;

/** Which output is meant, and whether it is a new one. */
export interface DisplayOptions {
  /** Names the output, so that a later call can update it. */
  id?: string;
  /** Replaces every output that carries this id instead of adding one. */
  update?: boolean;
  metadata?: Record<string, unknown>;
}

/** What a kernel offers to the code of its cells, under `globalThis[Symbol.for('tsdl.kernel')]`. */
export interface KernelHost {
  /** Shows a value in all its forms, by MIME type. */
  display(bundle: MimeBundle, options?: DisplayOptions): void;
  /** Clears the cell's output, at once or when the next one comes. */
  clearOutput(wait: boolean): void;
  /** Aborts when the user interrupts the running cell; asking for it lets the cell finish its step. */
  signal(): AbortSignal;
  /** Asks the reader for a line, hidden where it is a password. */
  input(prompt: string, password?: boolean): Promise<string>;
}

const HOST = Symbol.for('tsdl.kernel');

/** The kernel this code runs in, or undefined in a terminal, a test or a script. */
export function kernelHost(): KernelHost | undefined {
  return (globalThis as Record<symbol, unknown>)[HOST] as KernelHost | undefined;
}
