/**
 * V8 may break off whatever this process runs (runtime/watcher.ts), and what Node counts on entering a callback is then
 * not counted back. Node takes that for a fault of its own and ends the process, unless it is told not to look.
 */

/** Node's own record of asynchronous calls. */
export interface AsyncWrap {
  readonly async_hook_fields: Uint32Array;
  readonly constants: Readonly<Record<'kCheck' | 'kTotals', number>>;
  clearAsyncIdStack(): void;
}

let binding: AsyncWrap | undefined;

/** Call it once the hooks of `AsyncLocalStorage`, which turn Node's checks on, are in place. */
export function tolerateBreaks(): void {
  const node = process as unknown as { binding(name: string): AsyncWrap; noDeprecation: boolean };
  const before = node.noDeprecation;
  node.noDeprecation = true; // Node has no other way to it
  try {
    binding = node.binding('async_wrap');
  } catch {
    return; // Node 24.21 gives it to debuggers alone, and its AsyncLocalStorage has no hooks that would turn the checks on
  } finally {
    node.noDeprecation = before;
  }
  const { async_hook_fields: fields, constants } = binding;
  fields[constants.kCheck] = 0;
  fields[constants.kTotals] = 0;
}

/** For a debugger, which finds what Node gives to nobody else. */
export function adoptAsyncWrap(found: AsyncWrap): void {
  binding = found;
}

/**
 * The inspector turns the checks on once more where it follows who awaits, and counts them back when it has left.
 *
 * @returns false where they stay on
 */
export function tolerateBreaksAgain(): boolean {
  if (binding) binding.async_hook_fields[binding.constants.kCheck] = 0;
  return binding !== undefined;
}

/** After a break: Node's counts begin anew. */
export function mendAfterBreak(): void {
  binding?.clearAsyncIdStack();
}
