/** Names that compiled code uses and the runtime passes in, and those that start the kernel's parts. */

/** In place of native `import()`; its property `meta` in place of `import.meta`. */
export const IMPORT_FUNCTION = '__tsdlImport';
/** Its first element is not 0 while an interrupt waits to be noticed: the serial of the cell to stop. */
export const STOP_FLAG = '__tsdlFlag';
/** Asked for its text, it throws the interrupt. A call in its place would cost a loop at the top level five times. */
export const STOP = '__tsdlStop';
/** Wraps what is awaited: the interrupt of the cell comes first where it comes first. */
export const WAIT_FUNCTION = '__tsdlWait';
/** The same for what `for await` and `yield*` go through. */
export const EACH_FUNCTION = '__tsdlEach';
/** Sees each caught error first: an interrupt goes on. */
export const CATCH_FUNCTION = '__tsdlCatch';
/** A caught value where the user's code has no name for it. */
export const CAUGHT = '__tsdlCaught';
/** Before the compiler is done, the object whose properties are the names of earlier cells. */
export const EARLIER = '__tsdlEarlier';
/** Takes the value of a cell's last expression. */
export const LAST = '__tsdlLast';
/** Set once a cell has run to its end. */
export const ENDED = '__tsdlEnded';
/** What the debugger calls in the main thread (runtime/debug/face.ts). */
export const DEBUGGED = '__tsdlDebugged';
/** Place in the flag: not 0 while there is a debugger. */
export const ATTACHED = 3;
/** Name of the script that stops before new code runs, for the debugger to set its breakpoints. */
export const START_SCRIPT = 'tsdl:start';
/** Parameter that holds the box of a cell's name; its value is the property `v`. */
export const boxOf = (name: string): string => `__tsdl$${name}`;
/** glibc's number of memory pools: the kernelspec sets it for the server, the runtime goes without. */
export const ARENAS = 'MALLOC_ARENA_MAX';
