/** The cell's own lines around an error, the place marked. */

interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

const CONTEXT_LINES = 2;
const RED = '\x1b[31m';
const DIM = '\x1b[2m';
const RESET = '\x1b[0m';

/** Up to two lines before and after; lines and columns of `span` count from 0. */
export function codeFrame(source: string, span: Span): string {
  const lines = source.split('\n');
  if (span.line < 0 || span.line >= lines.length) return '';
  const first = Math.max(0, span.line - CONTEXT_LINES);
  const last = Math.min(lines.length - 1, span.line + CONTEXT_LINES);
  const width = String(last + 1).length;
  const shown: string[] = [];
  for (let at = first; at <= last; at++) {
    const text = lines[at] ?? '';
    const isHere = at === span.line;
    shown.push(
      `${isHere ? `${RED}>${RESET}` : ' '} ${DIM}${String(at + 1).padStart(width)} |${RESET} ${text}`,
    );
    if (isHere) shown.push(`  ${' '.repeat(width)} ${DIM}|${RESET} ${marker(text, span)}`);
  }
  return shown.join('\n');
}

function marker(text: string, { line, column, endLine, endColumn }: Span): string {
  const end = endLine === line ? endColumn : text.length;
  const length = Math.max(1, Math.min(end, text.length) - column);
  // Tabs stay tabs and wide characters count twice, so that the mark stands under its place.
  const lead = [...text.slice(0, column)]
    .map((each) => (each === '\t' ? '\t' : ' '.repeat(columns(each))))
    .join('');
  const mark = [...text.slice(column, column + length)].reduce((sum, each) => sum + columns(each), 0);
  return `${lead}${RED}${'^'.repeat(Math.max(1, mark))}${RESET}`;
}

const columns = (character: string): number =>
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
    character,
  )
    ? 2
    : 1;
