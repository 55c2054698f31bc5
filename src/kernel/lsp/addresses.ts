/** What the addresses of an editor's documents say. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where jupyter-lsp says that notebooks lie, beside the folder in which they do. */
const VIRTUAL = '/.virtual_documents/';

/** Only a notebook has cells. */
export const isNotebook = (uri: string): boolean => uri.endsWith('.ipynb');

/** The folder that a document's imports start from. */
export function folderOf(uri: string): string {
  try {
    return dirname(fileURLToPath(uri.replace(VIRTUAL, '/')));
  } catch {
    return process.cwd(); // no file's address
  }
}
