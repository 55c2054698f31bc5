/** Cursor positions: Jupyter counts Unicode characters, JavaScript UTF-16 units. */
import type { Json } from '../jupyter/wire';
import type { Completion } from '../link/messages';

/** Length of a text as Jupyter counts it: in code points, not UTF-16 units. */
export const codePoints = (text: string): number => [...text].length;

/** UTF-16 offset of the `cursor`-th character. */
export const utf16Offset = (text: string, cursor: number): number =>
  [...text].slice(0, cursor).join('').length;

/** Content of a complete_reply; front-ends that know `_jupyter_types_experimental` show each candidate's kind. */
export function completionReply(code: string, { start, end, items }: Completion): Json {
  const range = {
    cursor_start: codePoints(code.slice(0, start)),
    cursor_end: codePoints(code.slice(0, end)),
  };
  const types = items.map(({ text, kind }) => ({
    text,
    type: kind,
    start: range.cursor_start,
    end: range.cursor_end,
  }));
  return {
    matches: items.map(({ text }) => text),
    ...range,
    metadata: { _jupyter_types_experimental: types },
  };
}
