/**
 * Lets tslab 1.0.22 run on stock TypeScript. tslab brings a fork of TypeScript 5.0; the adapter takes the fork's place
 * in Node's module cache before tslab loads, so that cells get the compiler of the project, and no code is forked.
 */
import { join } from 'node:path';

import type ts from 'typescript';

import { EARLIER } from '../link/names';
import { completions } from './completions';
import { derive, isOf, Underivable } from './derived';
import { awaitMarks, findPrecedingToken, localModules, preEmitDiagnostics } from './diagnostics';
import { readDocumentationLate } from './documentation';
import { emitCell, type Emitted } from './emission';
import { LocalFiles } from './files';
import { quickInfo } from './hover';
import type { FullProgram, FullSourceFile, FullTs } from './internals';
import { withJsx } from './jsx';
import { isClean, LastingChecker } from './lasting';
import { asWritten, namesOnly } from './locals';
import { CellLowering, type LoweredCell } from './lower';
import { cellOptions, hasJsx, typeRoots } from './options';
import { declarationPrinter } from './printing';
import { isRecent, MemoryFile, Settled } from './settled';
import type { WatchSystem } from './updates';

type Builder = ts.BuilderProgram;
type Host = ts.WatchCompilerHostOfFilesAndCompilerOptions<Builder>;

/** The compiler that tslab sees. */
export class Adapter {
  readonly emitted: Emitted = { names: [], imports: [], ambient: [], source: '', maps: [] };
  readonly module: Record<string, unknown>;
  private builder: Builder | undefined;
  /** The builder's, or one derived from it. */
  private program: FullProgram | undefined;
  /** The builder's as it was made: its checker may speak for later ones. */
  private base: FullProgram | undefined;
  /** Files that are others for each cell. */
  private renewed: ReadonlySet<string> = new Set();
  private mayDerive = true;
  private files: LocalFiles | undefined;
  private earlier: Settled | undefined;
  private ambientFile: MemoryFile | undefined;
  private options: ts.CompilerOptions = {};
  private cellFile = '';
  private readonly lowering: CellLowering;
  private isConverting = false;
  /** Whether tslab has yet to ask for the names of the cell that it converts, and whether it reads them now. */
  private wantsNames = false;
  private isAsked = false;
  private forgives = false;
  /** The program whose checker is the one for the cell that is converted. */
  private checking: FullProgram | undefined;
  private readonly lasting = new LastingChecker((file) => file.fileName === this.cellFile || isRecent(file));
  private isJsx = false;
  private handOn: ((builder: Builder) => void) | undefined;

  /**
   * @param real Stock TypeScript.
   * @param root The project's folder; `tsdl/...` resolves there when the notebook lies elsewhere.
   */
  constructor(
    private readonly real: FullTs,
    private readonly root: string,
  ) {
    this.lowering = new CellLowering(real);
    const errors = preEmitDiagnostics(real, join(root, 'src'), {
      own: (cell) => this.check(cell),
      modules: (cell) => localModules(this.program, cell),
    });
    // The real exports are read-only getters; __esModule keeps tslab from copying them once more.
    const overrides: Record<string, unknown> = {
      __esModule: true,
      factory: Object.assign(Object.create(real.factory) as ts.NodeFactory, {
        // tslab's name for the object that holds the names of earlier cells
        createIdentifier: (name: string) =>
          real.factory.createIdentifier(name === 'exports' ? EARLIER : name),
      }),
      getNullTransformationContext: () => real.nullTransformationContext,
      getDefaultTypeRoots: (folder: string) => typeRoots(real, folder),
      findPrecedingToken: findPrecedingToken(real),
      createPrinter: declarationPrinter(real),
      // tslab asks this only for what it keeps of earlier declarations, where it knows no namespaces.
      isFunctionDeclaration: (node: ts.Node) =>
        real.isFunctionDeclaration(node) || real.isModuleDeclaration(node),
      getPreEmitDiagnosticsOfFiles: (...args: Parameters<typeof errors>) =>
        this.forgives ? awaitMarks(real, args[1]) : errors(...args),
      getQuickInfoAtPosition: quickInfo(real),
      Completions: { ...real.Completions, getCompletionsAtPositionForTslab: completions(real) },
      transpileModule: (source: string) => {
        this.emitted.source = source;
        return { outputText: source };
      },
      createWatchCompilerHost: (...args: Parameters<Adapter['watchHost']>) => this.watchHost(...args),
    };
    this.module = { ...real, ...overrides };
    this.module.default = this.module;
  }

