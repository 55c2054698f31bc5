/**
 * What the debugging thread asks of the main thread, whatever the cells have made of the language: where scripts came
 * from, what the names of all cells hold, what is in a value. None of it runs code of the user's: no getter, no proxy.
 */
import { types } from 'node:util';
import { Script } from 'node:vm';

import { ATTACHED, START_SCRIPT } from '../../link/names';
import { adoptAsyncWrap, type AsyncWrap, tolerateBreaksAgain } from '../breaks';
import { toText } from '../bundle';
import type { Boxes } from '../cell-names';
import { asAtTheStartFor, callOn } from '../intrinsics';
import { type Registered, registered } from '../stack';
import { stopFlag } from '../stop';

let pause: (() => void) | undefined;

/** Before new code runs the debugger, if there is one, sets its breakpoints. */
export function beforeNewCode(): void {
  if (Atomics.load(stopFlag, ATTACHED) === 0) return;
  const code = new Script('(function () { debugger; })', { filename: START_SCRIPT });
  pause ??= code.runInThisContext() as () => void;
  pause();
}

/** At its end a process would wait for its debugger, and say so: the server tells it to leave. */
export function endDebugging(): void {
  if (Atomics.load(stopFlag, ATTACHED) !== 0) Atomics.wait(stopFlag, ATTACHED, 1, LEAVES_MS);
}

const LEAVES_MS = 1000;

/** A child of a value: what it is called, what it is, and what a reader is told besides. */
type Child = readonly [name: string, value: unknown, note: string];

const { getOwnPropertyDescriptor, ownKeys } = Reflect;

/** The functions that the debugging thread calls; values come as they are, and go in flat lists. */
export class DebugFace {
  /** Values for the names of an expression that is evaluated, by name. */
  lent: Record<string, unknown> = {};

  /** @param giveUp Ends the cell of that serial, whose code was broken off. */
  constructor(
    private readonly boxes: Boxes,
    readonly giveUp: (serial: number) => void,
  ) {}

  /** Code may be broken off although the inspector follows who awaits, or did; false where it may not. */
  tolerateBreaks(): boolean {
    return tolerateBreaksAgain();
  }

  /** What {@link tolerateBreaks} needs, where the debugger had to find it. */
  adopt(found: AsyncWrap): void {
    adoptAsyncWrap(found);
  }

  /** What is known of these scripts. */
  origins(files: readonly string[]): (Registered | null)[] {
    return asAtTheStartFor(() => files.map((file) => registered(file) ?? null));
  }

  /** Names of cells with their values and notes, in turn. */
  variables(): unknown[] {
    const found: unknown[] = [];
    return asAtTheStartFor(() => {
      for (const name of this.boxes.names()) {
        const value = this.boxes.value(name);
        found.push(name, value, noteOn(value));
      }
      return found;
    });
  }

  /** The value of a cell's name. */
  value(name: string): unknown {
    return asAtTheStartFor(() => this.boxes.value(name));
  }

  /** The value of a name in an expression. */
  lend(name: string, value: unknown): void {
    this.lent[name] = value;
  }

  /** After an expression: what it assigned to names of cells. */
  keep(values: Record<string, unknown>): void {
    asAtTheStartFor(() => {
      for (const [name, value] of Object.entries(values))
        if (!Object.is(value, this.lent[name])) this.boxes.get(name).v = value;
      this.lent = {};
    });
  }

  /** Gives a cell's name a value. */
  put(name: string, value: unknown): void {
    asAtTheStartFor(() => (this.boxes.get(name).v = value));
  }

  /** Gives names of a cell that runs the values that its own variables have. */
  publish(values: Record<string, () => unknown>): void {
    asAtTheStartFor(() => {
      for (const [name, read] of Object.entries(values))
        try {
          const value = read();
          if (value !== undefined) this.boxes.get(name).v = value;
        } catch {
          // it has no value yet
        }
    });
  }

