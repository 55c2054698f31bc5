/** Versions of packages, as their own files say. */

/** @param name A package, or a path from this folder to one. */
export function versionOf(name: string): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a package's data file
  return (require(`${name}/package.json`) as { version: string }).version;
}
