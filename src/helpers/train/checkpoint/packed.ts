/**
 * Values as JSON and tensors. A file's header is read as a whole and therefore bounded, so what may be long stands in
 * the file's tensor part, and the JSON names it there: tensors, arrays of numbers, long lists of numbers (a history of
 * a million steps), and the JSON itself when many small things make it long.
 */
import * as tf from '../../../engine/tf';
import { malformed } from '../../io/claims';
import { arrayDtype, bytesOf, fromTensor, toArray } from '../../io/dtypes';
import type { RawSource, SafetensorsFile } from '../../io/safetensors';
import { fromJson, toJson } from './json';

/** Begins the names of packed tensors: a colon is in no name of a parameter. */
export const PACKED = 'state:';

/** Lists of at least so many numbers become tensors of 64-bit floats, which hold every number as it is. */
const LONG_LIST = 4096;
/** JSON of more characters than this goes into the tensor part. */
const LONG_JSON = 1 << 20;
/** Bytes of JSON that are read; more was not written here, or nobody could wait for it. */
const MAX_JSON = 256 << 20;

const KIND = 'checkpoint';

/** JSON whose long arrays and tensors stand outside, as tensors of a file. */
export interface Packed {
  readonly json: string;
  readonly sources: readonly RawSource[];
}

/** @throws TypeError for what JSON would lose without a word */
export function pack(value: unknown): Packed {
  const sources: RawSource[] = [];
  const put = (kind: string, source: Omit<RawSource, 'name'>) => {
    const name = `${PACKED}${sources.length}`;
    sources.push({ ...source, name });
    return { [kind]: name };
  };
  const array = (kind: string, of: ArrayBufferView & { readonly length: number }) => {
    const dtype = arrayDtype(of);
    if (!dtype)
      throw new TypeError(`Cannot save state: expected arrays of numbers, got ${of.constructor.name}`);
    return put(kind, { dtype, shape: [of.length], bytes: () => bytesOf(of) });
  };
  const json = toJson(value, (item) => {
    if (item instanceof tf.Tensor) {
      const { dtype, shape, bytes } = fromTensor(item as tf.Tensor);
      return put('$tensor', { dtype, shape, bytes: () => bytes });
    }
    if (item instanceof Map || item instanceof Set || item instanceof DataView) {
      throw new TypeError(
        `Cannot save state: expected plain values, arrays of numbers and tensors, got a ${item.constructor.name}`,
      );
    }
    if (ArrayBuffer.isView(item)) return array('$array', item as Uint8Array);
    return isLongList(item) ? array('$list', Float64Array.from(item)) : item;
  });
  if (json.length <= LONG_JSON) return { json, sources };
  return { json: JSON.stringify(array('$json', Buffer.from(json))), sources };
}

function isLongList(item: unknown): item is number[] {
  return (
    Array.isArray(item) && item.length >= LONG_LIST && item.every((number) => typeof number === 'number')
  );
}

/** The inverse of `pack`. Tensors in it are the caller's. @throws SyntaxError if the file lacks what is named */
export function unpack(json: string, file: SafetensorsFile): unknown {
  // A name met twice gives one value: a small hostile file cannot ask for many large ones.
  const known = new Map<string, unknown>();
  const get = (name: string, read: () => unknown): unknown => {
    if (!known.has(name)) known.set(name, read());
    return known.get(name);
  };
  const array = (name: string) => {
    const raw = file.raw(name);
    return toArray(raw) ?? malformed(KIND, file.path, `${name} of whole numbers, F32 or F64`, raw.dtype);
  };
  const revive = (item: Record<string, unknown>): unknown => {
    const [[kind, name] = [], more] = Object.entries(item);
    if (more || typeof name !== 'string' || !name.startsWith(PACKED)) return item;
    if (kind === '$tensor') return get(name, () => file.tensor(name));
    if (kind === '$array') return get(name, () => array(name));
    if (kind === '$list') return get(name, () => Array.from(array(name), Number));
    return item;
  };
  const value = fromJson(json, revive) as { readonly $json?: unknown } | null;
  return typeof value?.$json === 'string' ? fromJson(textOf(value.$json, file), revive) : value;
}

function textOf(name: string, file: SafetensorsFile): string {
  const entry = file.entries.get(name);
  const size = entry ? entry.end - entry.begin : 0;
  if (size > MAX_JSON) malformed(KIND, file.path, `JSON of at most ${MAX_JSON} bytes`, String(size));
  return new TextDecoder('utf-8', { fatal: true }).decode(file.raw(name).bytes);
}
