/** Names that compiled code uses and the runtime passes in, and those that start the kernel's parts. */

/** In place of native `import()`; its property `meta` in place of `import.meta`. */
export const IMPORT_FUNCTION = '__tsdlImport';
/** Its first element is not 0 while an interrupt waits to be noticed: the serial of the cell to stop. */
export const STOP_FLAG = '__tsdlFlag';
/** Throws the interrupt if it is for the cell that runs. */
export const STOP_FUNCTION = '__tsdlStop';
/** Ends the name of the generator that an async function was compiled to. */
export const ASYNC_SUFFIX = '$async';
/** glibc's number of memory pools: the kernelspec sets it for the server, the runtime goes without. */
export const ARENAS = 'MALLOC_ARENA_MAX';
