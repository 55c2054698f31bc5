/** What stands in a pickle for a Python object that means nothing here: nothing of it is imported or run. */

/** A name of Python, such as `argparse.Namespace` or `torch.float32`, that stands for itself. */
export class PyName {
  constructor(readonly name: string) {}
}

/** An object of Python as it lies in the file: what it was called with, its attributes, its items. */
export class PyObject {
  /** What Python would have handed to `__setstate__`: mostly a Map of attributes. */
  state: unknown;
  /** Pairs of a class of dicts. */
  readonly items = new Map<unknown, unknown>();
  /** Items of a class of lists or sets. */
  readonly list: unknown[] = [];

  constructor(
    /** Module and class, such as `argparse.Namespace`. */
    readonly name: string,
    /** Arguments it was made with. */
    readonly args: readonly unknown[],
  ) {}

  /** Its attributes by name; those in `__slots__` too. */
  get attributes(): ReadonlyMap<unknown, unknown> {
    const { state } = this;
    const parts: unknown[] = Array.isArray(state) && state.length === 2 ? (state as unknown[]) : [state];
    return new Map(
      parts.flatMap((part) => (part instanceof Map ? [...(part as Map<unknown, unknown>)] : [])),
    );
  }
}

/**
 * Modules that reach beyond the data: a file that names one of them is no file of weights but an attack, whether or not
 * anything would be run.
 */
const FORBIDDEN =
  /^(os|posix|nt|sys|subprocess|shutil|socket|pty|runpy|ctypes|importlib|pickle|_pickle|marshal|code|codeop|webbrowser|multiprocessing|asyncio|operator|_operator|functools|types|timeit|pdb|bdb|tempfile|urllib|http|builtins|__builtin__)(\.|$)/;

const PLAIN_BUILTINS =
  /^(__builtin__|builtins)\.(object|int|long|float|complex|bool|str|bytes|bytearray|list|tuple|dict|set|frozenset|slice|range|type|NoneType|Ellipsis|NotImplemented)$/;

const PLAIN_FUNCTIONS = /^(functools\.partial|operator\.(itemgetter|attrgetter)|types\.SimpleNamespace)$/;

/** Whether a name can be left standing for itself. */
export function isHarmless(full: string): boolean {
  return !FORBIDDEN.test(full) || PLAIN_BUILTINS.test(full) || PLAIN_FUNCTIONS.test(full);
}
