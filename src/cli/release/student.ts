/** A notebook as students get it: exercises and checks, no solutions, no outputs, the kernel that they have. */
import { cellText, hasTag, kernelMetadata, type Notebook, type NotebookCell } from '../run/notebook';

/** What a student's notebook has to know of where it will lie. */
export interface ReleaseContext {
  /** Name of the kernelspec on the students' machines. */
  readonly kernel: string;
  /** Whether another notebook lies where a link says, by the link's path without ending. */
  readonly isThere: (link: string) => boolean;
}

/** The notebook without its solutions. */
export function studentNotebook(notebook: Notebook, context: ReleaseContext): Notebook {
  return released(
    notebook.cells.filter((cell) => !hasTag(cell, 'solution')),
    context,
  );
}

/** A notebook made of these cells; nothing is kept but their text and tags. */
export function released(cells: readonly NotebookCell[], { kernel, isThere }: ReleaseContext): Notebook {
  return {
    cells: cells.map((cell) => clean(cell, isThere)),
    metadata: kernelMetadata(kernel),
    nbformat: 4,
    nbformat_minor: 5,
  };
}

function clean(cell: NotebookCell, isThere: ReleaseContext['isThere']): NotebookCell {
  const { tags, nbgrader } = cell.metadata;
  const metadata = { ...(tags?.length ? { tags } : {}), ...(nbgrader ? { nbgrader } : {}) };
  const { cell_type, id } = cell;
  if (cell_type === 'code')
    return { cell_type, id, metadata, source: cellText(cell), outputs: [], execution_count: null };
  const source = withoutDeadLinks(cellText(cell), isThere);
  return { cell_type, id, metadata, source, ...(cell.attachments ? { attachments: cell.attachments } : {}) };
}

/** Links to sources and to notebooks that students do not have become plain text; pictures and the web stay. */
function withoutDeadLinks(markdown: string, isThere: ReleaseContext['isThere']): string {
  const pattern = /(```[\s\S]*?```|`[^`\n]*`)|(?<!!)\[([^\]]*)\]\(([^)\s]+)\)/g;
  return markdown.replace(pattern, (whole, code: string | undefined, label: string, target: string) => {
    if (code !== undefined || /^(https?:|mailto:|#|attachment:)/.test(target)) return whole;
    const notebook = /^([\w./-]+)\.ipynb(#.*)?$/.exec(target)?.[1];
    return notebook !== undefined && isThere(notebook) ? whole : label;
  });
}
