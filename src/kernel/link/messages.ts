/** What the kernel's three parts (server, language thread, runtime process) say to each other. */
import type { Json } from '../jupyter/wire';
import type { Additions } from './added-columns';

/** A module that a cell imports, with the names it gets; `*` stands for the whole module. */
export interface ImportedModule {
  readonly specifier: string;
  readonly bindings: readonly { readonly name: string; readonly imported: string }[];
}

/** A cell compiled to JavaScript: the body of a function. */
export interface CompiledCell {
  readonly code: string;
  /** Source maps, from the user's TypeScript to what `code` was before text was added to it. */
  readonly maps: readonly string[];
  readonly additions: Additions;
  /** Names whose boxes the code uses. */
  readonly boxes: readonly string[];
  /** Names that the cell declares for later cells. */
  readonly names: readonly string[];
  readonly imports: readonly ImportedModule[];
  /** Whether the code awaits. */
  readonly isAsync: boolean;
  /** Whether it leaves the last expression's value. */
  readonly hasResult: boolean;
}

/** One error of the compiler, in the cell's own coordinates (lines and columns from 0). */
export interface Diagnostic {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly code: number;
  readonly message: string;
}

/** A cell ready to run, or what is wrong with it. */
export type CompileResult = { readonly cell: CompiledCell } | { readonly diagnostics: readonly Diagnostic[] };

/** MIME bundle with its metadata. */
export interface Bundle {
  readonly data: Json;
  readonly metadata: Json;
}

/** A stack frame in the user's coordinates (lines and columns from 1). */
export interface Frame {
  /** `Cell [3]`, or a path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly name: string;
  /** Number of the cell it lies in, if it lies in one. */
  readonly cell: number | undefined;
  /** Neither the user's cells nor the project's files. */
  readonly foreign: boolean;
}

/** An error thrown by a cell. */
export interface Failure {
  readonly ename: string;
  readonly evalue: string;
  readonly frames: readonly Frame[];
  /** Errors that this one names as its cause, outermost first. */
  readonly causes: readonly string[];
  /** What it carries besides its message. */
  readonly details: string;
  readonly interrupted: boolean;
}

/** How a cell ended; `unassigned` are the names it did not come to. */
export type Outcome =
  | { readonly status: 'ok'; readonly result: Bundle | undefined }
  | { readonly status: 'error'; readonly failure: Failure; readonly unassigned: readonly string[] };

/** Server to runtime. */
export type ToRuntime =
  | {
      readonly type: 'execute';
      readonly id: string;
      /** Counts what the runtime was given to run, from 1; an interrupt names it. */
      readonly serial: number;
      readonly number: number;
      /** What stands for the cell in the debugger. */
      readonly path: string;
      readonly cell: CompiledCell;
    }
  | {
      readonly type: 'comm';
      readonly id: string;
      readonly kind: CommKind;
      readonly content: Json;
      readonly metadata: Json;
      readonly buffers: readonly Uint8Array[];
    }
  | { readonly type: 'input'; readonly value: string }
  | { readonly type: 'input-refused'; readonly reason: string }
  | { readonly type: 'abort' }
  | { readonly type: 'stop-background' }
  | { readonly type: 'exit' };

/** The messages of a comm, a widget's connection. */
export type CommKind = 'comm_open' | 'comm_msg' | 'comm_close';

/**
 * Runtime to server. `seq` orders a message among the bytes on standard output: it is handled when its mark has come
 * through there. Messages of background work carry no `seq`.
 */
export type FromRuntime =
  | { readonly type: 'ready'; readonly pid: number }
  | {
      readonly type: 'text';
      readonly seq?: number;
      readonly id: string;
      readonly stream: StreamName;
      readonly text: string;
    }
  | {
      readonly type: 'publish';
      readonly seq?: number;
      readonly id: string;
      readonly kind: string;
      readonly content: Json;
      readonly metadata: Json;
      readonly buffers: readonly Uint8Array[];
    }
  | {
      readonly type: 'input';
      readonly seq?: number;
      readonly id: string;
      readonly prompt: string;
      readonly password: boolean;
    }
  | { readonly type: 'started'; readonly id: string }
  | { readonly type: 'cooperative'; readonly id: string }
  | { readonly type: 'interrupted'; readonly id: string }
  | { readonly type: 'comm-handled'; readonly id: string }
  | { readonly type: 'exiting' }
  | { readonly type: 'done'; readonly seq: number; readonly id: string; readonly outcome: Outcome };

/** The streams a cell prints to. */
export type StreamName = 'stdout' | 'stderr';

/** Requests to the language thread and their answers. */
export interface LanguageRequests {
  compile: { input: { code: string }; output: CompileResult };
  /** Makes the last compiled cell's names known to later cells, but those in `unassigned`; gives all declarations. */
  commit: { input: { unassigned: readonly string[] }; output: string };
  /** Takes what `commit` gave over from a thread that ended. */
  restore: { input: { declarations: string }; output: null };
  complete: { input: { code: string; position: number }; output: Completion };
  inspect: { input: { code: string; position: number; detail: number }; output: Bundle | null };
  warm: { input: Record<string, never>; output: null };
}

/** Candidates for the text between `start` and `end` (UTF-16 offsets). */
export interface Completion {
  readonly start: number;
  readonly end: number;
  readonly items: readonly { readonly text: string; readonly kind: string }[];
}
