/** A notebook as its author types it: each cell beside what the cells above it declare, whether they have errors or not. */
import { declarationIn, type Declared } from '../compiler/queries';
import type { Bundle, Completion, Diagnostic } from '../link/messages';
import type { Session } from './session';
import type { Signatures } from './signature-help';
import type { Language } from './tslab';

/** A place in one of the notebook's cells, in UTF-16 units from its start. */
export interface CellRange {
  readonly cell: number;
  readonly start: number;
  readonly end: number;
}

type Target = (Declared & { readonly in: 'file' }) | CellRange;

/** A cell as it was looked at, after what the cells above it declare. */
interface Seen {
  readonly diagnostics: readonly Diagnostic[];
  /** What the next cell knows, as a session takes it. */
  readonly after: string;
}

/** Answers an editor's questions about one notebook. */
export class NotebookView {
  private cells: readonly string[] = [];
  private seen: Seen[] = [];
  /** What was looked at before, by the declarations above and the code. */
  private known = new Map<string, Seen>();
  private used = new Map<string, Seen>();

  constructor(
    private readonly language: Language,
    private readonly session: Session,
  ) {}

  /** Takes the notebook's code cells as they are now. */
  set(cells: readonly string[]): void {
    if (this.session.refresh())
      this.known.clear(); // a module that cells import has changed
    else this.known = new Map([...this.known, ...this.used]);
    this.used = new Map();
    this.cells = cells;
    this.seen = [];
  }

  /** Looks at the next cell that is not as it was; false where there is none left. */
  step(): boolean {
    while (this.seen.length < this.cells.length) {
      const known = this.known.get(this.key(this.seen.length));
      this.lookAt(this.seen.length, known);
      if (!known) return true;
    }
    this.known = new Map();
    return false;
  }

  /** Errors of each cell that was looked at. */
  get diagnostics(): readonly (readonly Diagnostic[])[] {
    return this.seen.map(({ diagnostics }) => diagnostics);
  }

  complete(cell: number, position: number): Completion {
    return this.at(cell).complete(this.code(cell), position);
  }

  inspect(cell: number, position: number): Bundle | undefined {
    return this.at(cell).inspect(this.code(cell), position, 1);
  }

  signatures(cell: number, position: number): Signatures | undefined {
    return this.at(cell).signatures(this.code(cell), position);
  }

  /** Where the name at a place is declared: in a file, or in a cell. */
  definitions(cell: number, position: number): Target[] {
    const found = this.at(cell).definitions(this.code(cell), position);
    return found.flatMap((each): Target | readonly Target[] => {
      if (each.in === 'file') return [each];
      if (each.in === 'cell') return [{ cell, start: each.start, end: each.end }];
      return this.declaring(each.name, cell) ?? [];
    });
  }

  /** The nearest cell above `below` that declares a name. */
  private declaring(name: string, below: number): CellRange | undefined {
    for (let cell = below - 1; cell >= 0; cell--) {
      const found = declarationIn(this.language.ts, this.code(cell), name);
      if (found) return { cell, ...found };
    }
    return undefined;
  }

  private code(cell: number): string {
    return this.cells[cell] ?? '';
  }

  /** What is known above a cell. */
  private before(cell: number): string {
    while (this.seen.length < cell) this.lookAt(this.seen.length, this.known.get(this.key(this.seen.length)));
    return cell === 0 ? '' : (this.seen[cell - 1]?.after ?? '');
  }

  private at(cell: number): Session {
    this.session.restore(this.before(cell));
    return this.session;
  }

  private key(cell: number): string {
    return `${this.before(cell)}\0${this.code(cell)}`;
  }

  private lookAt(cell: number, known: Seen | undefined): void {
    const key = this.key(cell);
    const seen = known ?? this.look(cell);
    this.used.set(key, seen);
    this.seen.push(seen);
  }

  private look(cell: number): Seen {
    const { diagnostics, declarations } = this.at(cell).look(this.code(cell));
    return { diagnostics, after: declarations };
  }
}
