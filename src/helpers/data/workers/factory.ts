/** How a data set is made from what can be sent to a worker thread. Imports no tensors: both ends do. */
import type { Column } from '../columns';

/** How a worker thread makes a data set. */
export type Recipe =
  | { readonly kind: 'arrays'; readonly columns: readonly Column[] }
  | {
      readonly kind: 'module';
      readonly file: string;
      readonly factory: string;
      readonly args: readonly unknown[];
    }
  | { readonly kind: 'subset'; readonly of: Recipe; readonly indices: Int32Array }
  | { readonly kind: 'concat'; readonly of: readonly Recipe[]; readonly lengths: readonly number[] };

/** A data set of single samples: an `ItemDataset`. */
interface Single {
  readonly length: number;
  getItem(index: number, random: () => number): unknown;
}

/**
 * Calls the factory of a module.
 * @throws TypeError unless the module has it and it gives a data set of single samples
 */
export function made(exports: object, { file, factory, args }: Recipe & { kind: 'module' }): Single {
  const make = (exports as Record<string, unknown>)[factory];
  if (typeof make !== 'function') {
    throw new TypeError(
      `Cannot make data set: expected ${file} to export a function '${factory}', got ${Object.keys(exports).join(', ') || 'nothing'}`,
    );
  }
  const isClass = /^class\b/.test(Function.prototype.toString.call(make));
  const source = (
    isClass ? Reflect.construct(make, args) : (make as (...given: unknown[]) => unknown)(...args)
  ) as Partial<Single> | undefined;
  if (typeof source?.length === 'number' && typeof source.getItem === 'function') return source as Single;
  throw new TypeError(
    `Cannot make data set: expected '${factory}' of ${file} to give length and getItem, got others`,
  );
}
