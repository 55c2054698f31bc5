/** Places in code that runs, and in the source that the user wrote. Lines and columns from 0. */
import { SourceMap } from 'node:module';

import { type Additions, columnBefore } from '../link/added-columns';

/** How code became what runs. */
export interface Origin {
  /** Source maps, the last step's map last. */
  readonly maps: readonly string[];
  /** Text that was added to the code after the last map. */
  readonly additions: Additions;
  /** Lines that stand before the user's first one in the outermost source. */
  readonly firstLine: number;
}

/** A line and a column. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

const decoded = new WeakMap<Origin, readonly SourceMap[]>();

function mapsOf(origin: Origin): readonly SourceMap[] {
  const known = decoded.get(origin);
  if (known) return known;
  const maps = origin.maps
    .filter((map) => map !== '')
    .map((text) => new SourceMap(JSON.parse(text) as ConstructorParameters<typeof SourceMap>[0]))
    .reverse();
  decoded.set(origin, maps);
  return maps;
}

/** A place of the source; what the compiler made up has none of its own, and gets that of what stands before it. */
interface Found extends Place {
  readonly isOwn: boolean;
}

/** Where a place of the code stands in the user's source; its line is negative before the first one. */
export function originalPlace(origin: Origin, place: Place): Found {
  let { line } = place;
  let isOwn = true;
  let column = columnBefore(origin.additions, line, place.column);
  for (const map of mapsOf(origin)) {
    const entry = map.findEntry(line, column);
    if (!('originalLine' in entry)) {
      isOwn = false;
      break;
    }
    isOwn &&= entry.generatedLine === line;
    line = entry.originalLine;
    column = entry.originalColumn;
  }
  return { line: line - origin.firstLine, column: Math.max(0, column), isOwn };
}
