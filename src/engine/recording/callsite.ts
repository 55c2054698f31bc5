/** Errors of recording, with the line of the user's own code that caused them. */
import { resolve, sep } from 'node:path';

const library = resolve(__dirname, '../..') + sep;
const DEPTH = 100;
/** Packages, also under the names that their source maps give them, and Node's own frames. */
const foreign = /node_modules|tfjs-[\w-]+[/\\]src|node:|<anonymous>\)?$|\(native\)/;

/** `file:line:column` of the innermost frame that is neither tsdl's, nor a package's, nor Node's. */
function userFrame(stack: string): string | undefined {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const own = frames.find((line) => !line.includes(library) && !foreign.test(line));
  return own && /\(?([^()\s][^()]*:\d+:\d+)\)?$/.exec(own.replace(/^\s+at (?:async )?/, ''))?.[1];
}

/** The place that is being run, all the way up; its `stack` is made out only when somebody asks for it. */
export function callsite(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  const site = new Error();
  Error.stackTraceLimit = limit;
  return site;
}

/** Something in a function that a recording cannot keep true. */
export class CompileError extends TypeError {
  override readonly name = 'CompileError';

  /** @param problem what was met; @param remedy what to write instead; @param stack where, if not here */
  constructor(problem: string, remedy: string, stack = callsite().stack ?? '') {
    const line = userFrame(stack);
    super(`Cannot compile: ${problem}${line === undefined ? '' : ` at ${line}`}; ${remedy}`);
  }
}
