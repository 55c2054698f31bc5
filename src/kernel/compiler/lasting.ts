/**
 * One type checker for many cells. TypeScript makes a new one for every program, so for every cell, and each finds out
 * anew what the library's types mean, which is half of a cell's time. A cell is a module that no file imports: the
 * checker of an earlier program can check it too, as long as no other file has changed.
 */
import type ts from 'typescript';

import type { FullProgram, FullSourceFile, FullTypeChecker } from './internals';

/** What the kept program does itself; all that it is asked about files, the newest one answers. */
const ITS_OWN: readonly (keyof FullProgram)[] = ['emit', 'getTypeChecker'];

/** A checker remembers every cell that it has seen. */
const MAX_CELLS = 40;

/** Chooses the checker of each cell. */
export class LastingChecker {
  private kept: FullProgram | undefined;
  /** That program as it was made. */
  private original: FullProgram | undefined;
  private others: readonly ts.SourceFile[] = [];
  private cells = 0;

  /** @param isOfCells Whether a file is the cell itself or says what earlier cells declared. */
  constructor(private readonly isOfCells: (file: ts.SourceFile) => boolean) {}

  /** The program whose checker is the one for the cell of `current`: an earlier one where that will do. */
  programFor(current: FullProgram, isDerived: boolean): FullProgram {
    const files: readonly FullSourceFile[] = current.getSourceFiles();
    if (files.some((file) => this.isOfCells(file) && isPeculiar(file))) return this.alone(current);
    const others = this.othersOf(current);
    this.cells += 1;
    if (!this.kept || this.cells > MAX_CELLS || !isSame(others, this.others)) {
      if (isDerived) return this.alone(current); // its checker is that of the program it was made of
      this.kept = current;
      this.original = { ...current };
      this.others = others;
      this.cells = 1;
    }
    const { kept } = this;
    const own = ITS_OWN.map((name) => [name, Reflect.get(kept, name) as unknown]);
    return Object.assign(kept, current, Object.fromEntries(own) as Partial<FullProgram>);
  }

  /** Whether there is a checker for one more cell beside the other files of a program. */
  isFor(program: FullProgram): boolean {
    return this.kept !== undefined && this.cells < MAX_CELLS && isSame(this.othersOf(program), this.others);
  }

  private othersOf(program: FullProgram): readonly ts.SourceFile[] {
    return program.getSourceFiles().filter((file) => !this.isOfCells(file));
  }

  /** TypeScript is about to make its next program out of the last one, which may be the one kept. */
  release(): void {
    if (this.kept) Object.assign(this.kept, this.original);
  }

  /** The next cell gets a checker of its own. */
  forget(): void {
    this.release();
    this.kept = undefined;
  }

  /** The checker's list of errors would hide the same error in a later cell. */
  alone(current: FullProgram): FullProgram {
    this.forget();
    return current;
  }
}

/** Whether a checker finds nothing wrong with a cell. */
export function isClean(program: FullProgram, cell: FullSourceFile): boolean {
  const checker = program.getTypeChecker() as FullTypeChecker;
  return cell.bindDiagnostics?.length === 0 && checker.getDiagnostics(cell).length === 0;
}

/** What a cell says to all files, or to the compiler about its errors. */
const isPeculiar = ({ moduleAugmentations, commentDirectives, checkJsDirective }: FullSourceFile): boolean =>
  (moduleAugmentations?.length ?? 0) > 0 ||
  (commentDirectives?.length ?? 0) > 0 ||
  checkJsDirective !== undefined;

const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((each, at) => each === b[at]);
