/** Plain fields of modules and options, and other values for them. */
import * as tf from '../../src/engine/tf';
import type * as nn from '../../src/nn';

type Owner = Record<string, unknown>;

export interface Field {
  readonly owner: Owner;
  readonly key: string;
  readonly value: unknown;
}

/** Every field that holds a plain value or a list of numbers: of a module and of those below it that `known` lacks. */
export function fieldsOf(module: nn.Module, known: readonly unknown[]): Field[] {
  const parts = module
    .namedModules()
    .filter(([, part]) => part === module || !known.includes(part.constructor));
  return parts.flatMap(([, part]) => {
    const owner = part as unknown as Owner;
    return Object.entries(owner).flatMap(([key, value]) => (isPlain(value) ? [{ owner, key, value }] : []));
  });
}

const isList = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');

const isPlain = (value: unknown): boolean =>
  ['number', 'boolean', 'string'].includes(typeof value) || value === null || isList(value);

/** Words that options of layers and losses take, one in the other's place. */
const WORDS = [
  ['none', 'tanh'],
  ['relu', 'gelu'],
  ['relu', 'tanh'],
  ['mean', 'sum'],
  ['zeros', 'reflect', 'circular'],
  ['nearest', 'bilinear'],
  ['same', 'valid'],
];

/** Another value of a field; `put` gives what puts the first one back. */
export interface Other {
  readonly what: string;
  put(owner: object, key: string): () => void;
}

const value = (next: unknown): Other => ({
  what: JSON.stringify(next),
  put(owner, key) {
    const fields = owner as Owner;
    const before = fields[key];
    fields[key] = next;
    return () => (fields[key] = before);
  },
});

/** Changed in its place: the field still holds the same list. */
const inPlace = (by: (item: number) => number): Other => ({
  what: 'another item in the same list',
  put(owner, key) {
    const list = (owner as Record<string, number[]>)[key]!;
    const [before = 0] = list;
    list[0] = by(before);
    return () => (list[0] = before);
  },
});

const number = (n: number): number => (Number.isInteger(n) && n !== 0 ? n + 1 : n < 0.01 ? 0.5 : n / 2);

/** What a field may also hold. */
export function other(now: unknown): Other[] {
  if (typeof now === 'number') return [value(number(now))];
  if (typeof now === 'boolean') return [value(!now)];
  if (typeof now === 'string') {
    const words = WORDS.filter((group) => group.includes(now)).flat();
    return [...new Set([...words, 'another word'])].filter((word) => word !== now).map(value);
  }
  if (now === null) return [value(0.5)];
  if (!isList(now)) return [];
  const by = (item: number) => (Number.isInteger(item) ? item + 1 : item * 0.9);
  return [value(now.map(by)), inPlace(by)];
}

/** The numbers of all tensors in a result. */
export function tensorsIn(result: unknown): number[][] {
  if (result instanceof tf.Tensor) return [[...result.dataSync()]];
  if (Array.isArray(result)) return result.flatMap(tensorsIn);
  return typeof result === 'object' && result !== null ? Object.values(result).flatMap(tensorsIn) : [];
}