  /** Before tslab is asked anything: files on disk may have changed. True where one did. */
  refresh(): boolean {
    return this.files?.refresh() ?? false;
  }

  /** Has tslab write a cell's declarations whatever its errors are. */
  despiteErrors<T>(convert: () => T): T {
    this.forgives = true;
    try {
      return this.converting(convert);
    } finally {
      this.forgives = false;
    }
  }

  /** The program and the cell of tslab's last question; undefined before the first. */
  get asked(): { readonly program: ts.Program; readonly cell: ts.SourceFile } | undefined {
    const cell = this.bound(this.cellFile);
    return cell && this.program && { program: this.program, cell };
  }

  /**
   * What tslab is not told of the declarations of earlier cells.
   * @throws Error before tslab has made its converter
   */
  get settled(): Settled {
    if (!this.earlier)
      throw new Error('Cannot settle declarations: expected a converter of tslab, got none yet');
    return this.earlier;
  }

  /** Declarations of modules that have no types, which hold for all cells. */
  get ambient(): string {
    return this.ambientFile?.text ?? '';
  }

  set ambient(text: string) {
    this.ambientFile?.replace(text);
  }

  /** Has a module types of its own, as seen from a cell? */
  hasTypes(module: string): boolean {
    const { real, options, cellFile } = this;
    const found = real.resolveModuleName(module, cellFile, options, real.sys).resolvedModule;
    return found !== undefined && !/^\.[cm]?jsx?$/.test(found.extension);
  }

  /** Does the last cell declare a name that has settled? tslab forgets older meanings in its own file alone. */
  redeclaresSettled(): boolean {
    const cell = this.bound(this.cellFile);
    const settled = this.bound(this.settled.path);
    return [...(cell?.locals?.keys() ?? [])].some((name) => settled?.locals?.has(name));
  }

  /** The last converted cell as runnable code. */
  lower(last: string | undefined): LoweredCell {
    const { source, maps } = this.emitted;
    const lowered = this.lowering.lower(source, this.emitted, last);
    return { ...lowered, maps: [...maps, ...lowered.maps] };
  }

  /** Around a conversion: tslab asks first for a program of the cell alone, and wants nothing but its names. */
  converting<T>(convert: () => T): T {
    this.isConverting = true;
    this.wantsNames = true;
    this.checking = undefined;
    try {
      return convert();
    } catch (error) {
      if (!(error instanceof Underivable)) throw error;
      this.mayDerive = false;
      this.wantsNames = true;
      this.checking = undefined;
      return convert();
    } finally {
      this.isConverting = false;
      this.wantsNames = false;
      this.isAsked = false;
      this.mayDerive = true;
    }
  }

  /** Whether tslab gets what it wants without TypeScript's making a program. */
  private skipsUpdate(): boolean {
    const { wantsNames, builder, base, files } = this;
    this.wantsNames = false;
    this.isAsked = wantsNames;
    if (this.isConverting && builder && (wantsNames ? this.givesNames(builder) : this.derives())) return true;
    this.lasting.release();
    // Of these very texts TypeScript would make no other program, and tslab would keep that of the last cell.
    if (!this.isConverting || !builder || !base || !files || !isOf(base, files, this.renewed)) return false;
    this.handOn?.(this.wrap(builder));
    return true;
  }

  /** Gives tslab the cell's names without a program, once a conversion, if there are any. */
  private givesNames(builder: Builder): boolean {
    const { real, cellFile, options } = this;
    const kind = this.isJsx ? real.ScriptKind.TSX : real.ScriptKind.TS;
    const text = this.files?.system.readFile(cellFile) ?? '';
    // Where the cell is the last one again, TypeScript would make no other program and tslab would have none.
    if (this.base?.getSourceFile(cellFile)?.text.startsWith(text)) return false;
    const file = real.createSourceFile(cellFile, text, real.ScriptTarget.ESNext, true, kind);
    real.bindSourceFile(file, options);
    const names = asWritten(real, namesOnly(file));
    if (names.locals?.size === 0) return false;
    const getSourceFile = (name: string): ts.SourceFile | undefined =>
      name === cellFile ? names : this.program?.getSourceFile(name);
    this.handOn?.(Object.assign(Object.create(builder) as Builder, { getSourceFile }));
    return true;
  }

