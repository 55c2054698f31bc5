/**
 * What the compiler knows of files on disk. TypeScript's watch mode learns of changes from the system's events, which
 * may come later than the user's next cell; for the project's own files {@link LocalFiles.refresh} looks instead.
 * Packages are left to TypeScript.
 */
import { delimiter, dirname } from 'node:path';

import type ts from 'typescript';

import { changedSince, type FileState, fileState } from '../link/changes';
import { directivesFirst } from './cell-text';
import type { FullResolution, FullTs } from './internals';
import { updateTimers, type WatchSystem } from './updates';

interface Watched {
  readonly path: string;
  readonly changed: ts.FileWatcherCallback;
  state: FileState;
}

/** What one file's imports meant when they were last looked up, and whether that still held in a later round. */
interface Imports {
  readonly found: Map<string, FullResolution>;
  readonly literals: readonly ts.StringLiteralLike[];
  readonly from: Containing;
  /** Folders outside packages in which files were looked for, once asked for. */
  readonly folders: Map<string, FileState | undefined>;
  round: number;
  changed: boolean;
}

/** An importing file with what a lookup needs. */
interface Containing {
  readonly name: string;
  readonly file: ts.SourceFile;
  readonly options: ts.CompilerOptions;
}

type Lookups = Required<
  Pick<
    ts.WatchCompilerHostOfFilesAndCompilerOptions<ts.BuilderProgram>,
    'resolveModuleNameLiterals' | 'hasInvalidatedResolutions' | 'getModuleResolutionCache'
  >
>;

/** The compiler's view of the disk: files are read again when they have changed, and only then. */
export class LocalFiles {
  /** Takes tslab's place as the compiler's system. */
  readonly system: WatchSystem;
  /** Looks imports up; what once failed is tried again. */
  readonly lookups: Lookups = {
    resolveModuleNameLiterals: (literals, name, _redirect, options, file) =>
      this.resolve(literals, { name, file, options }),
    hasInvalidatedResolutions: (path) => this.importsChanged(path),
    // TypeScript asks for every file's package.json with each program; without the cache it would read them all.
    getModuleResolutionCache: () => this.packages,
  };
  private isStale = false;
  private readonly watched = new Set<Watched>();
  private readonly read = new Map<string, FileState>();
  private readonly imports = new Map<string, Imports>();
  private readonly packages: ts.ModuleResolutionCache;
  private local: ts.ModuleResolutionCache;
  /** Of this round. */
  private readonly folderStates = new Map<string, FileState>();
  private round = 0;

  /**
   * @param inMemory Files that lie in memory alone.
   * @param renewed Those that tslab answers itself: the cell and the declarations of earlier ones.
   * @param skipsUpdate Asked before each update of the program, whether it can be left out.
   */
  constructor(
    private readonly real: FullTs,
    private readonly theirs: WatchSystem,
    private readonly inMemory: ReadonlySet<string>,
    private readonly renewed: ReadonlySet<string>,
    skipsUpdate: () => boolean,
  ) {
    this.packages = this.emptyCache();
    this.local = this.emptyCache();
    this.system = Object.assign(Object.create(theirs) as WatchSystem, updateTimers(theirs, skipsUpdate), {
      readFile: (path: string, encoding?: string) => {
        if (this.isOurs(path)) this.read.set(path, fileState(path));
        const text = theirs.readFile(path, encoding);
        return text !== undefined && inMemory.has(path) ? directivesFirst(text) : text;
      },
      watchFile: (path: string, tell: ts.FileWatcherCallback, ...rest: unknown[]) => {
        const changed: ts.FileWatcherCallback = (...args) => {
          if (!renewed.has(path)) this.isStale = true;
          tell(...args);
        };
        if (this.isOurs(path)) return this.watch(path, changed);
        const isEarlier = inMemory.has(path) && path.endsWith('.d.ts');
        return watchFile(theirs, path, isEarlier ? this.once(path, changed) : changed, rest);
      },
      // TypeScript would watch all of node_modules, folder by folder, for what it once did not find: lookups do that.
      watchDirectory: () => ({ close: () => undefined }),
    });
  }

  /** Before a cell is compiled: tells the compiler which of the project's files changed; true where one did. */
  refresh(): boolean {
    let hasChanged = false;
    this.round += 1;
    this.folderStates.clear();
    this.local = this.emptyCache();
    for (const entry of [...this.watched]) {
      const state = changedSince(entry.path, entry.state);
      if (!state) continue;
      const kind = this.kindOfChange(entry.state, state);
      if (entry.state.text !== state.text) hasChanged = true;
      entry.state = state;
      entry.changed(entry.path, kind);
    }
    return hasChanged;
  }

  /** Whether any file but the renewed ones is another than in the last program, or would be found elsewhere now. */
  haveChanged(): boolean {
    return (
      this.isStale ||
      [...this.imports.keys()].some((path) => !this.renewed.has(path) && this.importsChanged(path))
    );
  }

  /** The compiler has made a program of all files. */
  areKnown(): void {
    this.isStale = false;
  }

  /** tslab says twice in a round that the declarations changed; the same text need not be parsed twice. */
  private once(path: string, changed: ts.FileWatcherCallback): ts.FileWatcherCallback {
    let told = { round: -1, text: '' };
    return (name, kind) => {
      const text = this.theirs.readFile(path) ?? '';
      if (told.round === this.round && told.text === text) return;
      told = { round: this.round, text };
      changed(name, kind);
    };
  }

