/** The values of the names that cells share: a box for each name, its value under `v`. */
import { Script } from 'node:vm';

import type { ImportedModule } from '../link/messages';

const nameOf = new WeakMap<object, string>();
const ownValue = { writable: true, enumerable: true, configurable: true } as const;
/** Cells assign to boxes, and may have replaced it or put `get` on every object. */
const { defineProperty } = Reflect;

/** An empty box has no property of its own: to read it is an error, as it is for a `let` before its line. */
abstract class Box {
  get v(): unknown {
    throw new ReferenceError(`Cannot access '${nameOf.get(this)}' before initialization`);
  }

  set v(value: unknown) {
    defineProperty(this, 'v', { __proto__: null, ...ownValue, value } as PropertyDescriptor);
  }
}

/** All boxes of a session. */
export class Boxes {
  private readonly all = new Map<string, Box>();
  /** Modules behind the names that were imported; the getters of their boxes look here. */
  private readonly sources = new Map<string, { module: Record<string, unknown> }>();

  get(name: string): Box {
    let box = this.all.get(name);
    if (!box) {
      // A class of its own: V8 then keeps the type of each name's value apart from those of the others.
      box = new (class extends Box {})();
      nameOf.set(box, name);
      this.all.set(name, box);
    }
    return box;
  }

  /** The value of a name; undefined where it has none. */
  value(name: string): unknown {
    return this.has(name) ? this.get(name).v : undefined;
  }

  has(name: string): boolean {
    const box = this.all.get(name);
    return box !== undefined && Object.hasOwn(box, 'v');
  }

  /** Names that have a value. */
  names(): string[] {
    return [...this.all.keys()].filter((name) => this.has(name));
  }

  /** Gives the names of an import their values. Those of `live` modules may change later on. */
  take({ bindings }: ImportedModule, module: unknown, isLive: boolean): void {
    for (const { name, imported } of bindings) {
      if (imported === '*') this.set(name, toNamespace(module));
      else if (imported === 'default') this.set(name, defaultOf(module));
      else if (isLive) this.link(name, imported, module as Record<string, unknown>);
      else this.set(name, (module as Record<string, unknown> | null | undefined)?.[imported]);
    }
  }

  private set(name: string, value: unknown): void {
    this.get(name).v = value;
    if (this.sources.delete(name)) Object.defineProperty(this.get(name), 'v', { ...ownValue, value });
  }

  /** The box follows the module's variable. */
  private link(name: string, imported: string, module: Record<string, unknown>): void {
    const source = this.sources.get(name);
    if (source) source.module = module;
    else this.sources.set(name, { module });
    const box = this.get(name);
    const from = this.sources.get(name);
    // Code of its own for each name: V8 then reads the module's variable as fast as any other.
    const code = new Script(`(from) => () => from.module[${JSON.stringify(imported)}]`);
    const getter = code.runInThisContext() as (from: unknown) => () => unknown;
    const set = (value: unknown): void => {
      this.sources.delete(name);
      Object.defineProperty(box, 'v', { ...ownValue, value });
    };
    Object.defineProperty(box, 'v', { get: getter(from), set, enumerable: true, configurable: true });
  }
}

type Namespace = Record<string, unknown> & { readonly __esModule?: boolean };

const isEsModule = (module: unknown): module is Namespace =>
  (typeof module === 'object' || typeof module === 'function') &&
  module !== null &&
  ((module as Namespace).__esModule === true ||
    (module as Record<symbol, unknown>)[Symbol.toStringTag] === 'Module');

const defaultOf = (module: unknown): unknown => (isEsModule(module) ? module.default : module);

/** As `import * as` gives it: what is no ES module becomes one, with itself as its default. */
export function toNamespace(module: unknown): unknown {
  if (isEsModule(module)) return module;
  const result: Record<string, unknown> = {};
  const keys = module === null || module === undefined ? [] : Object.getOwnPropertyNames(module);
  for (const key of keys)
    if (key !== 'default')
      Object.defineProperty(result, key, {
        enumerable: true,
        get: () => (module as Record<string, unknown>)[key],
      });
  return Object.defineProperty(result, 'default', { enumerable: true, value: module });
}
