/**
 * A cell may replace what the language brings, `Array.prototype.map` or `Promise.prototype.then`, and the kernel's own
 * code runs in the same realm. While that code runs, everything is as it was at the start; the cell's own code finds
 * what it put there. Nothing here calls a method that could be replaced.
 */

const { apply, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;

interface Entry {
  readonly owner: Record<PropertyKey, unknown>;
  readonly key: PropertyKey;
  /** Undefined for a name that should not be there. */
  readonly descriptor: PropertyDescriptor | undefined;
}

/** Names that would count in every property descriptor, were they on `Object.prototype`. */
const POISON = ['get', 'set', 'value', 'writable', 'enumerable', 'configurable'] as const;

const iteratorOf = (iterable: Iterable<unknown>): object => iterable[Symbol.iterator]() as object;

function owners(): object[] {
  const types = [Array, Boolean, Buffer, Error, Function, Map, Number, Object, Promise, RegExp, Set, String];
  const more = [ArrayBuffer, Date, Symbol, Uint8Array, WeakMap, WeakSet];
  const iterators = [[], new Map(), new Set(), ''].map((each) => getPrototypeOf(iteratorOf(each)) as object);
  const [array] = iterators;
  return [
    ...[...types, ...more].flatMap((type) => [type, type.prototype as object]),
    ...[JSON, Math, Reflect, Atomics, getPrototypeOf(Uint8Array) as object],
    ...[getPrototypeOf(Uint8Array.prototype) as object, getPrototypeOf(array as object) as object],
    ...iterators,
  ];
}

function methods(): Entry[] {
  return owners().flatMap((owner) =>
    ownKeys(owner).flatMap((key) => {
      const descriptor = getOwnPropertyDescriptor(owner, key);
      const isMethod = typeof descriptor?.value === 'function' && descriptor.configurable === true;
      return isMethod ? [{ owner: owner as Entry['owner'], key, descriptor }] : [];
    }),
  );
}

let known: readonly Entry[] | undefined;

/** As the first cell finds it, with what the kernel has put there; with the first ones right, descriptors can be trusted. */
const entriesAtTheStart = (): readonly Entry[] =>
  (known ??= [
    ...POISON.map((key) => ({ owner: Object.prototype as never, key, descriptor: undefined })),
    ...methods(),
  ]);

/** What the cell put in the place of each entry. */
const theirs: ({ readonly descriptor: PropertyDescriptor | undefined } | undefined)[] = [];
let isTheirs = true;

function isAsItWas({ owner, key, descriptor }: Entry): boolean {
  try {
    return owner[key] === descriptor?.value;
  } catch {
    return false; // a getter of the cell's
  }
}

function set({ owner, key }: Entry, descriptor: PropertyDescriptor | undefined): void {
  if (descriptor) defineProperty(owner, key, descriptor);
  else deleteProperty(owner, key);
}

/** After the cell's code: everything as it was, until {@link asTheCellHasIt}. */
export function asAtTheStart(): void {
  const entries = entriesAtTheStart();
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at] as Entry;
    if (!isAsItWas(entry)) {
      theirs[at] = { descriptor: getOwnPropertyDescriptor(entry.owner, entry.key) };
      set(entry, entry.descriptor);
    } else if (isTheirs) theirs[at] = undefined;
  }
  isTheirs = false;
}

/** Before the cell's code: what it replaced. */
export function asTheCellHasIt(): void {
  const entries = entriesAtTheStart();
  isTheirs = true;
  for (let at = theirs.length - 1; at >= 0; at--) {
    const found = theirs[at];
    if (found) set(entries[at] as Entry, found.descriptor);
  }
}

/** Does something of the kernel's in the midst of a cell's code. */
export function asAtTheStartFor<T>(work: () => T): T {
  if (!isTheirs) return work();
  asAtTheStart();
  try {
    return work();
  } finally {
    asTheCellHasIt();
  }
}

/** Calls a function whatever became of `Function.prototype.call`. */
export const callOn = apply as <This, Args extends readonly unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
  on: This,
  args: Args,
) => Result;
