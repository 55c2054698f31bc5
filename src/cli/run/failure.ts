/** A failing cell as the user of a terminal wants it: where, the code, the error, where to look further. */
import { say } from '../../../bin/bootstrap/language';
import { visible, visibleInLine } from '../../../bin/bootstrap/visible';
import { cellText, type Notebook } from './notebook';
import { kindText, type NotebookReport, type RunError } from './report';

/** Lines of the error shown before the rest is left to the executed notebook. */
const MAX_LINES = 40;

/** The text without a terminal's colour codes. */
// eslint-disable-next-line no-control-regex -- colours are control characters
export const withoutColour = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, '');

const indent = (text: string, by = '    '): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => by + line)
    .join('\n');

function shortened(text: string): string {
  const lines = text.trimEnd().split('\n');
  if (lines.length <= MAX_LINES) return lines.join('\n');
  return [
    ...lines.slice(0, MAX_LINES),
    say({ zh: `…（还有 ${lines.length - MAX_LINES} 行）`, en: `… (${lines.length - MAX_LINES} more lines)` }),
  ].join('\n');
}

/** The cell's code with line numbers, as an editor shows it. */
function numbered(code: string): string {
  return code
    .trimEnd()
    .split('\n')
    .map((line, i) => `${String(i + 1).padStart(4)} │ ${line}`)
    .join('\n');
}

/** The error in words: the kernel's own frames, or what our runner found. */
export function words({ kind, name, message, traceback }: RunError): string {
  if (kind === 'timeout')
    return say({
      zh: '超过了时间限制（可用 --cell-timeout 或 --notebook-timeout 放宽）',
      en: 'it took longer than its limit (--cell-timeout or --notebook-timeout raise it)',
    });
  if (kind === 'dead-kernel')
    return say({
      zh: '内核进程自己结束了（内存不足，或本机代码出错）',
      en: 'the kernel’s process ended by itself (too little memory, or a fault in native code)',
    });
  if (kind === 'stderr')
    return say({
      zh: `${message.trimEnd()}\n\n（若这是预期的，给单元加上标签 stderr）`,
      en: `${message.trimEnd()}\n\n(if this is expected, give the cell the tag stderr)`,
    });
  return traceback?.length ? traceback.join('\n') : `${name}: ${message}`;
}

/** Failures that the kernel's own output may explain. */
const EXPLAINED_BY_LOG: ReadonlySet<RunError['kind']> = new Set(['dead-kernel', 'start', 'run']);

/** What a reader of a failure may want to open. */
export interface RunFiles {
  /** The executed notebook, as shown to the user. */
  readonly notebook: string;
  /** What the kernel wrote to its own terminal, if anything. */
  readonly log?: { readonly path: string; readonly tail: string };
}

/**
 * Describes what stopped a notebook; empty for one that passed or was interrupted.
 *
 * @param executed the notebook as it was run; undefined if it could not be read
 */
export function failureText(
  { notebook: name, error }: NotebookReport,
  executed: Notebook | undefined,
  files: RunFiles,
  colour: boolean,
): string {
  if (error === null || error.kind === 'interrupted') return '';
  const cell = error.cell === null ? undefined : executed?.cells[error.cell];
  const [notebook, id] = [name, error.id === null ? '' : ` (${error.id})`].map(visibleInLine);
  const place =
    error.cell === null
      ? ''
      : say({ zh: `，第 ${error.cell + 1} 个单元${id}`, en: `, cell ${error.cell + 1}${id}` });
  const text = visible(colour ? words(error) : withoutColour(words(error)));
  const log = EXPLAINED_BY_LOG.has(error.kind) ? files.log : undefined;
  return [
    say({
      zh: `✗ ${notebook}${place}：${kindText(error.kind)}`,
      en: `✗ ${notebook}${place}: ${kindText(error.kind)}`,
    }),
    ...(cell === undefined ? [] : [numbered(visible(cellText(cell)))]),
    indent(shortened(text)),
    ...(log === undefined
      ? []
      : [
          say({
            zh: `  内核自己的输出（${visibleInLine(log.path)}）：\n${indent(visible(log.tail))}`,
            en: `  The kernel’s own output (${visibleInLine(log.path)}):\n${indent(visible(log.tail))}`,
          }),
        ]),
    say({
      zh: `  执行到此处的 notebook：${visibleInLine(files.notebook)}`,
      en: `  The notebook as far as it was run: ${visibleInLine(files.notebook)}`,
    }),
  ].join('\n\n');
}
