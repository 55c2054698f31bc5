/** A notebook's code as one TypeScript module, for type checks without a kernel. */
import ts from 'typescript';

import { cellText, type Notebook } from '../../src/cli/run/notebook';

/** Where a line of the module comes from. */
export interface CellLine {
  readonly cell: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface NotebookModule {
  readonly text: string;
  /** By line of `text`, counted from 0. */
  readonly origin: readonly (CellLine | undefined)[];
}

/**
 * Imports first, then each cell in a block inside the cell before it: a later cell sees and may redeclare what earlier
 * ones declared, as in the kernel. Cells tagged `raises-exception` declare nothing and are left out.
 */
export function moduleOf(notebook: Notebook): NotebookModule {
  const imports: string[] = [];
  const body: string[] = [];
  const importsFrom: CellLine[] = [];
  const bodyFrom: (CellLine | undefined)[] = [];
  const cells = notebook.cells.filter(
    (cell) => cell.cell_type === 'code' && !cell.metadata.tags?.includes('raises-exception'),
  );
  for (const cell of cells) {
    const lines = cellText(cell).split('\n');
    const isImport = importLines(cellText(cell));
    body.push('{');
    bodyFrom.push(undefined);
    lines.forEach((text, i) => {
      const from = { cell: cell.id ?? '', line: i + 1 };
      (isImport.has(i) ? imports : body).push(text);
      (isImport.has(i) ? importsFrom : bodyFrom).push(from);
    });
  }
  const text = [...imports, 'export {};', ...body, '}'.repeat(cells.length)].join('\n');
  return { text, origin: [...importsFrom, undefined, ...bodyFrom] };
}

/** Numbers of the lines that import declarations cover. */
function importLines(code: string): Set<number> {
  const file = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.ESNext);
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line;
  const found = new Set<number>();
  for (const statement of file.statements.filter(ts.isImportDeclaration)) {
    const last = lineOf(statement.end);
    for (let line = lineOf(statement.getStart(file)); line <= last; line++) found.add(line);
  }
  return found;
}

/** Type errors of modules given by file name (the files need not exist), each with its cell and line. */
export function typeErrors(modules: ReadonlyMap<string, NotebookModule>): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    target: ts.ScriptTarget.ES2024,
    lib: ['es2023', 'esnext.collection', 'esnext.disposable'].map((name) => `lib.${name}.d.ts`),
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    esModuleInterop: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
  };
  const host = ts.createCompilerHost(options);
  const [readFile, fileExists] = [host.readFile.bind(host), host.fileExists.bind(host)];
  // Assigned, not spread into a new object: the host's getSourceFile reads through its own readFile.
  host.readFile = (path) => modules.get(path)?.text ?? readFile(path);
  host.fileExists = (path) => modules.has(path) || fileExists(path);
  const program = ts.createProgram([...modules.keys()], options, host);
  return [...modules].flatMap(([path, module]) => {
    const file = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map((diagnostic) => describe(diagnostic, module));
  });
}

function describe({ file, start, messageText }: ts.Diagnostic, module: NotebookModule): string {
  const at = file && module.origin[file.getLineAndCharacterOfPosition(start ?? 0).line];
  return `${at ? `${at.cell}:${at.line}` : 'module'} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}
