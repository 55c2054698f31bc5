/** What each part of the kernel is started with. */

/** Where the kernel's own project lies and where compiled sources are kept. */
export interface StartOptions {
  readonly root: string;
  readonly cacheDir: string;
  readonly argv: readonly string[];
}
