/**
 * Lets tslab 1.0.22 run on stock TypeScript. tslab brings a fork of TypeScript 5.0; the adapter takes the fork's place
 * in Node's module cache before tslab loads, so that cells get the compiler of the project, and no code is forked.
 */
import Module from 'node:module';
import { join } from 'node:path';

import type ts from 'typescript';

import { EARLIER } from '../link/names';
import { completions } from './completions';
import { findPrecedingToken, preEmitDiagnostics } from './diagnostics';
import { LocalFiles, type WatchSystem } from './files';
import { quickInfo } from './hover';
import type { FullProgram, FullSourceFile, FullTs } from './internals';
import { withJsx } from './jsx';
import { CellLowering, type LoweredCell } from './lower';
import { cellOptions, hasJsx, typeRoots } from './options';
import { declarationPrinter } from './printing';
import { exportsOfSettled, isRecent, MemoryFile, Settled } from './settled';
import { type CellFacts, earlierNames, markDeclarations, noteFacts } from './transforms';
import { unwritten } from './unwritten';

/** tslab's name for the declarations of a cell. */
const DECLARATIONS = '__tslab__.d.ts';
const FORK = '@tslab/typescript-for-tslab';

/** What the last conversion produced beside tslab's own result. */
export interface Emitted extends CellFacts {
  /** The cell as an ES module, before tslab makes CommonJS of it. */
  source: string;
  maps: string[];
}

type Builder = ts.BuilderProgram;
type Host = ts.WatchCompilerHostOfFilesAndCompilerOptions<Builder>;

/** The compiler that tslab sees. */
export class Adapter {
  readonly emitted: Emitted = { names: [], imports: [], ambient: [], source: '', maps: [] };
  readonly module: Record<string, unknown>;
  private builder: Builder | undefined;
  private files: LocalFiles | undefined;
  private earlier: Settled | undefined;
  private ambientFile: MemoryFile | undefined;
  private options: ts.CompilerOptions = {};
  private cellFile = '';
  private readonly lowering: CellLowering;
  private isConverting = false;
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
      getPreEmitDiagnosticsOfFiles: preEmitDiagnostics(real, join(root, 'src'), (cell) =>
        this.modulesOf(cell),
      ),
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

  /** Puts the adapter where tslab will look for its compiler. */
  install(tslabDir: string): void {
    const resolved = resolveFork(tslabDir);
    const key = resolved ?? join(tslabDir, 'compiler-of-tsdl.js');
    if (resolved === undefined) redirect(FORK, key);
    const module = new Module(key);
    Object.assign(module, { filename: key, loaded: true, exports: this.module });
    require.cache[key] = module;
  }

