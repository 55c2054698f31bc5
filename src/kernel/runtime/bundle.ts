/** How a value looks in the notebook. */
import { inspect, types } from 'node:util';

import type { Json } from '../jupyter/wire';
import type { Bundle } from '../link/messages';
import { parse, stringify } from './originals';

const DISPLAY = Symbol.for('Jupyter.display');

/** The bundle of a cell's last value: its own, where it brings one, else text. */
export async function toBundle(value: unknown): Promise<Bundle | undefined> {
  const own = await displayed(value);
  if (own) return own;
  const text = toText(value);
  return { data: { 'text/plain': text }, metadata: {} };
}

async function displayed(value: unknown): Promise<Bundle | undefined> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  if (types.isProxy(value)) return undefined; // to ask it would run the user's code
  const method = (value as Record<symbol, unknown>)[DISPLAY];
  if (typeof method !== 'function') return undefined;
  const bundle: unknown = await (method.call(value) as unknown);
  return typeof bundle === 'object' && bundle !== null ? split(plain(bundle as Json)) : undefined;
}

/**
 * Values as JSON has them, ready for the wire: bytes as base64, functions left out.
 *
 * @throws TypeError for what JSON cannot say: a bigint, a circle, a `toJSON` that fails.
 */
export function plain(content: Json): Json {
  const text = (_key: string, value: unknown): unknown => {
    const bytes = (value as { type?: unknown; data?: unknown } | null)?.type === 'Buffer';
    if (bytes) return Buffer.from((value as { data: number[] }).data).toString('base64');
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  };
  try {
    return parse(stringify(content, text)) as Json;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`Cannot show the value: expected a bundle that JSON can say, got: ${got}`, { cause });
  }
}

/** A console shows text alone: a bundle without any gets some. */
export function withText(data: Json): Json {
  const types = Object.keys(data);
  if (types.length === 0 || 'text/plain' in data) return data;
  const html = data['text/html'];
  const text = data['text/markdown'] ?? data['text/latex'] ?? (typeof html === 'string' ? textIn(html) : '');
  return { ...data, 'text/plain': typeof text === 'string' && text !== '' ? text : `<${types.join(', ')}>` };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };

/** The text of a piece of HTML, a line for each row or block. */
function textIn(html: string): string {
  return html
    .replace(/<(style|script)\b[^]*?<\/\1\s*>|<!--[^]*?-->/gi, '')
    .replace(/<\/(?:td|th)\s*>/gi, '\t')
    .replace(/<br\b[^>]*>|<\/(?:p|div|tr|li|h[1-6])\s*>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|nbsp);/g, (_all, name: string) => ENTITIES[name] ?? '')
    .trim();
}

/** A bundle may carry its metadata under the key `metadata`, as an output in a notebook does. */
function split(bundle: Json): Bundle {
  const { data, metadata } = bundle;
  return isObject(data) && isObject(metadata)
    ? { data: withText(data), metadata }
    : { data: withText(bundle), metadata: {} };
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Text for a value without a display of its own. */
export function toText(value: unknown): string {
  if (!types.isProxy(value) && (isTensor(value) || isModel(value))) return String(value);
  return inspect(value, { depth: 4, maxArrayLength: ArrayBuffer.isView(value) ? 20 : 100, breakLength: 100 });
}

/** A tensor, of whatever copy of TensorFlow.js, knows how it is printed; the kernel imports no engine. */
function isTensor(value: unknown): value is { toString(): string } {
  const tensor = value as { shape?: unknown; dtype?: unknown; dataSync?: unknown } | null;
  return (
    typeof tensor === 'object' &&
    Array.isArray(tensor?.shape) &&
    typeof tensor.dtype === 'string' &&
    typeof tensor.dataSync === 'function'
  );
}

/** A network prints as its tree, as in PyTorch. */
function isModel(value: unknown): value is { toString(): string } {
  const model = value as { namedModules?: unknown; stateDict?: unknown } | null;
  return (
    typeof model === 'object' &&
    typeof model?.namedModules === 'function' &&
    typeof model.stateDict === 'function'
  );
}
