/** Reads the fixtures that test/fixtures/record.py wrote (see recorder.py there for the names in them). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as tf from '../../src/engine/tf';

/** What PyTorch computed in one case. Images are channels-last, the state is in PyTorch's layout. */
export interface Recorded {
  readonly inputs: ReadonlyMap<string, tf.Tensor>;
  readonly state: ReadonlyMap<string, tf.Tensor>;
  readonly outputs: readonly tf.Tensor[];
  /** What each output is weighted with before gradients are taken. */
  readonly weights: readonly tf.Tensor[];
  /** Gradients by name: `in.x`, `state.weight`. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
  /** Buffers after the call. */
  readonly after: ReadonlyMap<string, tf.Tensor>;
  /** What `print(module)` says. */
  readonly tree: string | undefined;
}

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> & {
  __metadata__: Readonly<Record<string, string>> & { trees: string };
};

interface File {
  readonly bytes: Buffer;
  readonly start: number;
  readonly header: Header;
  readonly trees: Record<string, string>;
}

const files = new Map<string, File>();

function open(name: string): File {
  const bytes = readFileSync(join(__dirname, '../fixtures', `${name}.safetensors`));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Header;
  const trees = JSON.parse(header.__metadata__.trees) as Record<string, string>;
  return { bytes, start: 8 + length, header, trees };
}

function tensor({ bytes, start, header }: File, key: string): tf.Tensor {
  const { dtype, shape, data_offsets } = header[key]!;
  const [begin, end] = data_offsets.map((offset) => start + offset);
  const copy = bytes.buffer.slice(bytes.byteOffset + begin!, bytes.byteOffset + end!);
  if (dtype === 'F32') return tf.tensor(new Float32Array(copy), shape);
  if (dtype === 'I32') return tf.tensor(new Int32Array(copy), shape, 'int32');
  if (dtype === 'U8') return tf.tensor(new Uint8Array(copy), shape, 'bool');
  throw new TypeError(`Cannot read fixture ${key}: expected F32, I32 or U8, got ${dtype}`);
}

/** What a script wrote beside the tensors of a fixture file. */
export function metadata(fileName: string): Readonly<Record<string, string>> {
  return open(fileName).header.__metadata__;
}

/** A name of PyTorch in our spelling. */
export const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Options of PyTorch in our spelling. */
export const camelKeys = (options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([key, value]) => [camelCase(key), value]));

/** The recorded case of a fixture file; its tensors belong to the caller. */
export function recorded(fileName: string, caseName: string): Recorded {
  const file = files.get(fileName) ?? open(fileName);
  files.set(fileName, file);
  const of = (kind: string): Map<string, tf.Tensor> => {
    const prefix = `${caseName}|${kind}|`;
    const keys = Object.keys(file.header).filter((key) => key.startsWith(prefix));
    return new Map(keys.map((key) => [key.slice(prefix.length), tensor(file, key)]));
  };
  const list = (kind: string): tf.Tensor[] => {
    const byIndex = of(kind);
    return Array.from(byIndex.keys(), (_, i) => byIndex.get(String(i))!);
  };
  const result = {
    inputs: of('in'),
    state: of('state'),
    outputs: list('out'),
    weights: list('dy'),
    gradients: of('grad'),
    after: of('after'),
    tree: file.trees[`${caseName}|tree`],
  };
  if (result.outputs.length === 0)
    throw new Error(`Cannot find case "${caseName}" in ${fileName}.safetensors`);
  return result;
}
