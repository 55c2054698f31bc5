/**
 * Plain fields of modules and options: a slope, a flag, a list of sizes. A recorded function holds what it read of them
 * while it was recorded. So for that time each field is watched, and the recording is true only while the fields that
 * were read still hold what they held. What a reader of `dynamicScalar` or `guard` reads is read anew anyway.
 */
import { weakly, type WeakReference } from '../backend/lifetimes';

// Weak: options that nobody uses any more can be collected.
const watched = new Set<WeakReference<object>>();
const known = new WeakSet();
const collected = new FinalizationRegistry<WeakReference<object>>((reference) => watched.delete(reference));

/** Makes an object's fields known to recordings made from now on. */
export function watchFields(object: object): void {
  const reference = weakly(object);
  watched.add(reference);
  known.add(object);
  collected.register(object, reference);
}

/** Leaves of one container that are compared; what stands behind them the checks by a second recording find. */
const MOST_LEAVES = 256;
const DEEPEST = 3;

/** Whether what stands in it has to be compared, too; what is watched by itself tells of its own fields. */
function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || known.has(value)) return false;
  if (Array.isArray(value) || value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) {
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function itemsOf(container: object): Iterable<unknown> {
  if (container instanceof Map) return [...(container as Map<unknown, unknown>)].flat();
  if (Array.isArray(container) || container instanceof Set) return container as Iterable<unknown>;
  if (ArrayBuffer.isView(container)) return container as Uint8Array;
  return Object.entries(container as Record<string, unknown>).flat();
}

/** What stands in a list, a map or an object literal, and in those within it. */
function leavesOf(container: object, leaves: unknown[] = [], depth = 1): unknown[] {
  for (const item of itemsOf(container)) {
    if (leaves.length >= MOST_LEAVES) break;
    leaves.push(item);
    if (depth < DEEPEST && isContainer(item)) leavesOf(item, leaves, depth + 1);
  }
  return leaves;
}

/** What one field held when it was first read. */
interface Seen {
  readonly object: Readonly<Record<string, unknown>>;
  readonly key: string;
  readonly value: unknown;
  readonly leaves: readonly unknown[] | undefined;
}

function holds({ object, key, value, leaves }: Seen): boolean {
  const now = object[key];
  if (!Object.is(value, now)) return false;
  if (!leaves) return true;
  const current = leavesOf(now as object);
  return current.length === leaves.length && current.every((leaf, i) => Object.is(leaf, leaves[i]));
}

let observer: FieldReads | undefined;

/** Runs `body` without taking down the fields it reads. */
export const unobserved = <T>(body: () => T): T => observedBy(undefined, body);

function observedBy<T>(reads: FieldReads | undefined, body: () => T): T {
  const outer = observer;
  observer = reads;
  try {
    return body();
  } finally {
    observer = outer;
  }
}

/** The fields that one function has read. */
export class FieldReads {
  private readonly seen: Seen[] = [];
  private readonly keys = new Map<object, Set<string>>();
  private readonly undo: (() => void)[] = [];

  /** Runs `body` and takes down which fields it reads, of all objects that are known by now. */
  during<T>(body: () => T): T {
    for (const reference of watched) {
      const object = reference.deref();
      if (object) for (const key of Object.keys(object)) this.watch(object, key);
    }
    try {
      return observedBy(this, body);
    } finally {
      this.undo.splice(0).forEach((undo) => undo());
    }
  }

  /** The first field that no longer holds what it held, `ClassName.field`. */
  get changed(): string | undefined {
    const seen = this.seen.find((one) => !holds(one));
    return seen && `${nameOf(seen.object)}.${seen.key}`;
  }

  private watch(object: object, key: string): void {
    const own = Object.getOwnPropertyDescriptor(object, key);
    if (!own?.configurable || !('value' in own)) return;
    let value: unknown = own.value;
    Object.defineProperty(object, key, {
      configurable: true,
      enumerable: own.enumerable === true,
      get: () => {
        observer?.note(object, key, value);
        return value;
      },
      set: own.writable ? (next: unknown) => (value = next) : undefined,
    });
    this.undo.push(() => {
      // a field that was deleted meanwhile stays so
      if (Object.hasOwn(object, key)) Object.defineProperty(object, key, { ...own, value });
    });
  }

  private note(object: object, key: string, value: unknown): void {
    const keys = this.keys.get(object) ?? new Set();
    this.keys.set(object, keys);
    if (keys.has(key)) return;
    keys.add(key);
    const leaves = isContainer(value) ? unobserved(() => leavesOf(value)) : undefined;
    this.seen.push({ object: object as Seen['object'], key, value, leaves });
  }
}

/** A class's name; an object literal is told by what it is used for. */
function nameOf(object: object): string {
  const { name } = object.constructor as { name: string };
  return name === 'Object' ? 'options' : name;
}
