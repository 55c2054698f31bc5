/**
 * Reads Python pickles as data: of the pickle machine only the instructions that state dicts use, of Python's names
 * only those its caller hands out. Nothing is ever imported or run. Dicts become Maps, lists and tuples arrays.
 * The instructions are described in CPython's Lib/pickletools.py.
 */

/** What the names and persistent ids of a pickle stand for. */
export interface PickleNames {
  /** The value of a global name, such as a `Callable`; throws for names that are not allowed. */
  global(module: string, name: string): unknown;
  /** The object that a persistent id stands for. */
  persistent(id: unknown): unknown;
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

class Machine {
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

  setItems(items: readonly unknown[]): void {
    const dict = this.peek();
    if (!(dict instanceof Map)) this.names.fail('items for a dict', 'items for something else');
    if (items.length % 2 === 1) this.names.fail('pairs for a dict', `${items.length} values`);
    this.spend(ITEM_BYTES * items.length);
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  }

  append(items: readonly unknown[]): void {
    const list = this.peek();
    if (!Array.isArray(list)) this.names.fail('items for a list', 'items for something else');
    this.spend(8 * items.length);
    for (const item of items) list.push(item);
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
    if (!(callable instanceof Callable))
      this.names.fail('a call of an allowed name', 'a call of something else');
    if (!Array.isArray(args)) this.names.fail(`a tuple of arguments for ${callable.name}`, typeof args);
    this.spend(MAP_BYTES);
    this.push(callable.call(args));
  }

  /** Attributes of an object, such as `_metadata` of a state dict: nothing of them is used. */
  build(): void {
    this.pop();
    if (!(this.peek() instanceof Map))
      this.names.fail('attributes of a dict', 'attributes of something else');
  }

  spend(bytes: number): void {
    this.memory += bytes;
    if (this.memory > MAX_MEMORY) this.names.fail('a state dict', 'more objects than one could need');
  }
}

const INSTRUCTIONS: Readonly<Record<number, (m: Machine) => void>> = {
  // structure: PROTO, FRAME, MARK, POP, POP_MARK
  0x80: (m) => m.take(1),
  0x95: (m) => m.take(8),
  0x28: (m) => m.marks.push(m.stack.length),
  0x30: (m) => m.pop(),
  0x31: (m) => m.popMark(),
  // constants: NONE, NEWTRUE, NEWFALSE
  0x4e: (m) => m.push(null),
  0x88: (m) => m.push(true),
  0x89: (m) => m.push(false),
  // numbers: BININT, BININT1, BININT2, LONG1, LONG4, BINFLOAT
  0x4a: (m) => m.push(m.i32()),
  0x4b: (m) => m.push(m.u8()),
  0x4d: (m) => m.push(m.u16()),
  0x8a: (m) => m.push(m.long(m.u8())),
  0x8b: (m) => m.push(m.long(m.u32())),
  0x47: (m) => m.push(m.f64()),
  // texts: BINUNICODE, SHORT_BINUNICODE, BINUNICODE8; Python 2's BINSTRING, SHORT_BINSTRING
  0x58: (m) => m.push(m.text(m.u32())),
  0x8c: (m) => m.push(m.text(m.u8())),
  0x8d: (m) => m.push(m.text(m.u64())),
  0x54: (m) => m.push(m.text(m.u32())),
  0x55: (m) => m.push(m.text(m.u8())),
  // bytes: BINBYTES, SHORT_BINBYTES, BINBYTES8
  0x42: (m) => m.push(m.raw(m.u32())),
  0x43: (m) => m.push(m.raw(m.u8())),
  0x8e: (m) => m.push(m.raw(m.u64())),
  // lists and tuples: EMPTY_LIST, LIST, APPEND, APPENDS, EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3
  0x5d: (m) => m.array([]),
  0x6c: (m) => m.array(m.popMark()),
  0x61: (m) => m.append([m.pop()]),
  0x65: (m) => m.append(m.popMark()),
  0x29: (m) => m.array([]),
  0x74: (m) => m.array(m.popMark()),
  0x85: (m) => m.array([m.pop()]),
  0x86: (m) => m.array([m.pop(), m.pop()].reverse()),
  0x87: (m) => m.array([m.pop(), m.pop(), m.pop()].reverse()),
  // dicts: EMPTY_DICT, DICT, SETITEM, SETITEMS
  0x7d: (m) => m.dict([]),
  0x64: (m) => m.dict(m.popMark()),
  0x73: (m) => m.setItems([m.pop(), m.pop()].reverse()),
  0x75: (m) => m.setItems(m.popMark()),
  // memo: BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
  0x71: (m) => m.remember(m.u8()),
  0x72: (m) => m.remember(m.u32()),
  0x94: (m) => m.remember(m.memo.size),
  0x68: (m) => m.recall(m.u8()),
  0x6a: (m) => m.recall(m.u32()),
  // names and objects: GLOBAL, STACK_GLOBAL, REDUCE, NEWOBJ (of these classes the same), BUILD, BINPERSID
  0x63: (m) => m.global(m.line(), m.line()),
  0x93: (m) => {
    const name = m.pop();
    m.global(m.pop(), name);
  },
  0x52: (m) => m.reduce(),
  0x81: (m) => m.reduce(),
  0x62: (m) => m.build(),
  0x51: (m) => m.push(m.names.persistent(m.pop())),
};

const STOP = 0x2e;

/** Reads one pickle from `start` on. Gives its value and the position behind it. */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  names: PickleNames,
): { value: unknown; end: number } {
  const machine = new Machine(bytes, start, names);
  for (let code = machine.u8(); code !== STOP; code = machine.u8()) {
    const instruction = INSTRUCTIONS[code];
    if (!instruction) names.fail('instructions of a state dict', `0x${code.toString(16)}`);
    instruction(machine);
  }
  return { value: machine.pop(), end: machine.position };
}
