/**
 * Files: written whole or not at all, downloaded with a check, kept in a cache.
 * @module tsdl/helpers/files
 */
export { cachePath, writeWhole } from './cache';
export { download, type DownloadOptions } from './download';
export { readAt, writeAtomically } from './file';
export type { Progress } from './transfer';
