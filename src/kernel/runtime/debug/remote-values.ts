/** Values of the main thread as a reader sees them, and the handles by which what is in them can be asked for. */
import { type Runtime } from 'node:inspector';
import { inspect } from 'node:util';

import type { Json } from '../../jupyter/wire';
import { unmarked } from '../../link/marks';
import { argumentOf, type Inspector } from './inspector';

/** A variable of a scope, or a part of a value. */
export interface Named {
  readonly name: string;
  readonly value: Runtime.RemoteObject;
  readonly note: string;
}

/** What a handle stands for: a value, or variables that are known already. */
type Held =
  | { readonly kind: 'value'; readonly value: Runtime.RemoteObject }
  | { readonly kind: 'scope'; readonly scope: Scope };

/** Variables under one heading. */
export interface Scope {
  readonly name: string;
  variables(): Promise<readonly Named[]>;
  /** @throws Error where there is no such variable */
  assign(name: string, value: Runtime.RemoteObject): Promise<unknown>;
}

/** Parts of a value that are listed unless a client asks for more. */
const LISTED = 300;
const LONGEST = 10_000;

/** Handles, valid until the main thread goes on. */
export class Values {
  private readonly held = new Map<number, Held>();
  private count = 0;

  constructor(private readonly inspector: Inspector) {}

  /** Old handles are void. */
  clear(): void {
    this.held.clear();
  }

  hold(held: Held): number {
    this.count += 1;
    this.held.set(this.count, held);
    return this.count;
  }

  /** What a handle stands for, as the protocol has it. */
  async list({ variablesReference, start, count }: Json): Promise<Json[]> {
    const held = this.get(variablesReference);
    if (held.kind === 'scope') return (await held.scope.variables()).map((each) => this.described(each));
    const from = typeof start === 'number' ? start : 0;
    const many = typeof count === 'number' && count > 0 ? Math.min(count, LISTED) : LISTED;
    return (await this.parts(held.value, from, many)).map((each) => this.described(each));
  }

  /** Gives a variable or a part of a value another value. */
  async assign(handle: unknown, name: string, value: Runtime.RemoteObject): Promise<void> {
    const held = this.get(handle);
    if (held.kind === 'scope') await held.scope.assign(name, value);
    else await this.inspector.ask('assign', argumentOf(held.value), { value: name }, argumentOf(value));
  }

  described({ name, value, note }: Named): Json {
    return { name, evaluateName: name, ...this.shown(value, note) };
  }

  /** A value in a line, its type and its handle. */
  shown(value: Runtime.RemoteObject, note = ''): Json {
    const text = textOf(value);
    return {
      value: note === '' ? text : `${value.objectId === undefined ? '' : headOf(value)} ${note}`.trim(),
      type: value.className ?? value.subtype ?? value.type,
      variablesReference: hasParts(value) ? this.hold({ kind: 'value', value }) : 0,
    };
  }

  private async parts(value: Runtime.RemoteObject, start: number, count: number): Promise<Named[]> {
    const flat = await this.inspector.list('children', argumentOf(value), { value: start }, { value: count });
    return namedIn(flat);
  }

  private get(handle: unknown): Held {
    const held = this.held.get(Number(handle));
    if (!held)
      throw new RangeError(`Cannot list variables: expected a handle of this stop, got ${String(handle)}`);
    return held;
  }
}

/** Names, values and notes in turn. */
export function namedIn(flat: readonly Runtime.RemoteObject[]): Named[] {
  const found: Named[] = [];
  for (let at = 0; at + 2 < flat.length; at += 3) {
    const [name, value, note] = flat.slice(at, at + 3);
    if (value) found.push({ name: String(name?.value), value, note: String(note?.value ?? '') });
  }
  return found;
}

const hasParts = ({ objectId, type, subtype }: Runtime.RemoteObject): boolean =>
  objectId !== undefined && type === 'object' && !['date', 'regexp', 'proxy'].includes(subtype ?? '');

const headOf = ({ description = '' }: Runtime.RemoteObject): string => description.split('\n', 1)[0] ?? '';

/** One value in a line. */
export function textOf(remote: Runtime.RemoteObject): string {
  const { type, subtype, preview, description = '' } = remote;
  if (type === 'string') return quoted(String(remote.value));
  if (type === 'function') return functionText(description);
  if (type !== 'object' || subtype === 'null') return description === '' ? String(remote.value) : description;
  if (subtype === 'error' || !preview) return headOf(remote);
  return previewText(preview);
}

const quoted = (text: string): string =>
  inspect(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text, { breakLength: Infinity });

function functionText(description: string): string {
  const [head = ''] = unmarked(description).split('\n', 1);
  return head.length > 80 ? `${head.slice(0, 80)}…` : head;
}

function previewText({
  subtype,
  description = '',
  properties,
  entries,
  overflow,
}: Runtime.ObjectPreview): string {
  const isList = subtype === 'array' || subtype === 'typedarray';
  if (['date', 'regexp', 'proxy', 'promise', 'error'].includes(subtype ?? '')) return description;
  const parts = entries
    ? entries.map(({ key, value }) => `${key ? `${partText(key)} => ` : ''}${partText(value)}`)
    : properties
        .filter(({ name }) => !isList || /^\d+$/.test(name))
        .map((each) => (isList ? propertyText(each) : `${each.name}: ${propertyText(each)}`));
  const all = [...parts, ...(overflow ? ['…'] : [])].join(', ');
  if (isList) return `${description} [${all}]`;
  const head = description === 'Object' ? '' : `${description} `;
  return `${head}{${all}}`;
}

const partText = (preview: Runtime.ObjectPreview): string =>
  preview.type === 'string' ? quoted(preview.description ?? '') : (preview.description ?? preview.type);

function propertyText({ type, value, subtype }: Runtime.PropertyPreview): string {
  if (type === 'string') return quoted(value ?? '');
  if (type === 'function') return 'ƒ';
  if (type === 'accessor') return '(getter)';
  return value ?? subtype ?? type;
}