  /** Gives tslab a program for the cell that is the last one's but for the cell, if that is all there is to it. */
  private derives(): boolean {
    const { real, base, files, builder } = this;
    if (!this.mayDerive || this.isJsx || this.forgives || !base || !files || !builder) return false;
    const derived = this.lasting.isFor(base) && derive(real, base, files, [...this.renewed]);
    if (!derived) return false;
    this.handOn?.(this.wrap(builder, derived));
    return true;
  }

  /** tslab reads a file's names before any type is asked for. */
  private bound(name: string): FullSourceFile | undefined {
    const file: FullSourceFile | undefined = this.program?.getSourceFile(name);
    if (!file) return undefined;
    if (!file.locals) this.real.bindSourceFile(file, this.builder?.getCompilerOptions() ?? {});
    // Names are looked up in the cell, then in a node's parents: tslab puts its file behind the cell in the same way.
    if (name === this.cellFile) namesOnly(file);
    if (isRecent(file)) Object.assign(file, { parent: this.bound(this.settled.path) });
    return this.isAsked && name === this.cellFile ? asWritten(this.real, file) : file;
  }

  private watchHost(
    files: string[],
    options: ts.CompilerOptions,
    system: WatchSystem,
    ...[, ...report]: [createProgram: unknown, ...report: [never, never]]
  ): Host {
    const { real } = this;
    const folder = system.getCurrentDirectory();
    const settled = new Settled(real, folder);
    this.earlier = settled;
    this.cellFile = files.find((file) => !file.endsWith('.d.ts')) ?? '';
    const ambient = new MemoryFile(real, `${folder}/__ambient__.d.ts`, '');
    this.ambientFile = ambient;
    const all = [...files, settled.path, ambient.path];
    const cell = cellOptions(real, { folder, root: this.root, tslabOptions: options });
    this.options = cell;
    this.isJsx = hasJsx(real, folder);
    // A builder that keeps no state: tslab asks for nothing that needs one, and it would cost 100 ms a cell.
    const create = this.isJsx ? withJsx(real, this.cellFile) : real.createAbstractBuilder;
    this.renewed = new Set(files);
    this.lasting.forget();
    const inMemory = ambient.within(settled.within(system));
    const local = new LocalFiles(real, inMemory, new Set(all), this.renewed, () => this.skipsUpdate());
    this.files = local;
    const host = real.createWatchCompilerHost(all, cell, local.system, create, ...report);
    Object.assign(host, local.lookups, readDocumentationLate(real));
    Object.defineProperty(host, 'afterProgramCreate', {
      configurable: true,
      get: () => this.handOn && ((builder: Builder) => this.handOn?.(this.wrap(builder))),
      set: (handler: (builder: Builder) => void) => (this.handOn = handler),
    });
    return host;
  }

  /** The builder as tslab sees it, with its own program or one derived from that. */
  private wrap(builder: Builder, program = builder.getProgram() as FullProgram): Builder {
    if (program === builder.getProgram()) {
      this.files?.areKnown();
      this.base = { ...program };
    }
    this.builder = builder;
    this.program = program;
    const overrides: Partial<Builder> = {
      getProgram: () => (this.isConverting && this.checking) || program,
      emit: (file, write, token, _declarationsOnly, theirs) => {
        const order = { file, write, token, theirs, declarationsOnly: this.forgives };
        return emitCell(this.real, this.checking ?? program, this.emitted, order);
      },
      getAllDependencies: (file) => [file.fileName],
      getSourceFile: (name) => this.bound(name),
    };
    return Object.assign(Object.create(builder) as Builder, overrides);
  }

  /** What is wrong with a cell; by the checker that says so, the cell is compiled. */
  private check(cell: ts.SourceFile): readonly ts.Diagnostic[] {
    const program = this.program as FullProgram;
    const isDerived = program !== this.builder?.getProgram();
    const checking = this.lasting.programFor(program, isDerived);
    this.checking = checking;
    if (checking !== program && isClean(checking, cell)) return [];
    if (isDerived) throw new Underivable();
    const found = program.getSemanticDiagnostics(cell);
    if (checking !== program || found.length > 0) this.checking = this.lasting.alone(program);
    return found;
  }
}