  /** Before tslab is asked anything: files on disk may have changed. */
  refresh(): void {
    this.files?.refresh();
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

  /** Before a conversion; tslab then asks first for a program of the cell alone, and wants nothing but its names. */
  convertsNext(): void {
    this.isConverting = true;
  }

  /** Gives tslab the cell's names without a program, once a conversion, if there are any. */
  private skipsUpdate(): boolean {
    if (!this.isConverting || !this.builder) return false;
    this.isConverting = false;
    const { real, cellFile, options, builder } = this;
    const kind = this.isJsx ? real.ScriptKind.TSX : real.ScriptKind.TS;
    const text = this.files?.system.readFile(cellFile) ?? '';
    // Where the cell is the last one again, TypeScript would make no other program and tslab would have none.
    if (builder.getSourceFile(cellFile)?.text.startsWith(text)) return false;
    const file = real.createSourceFile(cellFile, text, real.ScriptTarget.ESNext, true, kind);
    real.bindSourceFile(file, options);
    const names = namesOnly(file);
    if (names.locals?.size === 0) return false;
    const getSourceFile = (name: string): ts.SourceFile | undefined =>
      name === cellFile ? names : builder.getSourceFile(name);
    this.handOn?.(Object.assign(Object.create(builder) as Builder, { getSourceFile }));
    return true;
  }

  /** Local modules that `cell` reaches; tslab's own handling of them is replaced by the runtime's loader. */
  private modulesOf(cell: ts.SourceFile): readonly ts.SourceFile[] {
    const program = this.builder?.getProgram() as FullProgram | undefined;
    const found = new Set<ts.SourceFile>();
    const visit = (file: FullSourceFile): void => {
      for (const specifier of file.imports ?? []) {
        const resolved = program?.getResolvedModuleFromModuleSpecifier(specifier, file)?.resolvedModule;
        const target = resolved && program?.getSourceFile(resolved.resolvedFileName);
        if (!target || found.has(target) || !isLocalModule(target)) continue;
        found.add(target);
        visit(target);
      }
    };
    visit(cell);
    return [...found];
  }

  /** tslab reads a file's names before any type is asked for. */
  private bound(name: string): FullSourceFile | undefined {
    const file: FullSourceFile | undefined = this.builder?.getSourceFile(name);
    if (!file) return undefined;
    if (!file.locals) this.real.bindSourceFile(file, this.builder?.getCompilerOptions() ?? {});
    // Names are looked up in the cell, then in a node's parents: tslab puts its file behind the cell in the same way.
    if (name === this.cellFile) namesOnly(file);
    if (isRecent(file)) Object.assign(file, { parent: this.bound(this.settled.path) });
    return file;
  }

  private watchHost(
    files: string[],
    options: ts.CompilerOptions,
    system: WatchSystem,
    ...rest: [createProgram: unknown, ...report: [never, never]]
  ): Host {
    const { real } = this;
    const [, ...report] = rest;
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
    const local = new LocalFiles(real, ambient.within(settled.within(system)), new Set(all), () =>
      this.skipsUpdate(),
    );
    this.files = local;
    const host = real.createWatchCompilerHost(all, cell, local.system, create, ...report);
    Object.assign(host, local.lookups);
    Object.defineProperty(host, 'afterProgramCreate', {
      configurable: true,
      get: () => this.handOn && ((builder: Builder) => this.handOn?.(this.wrap(builder))),
      set: (handler: (builder: Builder) => void) => (this.handOn = handler),
    });
    return host;
  }

  /** Emits the cell alone, with our rewrites, under the name that tslab expects. */
  private wrap(builder: Builder): Builder {
    this.builder = builder;
    const { real, emitted } = this;
    const emit: Builder['emit'] = (file, write, token, declarationsOnly, theirs) => {
      emitted.maps = [];
      const program = builder.getProgram() as FullProgram;
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
      const transformers = { ...theirs, before, after };
      // By force: declarations are written also where a file's would be an error, such as a private member's.
      const result = program.emit(file, save, token, declarationsOnly, transformers, true);
      const more = file ? unwritten(real, checker, file, result.diagnostics) : '';
      write?.(`outDir/${DECLARATIONS}`, declarations + more, false);
      return result;
    };
    const overrides = {
      emit,
      getAllDependencies: (file: ts.SourceFile) => [file.fileName],
      getSourceFile: (name: string) => this.bound(name),
    };
    return Object.assign(Object.create(builder) as Builder, overrides);
  }
}

/** Without what the compiler keeps among a file's names for declarations of modules. */
function namesOnly(file: FullSourceFile): FullSourceFile {
  const locals = file.locals as Map<string, unknown> | undefined;
  for (const name of [...(locals?.keys() ?? [])])
    if (name === '__global' || name.startsWith('"')) locals?.delete(name);
  return file;
}

const isLocalModule = (file: ts.SourceFile): boolean =>
  !file.isDeclarationFile && !file.fileName.includes('/node_modules/') && !file.fileName.endsWith('.json');

function resolveFork(tslabDir: string): string | undefined {
  try {
    return require.resolve(FORK, { paths: [tslabDir] });
  } catch {
    return undefined; // an installation without the fork works just as well
  }
}

function redirect(name: string, path: string): void {
  const internals = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
  const original = internals._resolveFilename.bind(Module);
  internals._resolveFilename = (request, ...rest) => (request === name ? path : original(request, ...rest));
}
