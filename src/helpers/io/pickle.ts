/**
 * Reads Python pickles as data: of the pickle machine only the instructions that weights come with, of Python's names
 * only those its caller hands out. Nothing is ever imported or run. Dicts become Maps, lists and tuples arrays, sets
 * Sets. The instructions are described in CPython's Lib/pickletools.py.
 */
import { Machine, type PickleNames } from './machine';

export { Callable, type PickleNames } from './machine';

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
  // bytes that can change: BYTEARRAY8
  0x96: (m) => m.push(m.raw(m.u64())),
  // sets: EMPTY_SET, ADDITEMS, FROZENSET
  0x8f: (m) => m.set([]),
  0x90: (m) => m.addItems(m.popMark()),
  0x91: (m) => m.set(m.popMark()),
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
  // names and objects: GLOBAL, STACK_GLOBAL, REDUCE, NEWOBJ (of these classes the same), NEWOBJ_EX, BUILD, BINPERSID
  0x63: (m) => m.global(m.line(), m.line()),
  0x93: (m) => {
    const name = m.pop();
    m.global(m.pop(), name);
  },
  0x52: (m) => m.reduce(),
  0x81: (m) => m.reduce(),
  0x92: (m) => m.reduceNamed(),
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
