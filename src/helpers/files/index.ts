/** Files: written whole or not at all, downloaded with a check, kept in a cache. */
export { cachePath, writeWhole } from './cache';
export { download, type DownloadOptions } from './download';
export { readAt, writeAtomically } from './file';