  /**
   * Gives a part of `holder` a value.
   * @throws TypeError where it is read-only
   */
  assign(holder: object, name: string, value: unknown): void {
    if (types.isMap(holder)) holder.set(name, value);
    else if (!Reflect.set(holder, name, value)) throw new TypeError(`Cannot set ${name}: it is read-only`);
  }

  /** What is in `value`: names, values and notes in turn. */
  children(value: object, start: number, count: number): unknown[] {
    return asAtTheStartFor(() => childrenOf(value, start, count).flat(1));
  }

  /** What a reader is told of each value besides what it is. */
  notes(...values: unknown[]): string[] {
    return asAtTheStartFor(() => values.map(noteOn));
  }

  /** As the notebook shows it. */
  text(value: unknown): string {
    return asAtTheStartFor(() => toText(value));
  }
}

function childrenOf(value: object, start: number, count: number): Child[] {
  if (types.isProxy(value)) return [];
  const all = types.isMap(value)
    ? entriesOf(value, start, count)
    : types.isSet(value)
      ? itemsOf(value, start, count)
      : propertiesOf(value, start, count);
  return all;
}

/* eslint-disable @typescript-eslint/unbound-method -- called on maps and sets whose classes may have others */
const { entries } = Map.prototype;
const { values } = Set.prototype;
/* eslint-enable @typescript-eslint/unbound-method */

function entriesOf(map: Map<unknown, unknown>, start: number, count: number): Child[] {
  return part(callOn(entries, map, []), start, count, ([key, value], at) =>
    typeof key === 'object' || typeof key === 'function'
      ? [String(at), [key, value], '']
      : [String(key as string), value, noteOn(value)],
  );
}

function itemsOf(set: Set<unknown>, start: number, count: number): Child[] {
  return part(callOn(values, set, []), start, count, (value, at) => [String(at), value, noteOn(value)]);
}

function part<T>(
  items: Iterable<T>,
  start: number,
  count: number,
  toChild: (item: T, at: number) => Child,
): Child[] {
  const found: Child[] = [];
  let at = 0;
  for (const item of items) {
    if (at >= start && at < start + count) found.push(toChild(item, at));
    at += 1;
  }
  return at > start + count ? [...found, more(at - start - count)] : found;
}

function propertiesOf(value: object, start: number, count: number): Child[] {
  const found: Child[] = [];
  const end = start + count;
  const isList = Array.isArray(value) || types.isTypedArray(value);
  const length = isList ? (value as ArrayLike<unknown>).length : 0;
  for (let at = start; at < Math.min(end, length); at++) add(found, value, String(at));
  if (end < length) return [...found, more(length - end)];
  const keys = length > MANY ? [] : ownKeys(value).slice(isList ? length : 0);
  const from = Math.max(0, start - length);
  for (const key of keys.slice(from, end - length)) add(found, value, key);
  return keys.length > end - length ? [...found, more(keys.length - end + length)] : found;
}

/** To list the keys of a longer list takes too long. */
const MANY = 100_000;

function add(found: Child[], value: object, key: string | symbol): void {
  const descriptor = getOwnPropertyDescriptor(value, key);
  if (!descriptor) return;
  const name = typeof key === 'symbol' ? `[${key.description ?? ''}]` : key;
  if ('value' in descriptor) found.push([name, descriptor.value, noteOn(descriptor.value)]);
  else found.push([name, undefined, '(getter)']);
}

const more = (count: number): Child => ['…', undefined, `(${count})`];

const MOST_AXES = 8;

/** A tensor's shape and type. */
function noteOn(value: unknown): string {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return '';
  const own = (key: string): unknown => getOwnPropertyDescriptor(value, key)?.value as unknown;
  const [shape, dtype] = [own('shape'), own('dtype')];
  if (!Array.isArray(shape) || typeof dtype !== 'string' || shape.length > MOST_AXES) return '';
  return shape.every((each) => typeof each === 'number') ? `[${shape.join(', ')}] ${dtype}` : '';
}
