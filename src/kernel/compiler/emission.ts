/** A cell's JavaScript and declarations, with our rewrites, under the names that tslab expects. */
import type ts from 'typescript';

import type { FullProgram, FullTs } from './internals';
import { exportsOfSettled } from './settled';
import { type CellFacts, earlierNames, markDeclarations, noteFacts } from './transforms';
import { unwritten } from './unwritten';

/** tslab's name for the declarations of a cell. */
const DECLARATIONS = '__tslab__.d.ts';

/** What the last conversion produced beside tslab's own result. */
export interface Emitted extends CellFacts {
  /** The cell as an ES module, before tslab makes CommonJS of it. */
  source: string;
  maps: string[];
}

/** What tslab asks a program to write. */
interface Order {
  readonly file: ts.SourceFile | undefined;
  readonly write: ts.WriteFileCallback | undefined;
  readonly token: ts.CancellationToken | undefined;
  readonly declarationsOnly: boolean;
  readonly theirs: ts.CustomTransformers | undefined;
}

/** Emits the cell alone. */
export function emitCell(real: FullTs, program: FullProgram, emitted: Emitted, order: Order): ts.EmitResult {
  const { file, write, token, declarationsOnly, theirs } = order;
  emitted.maps = [];
  const checker = program.getTypeChecker();
  const before = [...earlierNames(real, checker), ...(theirs?.before ?? [])];
  const after = [
    markDeclarations(real),
    exportsOfSettled(real, checker),
    ...(theirs?.after ?? []),
    noteFacts(real, emitted),
  ];
  let declarations = '';
  const save = (name: string, data: string): void => {
    const base = name.slice(name.lastIndexOf('/') + 1);
    if (base.endsWith('.map')) emitted.maps = [data];
    else if (base.endsWith('.d.ts')) declarations = data;
    else write?.(`outDir/${base.replace(/\.jsx$/, '.js')}`, data, false);
  };
  // By force: declarations are written also where a file's would be an error, such as a private member's.
  const result = program.emit(file, save, token, declarationsOnly, { ...theirs, before, after }, true);
  const more = file ? unwritten(real, checker, file, result.diagnostics) : '';
  write?.(`outDir/${DECLARATIONS}`, declarations + more, false);
  return result;
}
