/** Arguments and results: nested arrays and plain objects taken apart into leaves and put together again. */
import { CompileError } from '../recording/callsite';
import * as tf from '../tf';

/** Whether it is a tensor. */
export const isTensor = (value: unknown): value is tf.Tensor => value instanceof tf.Tensor;

/** Whether a value is an object literal, of this or of another realm (`node:vm`), which has its own `Object`. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

/** Calls `visit` for each leaf, in order, and returns the same structure of what it returned. */
export function mapLeaves(value: unknown, visit: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, visit));
  if (isPlain(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapLeaves(item, visit)]));
  }
  return visit(value);
}

const identities = new WeakMap<object, number>();
const symbols = new Map<symbol, number>();
let lastIdentity = 0;

function identityOf(value: object): number {
  let identity = identities.get(value);
  if (identity === undefined) identities.set(value, (identity = ++lastIdentity));
  return identity;
}

function symbolIdentity(value: symbol): number {
  const identity = symbols.get(value) ?? ++lastIdentity;
  symbols.set(value, identity);
  return identity;
}

function leafSignature(leaf: unknown): string {
  if (leaf instanceof tf.Variable) return `v${identityOf(leaf)}`;
  if (isTensor(leaf)) return `${leaf.dtype}[${leaf.shape.join()}]`;
  if (typeof leaf === 'string') return JSON.stringify(leaf);
  if (Object.is(leaf, -0)) return '-0';
  if (ArrayBuffer.isView(leaf)) {
    throw new CompileError('an argument is an array of numbers whose contents may change', 'pass a tensor');
  }
  if (typeof leaf === 'function' || (typeof leaf === 'object' && leaf !== null))
    return `o${identityOf(leaf)}`;
  if (typeof leaf === 'symbol') return `s${symbolIdentity(leaf)}`;
  return typeof leaf === 'bigint' ? `${leaf}n` : String(leaf);
}

/**
 * What decides which recording a call may use: shapes and types of tensors, the values of everything else, and the
 * structure around them. Also collects the tensors.
 */
export function signature(value: unknown, tensors: tf.Tensor[]): string {
  if (Array.isArray(value)) return `(${value.map((item) => signature(item, tensors)).join()})`;
  if (isPlain(value)) {
    const entries = Object.entries(value).map(
      ([key, item]) => `${JSON.stringify(key)}:${signature(item, tensors)}`,
    );
    return `{${entries.join()}}`;
  }
  if (isTensor(value) && !(value instanceof tf.Variable)) tensors.push(value);
  return leafSignature(value);
}
