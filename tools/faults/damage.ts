/** How files and texts are damaged: blindly, or within protocol buffers and JSON that stay readable around the place. */
import protobuf from 'protobufjs';

import definitions from '../../src/engine/graph/signatures.json';
import { Sfc32 } from '../../src/engine/random/sfc32';
import { Mutator } from '../../test/support/fuzz';

/** A field of a message: where it starts, where its value does, where it ends. */
interface Field {
  readonly wire: number;
  readonly tag: number;
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

const LENGTHED = 2;
const HUGE = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
const DEEP = JSON.parse('['.repeat(2000) + ']'.repeat(2000)) as unknown;
const ODD = [
  null,
  true,
  -1,
  0,
  0.5,
  1e308,
  2 ** 53,
  '',
  'F64',
  '__proto__',
  [],
  {},
  [-1],
  [1e9, 1e9, 1e9],
  DEEP,
];
const OPERATIONS = Object.keys(definitions.ops);

function fieldsOf(bytes: Buffer): Field[] {
  const reader = protobuf.Reader.create(bytes);
  const fields: Field[] = [];
  try {
    while (reader.pos < reader.len) {
      const start = reader.pos;
      const tag = reader.uint32();
      const wire = tag & 7;
      if (tag < 8) return [];
      if (wire === LENGTHED) {
        const length = reader.uint32();
        fields.push({ wire, tag, start, body: reader.pos, end: reader.pos + length });
        reader.skip(length);
      } else {
        const body = reader.pos;
        reader.skipType(wire);
        fields.push({ wire, tag, start, body, end: reader.pos });
      }
    }
  } catch {
    return []; // a text or numbers, no message
  }
  return fields;
}

/** Damages of one number: the same number always damages alike. */
export class Damage {
  private readonly random: Sfc32;

  constructor(seed: number, index: number) {
    this.random = Sfc32.from(seed, index);
  }

  below(n: number): number {
    return Math.floor(this.random.next() * n);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Bits, lengths and pieces changed, cut, inserted, doubled or swapped anywhere. */
  bytes(bytes: Buffer): Buffer {
    const kind = this.below(6);
    if (kind === 2 && bytes.length > 0) return this.bit(bytes);
    if (kind > 1 || bytes.length < 4) return new Mutator(this.random, [{ bytes }]).mutate(bytes);
    const half = bytes.length >> 1;
    const length = 1 + this.below(half);
    const first = this.below(half - length + 1);
    const second = half + this.below(bytes.length - half - length + 1);
    const block = bytes.subarray(first, first + length);
    if (kind === 0) return Buffer.concat([bytes.subarray(0, second), block, bytes.subarray(second)]);
    const [between, other] = [
      bytes.subarray(first + length, second),
      bytes.subarray(second, second + length),
    ];
    return Buffer.concat([bytes.subarray(0, first), other, between, block, bytes.subarray(second + length)]);
  }

  /** One field of a message, or of those within it, doubled, left out, swapped, made huge or damaged itself. */
  message(bytes: Buffer): Buffer {
    const fields = fieldsOf(bytes);
    const place = this.below(Math.max(bytes.length, 1)); // half of the time by size: most of a model is its nodes
    const field = this.below(2) === 0 ? fields.find(({ end }) => end > place) : this.pick(fields);
    if (!field) return this.leaf(bytes);
    const parts = fields.map(({ start, end }) => bytes.subarray(start, end));
    const i = fields.indexOf(field);
    const part = bytes.subarray(field.start, field.end);
    const other = this.below(parts.length);
    const kind = this.below(32); // a field within most of the time
    if (kind === 0) parts.splice(other, 0, part);
    else if (kind === 1) parts.splice(i, 1);
    else if (kind === 2) [parts[i], parts[other]] = [parts[other] as Buffer, part];
    else if (kind === 3)
      parts[i] = Buffer.concat([bytes.subarray(field.start, field.body), Buffer.from(HUGE)]);
    else parts[i] = this.within(bytes, field);
    return Buffer.concat(parts);
  }

  private within(bytes: Buffer, { wire, tag, start, body, end }: Field): Buffer {
    const value = bytes.subarray(body, end);
    if (wire !== LENGTHED) return Buffer.concat([bytes.subarray(start, body), this.number(value)]);
    return Buffer.from(protobuf.Writer.create().uint32(tag).bytes(this.message(value)).finish());
  }

  private number(value: Buffer): Buffer {
    if (this.below(2) === 0) return Buffer.from(HUGE);
    return Buffer.from([this.below(128), ...value.subarray(1)]);
  }

  private bit(bytes: Buffer): Buffer {
    const place = this.below(bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << this.below(8));
    return bytes;
  }

  private leaf(bytes: Buffer): Buffer {
    if (bytes.length > 0 && this.below(2) === 0) return this.bit(Buffer.from(bytes));
    return this.below(4) === 0 ? Buffer.from(this.pick(OPERATIONS)) : this.bytes(Buffer.from(bytes));
  }

  /** One value of JSON, or of JSON in its texts, replaced, left out, renamed or doubled. */
  json(value: unknown): unknown {
    if (typeof value === 'string' && /^[[{]/.test(value)) return JSON.stringify(this.json(JSON.parse(value)));
    if (typeof value === 'number' && this.below(2) === 0) return value + this.pick([-1, 1, 0.5]);
    if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return this.pick(ODD);
    const entries: [string, unknown][] = Object.entries(value);
    const i = this.below(entries.length);
    const [name, inner] = entries[i] as [string, unknown];
    const kind = this.below(8);
    const other = this.pick([...entries.map(([key]) => key), '__proto__', '', 'x\0y', name.toUpperCase()]);
    if (kind === 0) entries.splice(i, 1);
    else if (kind === 1) entries[i] = [other, inner];
    else if (kind === 2) entries.push([other, inner]);
    else if (kind === 3) entries[i] = [name, this.pick(ODD)];
    else entries[i] = [name, this.json(inner)];
    return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
  }
}
