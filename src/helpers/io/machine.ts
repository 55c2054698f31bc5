/**
 * The machine that pickles are written for: a stack, marks on it, a memory, and what may be done with them. What it
 * spends is counted, so that few bytes cannot ask for much.
 */
import { PyName, PyObject } from './pyobject';

/** What the names and persistent ids of a pickle stand for. */
export interface PickleNames {
  /** The value of a global name, such as a `Callable`; throws for names that are not allowed. */
  global(module: string, name: string): unknown;
  /** The object that a persistent id stands for. */
  persistent(id: unknown): unknown;
  /** Whether attributes of this value may be passed over. */
  hasAttributes(value: unknown): boolean;
  /** Refuses the pickle. */
  fail(expected: string, actual: string): never;
}

/** A global that a pickle may call. */
export class Callable {
  constructor(
    readonly name: string,
    readonly call: (args: readonly unknown[]) => unknown,
  ) {}
}

// What a pickle may make of few bytes is counted in rough bytes of our memory and limited.
const MAX_MEMORY = 48 * 1024 * 1024;
const MAP_BYTES = 256;
const ARRAY_BYTES = 64;
const ITEM_BYTES = 48;
const MAX_STACK = 1_000_000;
const MAX_LONG_BYTES = 256;

/** The state of one pickle being read. */
export class Machine {
  readonly stack: unknown[] = [];
  readonly marks: number[] = [];
  readonly memo = new Map<number, unknown>();
  private memory = 0;
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    public position: number,
    readonly names: PickleNames,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next `length` bytes' place; the position moves behind them. */
  take(length: number): number {
    const start = this.position;
    if (length > this.bytes.length - start) this.names.fail('a whole pickle', 'one that is cut short');
    this.position += length;
    return start;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  i32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  u64(): number {
    return Number(this.view.getBigUint64(this.take(8), true));
  }

  f64(): number {
    return this.view.getFloat64(this.take(8), false);
  }

  raw(length: number): Uint8Array {
    const start = this.take(length);
    this.spend(length);
    return this.bytes.slice(start, start + length);
  }

  text(length: number): string {
    const start = this.take(length);
    this.spend(2 * length + ITEM_BYTES);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, length).toString('utf8');
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    const text = this.text(end === -1 ? Infinity : end - this.position);
    this.position++;
    return text;
  }

  /** A little-endian integer in two's complement; a number where that is exact. */
  long(length: number): number | bigint {
    if (length > MAX_LONG_BYTES)
      this.names.fail(`integers of at most ${MAX_LONG_BYTES} bytes`, String(length));
    const digits = [...this.raw(length)].reverse().map((byte) => byte.toString(16).padStart(2, '0'));
    const value = BigInt.asIntN(8 * length, length === 0 ? 0n : BigInt(`0x${digits.join('')}`));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  push(value: unknown): void {
    if (this.stack.length >= MAX_STACK) this.names.fail('a shallow pickle', `${MAX_STACK} values at once`);
    this.stack.push(value);
  }

  pop(): unknown {
    const floor = this.marks.at(-1) ?? 0;
    if (this.stack.length <= floor) this.names.fail('a value on the stack', 'an empty stack');
    return this.stack.pop();
  }

  peek(): unknown {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  /** All values above the last mark. */
  popMark(): unknown[] {
    const mark = this.marks.pop();
    if (mark === undefined) this.names.fail('a mark on the stack', 'none');
    return this.stack.splice(mark);
  }

  array(items: unknown[]): void {
    this.spend(ARRAY_BYTES + 8 * items.length);
    this.push(items);
  }

  dict(items: readonly unknown[]): void {
    this.spend(MAP_BYTES);
    this.push(new Map());
    this.setItems(items);
  }

  set(items: readonly unknown[]): void {
    this.spend(ARRAY_BYTES + ITEM_BYTES * items.length);
    this.push(new Set(items));
  }

  setItems(items: readonly unknown[]): void {
    const target = this.peek();
    const dict = target instanceof PyObject ? target.items : target;
    if (!(dict instanceof Map)) this.names.fail('items for a dict', 'items for something else');
    if (items.length % 2 === 1) this.names.fail('pairs for a dict', `${items.length} values`);
    this.spend(ITEM_BYTES * items.length);
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  }

  append(items: readonly unknown[]): void {
    const target = this.peek();
    const list: unknown = target instanceof PyObject ? target.list : target;
    if (!Array.isArray(list)) this.names.fail('items for a list', 'items for something else');
    this.spend(8 * items.length);
    for (const item of items) list.push(item);
  }

  addItems(items: readonly unknown[]): void {
    const set = this.peek();
    if (!(set instanceof Set)) this.names.fail('items for a set', 'items for something else');
    this.spend(ITEM_BYTES * items.length);
    for (const item of items) set.add(item);
  }

  remember(index: number): void {
    this.spend(ITEM_BYTES);
    this.memo.set(index, this.peek());
  }

  recall(index: number): void {
    if (!this.memo.has(index)) this.names.fail('a remembered value', `number ${index}, never stored`);
    this.push(this.memo.get(index));
  }

  global(module: unknown, name: unknown): void {
    if (typeof module !== 'string' || typeof name !== 'string') this.names.fail('a name', typeof name);
    this.push(this.names.global(module, name));
  }

  reduce(): void {
    const args = this.pop();
    const callable = this.pop();
    if (!(callable instanceof Callable || callable instanceof PyName))
      this.names.fail('a call of an allowed name', 'a call of something else');
    if (!Array.isArray(args)) this.names.fail(`a tuple of arguments for ${callable.name}`, typeof args);
    this.spend(MAP_BYTES);
    this.push(callable instanceof PyName ? new PyObject(callable.name, args) : callable.call(args));
  }

  /** A class called with named arguments besides: they are not kept. */
  reduceNamed(): void {
    this.pop();
    this.reduce();
  }

  /** Attributes of an object. Those of a dict or a tensor, such as `_metadata` of a state dict, are not kept. */
  build(): void {
    const state = this.pop();
    const target = this.peek();
    if (target instanceof PyObject) target.state = state;
    else if (!(target instanceof Map) && !this.names.hasAttributes(target))
      this.names.fail('attributes of a dict', 'attributes of something else');
  }

  spend(bytes: number): void {
    this.memory += bytes;
    if (this.memory > MAX_MEMORY) this.names.fail('a state dict', 'more objects than one could need');
  }
}
