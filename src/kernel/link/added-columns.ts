/** Columns in code to which text was added, and in the code as it was. Nothing that is added holds a line break. */

/** Numbers in fours, in the order of the text: line, column there, characters added, characters they stand for. */
export type Additions = readonly number[];

/** The column before the additions; a place inside one counts as its start. Lines and columns from 0. */
export function columnBefore(additions: Additions, line: number, column: number): number {
  let shift = 0;
  for (let at = 0; at < additions.length; at += 4) {
    const [where = 0, start = 0, added = 0, stoodFor = 0] = additions.slice(at, at + 4);
    if (where < line) continue;
    if (where > line || start > column) break;
    if (column < start + added) return start - shift;
    shift += added - stoodFor;
  }
  return column - shift;
}
