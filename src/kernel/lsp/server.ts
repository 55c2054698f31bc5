/** Squiggles, hovers, completions, signatures and jumps for an editor that speaks the Language Server Protocol. */
import { pathToFileURL } from 'node:url';

import type { FullTs } from '../compiler/internals';
import type { NotebookView } from '../language/view';
import type { Completion, Diagnostic } from '../link/messages';
import { folderOf, isNotebook } from './addresses';
import { kindOf } from './kinds';
import { offsetIn, type PlacedCell, placedCells, type Position, positionOf } from './notebook-text';

/** A request (with `id` and `method`), a notification (`method` alone) or an answer (`id` alone). */
export interface RpcMessage {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

const CAPABILITIES = {
  textDocumentSync: { openClose: true, change: 1 }, // whole texts
  hoverProvider: true,
  completionProvider: { triggerCharacters: ['.', '"', "'", '/', '@'] },
  signatureHelpProvider: { triggerCharacters: ['(', ','], retriggerCharacters: [')'] },
  definitionProvider: true,
};

const METHOD_NOT_FOUND = -32601;
const INTERNAL_ERROR = -32603;
/** So long the errors of a long notebook wait for those of its later cells. */
const PATIENCE_MS = 250;

/** What a request speaks of. */
interface Params {
  readonly textDocument: { readonly uri: string; readonly text?: string };
  readonly contentChanges?: readonly { readonly text: string }[];
  readonly position: Position;
}

interface OpenDocument {
  readonly uri: string;
  readonly view: NotebookView;
  cells: readonly PlacedCell[];
  /** Whether there are cells that have not been looked at since the last change. */
  isBehind: boolean;
  published: number;
}

type Answers = Readonly<Record<string, (params: Params) => unknown>>;

/** One editor's documents. */
export class LanguageServer {
  private readonly documents = new Map<string, OpenDocument>();
  private isLooking = false;
  private readonly answers: Answers = {
    initialize: () => ({ capabilities: CAPABILITIES, serverInfo: { name: 'tsdl' } }),
    shutdown: () => null,
    'textDocument/hover': (params) => this.hover(params),
    'textDocument/completion': (params) => this.completion(params),
    'textDocument/signatureHelp': (params) => this.signatureHelp(params),
    'textDocument/definition': (params) => this.definition(params),
  };
  private readonly notifications: Answers = {
    'textDocument/didOpen': ({ textDocument: { uri, text = '' } }) => this.changed(uri, text),
    'textDocument/didChange': ({ textDocument: { uri }, contentChanges }) =>
      this.changed(uri, contentChanges?.at(-1)?.text ?? ''),
    'textDocument/didClose': ({ textDocument: { uri } }) => this.documents.delete(uri),
  };

  /**
   * @param send Sends a message to the editor.
   * @param viewFor A view for a notebook of a folder.
   */
  constructor(
    private readonly real: FullTs,
    private readonly send: (message: RpcMessage) => void,
    private readonly viewFor: (folder: string) => NotebookView,
  ) {}

  /** Takes one message of the editor. */
  receive({ id, method = '', params }: RpcMessage): void {
    if (id === undefined || id === null) {
      this.notifications[method]?.(params as Params);
      return;
    }
    const answer = this.answers[method];
    if (!answer) {
      this.send({ id, error: { code: METHOD_NOT_FOUND, message: `There is no method ${method}` } });
      return;
    }
    try {
      this.send({ id, result: answer(params as Params) ?? null });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.send({ id, error: { code: INTERNAL_ERROR, message } });
    }
  }

  private changed(uri: string, text: string): void {
    const document: OpenDocument = this.documents.get(uri) ?? {
      uri,
      view: this.viewFor(folderOf(uri)),
      cells: [],
      isBehind: false,
      published: 0,
    };
    this.documents.set(uri, document);
    document.cells = isNotebook(uri) ? placedCells(this.real, text) : [{ code: text, line: 0 }];
    document.view.set(document.cells.map(({ code }) => code));
    document.isBehind = isNotebook(uri); // what a file may say, a cell may not
    document.published = Date.now();
    if (this.isLooking) return;
    this.isLooking = true;
    setImmediate(() => this.look());
  }

  /** Looks at one cell; what the editor has sent meanwhile comes before the next. */
  private look(): void {
    const document = [...this.documents.values()].find(({ isBehind }) => isBehind);
    this.isLooking = document !== undefined;
    if (!document) return;
    document.isBehind = document.view.step();
    if (!document.isBehind || Date.now() - document.published > PATIENCE_MS) this.publish(document);
    setImmediate(() => this.look());
  }

  private publish(document: OpenDocument): void {
    const { uri, view, cells } = document;
    document.published = Date.now();
    const diagnostics = view.diagnostics.flatMap((found, at) =>
      found.map((each) => shown(each, cells[at]?.line ?? 0)),
    );
    this.send({ method: 'textDocument/publishDiagnostics', params: { uri, diagnostics } });
  }

  private at({ textDocument: { uri }, position }: Params): Place | undefined {
    const document = this.documents.get(uri);
    const found = document && offsetIn(document.cells, position);
    return found && { document, ...found };
  }

  private hover(params: Params): unknown {
    const place = this.at(params);
    const found = place?.document.view.inspect(place.cell, place.offset);
    return found && { contents: { kind: 'markdown', value: found.data['text/markdown'] } };
  }

  private completion(params: Params): unknown {
    const place = this.at(params);
    if (!place) return null;
    const { document, cell, offset } = place;
    return {
      isIncomplete: false,
      items: itemsOf(document.view.complete(cell, offset), document.cells[cell]),
    };
  }

  private signatureHelp(params: Params): unknown {
    const place = this.at(params);
    const found = place?.document.view.signatures(place.cell, place.offset);
    return (
      found && {
        signatures: found.items,
        activeSignature: found.selected,
        activeParameter: found.argument,
      }
    );
  }

  private definition(params: Params): unknown {
    const place = this.at(params);
    if (!place) return null;
    const { document, cell, offset } = place;
    return document.view.definitions(cell, offset).map((found) => {
      if ('in' in found) {
        const start = { line: found.line, character: found.column };
        return { uri: pathToFileURL(found.path).href, range: { start, end: start } };
      }
      const target = document.cells[found.cell] as PlacedCell;
      const range = { start: positionOf(target, found.start), end: positionOf(target, found.end) };
      return { uri: document.uri, range };
    });
  }
}

interface Place {
  readonly document: OpenDocument;
  readonly cell: number;
  readonly offset: number;
}

function shown({ line, column, endLine, endColumn, code, message }: Diagnostic, shift: number): unknown {
  const start = { line: line + shift, character: column };
  const end = { line: endLine + shift, character: endColumn };
  return { range: { start, end }, severity: 1, code, source: 'TypeScript', message };
}

/** Candidates in the compiler's order. */
function itemsOf({ start, end, items }: Completion, cell: PlacedCell | undefined): unknown[] {
  if (!cell) return [];
  const range = { start: positionOf(cell, start), end: positionOf(cell, end) };
  return items.map(({ text, kind }, at) => ({
    label: text,
    kind: kindOf(kind),
    sortText: String(at).padStart(5, '0'),
    filterText: text,
    textEdit: { range, newText: text },
  }));
}
