/**
 * From a list of samples to one batch, as `torch.utils.data.default_collate`. Imports no tensors, so that a worker
 * thread can do it: what becomes a tensor is packed first.
 */
import { type Numbers, type Packed, sizeOf } from './columns';

/** An array with a shape, as a sample may hold one: an image read from a file, say. */
export interface Shaped {
  readonly values: Numbers;
  readonly shape: readonly number[];
}

/** What becomes of numbers, and of tensors that samples hold. */
export interface Makers {
  readonly packed: (packed: Packed) => unknown;
  readonly tensors: (tensors: readonly object[]) => unknown;
}

const isNumbers = (value: unknown): value is Numbers =>
  value instanceof Float32Array || value instanceof Int32Array || value instanceof Uint8Array;

const isShaped = (value: unknown): value is Shaped =>
  typeof value === 'object' &&
  value !== null &&
  'shape' in value &&
  'values' in value &&
  isNumbers(value.values);

const isTensor = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && 'dataId' in value;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) !== Array.prototype;

/**
 * Lays samples together: numbers become float32 `[b]`, booleans bool `[b]`, typed arrays and tensors get a first axis,
 * strings a list; lists and objects are collated item by item.
 * @throws TypeError for samples that do not go together
 */
export function collate(samples: readonly unknown[], make: Makers): unknown {
  const [first] = samples;
  if (typeof first === 'number') {
    const values = Float32Array.from(samples, (value) => each(value, 'number'));
    return make.packed({ values, shape: [samples.length], dtype: 'float32' });
  }
  if (typeof first === 'boolean') {
    const values = Uint8Array.from(samples, (value) => Number(each(value, 'boolean')));
    return make.packed({ values, shape: [samples.length], dtype: 'bool' });
  }
  if (typeof first === 'string') return samples.map((value) => each(value, 'string'));
  if (isTensor(first)) return make.tensors(samples as object[]);
  if (isNumbers(first) || isShaped(first)) return make.packed(stacked(samples));
  if (Array.isArray(first)) return listed(samples as unknown[][], make);
  if (isRecord(first)) {
    const keys = Object.keys(first);
    const parts = keys.map(
      (key) =>
        [
          key,
          collate(
            samples.map((one) => part(one, key)),
            make,
          ),
        ] as const,
    );
    return Object.fromEntries(parts);
  }
  throw refusal('numbers, strings, booleans, typed arrays, tensors, lists or objects of them', nameOf(first));
}

function listed(samples: readonly unknown[][], make: Makers): unknown[] {
  const { length } = samples[0] ?? [];
  const other = samples.find((one) => !Array.isArray(one) || one.length !== length);
  if (other) throw refusal(`lists of ${length} items in every sample`, Array.isArray(other) ? `one of ${other.length}` : nameOf(other)); // prettier-ignore
  return Array.from({ length }, (_, i) => collate(samples.map((one) => one[i]), make)); // prettier-ignore
}

function stacked(samples: readonly unknown[]): Packed {
  const all = samples.map((sample): Shaped => {
    if (isNumbers(sample)) return { values: sample, shape: [sample.length] };
    if (isShaped(sample)) return sample;
    throw refusal('an array in every sample', nameOf(sample));
  });
  const [{ values: first, shape }] = all as [Shaped, ...Shaped[]];
  const size = sizeOf(shape);
  const float = first instanceof Float32Array;
  const values = float ? new Float32Array(all.length * size) : new Int32Array(all.length * size);
  all.forEach((one, row) => {
    if (one.shape.join() !== shape.join() || one.values.length !== size) {
      throw refusal(`the shape [${shape.join(', ')}] in every sample`, `[${one.shape.join(', ')}]`);
    }
    values.set(one.values, row * size);
  });
  return { values, shape: [all.length, ...shape], dtype: float ? 'float32' : 'int32' };
}

function each<K extends 'number' | 'boolean' | 'string'>(value: unknown, kind: K) {
  if (typeof value === kind) return value as { number: number; boolean: boolean; string: string }[K];
  throw refusal(`a ${kind} in every sample`, nameOf(value));
}

function part(sample: unknown, key: string): unknown {
  if (isRecord(sample) && key in sample) return sample[key];
  throw refusal(
    `'${key}' in every sample`,
    isRecord(sample) ? Object.keys(sample).join(', ') : nameOf(sample),
  );
}

const refusal = (expected: string, got: string): TypeError =>
  new TypeError(`Cannot collate samples: expected ${expected}, got ${got}`);

function nameOf(value: unknown): string {
  if (value === null || typeof value !== 'object')
    return value === undefined ? 'undefined' : `a ${typeof value}`;
  return `a ${(value.constructor as { name?: string } | undefined)?.name ?? 'value'}`;
}
