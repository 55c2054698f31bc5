/**
 * The attributes that eager TensorFlow infers and a graph must state, derived from TensorFlow's own operation
 * definitions (signatures.json, written by signatures.py from the pinned library).
 */
import { CompileError } from '../recording/callsite';
import definitions from './signatures.json';

/** An attribute as a graph states it. */
export type GraphAttribute =
  | { readonly kind: 'type'; readonly value: number | readonly number[] }
  | { readonly kind: 'int' | 'float'; readonly value: number | readonly number[] }
  | { readonly kind: 'bool'; readonly value: boolean | readonly boolean[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'shape'; readonly value: readonly number[] }
  | { readonly kind: 'tensor'; readonly value: ConstantValue };

/** The value of a constant, as TensorFlow stores it. */
export interface ConstantValue {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
  /** Instead of `bytes` where the type is string. */
  readonly strings?: readonly string[];
}

/** Attributes of a node, by TensorFlow's names. */
export type Attributes = Record<string, GraphAttribute>;

/** TensorFlow's operations, and ours of backend/: those of OPERATIONS, whose types are fixed, and of sharedsum.cc. */
const signatures: Readonly<Record<string, string | undefined>> = {
  ...definitions.ops,
  TsdlRecurrence: '',
  TsdlRecurrentLayer: '',
  TsdlRecurrenceSlope: '',
  TsdlMaxPool: '',
  TsdlMaxPoolSpread: '',
  TsdlMaxPoolPick: '',
  TsdlProject: '',
  TsdlFewRows: '',
  TsdlLayerNorm: '',
  TsdlGelu: '',
  TsdlFewQueries: '',
  TsdlSumOverWorkers: 'N*T T',
};

/**
 * Completes `given` with the type, length and type-list attributes that the inputs determine.
 * @param inputTypes TensorFlow's type number of each input, lists laid flat
 * @throws CompileError for an operation that TensorFlow does not define
 */
export function inferAttributes(op: string, given: Attributes, inputTypes: readonly number[]): Attributes {
  const signature = signatures[op];
  if (signature === undefined) {
    throw new CompileError(
      `operation "${op}" is not one that TensorFlow ${definitions.version} defines`,
      'leave the function uncompiled',
    );
  }
  const all: Attributes = { ...given };
  const words = signature === '' ? [] : signature.split(' ');
  let next = 0;
  for (const [i, word] of words.entries()) {
    const rest = inputTypes.length - next - (words.length - 1 - i); // TensorFlow's definitions have one list at most
    if (word.startsWith('[')) {
      all[word.slice(1, -1)] ??= { kind: 'type', value: inputTypes.slice(next, next + rest) };
      next += rest;
    } else if (word.includes('*')) {
      const [length = '', type = ''] = word.split('*');
      next += addList(all, length, type, inputTypes.slice(next, next + rest));
    } else {
      addType(all, word, inputTypes[next]);
      next += 1;
    }
  }
  return all;
}

/**
 * An operation's inputs as it has them, those of a list together; undefined for one that is not TensorFlow's.
 * @param given the attributes that are stated, of which one may say how long a list is
 */
export function groupInputs<T>(
  op: string,
  given: readonly { readonly name: string; readonly value: unknown }[],
  inputs: readonly T[],
): (T | T[])[] | undefined {
  const signature = signatures[op];
  if (!signature) return signature === undefined ? undefined : [...inputs];
  const words = signature.split(' ');
  const groups: (T | T[])[] = [];
  let next = 0;
  for (const [i, word] of words.entries()) {
    const [length] = word.split('*');
    const stated = given.find(({ name }) => name === length)?.value;
    const rest = inputs.length - next - (words.length - 1 - i);
    const list = word.startsWith('[') || word.includes('*');
    const count = list ? (typeof stated === 'number' ? stated : rest) : 1;
    const taken = inputs.slice(next, next + count);
    groups.push(...(list ? [taken] : taken));
    next += count;
  }
  return groups;
}

/** Adds the attributes of a list input and returns how many inputs it takes. */
function addList(all: Attributes, length: string, type: string, types: readonly number[]): number {
  const stated = all[length]?.value;
  const count = typeof stated === 'number' ? stated : types.length;
  all[length] = { kind: 'int', value: count };
  addType(all, type, types[0]);
  return count;
}

function addType(all: Attributes, name: string, type: number | undefined): void {
  if (name !== ':' && type !== undefined) all[name] ??= { kind: 'type', value: type };
}