  private kindOfChange(before: FileState, now: FileState): ts.FileWatcherEventKind {
    const { Created, Deleted, Changed } = this.real.FileWatcherEventKind;
    if (now.text === '') return Deleted;
    return before.text === '' ? Created : Changed;
  }

  private isOurs(path: string): boolean {
    return !isInPackage(path) && !this.inMemory.has(path);
  }

  private watch(path: string, changed: ts.FileWatcherCallback): ts.FileWatcher {
    // The state from before the content was read: an edit between the two is not lost.
    const entry = { path, changed, state: this.read.get(path) ?? fileState(path) };
    this.read.delete(path);
    this.watched.add(entry);
    return { close: () => this.watched.delete(entry) };
  }

  private resolve(literals: readonly ts.StringLiteralLike[], from: Containing): FullResolution[] {
    if (isInPackage(from.name)) return literals.map((literal) => this.lookUp(literal, from, this.packages));
    const key = this.keyOf(from.name);
    const known = this.imports.get(key)?.found;
    const found = new Map<string, FullResolution>();
    for (const literal of literals) {
      const name = this.nameOf(literal, from);
      const before = known?.get(name);
      found.set(name, before && this.holds(before) ? before : this.lookUp(literal, from, this.local));
    }
    const folders = new Map<string, undefined>();
    this.imports.set(key, { found, literals, from, folders, round: this.round, changed: false });
    return literals.map((literal) => found.get(this.nameOf(literal, from)) as FullResolution);
  }

  private lookUp(
    literal: ts.StringLiteralLike,
    { name, file, options }: Containing,
    cache: ts.ModuleResolutionCache,
  ): FullResolution {
    const { real, theirs } = this;
    const mode = real.getModeForUsageLocation(file, literal, options);
    const found = real.resolveModuleName(literal.text, name, options, theirs, cache, undefined, mode);
    if (found.resolvedModule || /^[./#]/.test(literal.text)) return found;
    for (const folder of NODE_PATH) {
      const there = real.resolveModuleName(`./${literal.text}`, `${folder}/_.ts`, options, theirs);
      if (there.resolvedModule) return there;
    }
    return found;
  }

  /** Would an import of this file, unchanged itself, now mean another file? TypeScript asks more than once a round. */
  private importsChanged(path: string): boolean {
    const imports = this.imports.get(path);
    if (!imports) return false;
    if (imports.round !== this.round) {
      imports.round = this.round;
      imports.changed =
        this.foldersChanged(imports) &&
        imports.literals.some((literal) => this.meansAnother(literal, imports));
    }
    return imports.changed;
  }

  /** No file has come or gone where the imports were looked for while the times of those folders are the same. */
  private foldersChanged(imports: Imports): boolean {
    const { found, folders } = imports;
    if (folders.size === 0)
      for (const { resolvedModule, failedLookupLocations = [] } of found.values())
        for (const path of [...failedLookupLocations, resolvedModule?.resolvedFileName ?? ''])
          if (path !== '' && !isInPackage(path)) folders.set(dirname(path), undefined);
    let isChanged = false;
    for (const [folder, before] of folders) {
      const now = this.folderState(folder);
      if (before?.text !== now.text || !before.isSettled) isChanged = true;
      folders.set(folder, now);
    }
    return isChanged;
  }

  private folderState(folder: string): FileState {
    let state = this.folderStates.get(folder);
    if (!state) this.folderStates.set(folder, (state = fileState(folder)));
    return state;
  }

  private meansAnother(literal: ts.StringLiteralLike, { found, from }: Imports): boolean {
    const before = found.get(this.nameOf(literal, from));
    if (!before || this.holds(before)) return false;
    const now = this.lookUp(literal, from, this.local);
    return now.resolvedModule?.resolvedFileName !== before.resolvedModule?.resolvedFileName;
  }

  /** Nothing that failed holds; what was found does while it exists and nothing lies in the places tried before it. */
  private holds({ resolvedModule, failedLookupLocations = [] }: FullResolution): boolean {
    if (!resolvedModule) return false;
    const { resolvedFileName } = resolvedModule;
    if (isInPackage(resolvedFileName)) return true;
    const exists = (path: string): boolean => this.theirs.fileExists(path);
    return exists(resolvedFileName) && !failedLookupLocations.some(exists);
  }

  private nameOf(literal: ts.StringLiteralLike, { file, options }: Containing): string {
    return `${this.real.getModeForUsageLocation(file, literal, options) ?? ''}\0${literal.text}`;
  }

  /** TypeScript's path of a file. */
  private keyOf(name: string): string {
    return this.theirs.useCaseSensitiveFileNames ? name : name.toLowerCase();
  }

  private emptyCache(): ts.ModuleResolutionCache {
    return this.real.createModuleResolutionCache(this.theirs.getCurrentDirectory(), (name) =>
      this.keyOf(name),
    );
  }
}

/** Folders of packages that `require` looks into last. */
const NODE_PATH = (process.env.NODE_PATH ?? '').split(delimiter).filter((folder) => folder !== '');

const isInPackage = (path: string): boolean => path.includes('/node_modules/');

function watchFile(
  system: WatchSystem,
  path: string,
  changed: ts.FileWatcherCallback,
  rest: unknown[],
): ts.FileWatcher {
  if (!system.watchFile) throw new Error("Cannot watch files: expected tslab's watchFile, got none");
  return system.watchFile(path, changed, ...(rest as [number?, ts.WatchOptions?]));
}
