/**
 * Weights spread over several safetensors files, beside an index that says which tensor lies in which: the form in which
 * large models are passed on (`model.safetensors.index.json`, `model-00001-of-00002.safetensors`).
 */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import * as tf from '../../engine/tf';
import { writeAtomically } from '../files/file';
import { excerpt, isRecord, malformed } from './claims';
import { byteLength } from './dtypes';
import { type Metadata, type RawSource, SafetensorsFile, writeSafetensors } from './safetensors';

const KIND = 'safetensors index';
const SUFFIX = '.index.json';
const MAX_INDEX_BYTES = 32 * 1024 * 1024;

/** Whether a path is that of an index. */
export const isShardIndex = (path: string): boolean => path.endsWith(SUFFIX);

/** Several files as one, opened when their first tensor is asked for. Close it, or declare it with `using`. */
export class ShardedSafetensors {
  private readonly files = new Map<string, SafetensorsFile>();
  private readonly shards: ReadonlyMap<string, string>;

  /** @throws SyntaxError if the index is not well-formed or names a file outside its folder */
  constructor(readonly path: string) {
    this.shards = readIndex(path);
  }

  /** Names of all tensors. */
  get names(): string[] {
    return [...this.shards.keys()];
  }

  /**
   * One tensor; the caller disposes it.
   * @throws RangeError if no tensor has this name, SyntaxError if its file is not well-formed or lacks it
   */
  tensor(name: string): tf.Tensor {
    const shard = this.shards.get(name);
    if (shard === undefined) {
      throw new RangeError(
        `Cannot read "${name}" from "${this.path}": expected one of its ${this.shards.size} tensors`,
      );
    }
    const file = this.files.get(shard) ?? new SafetensorsFile(join(dirname(this.path), shard));
    this.files.set(shard, file);
    if (!file.entries.has(name))
      malformed(KIND, this.path, `${excerpt(name)} in ${excerpt(shard)}`, 'none there');
    return file.tensor(name);
  }

  /** Closes the files; what was read stays. */
  close(): void {
    for (const file of this.files.values()) file.close();
    this.files.clear();
  }

  /** `using` closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Which file holds which tensor. */
function readIndex(path: string): Map<string, string> {
  const { size } = statSync(path);
  if (size > MAX_INDEX_BYTES) malformed(KIND, path, `at most ${MAX_INDEX_BYTES} bytes`, String(size));
  let index: unknown;
  try {
    index = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    malformed(KIND, path, 'JSON', excerpt((error as Error).message));
  }
  const map = isRecord(index) ? index.weight_map : undefined;
  if (!isRecord(map)) malformed(KIND, path, 'a weight_map of names and files', excerpt(map));
  for (const file of Object.values(map)) {
    const plain = typeof file === 'string' && file === basename(file) && !['', '.', '..'].includes(file);
    if (!plain || file.includes('\\') || file.includes('\0')) {
      malformed(KIND, path, 'names of files in its own folder', excerpt(file));
    }
  }
  return new Map(Object.entries(map) as [string, string][]);
}

/** Consecutive tensors of at most `most` bytes together; one that is larger is alone. */
function groups(sources: readonly RawSource[], most: number): RawSource[][] {
  const all: RawSource[][] = [];
  let bytes = Infinity;
  for (const source of sources) {
    const own = byteLength(source.dtype, source.shape);
    const last = all.at(-1);
    if (last && bytes + own <= most) last.push(source);
    else all.push([source]);
    bytes = last && bytes + own <= most ? bytes + own : own;
  }
  return all;
}

/**
 * Writes tensors into `path`, or into several files beside an index where they take more than `most` bytes. New files
 * get names of their own, the index is written last, and only then the files of an older index go: whenever this is cut
 * off, either the old weights are there as a whole or the new ones.
 * @returns the file to read: `path` itself, or the index
 */
export function writeShards(
  sources: readonly RawSource[],
  path: string,
  metadata: Metadata,
  most: number,
): string {
  const parts = groups(sources, most);
  if (parts.length <= 1) {
    writeSafetensors(sources, path, metadata);
    return path;
  }
  const index = `${path}${SUFFIX}`;
  const old = existsSync(index) ? new Set(readIndex(index).values()) : new Set<string>();
  const names = namesOf(path, parts.length, old);
  const map: Record<string, string> = {};
  parts.forEach((part, i) => {
    const name = names[i] ?? '';
    writeSafetensors(part, join(dirname(path), name), metadata);
    for (const source of part) map[source.name] = name;
  });
  const total = sources.reduce((sum, { dtype, shape }) => sum + byteLength(dtype, shape), 0);
  const text = JSON.stringify({ metadata: { total_size: total }, weight_map: map }, undefined, 2);
  writeAtomically(index, text, (temporary) => void readIndex(temporary));
  for (const name of old) if (!names.includes(name)) rmSync(join(dirname(path), name), { force: true });
  return index;
}

/** The usual names, or others where an older index still needs those. */
function namesOf(path: string, count: number, taken: ReadonlySet<string>): string[] {
  const stem = basename(path, '.safetensors');
  for (let round = 0; ; round++) {
    const names = Array.from({ length: count }, (_, i) => {
      const [own, all] = [i + 1, count].map((n) => String(n).padStart(5, '0'));
      return `${stem}${round === 0 ? '' : `.${round}`}-${own}-of-${all}.safetensors`;
    });
    if (!names.some((name) => taken.has(name))) return names;
  }
}
