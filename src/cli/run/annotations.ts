/** Failures as GitHub Actions shows them beside the file: workflow commands, one a line on stdout. */
import { relative } from 'node:path';

import { codeCells } from './cells';
import { withoutColour, words } from './failure';
import { kindText, type NotebookReport } from './report';

const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** `::error file=…,line=…,title=…::…`; properties without a value are left out. */
export function command(properties: Readonly<Record<string, string | undefined>>, text: string): string {
  const list = Object.entries(properties).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${property(value)}`],
  );
  return `::error ${list.join(',')}::${data(withoutColour(text))}`;
}

/**
 * The annotation of a notebook that failed; undefined for one that passed, was interrupted or did not run.
 *
 * @param root the folder that GitHub's paths begin at
 */
export function annotation({ notebook, path, error }: NotebookReport, root: string): string | undefined {
  if (error === null || error.kind === 'interrupted') return undefined;
  const cell = codeCells(path).find(({ index }) => index === error.cell);
  const title = `${notebook}${cell ? `, cell ${cell.index + 1}` : ''}: ${kindText(error.kind)}`;
  const line = cell === undefined ? undefined : String(cell.line);
  return command({ file: relative(root, path), line, title }, words(error));
}
