/**
 * Mutated files for every reader of foreign formats. A reader passes if it gives a right result or a typed error;
 * everything follows from one number, so that a fault can be repeated.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import { Sfc32 } from '../../src/engine/random/sfc32';
import * as tf from '../../src/engine/tf';
import { encodeIdx, readIdx } from '../../src/helpers/datasets/idx';
import { bytesPerElement, RawTensor } from '../../src/helpers/io/dtypes';
import { PthFile } from '../../src/helpers/io/pth';
import { readSafetensors } from '../../src/helpers/io/safetensors';

export type Format = 'pth' | 'safetensors' | 'idx';

interface Sample {
  readonly format: Format;
  readonly name: string;
  readonly bytes: Buffer;
}

/** How a reader took a mutated file. */
export interface Outcome {
  readonly format: Format;
  readonly name: string;
  readonly size: number;
  readonly outcome: 'error' | 'result';
  readonly seconds: number;
}

const FIXTURES = resolve(__dirname, '../fixtures/io');
const TYPED = new Set(['SyntaxError', 'TypeError', 'RangeError']);

function idxSamples(): Sample[] {
  const images = encodeIdx(
    [5, 7, 7],
    Uint8Array.from({ length: 245 }, (_, i) => i),
  );
  const labels = encodeIdx(
    [9],
    Uint8Array.from({ length: 9 }, (_, i) => i),
  );
  const packed = gzipSync(images);
  return [
    { format: 'idx', name: 'images', bytes: images },
    { format: 'idx', name: 'labels', bytes: labels },
    { format: 'idx', name: 'images.gz', bytes: packed },
  ];
}

/** The files that are mutated: small ones, recorded from PyTorch, and IDX files. */
export function samples(): Sample[] {
  const recorded = readdirSync(FIXTURES)
    .filter((name) => /\.(pth|safetensors)$/.test(name))
    .sort()
    .map((name): Sample => {
      const format = name.endsWith('.pth') ? 'pth' : 'safetensors';
      return { format, name, bytes: readFileSync(join(FIXTURES, name)) };
    });
  // Safetensors and IDX get as many files as .pth has, so that each format is a third.
  const of = (format: Format) => [...recorded, ...idxSamples()].filter((sample) => sample.format === format);
  const most = of('pth').length;
  return (['pth', 'safetensors', 'idx'] as const).flatMap((format) => {
    const own = of(format);
    return Array.from({ length: most }, (_, i) => own[i % own.length]!);
  });
}

/** Damages bytes blindly; pieces of `all` come into them. */
export class Mutator {
  constructor(
    private readonly random: Sfc32,
    private readonly all: readonly Pick<Sample, 'bytes'>[],
  ) {}

  /** Changes a file in one to six ways. */
  mutate(bytes: Buffer): Buffer {
    const ways = 1 + this.below(6);
    let result: Buffer = Buffer.from(bytes);
    for (let i = 0; i < ways && result.length > 0; i++) result = this.once(result);
    return result;
  }

  private below(n: number): number {
    return Math.floor(this.random.next() * n);
  }

  private once(bytes: Buffer): Buffer {
    const place = this.place(bytes);
    switch (this.below(8)) {
      case 0:
      case 1:
        return this.set(bytes, place, (bytes[place] ?? 0) ^ (1 << this.below(8)));
      case 2:
        return this.set(bytes, place, this.below(256));
      case 3:
        return this.number(bytes, place);
      case 4:
        return bytes.subarray(0, place); // truncation
      case 5:
        return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1 + this.below(64))]);
      case 6:
        return this.splice(bytes, place);
      default:
        return Buffer.concat([bytes.subarray(0, place), this.piece(bytes), bytes.subarray(place)]);
    }
  }

  /** Half of all changes near the beginning or the end, where the structure is. */
  private place(bytes: Buffer): number {
    const near = Math.min(bytes.length, 200);
    const kind = this.below(4);
    if (kind === 0) return this.below(near);
    return kind === 1 ? bytes.length - 1 - this.below(near) : this.below(bytes.length);
  }

  private set(bytes: Buffer, place: number, value: number): Buffer {
    bytes[place] = value;
    return bytes;
  }

  /** A number that counts or lengths go wrong with. */
  private number(bytes: Buffer, place: number): Buffer {
    const bits = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff, bytes.length][this.below(7)] ?? 0;
    const field = Buffer.alloc(4);
    if (this.below(2) === 0) field.writeUInt32LE(bits);
    else field.writeUInt32BE(bits);
    field.copy(bytes, place);
    return bytes;
  }

  /** Overwrites with a piece of this or another file. */
  private splice(bytes: Buffer, place: number): Buffer {
    const other = this.all[this.below(this.all.length)]?.bytes ?? bytes;
    this.piece(this.below(2) === 0 ? bytes : other).copy(bytes, place);
    return bytes;
  }

  private piece(bytes: Buffer): Buffer {
    const start = this.below(bytes.length);
    return Buffer.from(bytes.subarray(start, start + 1 + this.below(this.below(8) === 0 ? 2000 : 40)));
  }
}

/** The file of a number: the same number always gives the same file. */
export function mutated(index: number, all: readonly Sample[] = samples()): Sample {
  const sample = all[index % all.length]!;
  const bytes = new Mutator(Sfc32.from(20240229, index), all).mutate(sample.bytes);
  return { ...sample, bytes };
}

/** Reads a mutated file. @throws AssertionError if the reader fails otherwise than with a typed error */
export async function tryOne(sample: Sample, folder: string): Promise<Outcome> {
  const path = join(folder, sample.name);
  writeFileSync(path, sample.bytes);
  const start = performance.now();
  let outcome: Outcome['outcome'] = 'result';
  try {
    if (sample.format === 'pth') await readPth(path);
    else if (sample.format === 'safetensors') readAll(path);
    else readIdxFile(path, sample.name);
  } catch (error) {
    outcome = 'error';
    const { name, message } = error as Error;
    const typed = TYPED.has(name) && message.startsWith('Cannot ') && message.length < 1000;
    assert.ok(typed, `${name}: ${message}\n${(error as Error).stack}`);
  }
  const seconds = (performance.now() - start) / 1000;
  return { format: sample.format, name: sample.name, size: sample.bytes.length, outcome, seconds };
}

async function readPth(path: string): Promise<void> {
  const file = await PthFile.open(path);
  try {
    const nested = file.value instanceof Map && file.value.has('state_dict');
    for (const tensor of file.stateDict(nested ? 'state_dict' : undefined).values()) {
      checkRaw(file.raw(tensor));
      file.tensor(tensor).dispose();
    }
  } finally {
    file.close();
  }
}

function readAll(path: string): void {
  const { tensors } = readSafetensors(path);
  for (const tensor of tensors.values()) {
    assert.equal(tensor.dataSync().length, tensor.size * (tensor.dtype === 'complex64' ? 2 : 1));
  }
  tf.dispose([...tensors.values()]);
}

function readIdxFile(path: string, name: string): void {
  const { shape, values } = readIdx(path, { rank: name === 'labels' ? 1 : 3 });
  assert.equal(
    values.length,
    shape.reduce((product, size) => product * size, 1),
  );
}

function checkRaw({ dtype, shape, bytes }: RawTensor): void {
  const count = shape.reduce((product, size) => product * size, 1);
  assert.equal(bytes.length, count * bytesPerElement(dtype));
}
