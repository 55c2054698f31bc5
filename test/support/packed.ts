/** What configurations.py writes, and how far numbers are from it. */
import * as tf from '../../src/engine/tf';

export interface Packed {
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly data: (number | string | boolean)[];
}

export type Plain =
  null | boolean | number | string | Packed | readonly Plain[] | { readonly [key: string]: Plain };
export type Options = Readonly<Record<string, Plain>>;

export interface Peer {
  /** How far PyTorch's float32 is from its own float64. */
  readonly noise: number;
}

export interface LayerCase extends Peer {
  readonly kind: 'layer' | 'function' | 'loss' | 'lossfunction';
  readonly name: string;
  readonly args: readonly Plain[];
  readonly options: Options;
  readonly training: boolean;
  /** What stands between the parentheses, where it is not the inputs one after another. */
  readonly call: string | null;
  readonly tree: string | null;
  readonly inputs: Readonly<Record<string, Packed | number[]>>;
  readonly state: Readonly<Record<string, Packed>>;
  readonly outputs: readonly Packed[];
  readonly weights: readonly Packed[];
  readonly gradients: Readonly<Record<string, Packed>>;
  readonly after: Readonly<Record<string, Packed>>;
}

export interface OptimizerCase extends Peer {
  readonly kind: 'optimizer';
  readonly name: string;
  readonly options: Options;
  readonly start: readonly Packed[];
  readonly track: readonly (readonly Packed[])[];
  readonly gradients?: readonly (readonly Packed[])[];
  readonly saved?: {
    readonly state: Record<string, Record<string, unknown>>;
    readonly param_groups: Options[];
  };
}

export interface SchedulerCase extends Peer {
  readonly kind: 'scheduler';
  readonly name: string;
  readonly options: Options;
  readonly optimizer: string;
  readonly groupLrs: readonly number[];
  readonly metrics: readonly number[];
  readonly lrs: readonly (readonly number[])[];
  readonly momenta: readonly (readonly number[])[];
}

export type Configuration = LayerCase | OptimizerCase | SchedulerCase;

/** max|Δ| of values and of gradients (with state and buffers after the call), relative where values are above 1. */
export interface Difference {
  readonly forward: number;
  readonly gradient: number;
  /** Which gradient or step is the worst. */
  readonly worst: string;
  readonly tree?: { readonly actual: string; readonly expected: string };
}

/** `weight_decay` → `weightDecay`, `T_max` → `tMax`, `log_softmax` → `logSoftmax`. */
export function camel(name: string): string {
  const joined = name.replace(/_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return /^[A-Z]_/.test(name) ? joined.charAt(0).toLowerCase() + joined.slice(1) : joined;
}

export const isPacked = (value: unknown): value is Packed =>
  typeof value === 'object' && value !== null && 'dtype' in value;

export function unpack({ shape, dtype, data }: Packed): tf.Tensor {
  const values = data.map((value) => (typeof value === 'string' ? numberOf(value) : Number(value)));
  return tf.tensor(values, shape, dtype);
}

const numberOf = (text: string): number =>
  text === 'inf' ? Infinity : text === '-inf' ? -Infinity : text === 'nan' ? NaN : Number(text);

export function given(value: Plain): unknown {
  if (isPacked(value)) return unpack(value);
  if (value === 'inf') return Infinity;
  return Array.isArray(value) ? value.map((one: Plain) => given(one)) : value;
}

export const optionsOf = (options: Options): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [camel(name), given(value)]));

/** The largest difference, relative to values above 1; Infinity for another shape. */
export function distance(actual: tf.Tensor | undefined, expected: Packed): number {
  const { shape, data } = expected;
  if (!actual) return data.every((value) => value === 0) ? 0 : Infinity;
  if (!tf.util.arraysEqual(actual.shape, shape)) return Infinity;
  return apart(
    actual.dataSync(),
    data.map((v) => (typeof v === 'string' ? numberOf(v) : Number(v))),
  );
}

export function apart(actual: ArrayLike<number>, expected: readonly number[]): number {
  return expected.reduce((most, value, i) => {
    const own = actual[i] ?? NaN;
    if (Object.is(own, value) || own === value || (Number.isNaN(own) && Number.isNaN(value))) return most;
    const difference = Math.abs(own - value) / Math.max(1, Math.abs(value));
    return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
  }, 0);
}
